"""Frontex's workbook and table of vintages: what is not in order is refused, and nothing becomes a zero."""

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geo.pack.load import load_region
from pipelines.ingest.door.ingest import ingest
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.batches import load_observations, load_quarantine
from pipelines.observations.schema import OTHER_ROUTE, DataRefusedError
from pipelines.store.paths import Store

HEADER = ["Route", "Border type or inland", "Nationality", "JAN2025", "FEB2025"]
BALKAN = "Western Balkan Route"
SYRIANS = [BALKAN, "Land", "Syria", 3, 0]
EU = load_region("eu_routes")
VINTAGES = "as_of,route,border_type,month,detections\n"


def workbook(folder: Path, *rows: list[object], header: list[str] = HEADER) -> Path:
    book = openpyxl.Workbook()
    for row in [header, *rows]:
        book.active.append(row)
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


def take(path: Path, region: str = "eu_routes") -> tuple[pd.DataFrame, pd.DataFrame]:
    """What was kept, and what was refused."""
    store = Store(path.parent / "store")
    ingest("frontex", [path], region=load_region(region), store=store, today=date(2025, 6, 30))
    return load_observations(store, region), load_quarantine(store, region)


def told(figures: pd.DataFrame) -> dict[str, tuple[float | None, str | None]]:
    """Count of each month, and why there is none."""
    plain = (
        figures[["count", "missing_reason"]].astype(object).where(figures[["count", "missing_reason"]].notna(), None)
    )
    months = figures["period_start"].dt.strftime("%Y-%m")
    return dict(sorted(zip(months, plain.itertuples(index=False, name=None), strict=True)))


def table(folder: Path, *rows: str) -> Path:
    (folder / "vintages.csv").write_text(VINTAGES + "\n".join(rows) + "\n")
    return folder / "vintages.csv"


def test_land_without_readable_sea_is_no_figure(tmp_path: Path) -> None:
    rows = [BALKAN, "Land", "Syria", "n/a", 0], [BALKAN, "Sea", "Syria", 4, 1]
    kept, refused = take(workbook(tmp_path, *rows))
    assert told(kept) == {"2025-01": (None, "invalid"), "2025-02": (1.0, None)}
    assert refused["line"].tolist() == [2, 3]
    assert refused["count"].sum() == 4


def test_row_that_stands_twice_is_counted_once(tmp_path: Path) -> None:
    kept, refused = take(workbook(tmp_path, SYRIANS, SYRIANS))
    assert kept["count"].sum() == 3
    assert set(refused["reason"]) == {"the same row stands in the file twice"}


def test_row_below_a_merged_route_cell_is_refused_and_not_dropped(tmp_path: Path) -> None:
    kept, refused = take(workbook(tmp_path, SYRIANS, [None, "Land", "Afghanistan", 2, 1]))
    assert kept["count"].sum() == 3
    assert (refused["count"].sum(), set(refused["line"])) == (3, {3})


def test_negative_land_does_not_lower_sea(tmp_path: Path) -> None:
    kept, refused = take(workbook(tmp_path, [BALKAN, "Land", "Syria", -3, 0], [BALKAN, "Sea", "Syria", 9, 0]))
    assert told(kept) == {"2025-01": (None, "invalid"), "2025-02": (0.0, None)}
    assert refused["line"].tolist() == [2, 3]


def test_footer_is_no_row(tmp_path: Path) -> None:
    kept, refused = take(workbook(tmp_path, SYRIANS, ["Source: FRAN data as of 03JUN25"]))
    assert refused.empty
    assert kept["as_of"].unique().tolist() == [pd.Timestamp("2025-06-03")]


def test_month_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match=r"book\.xlsx, sheet .*, row 1: expected each month once, got Jan 2025"):
        take(workbook(tmp_path, [*SYRIANS, 9], header=[*HEADER, "JAN2025"]))


def test_other_routes_are_kept_as_totals_of_another_route(tmp_path: Path) -> None:
    rows = ["Central Mediterranean Route", "Sea", "Syria", 5, 1], ["Central Mediterranean Route", "Sea", "Mali", 2, 1]
    kept, refused = take(workbook(tmp_path, SYRIANS, *rows), "western_balkans")
    other = kept[kept["route"] == OTHER_ROUTE]
    assert refused.empty
    assert other[["place", "nationality", "count"]].to_numpy().tolist() == [
        ["central_mediterranean", "TOTAL", 7],
        ["central_mediterranean", "TOTAL", 2],
    ]


def test_misspelt_route_is_refused_with_the_nearest_names(tmp_path: Path) -> None:
    _, refused = take(workbook(tmp_path, SYRIANS, ["Westrn Balkan Rout", "Land", "Syria", 3, 0]), "western_balkans")
    assert refused["reason"].str.startswith("unknown route 'Westrn Balkan Rout'; nearest: Western Balkan Route").all()


def test_file_without_a_route_of_the_region_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="expected figures of a route of region 'western_balkans'"):
        take(workbook(tmp_path, ["Western African Route", "Sea", "Mali", 2, 1]), "western_balkans")


def test_months_that_the_table_leaves_out_are_zeros(tmp_path: Path) -> None:
    rows = [f"2025-01-07,{BALKAN},Land,2024-{month},4" for month in (10, 12)]
    kept, _ = take(table(tmp_path, *rows))
    assert kept.sort_values("period_start")["count"].tolist() == [4, 0, 4]


def test_month_that_could_not_be_read_is_no_zero(tmp_path: Path) -> None:
    rows = [f"2025-01-07,{BALKAN},Land,2024-{month},{n}" for month, n in ((10, "4"), (11, "x"), (12, "4"))]
    kept, refused = take(table(tmp_path, *rows))
    assert told(kept) == {"2024-10": (4.0, None), "2024-11": (None, "invalid"), "2024-12": (4.0, None)}
    assert refused[["line", "reason"]].to_numpy().tolist() == [[3, "count is not a number"]]


def test_month_told_before_its_end_makes_no_zeros_up_to_it(tmp_path: Path) -> None:
    kept, refused = take(table(tmp_path, f"2025-01-07,{BALKAN},Land,2024-12,4", f"2025-01-07,{BALKAN},Land,2025-03,4"))
    assert kept["period_start"].tolist() == [pd.Timestamp("2024-12-01")]
    assert refused["reason"].tolist() == ["the month is not over by its as_of"]


@pytest.mark.parametrize("label", ["SEP2024*", "SEP2024 (p)", "Sep-24", "September 2024", "2024M09"])
def test_a_month_with_marks_is_that_month(tmp_path: Path, label: str) -> None:
    kept, _ = take(workbook(tmp_path, [*SYRIANS, 7], header=[*HEADER, label]))
    assert kept.set_index("period_start")["count"][pd.Timestamp("2024-09-01")] == 7


def test_a_label_that_is_no_month_is_told(tmp_path: Path) -> None:
    header = [*HEADER, "Trend", None, "Total"]
    reading = SOURCES["frontex"].read(workbook(tmp_path, [*SYRIANS, 7, "x", 3], header=header), EU, {})
    assert reading.unread == ("column 'Trend'",)
    assert len(reading.observations) == 2


def test_sheets_and_formulas_that_were_not_read_are_told(tmp_path: Path) -> None:
    path = workbook(tmp_path, [BALKAN, "Land", "Syria", 3, "=D2+1"])
    book = openpyxl.load_workbook(path)
    book.create_sheet("Notes").append(["Source: FRAN data as of 03JUN25"])
    book.create_sheet("Dictionary").append(["Nationality", "Route"])
    book.save(path)
    reading = SOURCES["frontex"].read(path, EU, {})
    assert reading.unread == ("sheet 'Dictionary'", "1 formula without a stored value")


@pytest.mark.parametrize("separator", [",", ";"])
def test_the_workbook_saved_as_csv_is_the_same(tmp_path: Path, separator: str) -> None:
    rows = [SYRIANS, [BALKAN, "Sea", "Syria", None, 1], [BALKAN, "Land", "Kosovo*", 1204, 0]]
    footer = ["Source: FRAN data as of 03JUN25"]
    lines = [["Monthly detections"], [], HEADER, *rows, footer]
    text = "\n".join(separator.join("" if c is None else str(c) for c in line) for line in lines)
    (tmp_path / "book.csv").write_text(text + "\n", encoding="utf-8")
    read = SOURCES["frontex"].read
    from_csv, from_book = read(tmp_path / "book.csv", EU, {}), read(workbook(tmp_path, *rows, footer), EU, {})
    same = ["place", "nationality", "period_start", "count", "as_of"]
    pd.testing.assert_frame_equal(from_csv.observations[same], from_book.observations[same])
    assert from_csv.observations["count"].sum() == 1208


def test_a_line_of_the_csv_is_named_where_it_stands(tmp_path: Path) -> None:
    text = f"Route,Border type,Nationality,JAN2025\n{BALKAN},Land,Syria,3\n{BALKAN},Land,Mali,many\n"
    (tmp_path / "book.csv").write_text(text)
    kept, refused = take(tmp_path / "book.csv")
    assert (kept["count"].sum(), refused["line"].tolist()) == (3, [3])


def test_headings_of_2018_are_read(tmp_path: Path) -> None:
    """Border and nationality had other headings, months were dates."""
    header = ["Route", "BorderLocation", "NationalityLong", datetime(2018, 1, 1), datetime(2018, 2, 1)]  # noqa: DTZ001
    kept, _ = take(workbook(tmp_path, SYRIANS, header=header))
    assert kept["period_start"].tolist() == [pd.Timestamp("2018-01-01"), pd.Timestamp("2018-02-01")]


def test_rows_with_different_counts_for_one_figure_are_not_taken(tmp_path: Path) -> None:
    other = [BALKAN, "Land", "Syria", 5, 0]
    kept, refused = take(workbook(tmp_path, SYRIANS, other, [BALKAN, "Sea", "Syria", 1, 1]))
    assert told(kept) == {"2025-01": (1.0, "invalid"), "2025-02": (1.0, None)}  # January is at least 1
    assert refused["line"].tolist() == [2, 3, 3]  # February's are copies
