"""The cells of a table by sheet, whatever the file's form: text with a separator, workbook, Parquet.

Cells stay as they are; only the asked-for columns are kept in memory.
"""

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.ingest.reading.eurostat_workbook import eurostat_rows
from pipelines.ingest.reading.files import TOO_LONG
from pipelines.ingest.reading.json_records import read_records
from pipelines.ingest.reading.workbooks import read_sheets, workbook_kind
from pipelines.observations.schema import DataRefusedError

HEAD_ROWS = 40  # in which a header is looked for
Row = tuple[int, Sequence[Any]]  # 1-based line or row of the file, and its cells
_DELIMITERS = "\t;|,"
_PACKED = re.compile(r"[\w.-]+(?:,[\w.-]+)*\\\w+")  # Eurostat's first heading: freq,unit,geo\TIME_PERIOD
_HXL = re.compile(r"#[a-z][a-z0-9_]*([ ]?\+[a-z0-9_]+)*", re.IGNORECASE)


@dataclass(frozen=True)
class Sheet:
    """One table of a file; `rows(positions)` begins anew at each call and gives these cells (None: all of them)."""

    name: str  # "" where the file has no sheets
    rows: Callable[[Sequence[int] | None], Iterator[Row]]

    def head(self) -> list[Row]:
        """The first rows, whole."""
        return [row for row, _ in zip(self.rows(None), range(HEAD_ROWS), strict=False)]


def sheets_of(path: Path, *, encoding: str = "utf-8", delimiter: str | None = None) -> list[Sheet]:
    """The tables of a file.

    Raises:
        DataRefusedError: it can't be read in that form or encoding.
    """
    with path.open("rb") as stream:
        magic = stream.read(8)
    if magic[:4] == b"PAR1":
        return [_parquet(path)]
    if workbook_kind(path):
        sheets = read_sheets(path)
        table = eurostat_rows(sheets)
        if table is not None:
            return [Sheet("", _numbered(list(table)))]
        return [Sheet(name, _numbered(list(enumerate(cells, start=1)))) for name, cells in sheets.items()]
    if magic.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return [Sheet("", _numbered(list(read_records(path))))]
    return [_text(path, encoding, delimiter, packed=magic[:2] == b"\x1f\x8b")]


def _numbered(rows: Sequence[Row]) -> Callable[[Sequence[int] | None], Iterator[Row]]:
    def take(positions: Sequence[int] | None) -> Iterator[Row]:
        """The rows as they were numbered."""
        for line, cells in rows:
            yield line, cells if positions is None else _at(cells, positions)

    return take


def _at(cells: Sequence[Any], positions: Sequence[int]) -> list[Any]:
    width = len(cells)
    return [cells[i] if i < width else None for i in positions]


def _parquet(path: Path) -> Sheet:
    def take(positions: Sequence[int] | None) -> Iterator[Row]:
        """Rows batch by batch."""
        try:
            with pq.ParquetFile(path) as file:
                names = file.schema_arrow.names
                taken = names if positions is None else [names[i] for i in positions]
                nested = {field.name for field in file.schema_arrow if pa.types.is_nested(field.type)}
                yield 1, taken
                line = 1
                for batch in file.iter_batches(columns=list(dict.fromkeys(taken))):
                    empty = [None] * len(batch)  # lists and structures are no cells
                    columns = [empty if name in nested else batch.column(name).to_pylist() for name in taken]
                    for cells in zip(*columns, strict=True):
                        line += 1
                        yield line, cells
        except (OSError, ValueError) as error:
            raise DataRefusedError(
                f"{path.name}: expected a Parquet file, it can't be read. Download it again."
            ) from error

    return Sheet("", take)


def _text(path: Path, encoding: str, delimiter: str | None, *, packed: bool) -> Sheet:
    encoding = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding

    def lines() -> Iterator[str]:
        """The lines, unpacked and decoded."""
        with (
            gzip.open(path) if packed else path.open("rb") as stream,
            io.TextIOWrapper(stream, encoding=encoding, newline=None) as text,
        ):
            yield from text

    def take(positions: Sequence[int] | None) -> Iterator[Row]:
        """Rows line by line."""
        try:
            first = [line for line, _ in zip(lines(), range(HEAD_ROWS), strict=False)]
            for line, cells in _unpacked(lines(), delimiter or likely_delimiter(first)):
                yield line, cells if positions is None else _at(cells, positions)
        except LookupError as error:
            raise DataRefusedError(
                f"{path.name}: no encoding '{encoding}' is known. Write e.g. utf-8, cp1250, cp1251, iso-8859-7."
            ) from error
        except UnicodeError as error:
            raise DataRefusedError(
                f"{path.name}: expected text in {encoding.removesuffix('-sig')}, got another encoding. "
                "Say it in the mapping, e.g. 'encoding: cp1250' (Central Europe), cp1251 (Cyrillic), cp1253 (Greek)."
            ) from error
        except csv.Error as error:
            raise DataRefusedError(f"{path.name}: {TOO_LONG}") from error
        except (OSError, EOFError) as error:
            raise DataRefusedError(f"{path.name}: the table can't be read ({error}). Download it again.") from error

    return Sheet("", take)


def _unpacked(lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    """Rows with the line in which each begins; Eurostat's packed first column as columns of their own."""
    keys, begins, reader = 0, 1, csv.reader(lines, delimiter=delimiter)
    for cells in reader:
        if begins == 1 and cells and _PACKED.fullmatch(cells[0].strip()):
            keys = cells[0].count(",") + 1
            yield begins, [*cells[0].strip().split("\\", 1)[0].split(","), *cells[1:]]
        elif keys:
            names = [part.strip() for part in cells[0].split(",")] if cells else []
            yield begins, [*names[:keys], *[""] * (keys - len(names)), *cells[1:]]
        else:
            yield begins, cells
        begins = reader.line_num + 1


def likely_delimiter(lines: Iterable[str]) -> str:
    """The separator that stands equally often in most of the lines.

    >>> likely_delimiter(["Title, of a table", "a;b;c", "x;1,5;2", "y;2,5;3"])
    ';'
    """
    kept = [line for line in lines if line.strip()]
    if kept and _PACKED.fullmatch(kept[0].split("\t", 1)[0].strip()):
        return "\t"

    def evenness(delimiter: str) -> int:
        """Cells in lines that have this delimiter equally often."""
        often = Counter(n for line in kept if (n := line.count(delimiter)))
        return max((count * lines for count, lines in often.items()), default=0)

    return max(_DELIMITERS, key=evenness)


def is_hxl(cells: Sequence[Any]) -> bool:
    """Whether a row holds HXL tags (`#adm1+name`) under the header."""
    filled = [str(c).strip() for c in cells if c is not None and str(c).strip()]
    return bool(filled) and all(_HXL.fullmatch(c) for c in filled)
