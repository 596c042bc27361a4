"""Whatever comes through the door: counted or refused with its reason, never lost, and never a person."""

import gzip
import io
import random
import tempfile
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from geo.pack.load import load_region
from pipelines.grid.cube import build_cube
from pipelines.grid.encode import KnownRows, encode, grid_for
from pipelines.ingest.door.ingest import ingest
from pipelines.ingest.reading.files import check_file
from pipelines.observations.batches import load_observations, load_quarantine, quarantined_counts
from pipelines.observations.schema import MAX_COUNT, DataRefusedError
from pipelines.store.paths import Store
from tests.regions import make_region

TODAY = date(2026, 11, 23)
HEADER = ["indicator", "place_kind", "place", "period_start", "period", "count"]
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SECRET = "Mustermann-7731"

places = st.sampled_from(["a-1", "a-2", "UPPER BRIDGE", "Uper brige", "", "TOTAL", "Žabljak"])
counts = st.one_of(
    st.integers(0, 900).map(str),
    st.integers(-90, -1).map(str),
    st.sampled_from(["1e12", "3.5", "12,5", "1 234", "1,234", "<5", "<0", "", "n/a", "inf", "nan", "0x1f", "٣"]),
)
days = st.sampled_from(["2026-11-02", "2026-10-26", "2026-11-03", "2026-02-30", "2031-01-06", "1890-01-06", "", "x"])
rows = st.tuples(
    st.sampled_from(["irregular_crossings", "crossings", ""]),
    st.sampled_from(["segment", "segment", "border", "village"]),
    places,
    days,
    st.sampled_from(["W", "W", "M", "Y"]),
    counts,
)
writings = st.fixed_dictionaries(
    {
        "separator": st.sampled_from([",", ";", "\t"]),
        "end": st.sampled_from(["\n", "\r\n"]),
        "bom": st.booleans(),
        "packed": st.booleans(),
        "encoding": st.sampled_from(["utf-8", "utf-8", "cp1250"]),
    }
)


def written(table: list[tuple[str, ...]], how: dict[str, object]) -> bytes:
    """The table as bytes; a cell that holds the separator is quoted."""
    separator = str(how["separator"])
    lines = [separator.join(f'"{c}"' if separator in c else c for c in row) for row in [tuple(HEADER), *table]]
    text = str(how["end"]).join(lines) + str(how["end"])
    content = (b"\xef\xbb\xbf" if how["bom"] else b"") + text.encode(str(how["encoding"]), errors="replace")
    return gzip.compress(content) if how["packed"] else content


@SLOW
@given(st.lists(rows, min_size=1, max_size=25), writings, st.randoms(use_true_random=False))
def test_every_row_is_counted_or_refused_with_its_line(
    table: list[tuple[str, ...]], how: dict[str, object], order: random.Random
) -> None:
    table = [*table, *table[: len(table) // 4]]  # some twice
    order.shuffle(table)
    with tempfile.TemporaryDirectory() as folder:
        path, store = Path(folder) / ("t.csv.gz" if how["packed"] else "t.csv"), Store(Path(folder) / "store")
        path.write_bytes(written(table, how))
        try:
            report = ingest("csv", [path], region=make_region(), store=store, today=TODAY)
        except DataRefusedError as error:
            assert path.name in str(error)  # noqa: PT017 - it may also be taken
            assert load_observations(store, "small").empty
            return
        assert report.accepted + report.unchanged + report.quarantined == len(table)
        refused = load_quarantine(store, "small")
        assert len(refused) == report.quarantined
        assert refused["reason"].str.len().gt(0).all()
        assert refused["line"].between(2, len(table) + 1).all()
        kept = load_observations(store, "small")
        assert (kept["count"].dropna() >= 0).all()
        if not kept.empty:
            encoded = encode(kept, make_region())
            known = KnownRows(encoded, grid_for(encoded, make_region()), make_region())
            built = build_cube(known, quarantined=quarantined_counts(refused), scheduler="synchronous")
            assert all(entry.holds for entry in built.conservation)


routes = st.sampled_from(["Western Balkan Route", "Central Mediterranean Route", "Westrn Balkan", "Total", None])
nationalities = st.sampled_from(["Syria", "Afghanistan", "Syriaa", "Total", "Kosovo*", None])
cells = st.one_of(
    st.integers(0, 900),
    st.integers(-9, -1),
    st.sampled_from([None, "n/a", "<5", 3.5, 1e15, "7"]),
)
book_rows = st.tuples(routes, st.sampled_from(["Land", "Sea", None]), nationalities, cells, cells)


def countable(cell: object) -> float:
    """What a cell adds to the account: a count that can be read and is one."""
    number = pd.to_numeric(cell, errors="coerce")
    return float(number) if number is not None and 0 <= number <= MAX_COUNT else 0.0


SYRIANS, CENTRAL = ("Western Balkan Route", "Land", "Syria", 0, 0), "Central Mediterranean Route"


@settings(SLOW, max_examples=15)
@example([SYRIANS, (CENTRAL, "Land", "Syria", 0, 1e15), (CENTRAL, "Sea", "Syria", 0, 1)])
@given(st.lists(book_rows, min_size=1, max_size=12))
def test_every_count_of_a_workbook_is_kept_or_refused(table: list[tuple[object, ...]]) -> None:
    book = openpyxl.Workbook()
    for row in [("Route", "Border type or inland", "Nationality", "JAN2025", "FEB2025"), *table]:
        book.active.append(row)
    with tempfile.TemporaryDirectory() as folder:
        path, store = Path(folder) / "book.xlsx", Store(Path(folder) / "store")
        book.save(path)
        region = load_region("eu_routes")
        try:
            ingest("frontex", [path], region=region, store=store, today=TODAY)
        except DataRefusedError as error:
            assert path.name in str(error)  # noqa: PT017 - it may also be taken
            assert load_observations(store, region.id).empty
            return
        kept, refused = load_observations(store, region.id), load_quarantine(store, region.id)
        told = sum(countable(cell) for row in table for cell in row[3:])
        assert kept["count"].sum() + refused["count"].sum() == pytest.approx(told)
        assert refused["line"].between(2, len(table) + 1).all()


LINE = "irregular_crossings,segment,a-1,2026-11-02,W,7"
TOP = ",".join(HEADER)
REFUSED = {
    "a cell too many": (f"{TOP}\n{LINE}\n{LINE},x\n", "line 3: expected 6 cells as in the header, got 7"),
    "a quote left open": (f'{TOP}\n{LINE}\n"{LINE}\n', "line 3: expected every quote closed"),
    "a column twice": (f"{TOP},Count\n{LINE},9\n", "line 1: expected each column once, got 'count' twice"),
    "merged cells above": (f",,Place,,Period,\n{TOP}\n{LINE}\n", "They stand in line 2: take out what is above"),
    "another encoding": (f"{TOP}\n{LINE}\n{LINE.replace('a-1', 'Ž')}\n".encode("cp1250"), r"\(line 3, byte"),
    "UTF-16": (f"{TOP}\n{LINE}\n".encode("utf-16"), "expected UTF-8"),
    "a thousands dot?": (f"{TOP}\n{LINE}\n{LINE.replace(',7', ',1.234')}\n", "'--thousands .' or '--decimal .'"),
    "a thousands comma?": (f"{TOP}\n{LINE[:-1]}" + '"1,234"\n', "'--thousands ,' or '--decimal ,'"),
    "a cut workbook": (b"PK\x03\x04" + bytes(range(200)), "damaged or cut off"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_file_that_is_no_table_is_refused_by_its_name_and_line(tmp_path: Path, case: str) -> None:
    content, message = REFUSED[case]
    path, store = tmp_path / "t.csv", Store(tmp_path / "store")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataRefusedError, match=message) as refusal:
        ingest("csv", [path], region=make_region(), store=store, today=TODAY)
    assert str(refusal.value).startswith("t.csv")
    assert not [p for p in store.root.rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (LINE.replace(",7", ",1e10"), "count is above 1,000,000,000"),
        (LINE.replace("11-02", "11-23"), "the period is not over yet"),
        (LINE.replace("2026-11-02", "1890-01-06"), "period_start before 1950"),
        (LINE.replace("segment,a-1", "segment,TOTAL"), "unknown segment 'TOTAL'"),
        (TOP, "count is not a number (leave it empty where nothing was reported)"),
        (LINE.replace("2026-11-02", "02.11.2026"), "period_start is not written as YYYY-MM-DD"),
        (LINE.replace("2026-11-02", "2026-02-30"), "impossible date in period_start"),
    ],
)
def test_row_out_of_order_is_refused_with_its_line(tmp_path: Path, row: str, reason: str) -> None:
    path, store = tmp_path / "t.csv", Store(tmp_path / "store")
    path.write_text(f"{TOP}\n{LINE.replace('a-1', 'a-2')}\n{row}\n")
    assert ingest("csv", [path], region=make_region(), store=store, today=TODAY).files[0].reasons == ((reason, 1, 3),)


@pytest.mark.parametrize(("break_", "count"), [("\r", 2), ("\r\n", 2), ("\n", 2)])
def test_line_ends_of_all_kinds_are_understood(tmp_path: Path, break_: str, count: int) -> None:
    path, store = tmp_path / "t.csv", Store(tmp_path / "store")
    path.write_bytes(break_.join([TOP, LINE, LINE.replace("a-1", "a-2"), ""]).encode())
    assert ingest("csv", [path], region=make_region(), store=store, today=TODAY).accepted == count


def test_line_is_counted_past_breaks_inside_cells(tmp_path: Path) -> None:
    path, store = tmp_path / "t.csv", Store(tmp_path / "store")
    path.write_text(f'{TOP},note\n{LINE},"two\nlines"\n{LINE.replace("a-1", "nowhere")},\n')
    ingest("csv", [path], region=make_region(), store=store, today=TODAY)
    assert load_quarantine(store, "small")["line"].tolist() == [4]


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One good file of each kind that can be cut or flipped."""
    folder = tmp_path_factory.mktemp("whole")
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append(["irregular_crossings", "segment", "a-1", "2026-11-02", "W", 7])
    book.save(folder / "t.xlsx")
    line = ",".join(HEADER) + "\nirregular_crossings,segment,a-1,2026-11-02,W,7\n"
    return {
        "t.csv": line.encode(),
        "t.csv.gz": gzip.compress(line.encode() * 1),
        "t.xlsx": (folder / "t.xlsx").read_bytes(),
    }


@SLOW
@given(
    st.sampled_from(["t.csv", "t.csv.gz", "t.xlsx"]), st.floats(0, 1), st.binary(min_size=1, max_size=9), st.booleans()
)
def test_a_damaged_file_is_refused_and_never_a_fault_of_ours(
    whole_files: dict[str, bytes], name: str, at: float, noise: bytes, cut: bool
) -> None:
    content = whole_files[name]
    place = int(at * len(content))
    damaged = content[:place] + (b"" if cut else noise + content[place + len(noise) :])
    with tempfile.TemporaryDirectory() as folder:
        path, store = Path(folder) / name, Store(Path(folder) / "store")
        path.write_bytes(damaged)
        source = "frontex" if name.endswith("xlsx") else "csv"
        region = make_region()
        try:
            ingest(source, [path], region=region, store=store, today=TODAY)
        except DataRefusedError as error:
            assert name in str(error) or source in str(error)  # noqa: PT017 - it may also be taken
            assert load_observations(store, region.id).empty


def disguised(name: str, order: random.Random) -> str:
    """A field's name as forms write it: other case, separators, spaces around."""
    parts = name.split("_")
    joined = order.choice(["_", " ", "-", ".", "  "]).join(parts)
    return order.choice([str.upper, str.lower, str.title, str.capitalize, lambda t: f" {t} ", lambda t: f"{t}:"])(
        joined
    )


FIELDS = [
    "first_name",
    "surname",
    "date_of_birth",
    "passport_number",
    "phone",
    "e-mail",
    "prezime",
    "datum_rođenja",
    "jmbg",
    "презиме",
    "mbiemri",
    "datelindja",
    "case_number",
    "επώνυμο",
]


def packed(kind: str, columns: list[str], table: list[list[str]], title_rows: int) -> bytes:
    """The table as CSV, workbook (with title rows above) or Parquet."""
    if kind == "csv":
        return "\n".join(",".join(row) for row in [columns, *table]).encode()
    stream = io.BytesIO()
    if kind == "parquet":
        pd.DataFrame(table, columns=columns).to_parquet(stream)
    else:
        book = openpyxl.Workbook()
        for _ in range(title_rows):
            book.active.append(["Monthly report"])
        for row in [columns, *table]:
            book.active.append(row)
        book.save(stream)
    return stream.getvalue()


@SLOW
@given(
    st.sampled_from(["csv", "xlsx"]),
    st.sampled_from(FIELDS),
    st.integers(0, 6),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_a_person_field_never_enters(kind: str, field: str, at: int, title_rows: int, order: random.Random) -> None:
    columns = [*HEADER]
    columns.insert(at, disguised(field, order))
    table = [["irregular_crossings", "segment", "a-1", "2026-11-02", "W", str(n)] for n in range(3)]
    for row in table:
        row.insert(at, SECRET)
    with tempfile.TemporaryDirectory() as folder:
        path, store = Path(folder) / f"t.{kind}", Store(Path(folder) / "store")
        path.write_bytes(packed(kind, columns, table, title_rows))
        told = ""
        try:
            ingest("csv", [path], region=make_region(), store=store, today=TODAY)
        except DataRefusedError as refusal:
            told = str(refusal)
        assert SECRET not in told + everything_in(store)


def everything_in(store: Store) -> str:
    """Every byte of a store as text, what is packed in tables unpacked."""
    files = [p for p in store.root.rglob("*") if p.is_file()]
    tables = [pd.read_parquet(p).to_csv() for p in files if p.suffix == ".parquet"]
    return "".join([*tables, *(p.read_bytes().decode("latin-1") for p in files)])


def test_a_field_that_only_persons_have_is_refused_as_such(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    table = [["irregular_crossings", "segment", "a-1", "2026-11-02", "W", str(n), f"P7731{n}"] for n in range(3)]
    path.write_bytes(packed("csv", [*HEADER, "passport_number"], table, 0))
    with pytest.raises(DataRefusedError, match="person-level"):
        check_file(path)


@SLOW
@given(
    st.sampled_from(["a.b{}@example.org", "+381 64 12{} 4567", "01{}990710005"]),
    st.integers(0, 6),
    st.sampled_from(["remarks", "note", "ref", "x1"]),
    st.sampled_from(["csv", "xlsx"]),
)
def test_contact_and_document_data_never_enter_under_another_name(value: str, at: int, column: str, kind: str) -> None:
    columns = [*HEADER]
    columns.insert(at, column)
    table = [["irregular_crossings", "segment", "a-1", "2026-11-02", "W", str(n)] for n in range(4)]
    for n, row in enumerate(table, 10):
        row.insert(at, value.format(n))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t.{kind}"
        path.write_bytes(packed(kind, columns, table, 0))
        with pytest.raises(DataRefusedError, match="person-level") as refusal:
            check_file(path)
        assert not [n for n in range(10, 14) if value.format(n) in str(refusal.value)]
