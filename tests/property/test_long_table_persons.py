"""Tables and persons: of person-level columns or cells nothing is anywhere, whether the table is taken or refused."""

import csv
import logging
import random
import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, given, settings, strategies as st

from pipelines.ingest.door.ingest import ingest
from pipelines.observations.batches import load_observations, load_quarantine
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store
from tests.regions import make_region

TODAY, REGION = date(2026, 11, 23), make_region()
FUZZ = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
HEADINGS = [
    "surname",
    "first name",
    "date of birth",
    "passport no",
    "phone number",
    "ime",
    "prezime",
    "datum rođenja",
    "mbiemri",
    "datëlindja",
    "презиме",
    "датум рођења",
    "ЕМБГ",
    "επώνυμο",
    "geburtsdatum",
    "nachname",
    "prénom",
    "date de naissance",
    "codice fiscale",
    "cognome",
    "case number",
    "applicant passport number",
]
PERSONS = ["Mustermann-7731", "Ana Petrović-7731", "1984-03-12", "7731 Main Street"]
TRACES = {  # values that give themselves away under any heading
    "phone": ["+386 40 773 177", "0038640773177", "+381 (64) 773-1773"],
    "document": ["C7731770", "AB 7731773", "PNG-77317731"],
    "personal number": ["0101977317731", "2512984773177"],
    "e-mail": ["a7731@example.org", "Petrovic.7731@example.com"],
}


def styled(name: str) -> st.SearchStrategy[str]:
    """A heading in some casing, with some separator between its words, perhaps padded."""
    casings = st.sampled_from([str.lower, str.upper, str.title, str.capitalize])
    styles = st.tuples(casings, st.sampled_from([" ", "_", "-", ".", "  "]), st.sampled_from(["", " "]))
    return styles.map(lambda s: f"{s[2]}{s[0](name).replace(' ', s[1])}{s[2]}")


def table(rows: int, **columns: list[str]) -> pd.DataFrame:
    """Daily figures in order, and further columns; these may replace some of ours."""
    days = pd.date_range("2024-01-01", periods=rows)
    frame = {
        "indicator": "irregular_crossings",
        "place_kind": "segment",
        "place": "a-1",
        "nationality": "AFG",
        "period_start": days.strftime("%Y-%m-%d"),
        "period": "D",
        "count": "3",
    }
    return pd.DataFrame({**frame, **columns})


def taken_without_a_trace(frame: pd.DataFrame, secrets: list[str], *, parquet: bool) -> str:
    """What is told of a table, taken or refused, once neither it nor the store nor a log line holds a secret."""
    records: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        with tempfile.TemporaryDirectory() as name:
            path, store = Path(name) / ("list.parquet" if parquet else "list.csv"), Store(Path(name) / "store")
            if parquet:
                frame.to_parquet(path, index=False)
            else:
                frame.to_csv(path, index=False, quoting=csv.QUOTE_MINIMAL)
            try:
                told = "\n".join(ingest("csv", [path], region=REGION, store=store, today=TODAY).lines())
            except DataRefusedError as error:
                told = str(error)
            kept = [load(store, REGION.id).to_csv() for load in (load_observations, load_quarantine)]
            bare = [p.read_bytes().decode(errors="replace") for p in store.root.rglob("*") if p.is_file()]
            texts = [t.lower() for t in (told, *records, *kept, *bare)]
            assert [s for s in secrets if any(s.lower() in text for text in texts)] == []
            return told
    finally:
        logging.getLogger().removeHandler(handler)


@FUZZ
@given(st.sampled_from(HEADINGS).flatmap(styled), st.sampled_from(PERSONS), st.booleans(), st.integers(0, 7))
def test_a_column_of_person_data_leaves_no_trace(heading: str, value: str, parquet: bool, position: int) -> None:
    frame = table(5)
    frame.insert(position, heading, [value] * 5)
    taken_without_a_trace(frame, [value], parquet=parquet)


@FUZZ
@given(
    st.sampled_from(sorted(TRACES)),
    st.sampled_from(["note", "remarks", "Napomena", "x"]),
    st.booleans(),
    st.integers(2, 30),
    st.integers(0, 10**6),
)
def test_free_text_that_looks_like_persons_leaves_no_trace(
    kind: str, heading: str, parquet: bool, rows: int, seed: int
) -> None:
    values = random.Random(seed).choices(TRACES[kind], k=rows)
    taken_without_a_trace(table(rows, **{heading: values}), TRACES[kind], parquet=parquet)


@FUZZ
@given(
    st.sampled_from(sorted(TRACES)),
    st.sampled_from(["place", "nationality", "indicator", "missing_reason"]),
    st.booleans(),
    st.integers(0, 899),
)
def test_one_cell_of_our_columns_that_looks_like_a_person_leaves_no_trace(
    kind: str, column: str, parquet: bool, row: int
) -> None:
    secret = TRACES[kind][row % len(TRACES[kind])]
    frame = table(900).assign(missing_reason="")
    frame.loc[row, column] = secret
    taken_without_a_trace(frame, [secret], parquet=parquet)


@FUZZ
@given(st.sampled_from(PERSONS), st.sampled_from(sorted(TRACES)), st.integers(1, 20))
def test_a_table_without_a_header_is_refused_and_its_first_row_not_repeated(name: str, kind: str, rows: int) -> None:
    secret = TRACES[kind][0]
    frame = (
        pd.DataFrame([[name, secret, "2026-05-04", "3"]] * rows).T.set_axis([f"c{i}" for i in range(rows)], axis=1).T
    )
    lines = frame.rename(columns=dict(enumerate(frame.iloc[0]))).iloc[1:]
    assert "expected" in taken_without_a_trace(lines, [name, secret], parquet=False)


def test_nested_person_fields_of_a_parquet_file_are_refused() -> None:
    frame = table(3).assign(details=[{"surname": "Mustermann-7731", "age": 30}] * 3)
    message = taken_without_a_trace(frame, ["Mustermann-7731"], parquet=True)
    assert "'surname' by its name" in message
