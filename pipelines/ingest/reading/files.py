"""A provider's file before it is read: is it there, of a sane size, what it claims to be, and about no person?"""

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

# it is told to stop at a document type, before it would expand anything
from xml.parsers import expat  # nosec B406

import pyarrow.parquet as pq

from pipelines.ingest.reading.person_evidence import evidence_of, weigh
from pipelines.ingest.reading.workbooks import read_sheets, workbook_kind
from pipelines.observations.schema import DataRefusedError

MAX_BYTES = 2 * 2**30
MAX_UNPACKED_BYTES = 4 * 2**30
MAX_RATIO = 200  # a workbook packs 5–20 times; a bomb, thousands of times
MAX_PARTS = 10_000
MAX_COLUMNS = 16_384
TOO_LONG = (  # a limit of Python's csv module
    f"expected cells of at most {csv.field_size_limit():,} characters, got a longer one. Close the quote that is open "
    "there, or shorten the cell."
)
CODE_PAGES = ("cp1250", "cp1251", "cp1253", "iso-8859-5", "iso-8859-7", "cp1252")  # of texts that are no UTF-8
_CHUNK = 65_536
_MAX_PROLOGUE = 2**20  # bytes before a part's first element
_LOOKED_AT_ROWS, _LOOKED_AT_COLUMNS = 20_000, 60  # of a sheet, or of a text that is longer than the following
_WHOLE_CHARACTERS = 2**25
_STANDS_OUT = re.compile(r"@|\+\d{2}[\d /().-]{7}|\b\d{11,13}\b|\b[A-Z]{1,3}\d{6,9}\b")


class _FirstElementError(Exception):
    """The document has begun without a document type."""


class _DocumentTypeError(Exception):
    """A document type: entities could be defined, and files of this machine named."""


def check_file(path: Path) -> None:
    """Refuse what must not enter: absent, empty, too large, a bomb, or with person-level fields.

    Raises:
        DataRefusedError: names the file, what was expected and what to do.
    """
    if not path.exists():
        raise DataRefusedError(f"{path}: expected a file, there is none. Check the path.")
    if not path.is_file():
        raise DataRefusedError(f"{path}: expected a file, got a folder. Name the files in it.")
    size = path.stat().st_size
    if size == 0:
        raise DataRefusedError(f"{path.name}: expected figures, the file is empty. Download it again.")
    if size > MAX_BYTES:
        raise DataRefusedError(
            f"{path.name}: expected at most {MAX_BYTES // 2**30} GiB, got {size / 2**30:.1f}. Split it."
        )
    if zipfile.is_zipfile(path):
        _check_archive(path)
        _check_workbook(path)
    elif workbook_kind(path) is not None:
        _check_workbook(path)
    else:
        with path.open("rb") as stream:
            if stream.read(4) == b"PK\x03\x04":
                raise DataRefusedError(f"{path.name}: the workbook is damaged or cut off. Download it again.")
        _check_text(path)


def read_text(path: Path) -> str:
    """The whole text of a CSV, gzipped or not, BOM removed, UTF-8, lines ended by a line feed alone.

    Raises:
        DataRefusedError: it is a workbook or binary data, not UTF-8, or its packing is damaged.
    """
    if zipfile.is_zipfile(path) or workbook_kind(path) is not None:
        raise DataRefusedError(
            f"{path.name}: expected text, got a workbook. Save the sheet with the figures as 'CSV UTF-8'."
        )
    try:
        text = _decoded(_unpacked(path))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataRefusedError(
            f"{path.name}: expected UTF-8 text, got another encoding (line {line}, byte {error.start}). "
            "Save the file as 'CSV UTF-8', or say its encoding in a mapping file (routecast map)."
        ) from error
    if "\x00" in text:  # what reads the table would take a cell to end there, and not see what follows
        raise _binary(path)
    return text


def _binary(path: Path) -> DataRefusedError:
    return DataRefusedError(
        f"{path.name}: expected text, got binary data. Send CSV (UTF-8) or the provider's workbook."
    )


def _unpacked(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        if not packed:
            return path.read_bytes()
        most = min(MAX_UNPACKED_BYTES, MAX_RATIO * path.stat().st_size + 2**20)
        with gzip.open(path) as stream:
            for _ in iter(lambda: stream.read(2**20), b""):  # piece by piece: what is too much is never held
                if stream.tell() > most:
                    raise DataRefusedError(
                        f"{path.name}: unpacks to far more than figures would ({most / 2**20:,.0f} MiB at most). Send "
                        "it unpacked."
                    )
            stream.seek(0)
            data = stream.read()
    except (OSError, EOFError, zlib.error) as error:
        raise DataRefusedError(f"{path.name}: the file is damaged or cut off ({error}). Download it again.") from error
    return data


def _decoded(data: bytes, encoding: str = "utf-8") -> str:
    """Text without a mark of byte order, lines ended by a line feed alone."""
    text = data.decode(encoding).removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _check_workbook(path: Path) -> None:
    for cells in read_sheets(path, max_row=_LOOKED_AT_ROWS, max_col=_LOOKED_AT_COLUMNS).values():
        weigh(path, evidence_of([["" if c is None else str(c) for c in row] for row in cells]))


def _check_text(path: Path) -> None:
    data = _unpacked(path)
    if data[:4] == b"PAR1":
        _check_parquet(path)
        return
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8", *CODE_PAGES)
    for encoding in encodings:
        try:
            text = _decoded(data, encoding)
        except UnicodeDecodeError:
            continue
        _check_rows(path, text)
        if encoding in ("utf-8", "utf-16"):
            return  # it is text of that encoding; else it is looked at in each of the code pages


def _check_parquet(path: Path) -> None:
    try:
        with pq.ParquetFile(path) as file:
            require_names_once(path, file.schema_arrow.names)
            batch = next(file.iter_batches(batch_size=_LOOKED_AT_ROWS), None)
            cells = [] if batch is None else zip(*(c.to_pylist() for c in batch.columns), strict=True)
            rows = [file.schema_arrow.names, *(["" if c is None else str(c) for c in row] for row in cells)]
    except (OSError, ValueError) as error:
        raise DataRefusedError(f"{path.name}: expected a Parquet file, it can't be read. Download it again.") from error
    weigh(path, evidence_of(rows))


def _check_rows(path: Path, text: str) -> None:
    if "\x00" in text[:4096]:
        raise _binary(path)
    rows = list(csv_rows(path, io.StringIO(lines_to_look_at(text), newline=""), delimiter_of(text)))
    first = rows[0] if rows else []
    if not any(cell.strip() for cell in first):
        raise DataRefusedError(f"{path.name}: expected a header line, got none. Download the file again.")
    require_few_columns(path, first)
    weigh(path, evidence_of(rows))


def require_names_once(path: Path, names: Sequence[str]) -> None:
    """Refuse a Parquet file in which a column's name stands twice: no reader can tell the two apart.

    Raises:
        DataRefusedError: says how many names do.
    """
    require_few_columns(path, names)
    twice = sum(times > 1 for times in Counter(names).values())
    if twice:
        raise DataRefusedError(
            f"{path.name}: expected each column once, got {twice} name{'s' * (twice > 1)} twice. Take one of them out."
        )


def require_few_columns(path: Path, header: Sequence[str]) -> None:
    """Refuse a table of more columns than anybody's has: each costs time, whatever stands in it.

    Raises:
        DataRefusedError: names how many there may be.
    """
    if len(header) > MAX_COLUMNS:
        raise DataRefusedError(
            f"{path.name}: expected at most {MAX_COLUMNS:,} columns, as a spreadsheet has, got {len(header):,}. Take "
            "out those without figures, or put them below each other."
        )


def csv_rows(path: Path, lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """The rows of a CSV.

    Raises:
        DataRefusedError: a cell is longer than those of tables are, mostly because a quote before it was left open.
    """
    reader, line = csv.reader(lines, delimiter=delimiter), 0
    try:
        for row in reader:
            yield row
            line = reader.line_num
    except csv.Error as error:
        raise DataRefusedError(f"{path.name}, line {line + 1}: {TOO_LONG}") from error


def lines_to_look_at(text: str) -> str:
    """What of a CSV persons are looked for in: all of it; of a long one the first rows, and all that stand out."""
    if len(text) > _WHOLE_CHARACTERS:
        lines = text[:_WHOLE_CHARACTERS].split("\n")[:_LOOKED_AT_ROWS]
        begins = {text.rfind("\n", 0, hit.start()) + 1 for hit in islice(_STANDS_OUT.finditer(text), _LOOKED_AT_ROWS)}
        text = "\n".join([*lines, *(text[b : b + 4096].split("\n", 1)[0] for b in sorted(begins))])
    return text


def delimiter_of(text: str) -> str:
    """The separator of a CSV's header line: comma, semicolon, tab or bar."""
    header = text.lstrip("\n\r").split("\n", 1)[0]
    return max(",;\t|", key=header.count)


def _check_archive(path: Path) -> None:
    """Refuse an archive that would harm a reader: damaged, a bomb, with names that lead elsewhere, or entities."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_sizes(path, entries)
            for entry in entries:
                _check_name(path, entry.filename)
                _check_prologue(archive, entry)  # whatever its name: the workbook's own lists say what is XML
    except _DocumentTypeError as error:
        raise DataRefusedError(
            f"{path.name}: expected a workbook, got one with a document type in its XML, which no program writes and "
            "which could name other files. Ask the sender for the original."
        ) from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise DataRefusedError(f"{path.name}: the workbook is damaged ({error}). Download it again.") from error


def _check_sizes(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(e.file_size for e in entries)
    packed = max(sum(e.compress_size for e in entries), 1)
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > 2**20 and unpacked / packed > MAX_RATIO):
        raise DataRefusedError(
            f"{path.name}: expected a workbook, got an archive that unpacks {unpacked / packed:.0f} times "
            f"({unpacked / 2**20:.0f} MiB). It looks like a zip bomb; ask the sender for the original."
        )
    if len(entries) > MAX_PARTS:
        raise DataRefusedError(
            f"{path.name}: expected a workbook of at most {MAX_PARTS:,} parts, got {len(entries):,}. Save it anew."
        )


def _check_name(path: Path, name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise DataRefusedError(
            f"{path.name}: expected a workbook, got an archive with a part that leads out of it. Ask the sender for "
            "the original."
        )


def _check_prologue(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Read a part up to its first element; what is no XML is left to the reader to refuse."""
    parser, seen = expat.ParserCreate(), 0
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = _stop_at_element
    try:
        with archive.open(entry) as part:
            while seen < _MAX_PROLOGUE and (chunk := part.read(_CHUNK)):
                seen += len(chunk)
                parser.Parse(chunk)
    except (_FirstElementError, expat.ExpatError):
        return
    if seen >= _MAX_PROLOGUE:
        raise _DocumentTypeError


def _refuse_document_type(*_: object) -> None:
    raise _DocumentTypeError


def _stop_at_element(*_: object) -> None:
    raise _FirstElementError
