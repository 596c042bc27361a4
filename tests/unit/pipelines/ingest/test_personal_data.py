from pathlib import Path

import pytest

from pipelines.ingest.reading.files import check_file
from pipelines.ingest.reading.personal_data import personal_columns, personal_values
from pipelines.observations.schema import DataRefusedError


@pytest.mark.parametrize(
    "column",
    [
        "Surname",
        "firstName",
        "Date of birth",
        "passport_no",
        "E-mail",
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
def test_personal_columns_finds_person_fields_in_the_regions_languages(column: str) -> None:
    assert personal_columns(["count", column]) == [column]


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
def test_personal_columns_raises_no_false_alarm_on_aggregate_columns(column: str) -> None:
    assert personal_columns([column]) == []


def test_personal_values_finds_contact_data_under_an_innocent_name() -> None:
    found = personal_values({"note": ["a@example.org", "b@example.org", ""], "count": ["12", "7"]})
    assert found == {"note": "e-mail addresses"}


def test_refusal_names_the_columns_and_never_a_value(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("surname,passport,count\nMustermann,C01X00T47,1\n", encoding="utf-8")
    with pytest.raises(DataRefusedError, match="'surname' by its name; 'passport' by its name") as refusal:
        check_file(path)
    assert "Mustermann" not in str(refusal.value)
    assert "C01X00T47" not in str(refusal.value)
