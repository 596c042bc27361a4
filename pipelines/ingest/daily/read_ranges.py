"""A delivered table in pieces: byte ranges of a CSV, row groups of a Parquet file, each read by one task."""

import csv
import hashlib
import io
import mmap
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from pipelines.ingest.reading.files import delimiter_of
from pipelines.ingest.reading.personal_data import require_no_persons
from pipelines.ingest.reading.tables import column_name
from pipelines.ingest.sources.csv import REQUIRED
from pipelines.observations.schema import DataRefusedError

RANGE_BYTES = 48 * 2**20
HEAD_BYTES = 2**20
HEAD_ROWS = 500
_TEXTS = (
    "indicator",
    "place_kind",
    "place",
    "route",
    "nationality",
    "period_start",
    "period",
    "count",
    "missing_reason",
    "status",
    "as_of",
)
_TEXT = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class FileRange:
    """Part of a file: bytes of a CSV (`first` … `end`), or a row group of a Parquet file (`first`)."""

    path: Path
    parquet: bool
    first: int
    end: int
    header: tuple[str, ...]  # names of a CSV's columns, lower case
    delimiter: str = ","


@dataclass(frozen=True)
class RangeRows:
    """Rows of a range as text columns (dictionary-encoded), and what could not be read as a row."""

    table: pa.Table
    lines: int  # lines (or rows) that the range takes up in the file
    broken: list[tuple[int, str]] = field(default_factory=list)  # line in the range (from 0), reason
    sha256: str = ""  # of the range's bytes


def open_ranges(path: Path) -> list[FileRange]:
    """Look at the head of a daily table and divide it.

    Raises:
        DataRefusedError: no header or columns missing, person-level fields, neither CSV (UTF-8) nor Parquet.
    """
    with path.open("rb") as stream:
        magic = stream.read(4)
    return _parquet_ranges(path) if magic == b"PAR1" else _csv_ranges(path)


def read_range(part: FileRange) -> RangeRows:
    """The rows of a range as text."""
    return _read_parquet(part) if part.parquet else _read_csv(part)


def _parquet_ranges(path: Path) -> list[FileRange]:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataRefusedError(f"{path.name}: the Parquet file is damaged or cut off. Send it again.") from error
    names = tuple(column_name(n) for n in file.schema_arrow.names)
    leaves = (file.schema.column(i).path for i in range(len(file.schema)))
    columns: dict[str, list[str]] = {name: [] for leaf in leaves for name in leaf.split(".")}  # a column may be nested
    head = next(file.iter_batches(batch_size=HEAD_ROWS), None)
    for name, column in zip(head.schema.names, head.columns, strict=True) if head is not None else ():
        columns[name] = [str(v) for v in column.to_pylist() if v is not None]
    require_no_persons(path, columns)
    _require_columns(path, names)
    return [FileRange(path, True, i, i + 1, names) for i in range(file.metadata.num_row_groups)]


def _csv_ranges(path: Path) -> list[FileRange]:
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        if head.startswith(b"\x1f\x8b"):
            raise DataRefusedError(f"{path.name}: a daily table is read in pieces, so it can't be packed. Unpack it.")
        text = _decoded(path, head.rsplit(b"\n", 1)[0] + b"\n" if b"\n" in head else head)
        delimiter = delimiter_of(text)
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))[: HEAD_ROWS + 1]
        if not rows or not any(c.strip() for c in rows[0]):
            raise DataRefusedError(f"{path.name}: expected a header line, got none. Send the file again.")
        names = tuple(column_name(c) for c in rows[0])
        require_no_persons(path, {c: [r[i] for r in rows[1:] if i < len(r)] for i, c in enumerate(rows[0])})
        _require_columns(path, names)
        size = path.stat().st_size
        edges = [head.find(b"\n") + 1 or size]
        while edges[-1] < size:
            stream.seek(min(edges[-1] + RANGE_BYTES, size))
            stream.readline()  # to the end of the line that the range ends in
            edges.append(min(stream.tell(), size))
    return [FileRange(path, False, a, b, names, delimiter) for a, b in pairwise(edges)]


def _decoded(path: Path, head: bytes) -> str:
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataRefusedError(
            f"{path.name}: expected UTF-8 text, got another encoding (byte {error.start}). "
            "Save the file as 'CSV UTF-8'."
        ) from error


def _require_columns(path: Path, names: tuple[str, ...]) -> None:
    lacking = [c for c in REQUIRED if c not in names]
    twice = sorted({n for n in names if names.count(n) > 1})
    if lacking or twice:
        known = [n for n in (*_TEXTS, "count", "lon", "lat") if n in names]
        # other headings are not repeated: in a file without a header they are the first row's cells
        got = f"got {', '.join(known) or 'none of ours'} and {len(names) - len(known)} more"
        repeated = ", ".join(n for n in twice if n in known) or f"{len(twice)} of the others"
        what = f"{', '.join(lacking)} missing" if lacking else f"{repeated} there twice"
        raise DataRefusedError(
            f"{path.name}: expected the columns {', '.join(REQUIRED)}; {what} ({got}). Rename the header."
        )


def _read_csv(part: FileRange) -> RangeRows:
    broken: list[tuple[int, str]] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        """Keep the line and the reason of a broken row, and skip it."""
        if row.text.strip():
            reason = f"the row has {row.actual_columns} cells, the header {row.expected_columns}"
            broken.append(((row.number or 1) - 1, reason))
        else:
            broken.append(((row.number or 1) - 1, ""))  # a blank line is no row
        return "skip"

    wanted = [c for c in part.header if c in (*_TEXTS, "lon", "lat")]
    with part.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        data = whole[part.first : part.end]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=list(part.header), block_size=2**23),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=part.delimiter, ignore_empty_lines=False, invalid_row_handler=note
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=wanted,
                column_types={c: _TEXT if c in _TEXTS else pa.string() for c in wanted},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise DataRefusedError(
            f"{part.path.name}: expected a CSV in UTF-8, it can't be read ({error}). Send it again."
        ) from error
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    return RangeRows(table, lines, broken, hashlib.sha256(data).hexdigest())


def _read_parquet(part: FileRange) -> RangeRows:
    try:
        names = pq.read_schema(part.path, memory_map=True).names
        stored = {column_name(n): n for n in names}
        texts = [stored[n] for n in part.header if n in _TEXTS]
        file = pq.ParquetFile(part.path, read_dictionary=texts, memory_map=True)
        wanted = [stored[n] for n in part.header if n in (*_TEXTS, "lon", "lat")]
        table = file.read_row_group(part.first, columns=wanted, use_threads=False)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataRefusedError(f"{part.path.name}: the Parquet file is damaged ({error}). Send it again.") from error
    table = table.rename_columns([column_name(n) for n in table.column_names])
    return RangeRows(table, len(table), [])
