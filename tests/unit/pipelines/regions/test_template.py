"""The workbook to fill in: what is written into it is found at its place, and an empty cell says nothing."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from geo.pack.load import load_region
from geo.region.region import KOSOVO_FOOTNOTE, Indicator, Region
from pipelines.ingest.door.ingest import IngestReport, ingest
from pipelines.observations.batches import load_observations
from pipelines.regions.template import template_bytes
from pipelines.store.paths import Store
from tests.regions import make_region

TODAY = date(2026, 11, 29)
LONG = "An indicator whose name is much longer than a sheet's may be"


def small_region() -> Region:
    names = {"irregular_crossings": "Irregular crossings", "first": f"{LONG}: [one]", "second": f"{LONG}: two"}
    return make_region(indicators={i: Indicator(i, name, "counts") for i, name in names.items()})


def book(region: Region, **options: object) -> openpyxl.Workbook:
    stated = {"today": pd.Timestamp(TODAY), "freq": region.freq, **options}
    return openpyxl.load_workbook(io.BytesIO(template_bytes(region, **stated)))  # type: ignore[arg-type]


def cells(sheet: Worksheet) -> list[tuple[int, int]]:
    """Positions of the cells for figures of periods that are over."""
    rows = [row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 1).value]
    return [(row, column) for row in rows for column in range(6, 12)]


def taken(filled: openpyxl.Workbook, region: Region, tmp_path: Path) -> tuple[IngestReport, pd.DataFrame]:
    path, store = tmp_path / "filled.xlsx", Store(tmp_path / "store")
    filled.save(path)
    report = ingest("template", [path], region=region, store=store, today=TODAY)
    return report, load_observations(store, region.id)


def test_each_figure_of_a_filled_template_is_found_at_its_place(tmp_path: Path) -> None:
    region, expected = small_region(), set()
    filled = book(region)
    for sheet in filled.worksheets[1:-1]:
        for number, (row, column) in list(enumerate(cells(sheet)))[::3]:
            sheet.cell(row, column, number)
            what = [sheet.cell(row, c).value for c in (1, 2, 3)]
            expected.add((*what, sheet.cell(1, column).value, float(number)))
    report, rows = taken(filled, region, tmp_path)
    weeks = rows["period_start"].map(lambda day: "{}-W{:02d}".format(*pd.Timestamp(day).isocalendar()[:2]))
    found = zip(rows["indicator"], rows["place_kind"], rows["place"], weeks, rows["count"], strict=True)
    assert set(found) == expected
    assert (report.quarantined, len(rows)) == (0, len(expected))


def test_empty_cell_is_no_report_and_zero_is_one(tmp_path: Path) -> None:
    filled = book(small_region())
    filled.worksheets[1].cell(2, 6, 0)
    filled.worksheets[1].cell(3, 6, "n/a")
    _, rows = taken(filled, small_region(), tmp_path)
    assert rows["count"].tolist()[:1] == [0.0]
    assert rows["missing_reason"].tolist() == [None, "not_reported"]


def test_nationality_written_below_goes_in_by_its_name(tmp_path: Path) -> None:
    filled = book(small_region())
    sheet = filled.worksheets[1]
    for column, value in enumerate(["irregular_crossings", "segment", "a-1", "", "Syrian Arab Rep.", 4], start=1):
        sheet.cell(sheet.max_row if column > 1 else sheet.max_row + 1, column, value)
    _, rows = taken(filled, small_region(), tmp_path)
    assert rows[["place", "nationality", "count"]].to_numpy().tolist() == [["a-1", "SYR", 4.0]]


def test_months_go_into_a_weekly_region_as_months(tmp_path: Path) -> None:
    filled = book(small_region(), freq="M")
    sheet = filled.worksheets[1]
    assert [sheet.cell(1, column).value for column in (6, 11, 12)] == ["2026-05", "2026-10", "2026-11"]
    sheet.cell(2, 11, 31)
    _, rows = taken(filled, small_region(), tmp_path)
    assert rows[["period", "period_start"]].to_numpy().tolist() == [["M", pd.Timestamp("2026-10-01")]]


def test_withheld_count_keeps_its_bound(tmp_path: Path) -> None:
    filled = book(small_region())
    filled.worksheets[1].cell(2, 6, "<5")
    _, rows = taken(filled, small_region(), tmp_path)
    assert rows[["missing_reason", "count_upper"]].to_numpy().tolist() == [["suppressed", 4]]


def test_sheets_are_named_once_each_and_as_excel_allows() -> None:
    names = [name.casefold() for name in book(small_region()).sheetnames]
    assert len(set(names)) == len(names) == 5
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_name_that_begins_like_a_formula_stays_a_text() -> None:
    segments = (replace(make_region().segments[0], name="=1+1"), *make_region().segments[1:])
    sheet = book(make_region(segments=segments), grains=["segment"]).worksheets[1]
    assert (sheet.cell(2, 4).value, sheet.cell(2, 4).data_type) == ("=1+1", "s")


@pytest.mark.parametrize("position", [0, 1, 10])
def test_kosovo_has_its_star_and_footnote_on_every_sheet(position: int) -> None:
    made = book(load_region("western_balkans"), grains=["country", "border"])
    texts = [str(c.value) for row in made.worksheets[position].iter_rows() for c in row if c.value is not None]
    assert KOSOVO_FOOTNOTE in texts
    assert not any("Kosovo" in text.replace("Kosovo*", "") for text in texts if text != KOSOVO_FOOTNOTE)


def test_western_balkans_template_names_every_place_that_a_route_uses() -> None:
    region = load_region("western_balkans")
    sheet = book(region).worksheets[1]
    ids = {sheet.cell(row, 3).value for row in range(2, sheet.max_row + 1)}
    assert {cell.segment for cell in region.cells} <= ids
    assert {"horgos-roszke", "HUN-SRB", "XKX"} <= ids
