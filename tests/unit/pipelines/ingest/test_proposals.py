"""`routecast map`: what it proposes reads the table right, says why, and shows nothing that it does not read."""

import gzip
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from geo.region.region import Region
from pipelines.ingest.proposals.draft import Draft
from pipelines.ingest.proposals.preview import Preview, preview
from pipelines.ingest.proposals.propose import propose
from pipelines.observations.schema import DataRefusedError, PersonalDataError
from tests.regions import make_region

TODAY = date(2026, 11, 30)


def proposed(
    folder: Path, table: str | bytes, name: str = "table.csv", *, region: Region | None = None, **said: str
) -> tuple[Draft, Preview]:
    """The proposal for a table, and what it reads."""
    path = folder / name
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    pack = region or make_region()
    draft = propose(path, pack, said=said)
    assert draft.mapping is not None, draft.lacking
    return draft, preview(draft.mapping, path, pack, today=TODAY)


def table_of(months: int, **columns: list[str]) -> list[tuple[str, ...]]:
    """Months × all combinations of the columns' values."""
    rows: list[tuple[str, ...]] = [(f"2024-{m:02d}",) for m in range(1, months + 1)]
    for values in columns.values():
        rows = [(*row, value) for row in rows for value in values]
    return rows


def test_a_breakdown_with_a_total_is_filtered(tmp_path: Path) -> None:
    rows = table_of(6, section=["a-1", "a-2"], sex=["T", "F", "M"])
    lines = [",".join([*row, {"T": "5", "F": "2", "M": "3"}[row[2]]]) for row in rows]
    draft, shown = proposed(tmp_path, "\n".join(["month,section,sex,value", *lines]))
    assert draft.keys["filters"] == {"sex": "T"}
    assert "12 of 12 figures" in draft.why["filters", "sex"]
    assert (shown.taken, shown.count) == (12, 60)


def test_a_breakdown_without_a_total_is_added_up(tmp_path: Path) -> None:
    rows = table_of(6, section=["a-1", "a-2"], demographic=["women", "men", "children"])
    draft, shown = proposed(
        tmp_path, "\n".join(["month;section;demographic;value", *(";".join([*r, "4"]) for r in rows)])
    )
    assert draft.keys["add_up_over"] == ["demographic"]
    assert (shown.taken, shown.count) == (12, 144)


def test_totals_among_the_places_are_left_out(tmp_path: Path) -> None:
    rows = table_of(4, section=["Upper bridge", "Lower bridge", "Total"])
    lines = [",".join([*row, "14" if row[1] == "Total" else "7"]) for row in rows]
    draft, shown = proposed(tmp_path, "\n".join(["Month,Border section,Detections", *lines]))
    assert draft.keys["leave_out"] == {"Border section": ["Total"]}
    assert (shown.taken, shown.count, shown.refused_rows) == (8, 56, 0)


def test_months_as_headings_under_their_year_are_read(tmp_path: Path) -> None:
    head = "Detections by section\nSection;2024;;;\n;January;February;March;April\n"
    table = head + "a-1;1;2;3;4\na-2;5;6;7;8\nTotal;6;8;10;12\n"
    draft, shown = proposed(tmp_path, table)
    assert draft.keys["header_rows"] == 2
    assert (shown.taken, shown.count) == (8, 36)


def test_year_and_month_names_of_the_region_are_read(tmp_path: Path) -> None:
    months = ["јануар", "фебруар", "март", "април", "мај", "јун"]
    lines = [f"2024;{month};a-1;{n}" for n, month in enumerate(months, 1)]
    table = "\n".join(["Година;Месец;Деоница;Број", *lines]).encode("cp1251")
    draft, shown = proposed(tmp_path, table)
    assert draft.keys["encoding"] == "cp1251"
    assert (shown.taken, shown.count) == (6, 21)
    assert shown.figures["period_start"].max() == pd.Timestamp("2024-06-01")


def test_eurostats_bulk_file_is_read(tmp_path: Path) -> None:
    region = make_region(countries={"AAA": "Aland", "BBB": "Beland", "CCC": "Celand"})
    head = "freq,unit,citizen,sex,age,geo\\TIME_PERIOD\t2024-01 \t2024-02 \t2024-03 "
    cells = {"TOTAL": "10 \t20 p\t: ", "SYR": "6 \t15 p\t: ", "AFG": "4 \t5 p\t: "}
    rows = [f"M,PER,{c},{sex},TOTAL,BBB\t{cells[c]}" for c in cells for sex in ("T", "F", "M")]
    draft, shown = proposed(tmp_path, gzip.compress("\n".join([head, *rows]).encode()), "asylum.tsv.gz", region=region)
    assert draft.keys["flags"] == {"p": "preliminary"}
    assert draft.keys["filters"] == {"sex": "T"}
    sums = shown.sums.set_index("nationality")["count"].to_dict()
    assert sums == {"TOTAL": 30, "groups": 30}


def test_an_iom_table_with_its_row_of_tags_is_read(tmp_path: Path) -> None:
    lines = [f"2024-{m:02d}-28,Upper bridge,PC0{m},{10 * m}" for m in range(1, 7)]
    head = [
        "Reporting date,Admin 1,Admin 1 Pcode,Number of individuals",
        "#date+reported,#adm1+name,#adm1+code,#affected+ind",
    ]
    draft, shown = proposed(tmp_path, "\n".join([*head, *lines]))
    assert (shown.taken, shown.count) == (6, 210)
    assert draft.keys["columns"]["place"] == "Admin 1"


def test_a_title_and_a_footer_are_no_figures(tmp_path: Path) -> None:
    table = "Table 4.2: Persons at the border\n\nMonth,Section,Number\n2024-01,a-1,3\n2024-02,a-1,4\nSource: Police,,\n"
    draft, shown = proposed(tmp_path, table)
    assert draft.keys["header_row"] == 3
    assert (shown.taken, shown.count, shown.refused_rows) == (2, 7, 0)
    assert shown.unread == ("1 rows without a figure or a known place",)


def test_calendar_years_are_told_from_fiscal_ones(tmp_path: Path) -> None:
    lines = [f"{month},{2023 if month >= 10 else 2024},2024,{month}" for month in (10, 11, 12, 1, 2, 3)]
    draft, shown = proposed(
        tmp_path, "\n".join(["month,cy,fy,a-1", *(line for line in lines)]), place="a-1", place_kind="segment"
    )
    assert draft.keys["dates"]["year"] == "cy"
    assert shown.figures["period_start"].min() == pd.Timestamp("2023-10-01")


def test_sums_since_the_year_began_are_taken_apart(tmp_path: Path) -> None:
    days = [*pd.date_range("2023-01-31", periods=12, freq="ME"), *pd.date_range("2024-01-31", periods=12, freq="ME")]
    lines = [f"{day:%d.%m.%Y},a-1,{day.month * 10}" for day in days]
    draft, shown = proposed(tmp_path, "\n".join(["Until,Section,Number", *lines]))
    assert draft.keys["year_to_date"] is True
    assert set(shown.figures["count"]) == {10.0}
    assert shown.taken == 24


def test_what_the_table_does_not_say_is_asked_for_and_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Month,Number\n2024-01,3\n2024-02,4\n")
    draft = propose(path, make_region())
    assert set(draft.lacking) == {"place", "place_kind"}
    assert draft.mapping is None
    _, shown = proposed(tmp_path, path.read_bytes(), place="a-1", place_kind="segment")
    assert shown.count == 7


def test_a_table_of_persons_is_refused_and_nothing_of_it_told(tmp_path: Path) -> None:
    lines = [f"2024-01-{d:02d},a-1,Amir Hosseini,P0123456{d}" for d in range(1, 20)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["date,section,surname,passport", *lines]))
    with pytest.raises(PersonalDataError) as refused:
        propose(path, make_region())
    assert "Hosseini" not in str(refused.value)


def test_values_of_columns_that_are_not_read_are_never_shown(tmp_path: Path) -> None:
    lines = [f"2024-{m:02d},a-1,{m},secret remark {m}" for m in range(1, 7)]
    draft, shown = proposed(tmp_path, "\n".join(["month,section,number,remark", *lines]))
    assert "secret" not in draft.text()
    assert "secret" not in repr(shown)
    assert "remark" not in draft.text()


@pytest.mark.parametrize("pages", [1, 2])
def test_a_table_without_a_header_is_refused_and_its_first_row_not_told(tmp_path: Path, pages: int) -> None:
    """A first row that stands below again, in its columns, is no header; one that pages repeat is."""
    rows = ["Hosseini,a-1,2024-01,7", *(f"x{n},a-1,2024-01,7" for n in range(6))]
    (tmp_path / "table.csv").write_text("\n".join(rows * pages))
    with pytest.raises(DataRefusedError, match="expected a header row with figures below it") as refused:
        propose(tmp_path / "table.csv", make_region())
    assert "Hosseini" not in str(refused.value)
    lines = ["month,section,value", *(f"2024-{m:02d},a-1,{m}" for m in range(1, 9))]
    (tmp_path / "table.csv").write_text("\n".join(lines * pages))
    assert propose(tmp_path / "table.csv", make_region()).keys["columns"]["count"] == "value"


def test_a_proposal_calls_no_file_after_a_person(tmp_path: Path) -> None:
    path = tmp_path / "Hosseini_P01234567.csv"
    path.write_text("nothing\n")
    with pytest.raises(DataRefusedError) as refused:
        propose(path, make_region())
    assert str(refused.value).startswith("…_….csv: ")
