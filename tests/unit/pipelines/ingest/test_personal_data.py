import csv
from pathlib import Path

import pytest

from pipelines.ingest.reading.files import check_file
from pipelines.ingest.reading.person_evidence import DELETE, REFUSE, evidence_of, is_person_field
from pipelines.ingest.reading.personal_data import (
    DoorFaultError,
    file_for_message,
    heading_for_message,
    masked,
    nothing_quoted,
)
from pipelines.observations.schema import DataRefusedError
from tests.harmless_tables import harmless_tables


@pytest.mark.parametrize(
    "column",
    [
        "Surname",
        "firstName",
        "Date of birth",
        "passport_no",
        "Mbiemri",
        "Datelindja",
        "Prezime",
        "Datum rođenja",
        "JMBG",
        "Презиме",
        "Датум рођења",
        "ЕМБГ",
        "Датум на раѓање",
        "Επώνυμο",
        "Ημερομηνία γέννησης",
        "ЕГН",
        "Дата на раждане",
        "Geburtsdatum",
        "Nachname",
        "Prénom",
        "Date de naissance",
        "Codice fiscale",
        "Cognome",
        "Applicant passport number",
    ],
)
def test_a_field_about_persons_is_known_in_the_regions_languages(column: str) -> None:
    assert is_person_field(column)


@pytest.mark.parametrize(
    "column",
    [
        "indicator",
        "place",
        "period_start",
        "Nationality",
        "Border type or inland",
        "Arrivals to Serbia",
        "Location of death",
        "No. Female",
        "Main ID",
        "Nazione",
        "san_diego",
        "owner",
        "Source",
        "as_of",
    ],
)
def test_a_column_of_figures_is_no_field_about_persons(column: str) -> None:
    assert not is_person_field(column)


@pytest.mark.parametrize(("name", "rows"), harmless_tables().items())
def test_a_harmless_table_is_not_refused(tmp_path: Path, name: str, rows: list[list[str]]) -> None:
    path = tmp_path / "figures.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    assert evidence_of(rows).weight < REFUSE, name
    check_file(path)


def test_there_are_two_hundred_harmless_tables() -> None:
    assert len(harmless_tables()) >= 200


def test_a_header_that_each_page_repeats_is_a_header() -> None:
    page = [["Surname", "Place"], *[[f"Qq{chr(97 + n)}", "a"] for n in range(25)]]
    assert evidence_of([*page, *page, *page]).weight >= REFUSE


def test_days_in_no_order_beside_names_are_evidence() -> None:
    days = ["12.03.1984", "01.05.1971", "30.11.2002", "07.07.1990", "19.01.1966"]
    rows = [["x", "y"], *[[f"Qqa Rr{chr(97 + n)}", day] for n, day in enumerate(days)]]
    assert evidence_of(rows).weight >= REFUSE
    assert evidence_of([rows[0], *sorted(rows[1:], key=lambda r: r[1][::-1])]).weight >= 1


@pytest.mark.parametrize(
    "values",
    [
        ["a@example.org", "b@example.org", ""],
        ["+381 64 123 4567", "0030 690 111 2233", ""],
        ["0101990710006", "2502985775012", "1203001500134"],
        ["RS35260005601001611379", "DE89370400440532013000", "GR1601101250000000012300695"],
    ],
)
def test_values_that_hardly_anything_else_looks_like_are_enough(values: list[str]) -> None:
    assert evidence_of([["place", "note"], *[["a", v] for v in values]]).weight >= DELETE


def test_persons_in_late_rows_are_found() -> None:
    rows = [["place", "note"], *[["a", ""]] * 5000, *[["a", f"m{n}@example.org"] for n in range(3)]]
    assert evidence_of(rows).weight >= DELETE


def test_one_word_over_counts_is_no_evidence_and_two_fields_are_enough_to_delete() -> None:
    assert evidence_of([["place", "surname"], ["a", "12"], ["b", "7"]]).weight == 0
    assert evidence_of([["Vezetéknév", "Útlevélszám"], ["Minta", "x"]]).weight >= DELETE


def test_a_field_that_does_not_tell_rows_apart_is_refused_and_not_deleted() -> None:
    evidence = evidence_of([["place", "surname"], *[["a", "withheld"]] * 4])
    assert REFUSE <= evidence.weight < DELETE


def test_a_list_of_single_persons_is_known_by_its_shape() -> None:
    rows = [["place", "count", "xyz"], *[["a", "1", f"case {chr(97 + n)}"] for n in range(10)]]
    assert evidence_of(rows).weight >= REFUSE
    assert evidence_of([[*r[:1], "7", r[2]] if n else r for n, r in enumerate(rows)]).weight == 0


def test_a_form_about_one_person_is_known() -> None:
    form = [["Surname:", "Mustermann"], ["Passport:", "C01X00T47"], ["Place:", "Horgos"]]
    assert evidence_of(form).weight >= DELETE


@pytest.mark.parametrize("heading", ["Amir Hosseini", "1990-05-12", "P01234567", "hosseini", "Szabó"])
def test_a_heading_that_may_be_a_value_is_not_named(heading: str) -> None:
    assert heading_for_message(heading) == "a column whose heading is not shown"


def test_a_value_is_shown_only_where_it_is_a_slip_of_a_long_known_name() -> None:
    assert masked("Afgjanistan", ["Afghanistan"]) == "'Afgjanistan'"
    assert "Marko" not in masked("Marko", ["Maroko"])
    assert "Angela" not in masked("Angela", ["Angola"])
    assert "Petrović" not in masked("Marko Petrović", ["Makroregija Petrovac"])
    assert "12345679" not in masked("RS12345679", ["RS12345678"])


def test_names_of_files_keep_only_words_of_tables() -> None:
    assert file_for_message("Szabó_1990-05-12_asylum_2024.csv") == "…_…-05-12_asylum_2024.csv"


def test_an_error_that_quotes_a_value_is_told_without_it(tmp_path: Path) -> None:
    with pytest.raises(DoorFaultError) as told, nothing_quoted([tmp_path / "figures.csv"]):
        float("Mustermann")
    assert str(told.value) == "figures.csv: Routecast failed on it (ValueError). Please report that."
    assert told.value.__suppress_context__


def test_refusal_names_the_columns_and_never_a_value(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("surname,passport,count\nMustermann,C01X00T47,1\n", encoding="utf-8")
    with pytest.raises(DataRefusedError, match="'surname' by its name; 'passport' by its name") as refusal:
        check_file(path)
    assert "Mustermann" not in str(refusal.value)
    assert "C01X00T47" not in str(refusal.value)
