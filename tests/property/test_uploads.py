"""Files from outside that mean harm: each is taken as what it says or refused in words, and nothing else happens.

Fuzzed: 200 scenarios, 100 workbooks, 100 CSV files, 100 partners' Parquet files a run (`INPUTS`).
"""

import io
import tempfile
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from pipelines.ingest.door.ingest import ingest
from pipelines.ingest.partners.read_hub import read_hub_file
from pipelines.ingest.reading.files import check_file
from pipelines.observations.schema import DataRefusedError
from pipelines.scenarios.read_file import MAX_CHARACTERS, ScenarioError, Scope, parse_scenario
from pipelines.store.paths import Store
from tests.hub_files import hub_table
from tests.regions import make_region

INPUTS = {"scenarios": 200, "workbooks": 100, "tables": 100, "partners": 100}
TODAY = date(2026, 11, 23)
PLAIN = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
GOOD = "name: Closed\nassumptions:\n  - {kind: segment_flow, segment: a-1, factor: [0.1, 0.4], from_horizon: 2}\n"
NASTY = [
    "!!python/object/apply:os.system ['touch harmed']",
    "!!python/name:os.system",
    "!!python/object/new:os.system [x]",
    "!!binary aGFybQ==",
    "!!binary \u00e9",
    "!!set {a, b}",
    "!!omap [a: 1]",
    "!!timestamp 2024-13-45",
    "!!bool x",
    "!!int ''",
    "!!float x",
    "!!null x",
    "&a [*a, *a]",
    "*a",
    "<<: *a",
    "{" * 900,
    "[" * 900,
    "- " * 900,
    "? [a, b]\n: c",
    "%YAML 9.9\n---\n",
    "--- a\n--- b\n",
    "\x00",
    "\ufeff",
    "1e999",
    ".nan",
    "-.inf",
    "0x" + "f" * 300,
    "9" * 5_000,
    "2024-02-30",
    "=1+1",
    "../../etc/passwd",
    "'",
    "|\n",
    "@",
    "`",
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;",
    "yes",
    "~",
    "\u202e",
    "12:30:45",
    "190:20:30",
]
words = st.sampled_from(
    [
        "name",
        "assumptions",
        "kind",
        "segment",
        "factor",
        "from_horizon",
        "until",
        "from",
        "entry",
        "segment_flow",
        "inflow",
        "capacity",
        "a-1",
        "diversion",
        "divert",
        "value",
        "lag",
    ]
)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), words, st.dates(), st.binary(max_size=5)
)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=6), inner, max_size=5),
    max_leaves=15,
)
splices = st.tuples(st.integers(0, len(GOOD)), st.sampled_from(NASTY), st.integers(0, 12))


def spliced(content: bytes, at: int, piece: bytes, cut: int) -> bytes:
    """Content with a piece put in place of some bytes."""
    at %= len(content) + 1
    return content[:at] + piece + content[at + cut :]


scenario_texts = st.one_of(
    splices.map(lambda s: spliced(GOOD.encode(), s[0], s[1].encode(), s[2]).decode("utf-8", "replace")),
    trees.map(lambda tree: yaml.safe_dump(tree, allow_unicode=True)),
    trees.map(lambda tree: yaml.safe_dump({"name": "x", "assumptions": tree}, allow_unicode=True)),
    st.text(alphabet="{}[]:-?&*!|>'\"%@`,# \nabc12~", max_size=120),
)


def scope() -> Scope:
    starts = pd.date_range("2026-11-16", periods=6, freq="W-MON")
    return Scope(make_region(), starts, starts + pd.Timedelta(days=6))


@pytest.mark.asvs("V2.2.1")
@settings(max_examples=INPUTS["scenarios"], **PLAIN)
@given(scenario_texts)
def test_scenario_is_one_or_is_refused_in_words(text: str) -> None:
    try:
        parse_scenario(text, scope())
    except ScenarioError as error:
        assert all(str(p).strip() for p in error.problems or [""])  # noqa: PT017 - it may also be taken
    assert not Path("harmed").exists()


@pytest.mark.asvs("V1.5.2")
@pytest.mark.parametrize("tag", [n for n in NASTY if n.startswith("!!python")])
def test_yaml_object_is_refused_and_not_made(tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match="could not determine a constructor"):
        parse_scenario(f"name: {tag}\nassumptions: []\n", scope())
    assert list(tmp_path.iterdir()) == []


def test_repeated_yaml_alias_is_refused_before_it_grows() -> None:
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))
    with pytest.raises(ScenarioError, match="got a YAML alias"):
        parse_scenario(f"a0: &a0 [x]\n{levels}\n", scope())


@pytest.mark.asvs("V1.3.3", "V5.2.1")
def test_scenario_of_any_length_is_refused_by_its_size() -> None:
    with pytest.raises(ScenarioError, match=f"expected at most {MAX_CHARACTERS:,} characters"):
        parse_scenario("a" * (MAX_CHARACTERS + 1), scope())


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in [("Route", "Border type", "Nationality", "JAN2025"), ("Western Balkan Route", "Land", "Syria", 7)]:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


WORKBOOK = workbook()
TABLE = b"indicator,place_kind,place,period_start,period,count\nirregular_crossings,segment,a-1,2026-11-02,W,7\n"
PIECES = [
    b"",
    b"\x00",
    b"\xff\xfe",
    b"PK\x03\x04",
    b"=cmd|'/C calc'!A0",
    b"../../../x",
    b"<!DOCTYPE a>",
    b"\r\n" * 50,
    b'"' * 3,
    b",,,,,,,,,,",
    b"\x1f\x8b\x08",
    b"\x80\x04\x95",
    b"9" * 400,
    b"<a>" * 200,
]
spoilt = st.lists(
    st.tuples(st.integers(0, 20_000), st.sampled_from(PIECES), st.integers(0, 40)), min_size=1, max_size=4
)


def taken_or_refused(source: str, name: str, content: bytes) -> None:
    """A file at the door: figures, or a message that names it and nothing kept; never anything outside the store."""
    with tempfile.TemporaryDirectory() as folder:
        path, store = Path(folder) / "in" / name, Store(Path(folder) / "store")
        path.parent.mkdir()
        path.write_bytes(content)
        try:
            ingest(source, [path], region=make_region(), store=store, today=TODAY)
        except DataRefusedError as error:
            assert name in str(error)  # noqa: PT017 - it may also be taken
            assert not [p for p in store.root.rglob("*") if p.is_file()]
        assert {p.name for p in Path(folder).iterdir()} <= {"in", "store"}
        assert [p.name for p in path.parent.iterdir()] == [name]


@pytest.mark.asvs("V2.2.1")
@settings(max_examples=INPUTS["workbooks"], **PLAIN)
@given(spoilt)
def test_workbook_is_taken_or_refused(changes: list[tuple[int, bytes, int]]) -> None:
    content = WORKBOOK
    for at, piece, cut in changes:
        content = spliced(content, at, piece, cut)
    taken_or_refused("csv", "figures.xlsx", content)


@pytest.mark.asvs("V2.2.1")
@settings(max_examples=INPUTS["tables"], **PLAIN)
@given(spoilt)
def test_table_is_taken_or_refused(changes: list[tuple[int, bytes, int]]) -> None:
    content = TABLE
    for at, piece, cut in changes:
        content = spliced(content, at, piece, cut)
    taken_or_refused("csv", "figures.csv", content)


def hub_bytes() -> bytes:
    stream = io.BytesIO()
    hub_table({"a-1": 20.0}).to_parquet(stream, index=False)
    return stream.getvalue()


HUB = hub_bytes()


@pytest.mark.asvs("V2.2.1")
@settings(max_examples=INPUTS["partners"], **PLAIN)
@given(spoilt)
def test_partner_file_is_read_or_refused(changes: list[tuple[int, bytes, int]]) -> None:
    content = HUB
    for at, piece, cut in changes:
        content = spliced(content, at, piece, cut)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2026-11-09-agency-model.parquet"
        path.write_bytes(content)
        try:
            read_hub_file(path)
        except DataRefusedError as error:
            assert path.name in str(error)  # noqa: PT017 - it may also be taken


def changed_book(**parts: bytes) -> bytes:
    """The workbook with parts replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.pop(name, None) or old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return stream.getvalue()


ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
SHEET = "xl/worksheets/sheet1.xml"
HARMFUL: dict[str, tuple[dict[str, bytes], str]] = {
    "entity of a file": ({SHEET: f'<?xml version="1.0"?>{ENTITY}<worksheet>&a;</worksheet>'.encode()}, "document type"),
    "the same in UTF-16": (
        {SHEET: f'<?xml version="1.0" encoding="UTF-16"?>{ENTITY}<worksheet/>'.encode("utf-16")},
        "document type",
    ),
    "behind a comment": ({SHEET: f"<!--{'x' * 9_000}-->{ENTITY}<worksheet/>".encode()}, "document type"),
    "laughs": (
        {"xl/styles.xml": b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><styleSheet>&b;</styleSheet>'},
        "document type",
    ),
    "in a part of another name": (
        {"xl/worksheets/data.bin": f"<!--{'x' * 9_000}-->{ENTITY}<worksheet/>".encode()},
        "document type",
    ),
    "path upwards": ({"../../harmed.xml": b"<a/>"}, "leads out of it"),
    "path from the root": ({"/etc/harmed.xml": b"<a/>"}, "leads out of it"),
    "path of Windows": ({"C:\\harmed.xml": b"<a/>"}, "leads out of it"),
    "bomb": ({"xl/media/image.png": bytes(60 * 2**20)}, "zip bomb"),
}


@pytest.mark.asvs("V1.5.1")
@pytest.mark.parametrize("case", HARMFUL)
def test_harmful_workbook_is_refused_before_it_is_read(case: str, tmp_path: Path) -> None:
    parts, message = HARMFUL[case]
    path = tmp_path / "book.xlsx"
    path.write_bytes(changed_book(**parts))
    with pytest.raises(DataRefusedError, match=message):
        check_file(path)
    assert [p.name for p in tmp_path.iterdir()] == ["book.xlsx"]


@pytest.mark.asvs("V1.5.2", "V5.2.2")
def test_pickle_is_refused_as_any_binary(tmp_path: Path) -> None:
    import pickle  # noqa: PLC0415 - what an attacker writes

    class Harm:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "harmed",)

    for name in ("figures.csv", "figures.xlsx", "2026-11-09-agency-model.parquet"):
        path = tmp_path / name
        path.write_bytes(pickle.dumps(Harm()))
        with pytest.raises(DataRefusedError):
            read_hub_file(path) if path.suffix == ".parquet" else check_file(path)
    assert not (tmp_path / "harmed").exists()


def test_text_that_a_small_parquet_file_repeats_is_refused_and_not_unpacked(tmp_path: Path) -> None:
    rows, long = 200_000, "x" * 1_000_000
    table = hub_table({"a-1": 20.0}).iloc[:1]
    columns = {c: pa.array([table[c].iloc[0]] * rows) for c in table if c != "target"}
    columns["target"] = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), [long]).cast(
        pa.dictionary(pa.int32(), pa.string())
    )
    path = tmp_path / "2026-11-09-agency-model.parquet"
    pq.write_table(pa.table(columns), path, compression="zstd", store_schema=False)
    assert path.stat().st_size < 2_000_000  # 200 GB unpacked
    with pytest.raises(DataRefusedError, match="expected words of at most 500 characters, got longer ones in 'target'"):
        read_hub_file(path)
