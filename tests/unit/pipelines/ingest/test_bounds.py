"""Files that would take minutes, gigabytes or the process: refused at once, with what to do."""

import gzip
import io
import time
import tracemalloc
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geo.pack.entries import PackError
from geo.pack.load import load_region
from pipelines.ingest.door.capacities import read_capacities
from pipelines.ingest.inbox.settings import read_sources_file
from pipelines.ingest.ingest_files import Stated, take_files
from pipelines.ingest.partners.read_hub import read_hub_file
from pipelines.ingest.proposals.propose import propose
from pipelines.ingest.reading import workbooks
from pipelines.ingest.reading.files import MAX_COLUMNS, check_file
from pipelines.ingest.reading.mapping import parse_mapping
from pipelines.observations.batches import load_quarantine
from pipelines.observations.corrections import read_corrections
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store
from tests.mappings import LONG
from tests.regions import USER_PACK, make_region, write_pack

HEADER = "indicator,place_kind,place,period_start,period,count"
GOOD = "irregular_crossings,segment,a-1,2026-11-02,W,7"
LONG_CELL = "x" * 140_000


def take(folder: Path, content: str | bytes, *, source: str = "csv", name: str = "figures.csv") -> list[str]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    stated = Stated(mapping=parse_mapping(LONG, where="map.yaml")) if source == "table" else None
    options = {"region": make_region(), "store": Store(folder / "store"), "today": date(2026, 11, 23)}
    return take_files(source, [path], progress=lambda *_: None, stated=stated, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["csv", "table", "usbp", "frontex", "template"])
@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{HEADER},{LONG_CELL}\n{GOOD},1\n", 1),
        (f"{HEADER},note\n{GOOD},\n{GOOD},{LONG_CELL}\n", 3),
        (f'{HEADER},note\n{GOOD},"{LONG_CELL}\n{GOOD},\n', 2),
    ],
    ids=["heading", "cell", "open quote"],
)
def test_a_cell_longer_than_any_is_refused_by_its_line(tmp_path: Path, source: str, content: str, line: int) -> None:
    with pytest.raises(DataRefusedError, match=f"figures.csv, line {line}: expected cells of at most 131,072 char"):
        take(tmp_path, content, source=source)


def test_a_long_cell_of_capacities_or_of_a_proposal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(f"segment,indicator,value,owner,as_of,{LONG_CELL}\na-1,irregular_crossings,1,unit,2026-01-01,\n")
    readers: tuple[Callable[[Path, object], object], ...] = (read_capacities, propose)  # type: ignore[assignment]
    for read in readers:
        with pytest.raises(DataRefusedError, match="expected cells of at most 131,072 characters"):
            read(path, make_region())


@pytest.mark.asvs("V2.3.2", "V5.2.1")
@pytest.mark.parametrize("source", ["csv", "table", "usbp"])
def test_more_columns_than_a_spreadsheet_has_are_refused(tmp_path: Path, source: str) -> None:
    wide = ",".join(f"c{n}" for n in range(MAX_COLUMNS))
    with pytest.raises(DataRefusedError, match=r"expected at most 16,384 columns, .* got 16,390\. Take out"):
        take(tmp_path, f"{HEADER},{wide}\n{GOOD}\n", source=source)


def test_thousands_of_unknown_names_are_refused_in_seconds(tmp_path: Path) -> None:
    rows = [f"irregular_crossings,segment,nowhere {n},2026-11-02,W,7,north {n},Nowhere {n}" for n in range(20_000)]
    began = time.monotonic()
    with pytest.raises(DataRefusedError, match="no row could be taken"):
        take(tmp_path, "\n".join([f"{HEADER},route,nationality", *rows]))
    assert time.monotonic() - began < 30  # 200 s when the nearest names of each were looked up
    reasons = load_quarantine(Store(tmp_path / "store"), "small")["reason"].value_counts()
    assert reasons["unknown segment, as 500 others before it: is it the right column?"] == 19_500
    assert reasons.sum() == 20_000


@pytest.mark.parametrize(("column", "told"), [("route", "unknown route"), ("nationality", "unknown nationality")])
def test_each_name_of_a_few_unknown_ones_is_explained(tmp_path: Path, column: str, told: str) -> None:
    rows = [f"{GOOD},{name}" for name in ("Northern rout", "Afghanstan", "")]
    take(tmp_path, "\n".join([f"{HEADER},{column}", *rows, GOOD.replace("a-1", "a-2") + ","]))
    refused = load_quarantine(Store(tmp_path / "store"), "small")
    assert [str(r).startswith(told) for r in refused["reason"]] == [True] * len(refused)
    assert len(refused) == 2


def test_a_workbook_of_more_cells_than_can_be_read_in_half_a_minute_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in range(40):
        book.active.append(list(range(row, row + 30)))
    book.save(out)
    monkeypatch.setattr(workbooks, "MAX_XLSX_CELLS", 1_199)
    with pytest.raises(DataRefusedError, match=r"at most 1,199 cells, got 1,200\. Save the sheet .* 'CSV UTF-8'"):
        take(tmp_path, out.getvalue(), name="figures.xlsx")


@pytest.mark.asvs("V5.2.1", "V5.2.3")
def test_a_bomb_is_never_unpacked_whole(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(400):
            stream.write(b"0" * 2**20)
    tracemalloc.start()
    try:
        with pytest.raises(DataRefusedError, match="unpacks to far more than figures would"):
            check_file(path)
        assert tracemalloc.get_traced_memory()[1] < 30 * 2**20
    finally:
        tracemalloc.stop()


def test_a_parquet_file_with_a_name_twice_is_refused_at_each_door(tmp_path: Path) -> None:
    table = pa.table([pa.array(["a"]), pa.array(["b"])], names=["Number", "Number"])
    path = tmp_path / "2026-11-09-agency-model.parquet"
    pq.write_table(table, path)
    for source in ("table", "frontex"):
        with pytest.raises(DataRefusedError, match="each column once, got 1 name twice"):
            take(tmp_path, path.read_bytes(), source=source, name="figures.parquet")
    with pytest.raises(DataRefusedError, match="each column once"):
        read_hub_file(path)


@pytest.mark.asvs("V1.4.2")
def test_a_number_beyond_any_count_is_not_kept_with_the_refused_row(tmp_path: Path) -> None:
    take(tmp_path, f"{HEADER}\n{GOOD}\n{GOOD.replace('a-1,', 'a-2,').replace(',7', ',8100773100123')}\n")
    refused = load_quarantine(Store(tmp_path / "store"), "small")
    assert refused["reason"].tolist() == ["count is above 1,000,000,000"]
    assert refused["count"].isna().all()


DEEP = ["- " * 49_000, "[" * 49_000, "{" * 49_000, "[{a: " * 20_000, "? " * 49_000]
GROWING = "a0: &a0 [x]\n" + "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))


def _numbers_beside(path: Path) -> object:
    (path.parent / "figures.csv").write_text(f"{HEADER}\n{GOOD}\n")
    path.rename(path.parent / "map.yaml")
    return take(path.parent, f"{HEADER}\n{GOOD}\n")


def _as_region(path: Path) -> object:
    return load_region(write_pack(path.parent / "pack", path.read_text()))


YAML_DOORS: dict[str, Callable[[Path], object]] = {
    "region.yaml": _as_region,
    "routes.yaml": lambda path: load_region(write_pack(path.parent / "pack", routes__yaml=path.read_text())),
    "mapping": lambda path: parse_mapping(path.read_text(), where="map.yaml"),
    "numbers beside a file": _numbers_beside,
    "corrections": read_corrections,
    "sources.yaml": read_sources_file,
}


@pytest.mark.asvs("V2.3.2")
@pytest.mark.parametrize("door", YAML_DOORS)
@pytest.mark.parametrize("text", [*DEEP, GROWING], ids=["-", "[", "{", "[{a:", "?", "aliases"])
def test_yaml_that_would_end_the_process_is_refused_at_every_door(tmp_path: Path, door: str, text: str) -> None:
    path = tmp_path / "given.yaml"
    path.write_text(text)
    with pytest.raises((DataRefusedError, PackError)):
        YAML_DOORS[door](path)


JSON = ["[" * 200_000, '{"features":' * 50_000, '{"features": [1]}', '{"features": 7}']


@pytest.mark.parametrize("text", JSON, ids=["[", "{", "a number in a list", "a number"])
def test_json_that_would_end_the_process_is_refused_at_every_door(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataRefusedError, match=r"JSON, it can't be read|expected one list|expected cells of at most"):
        take(tmp_path, text, source="unhcr_portal", name="ITA.json")
    pack = USER_PACK.split("segments:")[0]
    with pytest.raises(PackError, match="expected a GeoJSON feature collection"):
        load_region(write_pack(tmp_path / "pack", pack, segments__geojson=text))


def test_nested_parquet_columns_are_no_cells_of_a_proposal(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Month": [f"2024-{m:02d}" for m in range(1, 9)], "Sector": "a-1", "Detections": range(8)})
    frame.assign(details=[{"who": [1]}] * 8).to_parquet(tmp_path / "figures.parquet")
    assert "Detections" in propose(tmp_path / "figures.parquet", make_region()).text()
