"""Look at a file before anything of it is kept: is it there, of a sane size, and what it claims to be."""

import csv
import gzip
import io
import zipfile
import zlib
from itertools import zip_longest
from pathlib import Path

from pipelines.ingest.reading.archives import MAX_RATIO, MAX_UNPACKED_BYTES, check_archive
from pipelines.ingest.reading.personal_data import require_no_persons
from pipelines.observations.schema import DataRefusedError

MAX_BYTES = 2 * 2**30
_HEADER_ROWS = 25
_LONGEST_HEADING = 40
_SAMPLE_ROWS = 500
_COLUMNS = 200


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
        check_archive(path)
        _check_workbook(path)
    else:
        with path.open("rb") as stream:
            if stream.read(4) == b"PK\x03\x04":
                raise DataRefusedError(f"{path.name}: the workbook is damaged or cut off. Download it again.")
        _check_text(path)


def read_text(path: Path) -> str:
    """The whole text of a CSV, gzipped or not, BOM removed, UTF-8, lines ended by a line feed alone.

    Raises:
        DataRefusedError: it is a workbook, not UTF-8, or its packing is damaged.
    """
    if zipfile.is_zipfile(path):
        raise DataRefusedError(
            f"{path.name}: expected text, got an Excel workbook. Save the sheet with the figures as 'CSV UTF-8'."
        )
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        if not packed:
            return _decoded(path.read_bytes())
        with gzip.open(path) as stream:
            data = stream.read(MAX_UNPACKED_BYTES + 1)
        if len(data) > min(MAX_UNPACKED_BYTES, MAX_RATIO * path.stat().st_size + 2**20):
            raise DataRefusedError(f"{path.name}: unpacks to far more than figures would. Send it unpacked.")
        return _decoded(data)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataRefusedError(
            f"{path.name}: expected UTF-8 text, got another encoding (line {line}, byte {error.start}). "
            "Save the file as 'CSV UTF-8'."
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataRefusedError(f"{path.name}: the file is damaged or cut off ({error}). Download it again.") from error


def _decoded(data: bytes) -> str:
    text = data.decode("utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _check_workbook(path: Path) -> None:
    for rows in _first_rows(path):
        for row in rows[:_HEADER_ROWS]:
            # cells of the first rows may all be headings; long sentences are not
            require_no_persons(path, {c: [] for c in row if 0 < len(c) <= _LONGEST_HEADING})
        columns = zip_longest(*rows, fillvalue="")
        require_no_persons(path, {f"column {n}": list(values) for n, values in enumerate(columns, start=1)})


def _first_rows(path: Path) -> list[list[list[str]]]:
    """Cells of each sheet's first rows as text."""
    import openpyxl  # noqa: PLC0415 - slow to import, and only workbooks need it

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            return [
                [
                    ["" if c is None else str(c) for c in row]
                    for row in sheet.iter_rows(max_row=_HEADER_ROWS + _SAMPLE_ROWS, max_col=_COLUMNS, values_only=True)
                ]
                for sheet in book.worksheets
            ]
        finally:
            book.close()
    except Exception as error:
        raise DataRefusedError(
            f"{path.name}: expected an Excel workbook (.xlsx), it can't be read. Save it anew."
        ) from error


def _check_text(path: Path) -> None:
    text = read_text(path)
    if "\x00" in text[:4096]:
        raise DataRefusedError(
            f"{path.name}: expected text, got binary data. Send CSV (UTF-8) or the provider's workbook."
        )
    head = text[: 2**20]
    delimiter = delimiter_of(head)
    rows = list(csv.reader(io.StringIO(head), delimiter=delimiter))[: _SAMPLE_ROWS + 1]
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise DataRefusedError(f"{path.name}: expected a header line, got none. Download the file again.")
    columns = {name: [r[i] for r in rows[1:] if i < len(r)] for i, name in enumerate(rows[0])}
    require_no_persons(path, columns)


def delimiter_of(text: str) -> str:
    """The separator of a CSV's header line: comma, semicolon, tab or bar."""
    header = text.lstrip("\n\r").split("\n", 1)[0]
    return max(",;\t|", key=header.count)
