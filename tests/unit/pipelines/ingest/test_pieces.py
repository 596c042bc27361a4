"""What a piece of a long table must not take for granted: each row means what it would mean in a small file."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipelines.ingest.door.ingest import IngestReport, ingest
from pipelines.observations.batches import load_observations, load_quarantine
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store
from tests.regions import make_region

REGION, DAY = make_region(), date(2026, 11, 23)
HEADER = "indicator,place_kind,place,nationality,period_start,period,count"


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.ingest.reading.pieces.PIECE_BYTES", 150)


def take(folder: Path, text: str) -> tuple[IngestReport, Store]:
    """Take a CSV in pieces of about three rows."""
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return ingest("csv", [path], region=REGION, store=Store(folder / "store"), today=DAY), Store(folder / "store")


def row(day: int, count: str, nationality: str = "AFG", **more: str) -> str:
    cells = ["irregular_crossings", "segment", "a-1", nationality, f"2026-10-{day:02d}", "D", count, *more.values()]
    return ",".join(cells)


def text_of(rows: list[str], header: str = HEADER) -> str:
    return "\n".join([header, *rows, ""])


def test_numbers_are_read_by_one_rule_though_a_piece_does_not_say_it(tmp_path: Path) -> None:
    rows = [row(1, "1.020"), *(row(day, "7") for day in range(2, 9)), row(9, '"12,5"')]
    _, store = take(tmp_path, text_of(rows))
    assert sorted(load_observations(store, "small")["count"]) == [7.0] * 7 + [12.5, 1020.0]


def test_a_column_that_never_says_how_numbers_are_written_is_asked_about_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="--thousands"):
        take(tmp_path, text_of([row(1, "1.020"), *(row(day, "7") for day in range(2, 9))]))
    assert not list(tmp_path.rglob("*.parquet"))


def test_different_counts_for_one_figure_pieces_away_leave_it_unknown(tmp_path: Path) -> None:
    report, store = take(tmp_path, text_of([row(1, "5"), *(row(day, "7") for day in range(2, 9)), row(1, "6")]))
    kept = load_observations(store, "small")
    assert (report.accepted, report.quarantined) == (7, 2)
    assert kept.loc[kept["period_start"] == pd.Timestamp("2026-10-01"), "missing_reason"].tolist() == ["invalid"]
    assert load_quarantine(store, "small")["line"].tolist() == [2, 10]


def test_a_refused_part_in_another_piece_leaves_its_whole_unknown(tmp_path: Path) -> None:
    rows = [row(1, "5"), *(row(day, "7") for day in range(2, 9)), row(1, "many", "SYR")]
    _, store = take(tmp_path, text_of(rows))
    kept = load_observations(store, "small")
    kept = kept[kept["period_start"] == pd.Timestamp("2026-10-01")].set_index("nationality")
    assert kept.loc["AFG", "count"] == 5
    assert kept.loc["SYR", "missing_reason"] == "invalid"


def test_coordinates_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    rows = [row(day, "7", lon="", lat="") for day in range(1, 8)] + [row(9, "7", lon="east", lat="north")]
    report, _ = take(tmp_path, text_of(rows, f"{HEADER},lon,lat"))
    assert (report.accepted, report.quarantined) == (7, 1)


def test_bounds_of_a_parquet_file_stay_each_rows_own(tmp_path: Path) -> None:
    table = pd.DataFrame([r.split(",") for r in (row(1, ""), row(2, ""), row(3, "4"))], columns=HEADER.split(","))
    typed = {"count": [float("nan"), float("nan"), 4.0], "count_upper": pd.array([4, 9, None], dtype="Int64")}
    table.assign(**typed).to_parquet(tmp_path / "table.parquet", index=False)
    ingest("csv", [tmp_path / "table.parquet"], region=REGION, store=Store(tmp_path / "store"), today=DAY)
    kept = load_observations(Store(tmp_path / "store"), "small").sort_values("period_start")
    assert kept["count_upper"].fillna(0).tolist() == [4, 9, 0]


def test_a_cell_with_a_line_break_is_asked_to_be_mended(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="no cell may hold a line break"):
        take(tmp_path, text_of([*(row(day, "7") for day in range(1, 9)), row(9, "7", '"A\nFG"')]))


def test_a_row_with_more_cells_than_the_header_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="expected 7 cells as in the header, got 8"):
        take(tmp_path, text_of([*(row(day, "7") for day in range(1, 9)), row(9, "7") + ",8"]))
