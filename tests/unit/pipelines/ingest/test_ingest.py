import gzip
import zipfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipelines.ingest.door.ingest import IngestReport, ingest
from pipelines.observations.batches import input_checksums, load_observations, load_quarantine
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store
from tests.regions import make_region

HEADER = "indicator,place_kind,place,period_start,period,count\n"
GOOD = "irregular_crossings,segment,a-1,2026-11-02,W,7\n"


def take(
    tmp_path: Path, text: str | bytes, *, name: str = "figures.csv", source: str = "csv"
) -> tuple[IngestReport, Store]:
    path, store = tmp_path / name, Store(tmp_path / "store")
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return ingest(source, [path], region=make_region(), store=store, today=date(2026, 11, 23)), store


def reason(tmp_path: Path, row: str) -> str:
    """Why a row is refused."""
    report, store = take(tmp_path, HEADER + row)
    assert report.accepted == 0
    return str(load_quarantine(store, "small")["reason"].iloc[0])


def test_good_row_is_stored_with_its_canonical_columns(tmp_path: Path) -> None:
    report, store = take(tmp_path, HEADER + GOOD)
    row = load_observations(store, "small").iloc[0]
    assert (report.accepted, row["source"], row["place"], row["count"], row["nationality"]) == (
        1,
        "csv",
        "a-1",
        7.0,
        "TOTAL",
    )


def test_places_are_matched_by_name_and_alias(tmp_path: Path) -> None:
    rows = GOOD.replace("a-1", "UPPER BRIDGE") + GOOD.replace("a-1", "the big bridge")
    _, store = take(tmp_path, HEADER + rows)
    assert load_observations(store, "small")["place"].tolist() == ["a-1", "a-2"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (GOOD.replace("7", "-7"), "count is negative"),
        (GOOD.replace("7", "many"), "count is not a number"),
        (GOOD.replace("a-1", "Upper brige"), "unknown segment 'Upper brige'; nearest: Upper bridge"),
        (GOOD.replace("irregular_crossings", "crossings"), "unknown indicator"),
        (GOOD.replace("2026-11-02", "2026-02-30"), "impossible date"),
        (GOOD.replace("2026-11-02", "2026-11-03"), "a week must begin on a Monday"),
        (GOOD.replace("2026-11-02,W", "2025-02-01,Q"), "a quarter must begin in January"),
        (GOOD.replace("2026-11-02,W", "2025-04-01,Y"), "a year must begin in January"),
        (GOOD.replace("2026-11-02,W", "2025-01-02,Y"), "a month, quarter or year must begin on its first day"),
        (GOOD.replace("2026-11-02,W", "2026-01-01,Y"), "the period is not over yet"),
        (GOOD.replace("2026-11-02", "2027-01-04"), "in the future"),
        (GOOD.replace(",W,", ",X,"), "unknown period"),
        (GOOD.replace("segment", "village"), "unknown place_kind"),
    ],
)
def test_bad_row_goes_to_quarantine_with_its_reason(tmp_path: Path, row: str, expected: str) -> None:
    assert expected in reason(tmp_path, row)


def test_quarantine_names_file_line_and_count(tmp_path: Path) -> None:
    _, store = take(tmp_path, HEADER + GOOD + GOOD.replace("a-1", "nowhere"))
    row = load_quarantine(store, "small").iloc[0]
    assert (row["file"], row["line"], row["count"]) == ("figures.csv", 3, 7.0)


def test_censored_count_is_unknown_with_its_upper_bound(tmp_path: Path) -> None:
    _, store = take(tmp_path, HEADER + GOOD.replace(",7", ",<5"))
    row = load_observations(store, "small").iloc[0]
    assert pd.isna(row["count"])
    assert (row["missing_reason"], row["count_upper"]) == ("suppressed", 4)


def test_empty_count_is_not_reported_and_never_zero(tmp_path: Path) -> None:
    _, store = take(tmp_path, HEADER + GOOD.replace(",7", ","))
    row = load_observations(store, "small").iloc[0]
    assert pd.isna(row["count"])
    assert row["missing_reason"] == "not_reported"


@pytest.mark.parametrize(
    "text",
    [
        (HEADER + GOOD).replace(",", ";").replace("\n", "\r\n"),
        "\ufeff" + HEADER + GOOD,
        (HEADER + GOOD).replace(",", ";").replace(";7", ";7,0"),
        (HEADER + GOOD).replace(",", "\t"),
    ],
    ids=["semicolon-crlf", "bom", "decimal-comma", "tab"],
)
def test_csv_dialects_are_understood(tmp_path: Path, text: str) -> None:
    _, store = take(tmp_path, text)
    assert load_observations(store, "small")["count"].tolist() == [7.0]


def test_same_file_again_changes_nothing(tmp_path: Path) -> None:
    text = HEADER + GOOD + GOOD.replace("a-1", "nowhere")
    _, store = take(tmp_path, text)
    before = input_checksums(store, "small")
    report, _ = take(tmp_path, text)
    assert (report.accepted, report.unchanged) == (0, 1)
    assert input_checksums(store, "small") == before


def test_providers_bytes_are_kept_with_their_provenance(tmp_path: Path) -> None:
    report, store = take(tmp_path, HEADER + GOOD)
    folder = store.snapshots / report.files[0].sha256
    assert (folder / "figures.csv").read_bytes() == (HEADER + GOOD).encode()
    assert (folder / "provenance.json").exists()


def test_a_column_named_as_our_own_number_of_the_line_is_not_kept(tmp_path: Path) -> None:
    text = HEADER.strip() + ", Line\n" + GOOD.strip() + ",Mira Markova\n"
    report, store = take(tmp_path, text)
    assert report.accepted == 1
    assert "not read: column 'line'" in "\n".join(report.lines())
    assert [f.name for f in (store.snapshots / report.files[0].sha256).iterdir()] == ["provenance.json"]


def test_a_text_behind_a_null_byte_does_not_enter_unseen(tmp_path: Path) -> None:
    days = pd.date_range("2010-01-04", "2026-11-02", freq="W-MON").strftime("%Y-%m-%d")
    rows = "".join(GOOD.replace("2026-11-02", day) for day in days)
    with pytest.raises(DataRefusedError, match="binary data"):
        take(tmp_path, HEADER + rows[:-1] + "\x00Mira Markova\n")
    assert not (tmp_path / "store").exists()


BAD_FILES = {
    "empty": (b"", "the file is empty"),
    "no columns": (b"a,b\n1,2\n", "are missing"),
    "latin-1": ((HEADER + GOOD.replace("a-1", "Ža")).encode("cp1250"), "expected UTF-8"),
    "binary": (b"\x00\x01\x02" * 50, "binary"),
    "truncated gzip": (gzip.compress((HEADER + GOOD * 50).encode())[:60], "damaged or cut off"),
    "persons": (b"surname,count\nX,1\n", "person-level"),
    "ragged": (
        (HEADER + GOOD.strip() + ",1,2,3\n").encode(),
        "figures.csv, line 2: expected 6 cells",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_file_is_refused_whole_and_nothing_of_it_is_kept(tmp_path: Path, case: str) -> None:
    data, message = BAD_FILES[case]
    with pytest.raises(DataRefusedError, match=message):
        take(tmp_path, data)
    assert not (tmp_path / "store").exists()


def test_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with pytest.raises(DataRefusedError, match="zip bomb"):
        take(tmp_path, path.read_bytes(), name="bomb2.xlsx")


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    for path, message in ((tmp_path / "none.csv", "there is none"), (tmp_path, "got a folder")):
        with pytest.raises(DataRefusedError, match=message):
            ingest("csv", [path], region=make_region(), store=Store(tmp_path / "s"), today=date(2026, 11, 23))
