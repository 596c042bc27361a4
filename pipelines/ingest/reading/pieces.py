"""A long table in pieces, each read by one task: byte ranges of a CSV, row groups of a Parquet file.

Only the contract's columns are read; texts come dictionary-encoded, so that a piece is known by its distinct values.
"""

import csv
import io
import mmap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from pipelines.ingest.reading.files import csv_rows, delimiter_of, require_few_columns
from pipelines.ingest.reading.person_evidence import require_no_persons
from pipelines.ingest.reading.personal_data import unread_columns
from pipelines.ingest.reading.tables import column_name
from pipelines.observations.schema import DataRefusedError

PIECE_BYTES = 32 * 2**20  # of a CSV; a smaller file is one piece
PIECE_ROWS = 500_000  # of a Parquet file
HEAD_BYTES = 2**20
HEAD_ROWS = 500
REQUIRED = ("indicator", "place_kind", "period_start", "period", "count")
NUMBERS = ("count", "count_upper", "lon", "lat")
DECLARED = (
    *REQUIRED,
    "place",
    "route",
    "nationality",
    "missing_reason",
    "status",
    "as_of",
    "count_upper",
    "lon",
    "lat",
)
_TEXT = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Piece:
    """Part of a file: bytes of a CSV (`first` … `end`), or row groups of a Parquet file."""

    path: Path
    number: int
    parquet: bool
    first: int
    end: int
    header: tuple[str, ...]  # names of the columns, lower case
    delimiter: str = ","


@dataclass(frozen=True)
class PieceRows:
    """Rows of a piece as they stand in the file."""

    table: pa.Table  # declared columns: texts dictionary-encoded, numbers of a Parquet file as they are
    line: np.ndarray  # (row,) in the piece, from 0, int64
    lines: int  # that the piece takes up in the file


def is_parquet(path: Path) -> bool:
    """Whether a file says that it is one."""
    with path.open("rb") as stream:
        return stream.read(4) == b"PAR1"


def is_large(path: Path) -> bool:
    """Whether a table is more than one piece, so that more workers pay; a CSV that is packed can't be cut."""
    if is_parquet(path):
        return path.stat().st_size > PIECE_BYTES // 8  # it is packed about so much
    with path.open("rb") as stream:
        return path.stat().st_size > PIECE_BYTES and not stream.read(4).startswith((b"\x1f\x8b", b"PK"))


def is_one(pieces: Sequence[Piece]) -> bool:
    """Whether there is one piece, of a size that can be held."""
    if len(pieces) != 1 or not pieces[0].parquet:
        return len(pieces) == 1
    return pq.read_metadata(pieces[0].path).num_rows <= 2 * PIECE_ROWS


def cut_table(path: Path) -> list[Piece]:
    """Look at the head of a long table in the canonical columns, and divide it.

    Raises:
        DataRefusedError: no header or columns missing, person-level fields, neither CSV (UTF-8) nor Parquet.
    """
    pieces = _parquet_pieces(path) if is_parquet(path) else _csv_pieces(path)
    if not pieces:
        raise DataRefusedError(f"{path.name}: expected figures, got none. Is it the right file?")
    return pieces


def not_read(piece: Piece) -> tuple[str, ...]:
    """Phrases of the columns that are not read."""
    return unread_columns(name for name in piece.header if name not in DECLARED)


def read_piece(piece: Piece) -> Iterator[PieceRows]:
    """The rows of a piece; of a Parquet file at most `PIECE_ROWS` at a time."""
    if piece.parquet:
        yield from _read_parquet(piece)
    else:
        yield _read_csv(piece)


def _parquet_pieces(path: Path) -> list[Piece]:
    try:
        file = pq.ParquetFile(path)
        head = next(file.iter_batches(batch_size=HEAD_ROWS), None)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataRefusedError(f"{path.name}: the Parquet file is damaged or cut off. Send it again.") from error
    leaves = (file.schema.column(i).path for i in range(len(file.schema)))
    columns: dict[str, list[str]] = {name: [] for leaf in leaves for name in leaf.split(".")}  # a column may be nested
    for name, column in zip(head.schema.names, head.columns, strict=True) if head is not None else ():
        columns[name] = [str(v) for v in column.to_pylist() if v is not None]
    require_no_persons(path, columns)
    require_few_columns(path, file.schema_arrow.names)
    names = tuple(column_name(n) for n in file.schema_arrow.names)
    _require_columns(path, names)
    edges, rows = [0], 0
    for number in range(file.metadata.num_row_groups):
        rows += file.metadata.row_group(number).num_rows
        if rows >= PIECE_ROWS or number == file.metadata.num_row_groups - 1:
            edges.append(number + 1)
            rows = 0
    return [Piece(path, n, True, a, b, names) for n, (a, b) in enumerate(pairwise(edges))]


def _csv_pieces(path: Path) -> list[Piece]:
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        text = _decoded(path, head.rsplit(b"\n", 1)[0] + b"\n" if b"\n" in head else head)
        delimiter = delimiter_of(text)
        rows = list(islice(csv_rows(path, io.StringIO(text), delimiter), HEAD_ROWS + 1))
        if not rows or not any(c.strip() for c in rows[0]):
            raise DataRefusedError(f"{path.name}: expected a header line, got none. Send the file again.")
        require_few_columns(path, rows[0])
        names = tuple(column_name(c) for c in rows[0])
        require_no_persons(path, {c: [r[i] for r in rows[1:] if i < len(r)] for i, c in enumerate(rows[0])})
        _require_columns(path, names)
        size = path.stat().st_size
        edges = [head.find(b"\n") + 1 or size]
        while edges[-1] < size:
            stream.seek(min(edges[-1] + PIECE_BYTES, size))
            stream.readline()  # to the end of the line that the piece ends in
            edges.append(min(stream.tell(), size))
    return [Piece(path, n, False, a, b, names, delimiter) for n, (a, b) in enumerate(pairwise(edges))]


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
    twice = sorted(n for n, times in Counter(names).items() if times > 1)
    if lacking or twice:
        known = [n for n in DECLARED if n in names]
        # other headings are not repeated: in a file without a header they are the first row's cells
        got = f"got {', '.join(known) or 'none of ours'} and {len(names) - len(known)} more"
        repeated = ", ".join(n for n in twice if n in known) or f"{len(twice)} of the others"
        what = f"{', '.join(lacking)} missing" if lacking else f"{repeated} there twice"
        raise DataRefusedError(
            f"{path.name}: expected the columns {', '.join(REQUIRED)}; {what} ({got}). Rename the header."
        )


def _read_csv(piece: Piece) -> PieceRows:
    wanted = [c for c in piece.header if c in DECLARED]
    short: dict[int, list[str]] = {}  # line in the piece → its cells

    def note(row: pyarrow.csv.InvalidRow) -> str:
        """Keep a row with too few cells, as if the others were empty; one with too many can't be told apart."""
        at = (row.number or 1) - 1
        if row.actual_columns > row.expected_columns:
            long.append((at, row.actual_columns, row.expected_columns))
        elif row.text.strip():
            short[at] = _cells(row.text, piece.delimiter)
        else:
            short[at] = []
        return "skip"

    long: list[tuple[int, int, int]] = []
    with piece.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        data = whole[piece.first : piece.end]
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    across_lines = DataRefusedError(
        f"{piece.path.name}: expected every quote closed in its line; a table of this size is read in pieces, so no "
        "cell may hold a line break. Take quotes and line breaks out of the cells."
    )
    if data.count(b'"') % 2:
        raise across_lines
    table = _parsed(piece, data, note)
    if long:
        at, cells, width = long[0]
        raise DataRefusedError(
            f"{piece.path.name}, piece {piece.number + 1}, line {at + 1} of it: expected {width} cells as in the "
            f"header, got {cells}. Put cells that hold '{piece.delimiter}' in quotes."
        )
    if len(table) + len(short) != lines:
        raise across_lines
    line = np.delete(np.arange(len(table) + len(short), dtype=np.int64), list(short))
    filled = {n: cells for n, cells in short.items() if any(c.strip() for c in cells)}
    if filled:
        columns = {c: [_cell(cells, piece.header.index(c)) for cells in filled.values()] for c in wanted}
        added = pa.table({c: pa.array(v, pa.string()).dictionary_encode() for c, v in columns.items()})
        table, line = pa.concat_tables([table, added]), np.append(line, np.array(list(filled), dtype=np.int64))
    return PieceRows(table.unify_dictionaries().combine_chunks(), line, lines)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:  # a very long cell
        return line.split(delimiter)


def _parsed(piece: Piece, data: bytes, note: Callable[[pyarrow.csv.InvalidRow], str]) -> pa.Table:
    """The declared columns of a CSV's bytes, rows with another number of cells given to `note`."""
    wanted = [c for c in piece.header if c in DECLARED]
    parse = {"delimiter": piece.delimiter, "ignore_empty_lines": False, "invalid_row_handler": note}
    convert = {"include_columns": wanted, "column_types": dict.fromkeys(wanted, _TEXT), "strings_can_be_null": False}
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=list(piece.header), block_size=2**23),
            parse_options=pyarrow.csv.ParseOptions(**parse),
            convert_options=pyarrow.csv.ConvertOptions(**convert),
        )
    except pa.ArrowInvalid as error:
        raise DataRefusedError(
            f"{piece.path.name}, piece {piece.number + 1}: expected rows of a CSV in UTF-8, they can't be read. "
            "Save the file as 'CSV UTF-8'."
        ) from error


def _cell(cells: list[str], position: int) -> str:
    return cells[position] if position < len(cells) else ""


def _read_parquet(piece: Piece) -> Iterator[PieceRows]:
    try:
        names = pq.read_schema(piece.path, memory_map=True).names
        stored = {column_name(n): n for n in names}
        wanted = [c for c in DECLARED if c in piece.header]
        texts = [stored[c] for c in wanted]
        file = pq.ParquetFile(piece.path, read_dictionary=texts, memory_map=True)
        groups = list(range(piece.first, piece.end))
        batches = file.iter_batches(3 * PIECE_ROWS, row_groups=groups, columns=texts, use_threads=False)
        for batch in batches:
            table = pa.Table.from_batches([batch]).rename_columns([column_name(n) for n in batch.schema.names])
            yield PieceRows(table.select(wanted), np.arange(len(table), dtype=np.int64), len(table))
    except (pa.ArrowInvalid, OSError) as error:
        raise DataRefusedError(f"{piece.path.name}: the Parquet file is damaged. Send it again.") from error
