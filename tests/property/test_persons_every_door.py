"""Files about persons are refused at every door, in eight languages, and nothing of them is anywhere afterwards."""

import csv
import itertools
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from distributed import Client

from pipelines.compute.cluster import cluster
from pipelines.ingest.door.ingest import ingest
from pipelines.ingest.partners.store import take_partner
from pipelines.observations.schema import DataRefusedError
from pipelines.scenarios.read_file import ScenarioError, Scope, load_scenario
from pipelines.store.paths import Store
from tests.hub_files import hub_table, write_hub_file
from tests.regions import make_region

TODAY, REGION = date(2026, 11, 23), make_region()
FIELDS = {
    "Albanian": ["Mbiemri", "Emri", "Datëlindja", "Nr. i pasaportës", "Numri personal", "Letërnjoftimi"],
    "Bosnian": ["Prezime", "Ime oca", "Datum rođenja", "Broj pasoša", "JMBG", "Lična karta"],
    "Croatian": ["Ime i prezime", "OIB", "Broj putovnice", "Osobna iskaznica", "Mjesto rođenja", "Broj predmeta"],
    "Macedonian": ["Презиме", "Датум на раѓање", "ЕМБГ", "Број на пасош", "Матичен број", "Место на раѓање"],
    "Serbian, Montenegrin": ["Презиме", "Датум рођења", "ЈМБГ", "Број пасоша", "Лична карта", "Ime roditelja"],
    "Turkish": ["Soyadı", "Adı Soyadı", "Doğum tarihi", "Kimlik No", "Pasaport No", "Telefon numarası"],
    "Greek": ["Επώνυμο", "Ημερομηνία γέννησης", "Αριθμός διαβατηρίου", "ΑΜΚΑ", "Ονοματεπώνυμο", "Τόπος γέννησης"],
    "English": ["Surname", "Date of birth", "Passport no.", "Phone number", "Case number", "Applicant fingerprint"],
}
STYLES = (str, str.upper, lambda s: s.replace(" ", "_"), lambda s: f" {s.lower()} ")
SECRETS = {
    "Albanian": "Hoxha-7731",
    "Bosnian": "Hadžić-7731",
    "Croatian": "Horvat-7731",
    "Macedonian": "Стојанов-7731",
    "Serbian, Montenegrin": "Јовановић-7731",
    "Turkish": "Yılmaz-7731",
    "Greek": "Παπαδόπουλος-7731",
    "English": "Mustermann-7731",
}
DOORS = ("csv", "gone astray csv", "xlsx", "daily csv", "daily parquet", "partner csv", "partner parquet", "scenario")
COLUMNS = {
    "indicator": "irregular_crossings",
    "place_kind": "segment",
    "place": "a-1",
    "nationality": "TOTAL",
    "period": "W",
    "count": "12",
}


def cases() -> list[tuple[str, str, str]]:
    """(language, heading as written, door): every field at two doors of three, styles in turn."""
    styles = itertools.cycle(STYLES)
    every = itertools.product(FIELDS, range(6), enumerate(DOORS))
    return [
        (language, next(styles)(FIELDS[language][field]), door)
        for language, field, (number, door) in every
        if (field + number) % 3 != 0
    ]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with cluster(processes=False) as running:
        yield running


def figures(rows: int, *, period: str) -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=rows, freq="7D" if period == "W" else "D")
    return pd.DataFrame({**COLUMNS, "period": period, "period_start": days.strftime("%Y-%m-%d")})


def with_field(table: pd.DataFrame, heading: str, secret: str, position: int) -> pd.DataFrame:
    table = table.copy()
    table.insert(position % (table.shape[1] + 1), heading, [secret] * len(table))
    return table


def deliver(door: str, folder: Path, store: Store, heading: str, secret: str, client: Client) -> None:
    """Bring a file with one field about persons to a door."""
    options = {"region": REGION, "store": store, "today": TODAY}
    position = len(heading)
    table = with_field(figures(4, period="D" if "daily" in door else "W"), heading, secret, position)
    path = folder / f"list.{door.rpartition(' ')[2]}"
    if door in {"csv", "gone astray csv"}:
        table.to_csv(path, index=False, sep=";" if "astray" in door else ",", quoting=csv.QUOTE_MINIMAL)
        ingest("csv" if door == "csv" else "frontex", [path], **options)
    elif door == "xlsx":
        table.to_excel(path, index=False, sheet_name="June")
        ingest("frontex", [path], **options)
    elif door.startswith("daily"):
        table.to_csv(path, index=False) if "csv" in door else table.to_parquet(path, index=False)
        ingest("csv", [path], client=client, **options)
    elif door.startswith("partner"):
        hub = with_field(hub_table({"a-1": 20.0}), heading, secret, position)
        name = f"2026-11-09-agency-model.{path.suffix[1:]}"
        take_partner([write_hub_file(folder, hub, name=name)], **options)
    else:
        lines = f"name: Trial\nassumptions:\n  - kind: segment_flow\n    segment: a-1\n    '{heading}': {secret}\n"
        path = folder / "scenario.yaml"
        path.write_text(lines, encoding="utf-8")
        load_scenario(path, Scope(REGION, pd.DatetimeIndex(["2026-11-23"]), pd.DatetimeIndex(["2026-11-29"])))


@pytest.mark.parametrize("door", DOORS)
def test_file_with_a_field_about_persons_is_refused_without_a_trace(
    door: str, tmp_path: Path, client: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "store")
    caplog.set_level(logging.DEBUG)
    mine = [case for case in cases() if case[2] == door]
    for number, (language, heading, _) in enumerate(mine):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        with pytest.raises((DataRefusedError, ScenarioError), match="person-level fields") as refusal:
            deliver(door, folder, store, heading, SECRETS[language], client)
        assert SECRETS[language] not in str(refusal.value)
    told = caplog.text + "".join(capfd.readouterr())
    kept = b"".join(p.read_bytes() for p in store.root.rglob("*") if p.is_file())
    for secret in SECRETS.values():
        assert secret not in told
        assert secret.encode() not in kept
    assert [p for p in store.root.rglob("*") if p.is_file() and p.suffix not in {".lock", ".log"}] == []


def test_the_files_of_these_tests_are_at_least_two_hundred_in_eight_languages() -> None:
    assert len(cases()) >= 200
    assert len({language for language, _, _ in cases()}) == 8
