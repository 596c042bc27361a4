"""A table is read as its mapping says: what is named is read, what is not is told, nothing is made up."""

from pathlib import Path

import pytest

from pipelines.ingest.reading.mapping import PAIRS, TARGETS, Dates, Mapping
from pipelines.observations.schema import DataRefusedError
from tests.mappings import FIXED, figures, mapping_of, read_text_table, reasons

JANUARY = ("a-1", "2024-01-01", "M", 5.0)


def test_a_long_table_is_read_by_its_headings(tmp_path: Path) -> None:
    reading = read_text_table(tmp_path, "Section,Month,Number\na-1,2024-01,5\n")
    assert figures(reading) == [JANUARY]
    assert reading.unread == ()


def test_a_header_below_a_title_is_found(tmp_path: Path) -> None:
    reading = read_text_table(tmp_path, "Table 3: Detections\n\nSection;Month;Number\na-1;2024-01;5\n")
    assert figures(reading) == [JANUARY]
    assert reading.observations["line"].tolist() == [4]


def test_what_is_not_named_is_told_and_not_read(tmp_path: Path) -> None:
    reading = read_text_table(tmp_path, "Section,Month,Number,demographic,Amir Hosseini\na-1,2024-01,5,men,x\n")
    assert reading.unread == ("column 'demographic'", "a column whose heading is not shown")


def test_breakdowns_are_added_up(tmp_path: Path) -> None:
    table = "Section,Month,Sex,Age,Number\na-1,2024-01,F,child,1\na-1,2024-01,M,child,2\na-1,2024-01,M,adult,2\n"
    mapping = f"columns: {{place: Section, period_start: Month, count: Number}}\n{FIXED}add_up_over: [Sex, Age]\n"
    assert figures(read_text_table(tmp_path, table, mapping)) == [JANUARY]


@pytest.mark.parametrize(
    ("part", "why"),
    [("many", "not a number"), ("-1", "negative"), ("5000000000", "above 1,000,000,000")],
)
def test_a_part_that_is_no_count_leaves_its_sum_unknown(tmp_path: Path, part: str, why: str) -> None:
    table = f"Section,Month,Sex,Number\na-1,2024-01,F,{part}\na-1,2024-01,M,2\na-1,2024-02,F,1\na-1,2024-02,M,2\n"
    mapping = f"columns: {{place: Section, period_start: Month, count: Number}}\n{FIXED}add_up_over: Sex\n"
    reading = read_text_table(tmp_path, table, mapping)
    assert figures(reading) == [("a-1", "2024-02-01", "M", 3.0)]
    assert reasons(reading) == [
        (2, f"count is {why}"),
        (3, "a part of this sum can't be read, so the sum is unknown"),
    ]
    assert reading.rejected["count"].tolist()[1] == 2


def test_the_same_part_twice_is_refused_and_the_advice_works(tmp_path: Path) -> None:
    table = "Section,Month,Sex,Number\na-1,2024-01,F,2\na-1,2024-01,F,3\n"
    mapping = f"columns: {{place: Section, period_start: Month, count: Number}}\n{FIXED}add_up_over: "
    assert read_text_table(tmp_path, table, mapping + "Sex").observations.empty
    assert figures(read_text_table(tmp_path, table, mapping + "[Sex, '@line']")) == [JANUARY]


def test_filters_leave_totals_out_and_it_is_told(tmp_path: Path) -> None:
    table = "Section,Month,Sex,Number\na-1,2024-01,T,5\na-1,2024-01,F,2\nAll,2024-01,T,7\n"
    mapping = (
        f"columns: {{place: Section, period_start: Month, count: Number}}\n{FIXED}"
        "filters: {Sex: T}\nleave_out: {Section: All}\n"
    )
    reading = read_text_table(tmp_path, table, mapping)
    assert figures(reading) == [JANUARY]
    assert reading.unread == (
        "1 rows of which 'Sex' is another than asked for",
        "1 rows of which 'Section' is left out by the mapping",
    )


@pytest.mark.parametrize("filters", ["{Sex: {not: [F, M]}}", "{Sex: [T, X]}"])
def test_a_filter_may_name_what_is_not_meant(tmp_path: Path, filters: str) -> None:
    table = "Section,Month,Sex,Number\na-1,2024-01,T,5\na-1,2024-01,F,2\n"
    mapping = f"columns: {{place: Section, period_start: Month, count: Number}}\n{FIXED}filters: {filters}\n"
    assert figures(read_text_table(tmp_path, table, mapping)) == [JANUARY]


def test_months_as_columns_become_rows(tmp_path: Path) -> None:
    table = "Section,Note,JAN2024,FEB2024*,Total\na-1,x,5,6,11\n"
    mapping = f"columns: {{place: Section, period_start: '@heading'}}\nwide: known\n{FIXED}"
    reading = read_text_table(tmp_path, table, mapping)
    assert figures(reading) == [JANUARY, ("a-1", "2024-02-01", "M", 6.0)]
    assert reading.unread == ("column 'Note'", "column 'Total'")


def test_places_as_columns_become_rows(tmp_path: Path) -> None:
    table = "Month,a-1,Lower bridge,Total\n2024-01,5,6,11\n"
    mapping = f"columns: {{place: '@heading', period_start: Month}}\nwide: known\n{FIXED}"
    reading = read_text_table(tmp_path, table, mapping)
    assert figures(reading) == [JANUARY, ("a-2", "2024-01-01", "M", 6.0)]


def test_values_give_names_a_meaning(tmp_path: Path) -> None:
    table = "Section,Month,Number\nUpper (old name),2024-01,5\nEU,2024-01,9\n"
    mapping = (
        f"columns: {{place: Section, period_start: Month, count: Number}}\n{FIXED}"
        "values: {Section: {Upper (old name): a-1, EU: skip}}\n"
    )
    assert figures(read_text_table(tmp_path, table, mapping)) == [JANUARY]


def test_cells_say_bounds_flags_and_silence(tmp_path: Path) -> None:
    table = "Section|Month|Number\na-1|2024-01|5 p\na-1|2024-02|<5\na-1|2024-03|:\na-1|2024-04|7 ¹\n"
    mapping = f"columns: {{place: Section, period_start: Month, count: Number}}\n{FIXED}flags: {{p: preliminary}}\n"
    table_read = read_text_table(tmp_path, table, mapping).observations
    assert table_read["count"].fillna(-1).tolist() == [5, -1, -1, 7]
    assert table_read["status"].tolist() == ["preliminary", "final", "final", "final"]
    assert table_read["missing_reason"].tolist() == [None, "suppressed", "not_reported", None]
    assert table_read["count_upper"].fillna(-1).tolist() == [-1, 4, -1, -1]


def test_eurostats_packed_columns_are_unpacked(tmp_path: Path) -> None:
    table = "freq,sex,geo\\TIME_PERIOD\t2024-01 \t2024-02 \nM,T,a-1\t5 p\t: \nM,F,a-1\t2\t1\n"
    mapping = (
        f"columns: {{place: geo, period_start: '@heading'}}\nwide: known\nfilters: {{sex: T}}\n{FIXED}"
        "flags: {p: preliminary}\n"
    )
    reading = read_text_table(tmp_path, table, mapping, name="table.tsv")
    assert reading.observations["count"].fillna(-1).tolist() == [5, -1]


def test_a_row_of_hxl_tags_is_no_figure_and_may_name_columns(tmp_path: Path) -> None:
    table = "Admin 1,Reported,Total\n#adm1+name,#date,#affected+ind\na-1,2024-01,5\n"
    mapping = f"columns: {{place: '#adm1+name', period_start: Reported, count: '#affected+ind'}}\n{FIXED}"
    assert figures(read_text_table(tmp_path, table, mapping)) == [JANUARY]


@pytest.mark.parametrize("encoding", ["cp1250", "cp1251", "cp1253", "iso-8859-5", "utf-16"])
def test_old_code_pages_are_read_where_they_are_named(tmp_path: Path, encoding: str) -> None:
    place = {"cp1250": "Žabljak pass", "cp1253": "Άνω"}.get(encoding, "Горњи")
    if encoding == "utf-16":
        place = "Žabljak pass"
    table = f"Section;Month;Number\n{place};2024-01;5\n".encode(encoding)
    mapping = (
        f"columns: {{place: Section, period_start: Month, count: Number}}\n{FIXED}encoding: {encoding}\n"
        "values: {Section: {Горњи: a-1, Άνω: a-1, Žabljak pass: a-1}}\n"
    )
    assert figures(read_text_table(tmp_path, table, mapping)) == [JANUARY]
    with pytest.raises(DataRefusedError, match="encoding: cp1250"):
        read_text_table(tmp_path, table, mapping.replace(f"encoding: {encoding}\n", ""))


def test_year_to_date_sums_become_months_where_the_month_before_is_known(tmp_path: Path) -> None:
    table = "Section,Until,Number\na-1,2024-01-31,5\na-1,2024-02-29,12\na-1,2024-04-30,20\n"
    mapping = (
        "columns: {place: Section, period_start: Until, count: Number}\n"
        "constants: {indicator: irregular_crossings, place_kind: segment, period: M}\n"
        "dates: {form: day, day_is: last}\nyear_to_date: true\n"
    )
    reading = read_text_table(tmp_path, table, mapping)
    assert figures(reading) == [JANUARY, ("a-1", "2024-02-01", "M", 7.0)]
    assert reasons(reading) == [(4, "a sum since the year began without the one of the period before it")]


def test_the_first_layout_that_fits_is_taken(tmp_path: Path) -> None:
    mapping = (
        f"{FIXED}layouts:\n- columns: {{place: Old, period_start: Month, count: Number}}\n"
        "- columns: {place: Section, period_start: Month, count: Number}\n"
    )
    assert figures(read_text_table(tmp_path, "Section,Month,Number\na-1,2024-01,5\n", mapping)) == [JANUARY]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match=r"not found: Number; there are Section, Month"):
        read_text_table(tmp_path, "Section,Month,Figure\na-1,2024-01,5\n")


def test_a_row_with_more_cells_than_the_header_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="line 3: expected 3 cells as in the header, got 4"):
        read_text_table(tmp_path, "Section,Month,Number\na-1,2024-01,5\na-1,2024-02,1,5\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colums: {place: a}", r"map.yaml, line 1 \(colums\): there is no such key"),
        (f"{FIXED}columns: {{place: a, period_start: b, cont: c}}", "got 'cont'"),
        (f"{FIXED}columns: {{place: a, count: c}}", "expected period_start too"),
        ("columns:\n  place: a\n dates: x", "map.yaml:3: expected valid YAML"),
        ("columns: " + "[" * 3000, "map.yaml:1: expected at most 20 lists or keys inside each other"),
        ("- " * 3000 + "x", "map.yaml:1: expected at most 20 lists or keys inside each other"),
        ("values: &a [1]\ncolumns: *a", "map.yaml:2: expected plain values, got a YAML alias"),
        (f"{FIXED}columns: {{place: a, period_start: b, count: c}}\ndates:\n  form: dya", r"line 4 \(dates.form\)"),
        (f"{FIXED}columns: {{place: a, period_start: '@heading', count: c}}", "'@heading' needs 'wide'"),
        (f"{FIXED}columns: {{place: a, period_start: b, count: c}}\nvalues: {{x: {{y: z}}}}", "got 'x'"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(DataRefusedError, match=message):
        mapping_of(text)


def example_of_the_docs() -> str:
    text = (Path(__file__).resolve().parents[4] / "docs" / "sources.md").read_text(encoding="utf-8")
    return next(block for block in text.split("```yaml\n")[1:] if block.startswith("source: police")).split("```")[0]


def test_the_mapping_in_the_docs_reads_the_table_that_it_speaks_of(tmp_path: Path) -> None:
    table = (
        "Border section,Month,Citizenship,Unit,Sex,Age,Detected\na-1,јануар 2024,All,PER,F,18+,1.002\n"
        "a-1,јануар 2024,All,PER,M,18+,3\nTotal,јануар 2024,All,PER,M,18+,9\na-1,јануар 2024,EU-27,PER,M,18+,9\n"
        "a-1,јануар 2024,All,PC,M,18+,9\n"
    )
    mapping = example_of_the_docs().replace("sheet: Data\n", "")
    assert figures(read_text_table(tmp_path, table, mapping)) == [("a-1", "2024-01-01", "M", 1005.0)]


def test_every_key_of_a_mapping_stands_in_the_docs() -> None:
    text = (Path(__file__).resolve().parents[4] / "docs" / "sources.md").read_text(encoding="utf-8")
    keys = {field.alias or name for name, field in Mapping.model_fields.items()}
    keys |= set(Dates.model_fields) | set(TARGETS) | set(PAIRS)
    assert sorted(key for key in keys if f"`{key}" not in text) == []


def test_two_names_of_one_group_are_added_up_where_the_mapping_says_so(tmp_path: Path) -> None:
    table = "Section,Month,Group,Number\na-1,2024-01,Unknown,2\na-1,2024-01,Not specified,3\n"
    mapping = (
        f"columns: {{place: Section, period_start: Month, nationality: Group, count: Number}}\n{FIXED}"
        "add_up_over: Group\n"
    )
    reading = read_text_table(tmp_path, table, mapping)
    assert figures(reading) == [JANUARY]
    assert reading.observations["nationality"].tolist() == ["UNK"]
