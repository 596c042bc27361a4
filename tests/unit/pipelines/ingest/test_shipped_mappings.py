"""The tables of providers that are read by a mapping file: headings are theirs, figures are made up."""

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geo.pack.load import load_region
from geo.region.region import Region
from pipelines.ingest.reading.mapped_table import read_with
from pipelines.ingest.reading.mapping import parse_mapping
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.schema import DataRefusedError, Reading
from tests.regions import write_pack
from tests.workbooks import write_ods

BALKANS = load_region("western_balkans")
SECTORS = """
name: Sectors
freq: M
indicators: {irregular_crossings: {unit: encounters, sensitivity: public}}
segments:
  - {id: yuma, name: Yuma, border: MEX-USA}
  - {id: tucson, name: Tucson, border: MEX-USA, neighbours: [yuma]}
routes: [{id: south_west, name: South-west, segments: [yuma, tucson]}]
"""


def read(source: str, path: Path, region: Region = BALKANS) -> Reading:
    return SOURCES[source].read(path, region, {})


def text(folder: Path, *lines: str, name: str = "table.csv") -> Path:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / name


def figures(reading: Reading, *columns: str) -> list[tuple[object, ...]]:
    """Rows of a reading, sorted; days as text."""
    table = reading.observations.assign(period_start=reading.observations["period_start"].dt.strftime("%Y-%m-%d"))
    rows = table[list(columns)].astype(object).where(table[list(columns)].notna(), None)
    return sorted(rows.itertuples(index=False, name=None), key=str)


def sectors(folder: Path) -> Region:
    return load_region(write_pack(folder / "sectors", SECTORS))


# U.S. Border Patrol, U.S. Customs and Border Protection


def test_usbp_takes_sectors_by_calendar_month_and_no_totals(tmp_path: Path) -> None:
    lines = (
        "fy|month|cy|yuma|tucson|southwest_border|monthly_total",
        "2000|10|1999|5|1,204|1,209|1,209",
        "2000|1|2000|7||7|7",
    )
    reading = read("usbp", text(tmp_path, *lines, name="table.txt"), sectors(tmp_path))
    assert figures(reading, "place", "period_start", "count", "missing_reason") == [
        ("tucson", "1999-10-01", 1204.0, None),
        ("tucson", "2000-01-01", None, "not_reported"),
        ("yuma", "1999-10-01", 5.0, None),
        ("yuma", "2000-01-01", 7.0, None),
    ]


CBP = (
    "Fiscal Year,Month Grouping,Month (abbv),Component,Land Border Region,Area of Responsibility,AOR (Abbv),"
    "Demographic,Citizenship,Title of Authority,Encounter Type,Encounter Count"
)
PATROL = "U.S. Border Patrol,Southwest Land Border"
ADULTS = "Single Adults"


def cbp_rows() -> list[str]:
    return [
        f"2024 (FYTD),FYTD,OCT,{PATROL},Yuma Sector,YUM,{ADULTS},MEXICO,Title 8,Apprehensions,30",
        f"2024 (FYTD),FYTD,OCT,{PATROL},Yuma Sector,YUM,FMUA,MEXICO,Title 8,Apprehensions,12",
        f"2024 (FYTD),FYTD,OCT,{PATROL},Yuma Sector,YUM,{ADULTS},OTHER,Title 42,Expulsions,5",
        f"2023,FYTD,SEP,{PATROL},Tucson Sector,TCA,{ADULTS},MEXICO,Title 8,Apprehensions,7",
        f"2023,FYTD,SEP,{PATROL},Del Rio Sector,DRT,{ADULTS},MEXICO,Title 8,Apprehensions,400",
        "2023,FYTD,SEP,Office of Field Operations,Southwest Land Border,Tucson Field Office,TUS,Single Adults,MEXICO,"
        "Title 8,Inadmissibles,90",
    ]


def test_cbp_encounters_are_added_up_by_sector_month_and_citizenship(tmp_path: Path) -> None:
    """October of fiscal year 2024 is October 2023; ports of entry and sectors of elsewhere are told, not taken."""
    reading = read("cbp_encounters", text(tmp_path, CBP, *cbp_rows()), sectors(tmp_path))
    assert figures(reading, "place", "period_start", "nationality", "count") == [
        ("tucson", "2023-09-01", "MEX", 7.0),
        ("yuma", "2023-10-01", "MEX", 42.0),
        ("yuma", "2023-10-01", "OTHER", 5.0),
    ]
    assert any(u.startswith("1 rows of which 'Component'") for u in reading.unread)
    assert "1 figures of places that region 'sectors' does not have" in reading.unread


def test_cbp_part_that_is_no_number_leaves_its_sum_unknown(tmp_path: Path) -> None:
    rows = [cbp_rows()[0], cbp_rows()[1].replace(",12", ",n.d."), cbp_rows()[2]]
    reading = read("cbp_encounters", text(tmp_path, CBP, *rows), sectors(tmp_path))
    assert figures(reading, "nationality", "count") == [("OTHER", 5.0)]
    assert reading.rejected["line"].tolist() == [2, 3]


def test_cbp_table_by_land_border_goes_to_routes(tmp_path: Path) -> None:
    head = CBP.replace("Area of Responsibility,AOR (Abbv),", "")
    row = f"2021,FYTD,JAN,{PATROL},{ADULTS},HONDURAS,Title 42,Expulsions,11"
    reading = read("cbp_encounters", text(tmp_path, head, row), sectors(tmp_path))
    assert figures(reading, "place_kind", "place", "period_start", "count") == [
        ("route", "south_west", "2021-01-01", 11.0)
    ]


def test_cbp_table_of_the_south_west_alone_is_read(tmp_path: Path) -> None:
    head = CBP.replace("Land Border Region,Area of Responsibility,AOR (Abbv),", "").replace(
        "Citizenship", "Citizenship Grouping"
    )
    row = f"2020,FYTD,DEC,U.S. Border Patrol,{ADULTS},Mexico,Title 8,Apprehensions,3"
    reading = read("cbp_encounters", text(tmp_path, head, row), sectors(tmp_path))
    assert figures(reading, "place", "period_start", "count") == [("south_west", "2019-12-01", 3.0)]


# Eurostat


SDMX = "DATAFLOW,LAST UPDATE,freq,unit,citizen,sex,applicant,age,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG"
FLOW = "ESTAT:MIGR_ASYAPPCTZM(1.0),11/03/24 23:00:00,M,PER"


def sdmx(
    citizen: str, geo: str, month: str, value: str, flag: str = "", *, applicant: str = "ASY_APP", sex: str = "T"
) -> str:
    return f"{FLOW},{citizen},{sex},{applicant},TOTAL,{geo},{month},{value},{flag}"


ASYLUM = [  # place, month, group, count, why none, status
    ("BGR", "2024-01-01", "SYR", 40.0, None, "preliminary"),
    ("BGR", "2024-01-01", "TOTAL", 45.0, None, "final"),
    ("BGR", "2024-02-01", "SYR", None, "suppressed", "final"),
    ("GRC", "2024-02-01", "TOTAL", None, "not_reported", "final"),
]
SEEN = ("place", "period_start", "nationality", "count", "missing_reason", "status")


def test_eurostat_asylum_as_sdmx_csv(tmp_path: Path) -> None:
    rows = [
        sdmx("SY", "BG", "2024-01", "40", "p"),
        sdmx("TOTAL", "BG", "2024-01", "45"),
        sdmx("SY", "BG", "2024-02", "", "c"),
        sdmx("TOTAL", "EL", "2024-02", ""),
        sdmx("TOTAL", "DE", "2024-01", "25000"),  # the region does not have it
        sdmx("TOTAL", "EU27_2020", "2024-01", "90000"),  # a sum
        sdmx("EXT_EU27_2020", "BG", "2024-01", "45"),
        sdmx("SY", "BG", "2024-01", "30", applicant="FRST"),  # parts
        sdmx("SY", "BG", "2024-01", "10", sex="F"),
    ]
    reading = read("eurostat_asylum", text(tmp_path, SDMX, *rows))
    assert figures(reading, *SEEN) == ASYLUM
    assert len(reading.rejected) == 0
    assert "1 figures of places that region 'western_balkans' does not have" in reading.unread


@pytest.mark.parametrize("applicant", ["applicant", "asyl_app"])
def test_eurostat_asylum_as_tsv(tmp_path: Path, applicant: str) -> None:
    """The same figures; the column of the type had another name before 2023."""
    rows = [
        f"freq,unit,citizen,sex,{applicant},age,geo\\TIME_PERIOD\t2024-01 \t2024-02 ",
        "M,PER,SY,T,ASY_APP,TOTAL,BG\t40 p\t: c",
        "M,PER,TOTAL,T,ASY_APP,TOTAL,BG\t45 \t0 n",
        "M,PER,TOTAL,T,ASY_APP,TOTAL,EL\t10 \t: ",
        "M,PER,TOTAL,T,ASY_APP,TOTAL,DE\t25000 \t24000 b",
        "M,PER,SY,F,ASY_APP,TOTAL,BG\t10 \t: ",
    ]
    reading = read("eurostat_asylum", text(tmp_path, *rows, name="table.tsv"))
    more = [("BGR", "2024-02-01", "TOTAL", 0.0, None, "final"), ("GRC", "2024-01-01", "TOTAL", 10.0, None, "final")]
    assert figures(reading, *SEEN) == sorted([*ASYLUM, *more], key=str)


def eurostat_book(folder: Path, about: Sequence[tuple[str, str]], rows: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Summary"
    book.active.append(["Dataset:", "migr"])
    sheet = book.create_sheet("Sheet 1")
    head = [
        ["Data extracted on 12/03/2024 15:10:22 from [ESTAT]"],
        ["Dataset: ", "migr"],
        ["Last updated: ", "11/03/2024"],
        [],
    ]
    for row in [
        *head,
        *([name, None, value] for name, value in about),
        [],
        *rows,
        [],
        ["Special value"],
        [":", "not available"],
    ]:
        sheet.append(row)
    book.save(folder / "table.xlsx")
    return folder / "table.xlsx"


def test_eurostat_asylum_as_workbook(tmp_path: Path) -> None:
    about = [("Time frequency", "Monthly"), ("Unit of measure", "Person"), ("Country of citizenship", "Syria")]
    about += [("Sex", "Total"), ("Applicant type", "Asylum applicant"), ("Age class", "Total")]
    rows = [
        ["TIME", "2024-01", None, "2024-02"],
        ["GEO (Labels)", None, None, None],
        ["European Union - 27 countries (from 2020)", 9000, None, 9100],
        ["Bulgaria", 40, "p", ":", "c"],
        ["Germany", 25000, None, 24000],
        ["Greece", 10, None, ":"],
    ]
    reading = read("eurostat_asylum", eurostat_book(tmp_path, about, rows))
    assert figures(reading, *SEEN) == [
        ("BGR", "2024-01-01", "SYR", 40.0, None, "preliminary"),
        ("BGR", "2024-02-01", "SYR", None, "suppressed", "final"),
        ("GRC", "2024-01-01", "SYR", 10.0, None, "final"),
        ("GRC", "2024-02-01", "SYR", None, "not_reported", "final"),
    ]


def test_eurostat_workbook_with_citizenships_in_rows(tmp_path: Path) -> None:
    about = [("Sex", "Total"), ("Applicant type", "Asylum applicant"), ("Age class", "Total")]
    rows = [
        ["TIME", "TIME", "2024-01", None],
        ["GEO (Labels)", "CITIZEN (Labels)", None, None],
        ["Bulgaria", "Total", 45, None],
        ["Bulgaria", "Syria", 40, "p"],
    ]
    reading = read("eurostat_asylum", eurostat_book(tmp_path, about, rows))
    assert figures(reading, "nationality", "count", "status") == [
        ("SYR", 40.0, "preliminary"),
        ("TOTAL", 45.0, "final"),
    ]


def test_eurostat_refusals_are_annual(tmp_path: Path) -> None:
    head = "DATAFLOW,LAST UPDATE,freq,reason,border,citizen,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG"
    flow = "ESTAT:MIGR_EIRFS(1.0),11/03/24,A"
    rows = [
        f"{flow},TOTAL,TOTAL,RS,PER,HR,2023,5235,",
        f"{flow},TOTAL,LAND,RS,PER,HR,2023,5200,",
        f"{flow},FALSE_DOC,TOTAL,RS,PER,HR,2023,35,",
        f"{flow},TOTAL,TOTAL,XK,PER,HR,2023,,c",
    ]
    reading = read("eurostat_refusals", text(tmp_path, head, *rows))
    assert figures(reading, "place", "period", *SEEN[1:5]) == [
        ("HRV", "Y", "2023-01-01", "SRB", 5235.0, None),
        ("HRV", "Y", "2023-01-01", "XKX", None, "suppressed"),
    ]


def test_eurostat_refusals_as_tsv(tmp_path: Path) -> None:
    head = "freq,reason,border,citizen,unit,geo\\TIME_PERIOD\t2022 \t2023 "
    reading = read("eurostat_refusals", text(tmp_path, head, "A,TOTAL,TOTAL,RS,PER,HR\t4100 \t5235 e", name="t.tsv"))
    assert figures(reading, "period_start", "count", "status") == [
        ("2022-01-01", 4100.0, "final"),
        ("2023-01-01", 5235.0, "estimated"),
    ]


# IOM and UNHCR


@pytest.mark.parametrize("tags", [True, False])
def test_iom_dtm_is_read_with_and_without_its_row_of_tags(tmp_path: Path, tags: bool) -> None:
    lines = [
        "operation,admin0Name,admin1Name,admin1Pcode,reportingDate,roundNumber,displacementReason,numPresentIdpInd"
    ]
    if tags:
        lines.append(
            "#operation+name,#country+name,#adm1+name,#adm1+code,#date+reported,#round+code,#cause,#affected+idps"
        )
    lines += [
        "Op,Land,Tucson,L1,2024-03-31,4,Conflict,120",
        "Op,Land,Tucson,L1,2024-03-31,4,Disaster,30",
        "Op,Land,Yuma,L2,2024-03-31,4,Conflict,7",
    ]
    reading = read("iom_dtm", text(tmp_path, *lines), sectors(tmp_path))
    assert figures(reading, "place", "period_start", "period", "count") == [
        ("tucson", "2024-03-31", "D", 150.0),
        ("yuma", "2024-03-31", "D", 7.0),
    ]


SERIES = '{"data": {"timeseries": [{"month": "01", "year": "2024", "individuals": "2,250", "unix_timestamp": 1},'
SERIES += ' {"month": "02", "year": "2024", "individuals": "2,301", "unix_timestamp": 2}]}}'


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("ITA.json", [SERIES]),
        ("Italy.csv", ["year,month,individuals", '2024,1,"2,250"', '2024,2,"2,301"']),
    ],
)
def test_unhcr_time_series_is_of_the_country_in_its_name(tmp_path: Path, name: str, lines: list[str]) -> None:
    reading = read("unhcr_portal", text(tmp_path, *lines, name=name))
    assert figures(reading, "place", "period_start", "count") == [
        ("ITA", "2024-01-01", 2250.0),
        ("ITA", "2024-02-01", 2301.0),
    ]


def test_json_with_two_lists_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = text(tmp_path, '{"a": [{"year": 2024}], "b": [{"year": 2025}]}', name="ITA.json")
    with pytest.raises(DataRefusedError, match=r"expected one list of records, .* got 2\. Export the table as CSV"):
        read("unhcr_portal", path)


def test_unhcr_western_balkans_as_an_open_document(tmp_path: Path) -> None:
    """UNHCR's workbook is .xlsx; saved by another program it is read the same."""
    countries = [
        "Italy",
        "Greek islands",
        "mainland Greece",
        "fYRoM",
        "Serbia",
        "Croatia",
        "Hungary",
        "Slovenia",
        "Austria",
    ]
    head = ["Date", *(f"{'Departures' if c.startswith('main') else 'Arrivals'} to {c}" for c in countries)]
    row = [pd.Timestamp("2015-10-03").date(), 1, 2, 3, 4, 5, 6, 7, "N/A", 9]
    path = write_ods(tmp_path / "table.ods", [["Estimated daily arrivals"], [], head, row])
    reading = read("unhcr_western_balkans", path)
    found = {row[0]: row[1:] for row in figures(reading, "place", "route", "count", "missing_reason")}
    assert found["ITA"] == ("other_route", 1.0, None)
    assert found["GRC"] == ("internal", 3.0, None)
    assert found["MKD"] == ("central", 4.0, None)
    assert found["SVN"] == ("exit", None, "not_reported")
    assert reading.observations["count"].sum() == 37


OFFICE = """
columns: {place: Border section, nationality: Citizenship, period_start: "@heading"}
wide: known
leave_out: {Border section: Total}
fill_down: Border section
constants: {indicator: irregular_crossings, place_kind: segment, period: M}
suppressed: "*"
"""


def test_an_open_document_of_a_statistics_office_is_mapped(tmp_path: Path) -> None:
    """Notes above and below, months as columns, places told once, a total, a year's sum and a withheld figure."""
    head = ["Border section", "Citizenship", "January 2024 (p)", "February 2024", "2024 to date"]
    rows = [["Yuma", "Mexico", 12, 7, 19], [None, "Honduras", "*", 3, 3], ["Tucson", "Mexico", 1, "-", 1]]
    notes = [["Table 4: detections by section and citizenship"], ["Office of statistics"], []]
    table = [*notes, head, *rows, ["Total", "All", 13, 10, 23], [], ["* fewer than five"]]
    path = write_ods(tmp_path / "table.ods", table)
    reading = read_with(parse_mapping(OFFICE, where="map.yaml"), path, sectors(tmp_path))
    assert figures(reading, "place", "nationality", "period_start", "count", "missing_reason") == [
        ("tucson", "MEX", "2024-01-01", 1.0, None),
        ("tucson", "MEX", "2024-02-01", None, "not_reported"),
        ("yuma", "HND", "2024-01-01", None, "suppressed"),
        ("yuma", "HND", "2024-02-01", 3.0, None),
        ("yuma", "MEX", "2024-01-01", 12.0, None),
        ("yuma", "MEX", "2024-02-01", 7.0, None),
    ]
    assert len(reading.rejected) == 0
