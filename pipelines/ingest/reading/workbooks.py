"""Cells of a workbook by sheet: Excel's XML (.xlsx), its binary forms (.xls, .xlsb) and OpenDocument (.ods).

What a file is, its bytes say, not its name. Formulas count with the value that was stored with them; `open_formulas`
says how many have none.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any, Literal

# the door refuses document types before anything is read
from xml.parsers import expat  # nosec B406

from pipelines.observations.schema import DataRefusedError

Cells = list[tuple[Any, ...]]
Kind = Literal["xlsx", "xlsb", "ods", "xls"]

MAX_CELLS = 20_000_000  # of one sheet's used area, which is held in memory
MAX_XLSX_CELLS = 1_000_000  # of a workbook in XML: looking at them and reading them takes half a minute
_PARTS: dict[str, Kind] = {"xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsb", "content.xml": "ods"}
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # how an .xls begins
_CHUNK = 2**20
_CELL_ENDS = re.compile(rb"</(?:\w+:)?c>")
_CELL_BEGINS = re.compile(rb"<(?:\w+:)?c[ />]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_STORED = re.compile(rb"""<(?:\w+:)?v>[^<]|\st=["']str["']""")  # a stored text may be empty
_ROW_HEADER, _LAST_CELL_TYPE = 0, 11  # record types of an .xlsb sheet; those between are cells


def workbook_kind(path: Path) -> Kind | None:
    """What kind of workbook a file is; None: none of them."""
    with path.open("rb") as stream:
        if stream.read(8) == _COMPOUND:
            return "xls"
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    return next((kind for part, kind in _PARTS.items() if part in names), None)


def read_sheets(path: Path, *, max_row: int | None = None, max_col: int | None = None) -> dict[str, Cells]:
    """Cells of a workbook's sheets by sheet name: all of them, or the first rows and columns.

    Whole numbers are `int`, days `datetime` at midnight, empty cells None, whatever the kind of workbook.

    Raises:
        DataRefusedError: it is not a workbook, damaged, locked with a password, or spread over far too many cells.
    """
    try:
        kind = workbook_kind(path)
        if kind == "xlsx":
            _require_few_cells(path)
            return _read_xlsx(path, max_row, max_col)
        if kind is not None:
            _require_sane_extent(path, kind)
            return _read_other(path, max_row, max_col)
    except DataRefusedError:
        raise
    except Exception as error:
        raise _unreadable(path) from error
    raise _unreadable(path)


def _unreadable(path: Path) -> DataRefusedError:
    return DataRefusedError(
        f"{path.name}: expected a workbook (.xlsx, .xls, .xlsb or .ods) without a password, it can't be read. "
        "Save it anew."
    )


def open_formulas(path: Path) -> tuple[str, ...]:
    """What is to tell of formulas whose value was never stored (a program made the file): their cells read as empty."""
    kind = workbook_kind(path)
    if kind == "xlsx":
        with zipfile.ZipFile(path) as archive:
            sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")]
            number = sum(_open_formulas_of(archive, sheet) for sheet in sheets)
    else:
        number = _scan_ods(path)[1] if kind == "ods" else 0  # the binary forms always hold a value
    return (f"{number:,} formula{'s' * (number != 1)} without a stored value",) if number else ()


def _read_xlsx(path: Path, max_row: int | None, max_col: int | None) -> dict[str, Cells]:
    import openpyxl  # noqa: PLC0415 - slow to import, and only workbooks need it

    with path.open("rb") as stream:  # by its bytes: openpyxl would refuse some names
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        try:
            limits = {"max_row": max_row, "max_col": max_col, "values_only": True}
            return {sheet.title: list(sheet.iter_rows(**limits)) for sheet in book.worksheets}
        finally:
            book.close()


def _require_few_cells(path: Path) -> None:
    """Refuse a workbook that would take minutes.

    Raises:
        DataRefusedError: it has more than `MAX_XLSX_CELLS` cells.
    """
    with zipfile.ZipFile(path) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")]
        cells = sum(_cells_of(archive, sheet) for sheet in sheets)
    if cells > MAX_XLSX_CELLS:
        raise DataRefusedError(
            f"{path.name}: expected a workbook of at most {MAX_XLSX_CELLS:,} cells, got {cells:,}. Save the sheet with "
            "the figures as 'CSV UTF-8', which may be of any length."
        )


def _cells_of(archive: zipfile.ZipFile, sheet: str) -> int:
    with archive.open(sheet) as part:
        return sum(len(_CELL_BEGINS.findall(chunk)) for chunk in iter(lambda: part.read(_CHUNK), b""))


def _read_other(path: Path, max_row: int | None, max_col: int | None) -> dict[str, Cells]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum  # noqa: PLC0415 - only such workbooks need it

    with path.open("rb") as stream:
        book = CalamineWorkbook.from_filelike(stream)
        names = [s.name for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=max_row) for name in names}
    return {name: [tuple(_plain(c) for c in row[:max_col]) for row in rows] for name, rows in sheets.items()}


def _plain(cell: object) -> object:
    """A cell as openpyxl would give it."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime.combine(cell, time())
    return None if cell == "" else cell


def _require_sane_extent(path: Path, kind: Kind) -> None:
    """Refuse a sheet whose used area is enormous: the reader holds all of it, and two far cells are enough.

    Raises:
        DataRefusedError: the area is above `MAX_CELLS`.
    """
    if kind == "ods":
        largest = _scan_ods(path)[0]
    elif kind == "xlsb":
        with zipfile.ZipFile(path) as archive:
            sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/") and n.endswith(".bin")]
            largest = max((_xlsb_area(archive.read(sheet)) for sheet in sheets), default=0)
    else:
        largest = 0  # an .xls can't have more than 65,536 rows and 256 columns
    if largest > MAX_CELLS:
        raise DataRefusedError(
            f"{path.name}: expected at most {MAX_CELLS:,} cells on a sheet, got an area of {largest:,}. "
            "Copy the table to a new sheet."
        )


def _xlsb_area(sheet: bytes) -> int:
    """Rows × columns up to the last row and the last cell of an .xlsb sheet."""
    at = rows = columns = 0
    while at < len(sheet):
        record, at = _varint(sheet, at, 2)
        size, at = _varint(sheet, at, 4)
        if record == _ROW_HEADER:
            rows = max(rows, int.from_bytes(sheet[at : at + 4], "little") + 1)
        elif record <= _LAST_CELL_TYPE:
            columns = max(columns, int.from_bytes(sheet[at : at + 4], "little") + 1)
        at += size
    return rows * columns


def _varint(data: bytes, at: int, longest: int) -> tuple[int, int]:
    """A number in groups of seven bits, and where it ends."""
    value = 0
    for n, byte in enumerate(data[at : at + longest]):
        value |= (byte & 0x7F) << 7 * n
        if byte < 0x80:
            return value, at + n + 1
    return value, at + longest


def _open_formulas_of(archive: zipfile.ZipFile, sheet: str) -> int:
    with archive.open(sheet) as part:
        rows = (rows for rows in _rows(part) if _FORMULA.search(rows))  # mostly none
        return sum(_is_open(cell) for some in rows for cell in _CELL_ENDS.split(some)[:-1])


def _rows(part: IO[bytes]) -> Iterator[bytes]:
    """The XML of a sheet in stretches of whole rows."""
    rest = b""
    while chunk := part.read(_CHUNK):
        rows, _, rest = (rest + chunk).rpartition(b"row>")
        yield rows


def _is_open(cell: bytes) -> bool:
    """Whether XML up to a cell's end has a formula without a value in that cell; those before it are empty."""
    cell = cell[max(m.start() for m in _CELL_BEGINS.finditer(cell)) :]
    return bool(_FORMULA.search(cell)) and not _STORED.search(cell)


def _scan_ods(path: Path) -> tuple[int, int]:
    """Rows × columns of the largest used area of an .ods, and how many formulas have no stored value."""
    scan = _OdsScan()
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as part:
        scan.parser.ParseFile(part)
    return scan.largest, scan.open_formulas


class _OdsScan:
    """Counts over the XML of a spreadsheet: `content.xml` may say that a cell or row stands there many times."""

    def __init__(self) -> None:
        self.largest = self.open_formulas = 0
        self._row = self._column = self._rows = self._columns = 0
        self._width = self._repeats = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end

    def _start(self, name: str, given: dict[str, str]) -> None:
        if name == "table:table":
            self._row = self._rows = self._columns = 0
        elif name == "table:table-row":
            self._column, self._width = 0, 0
            self._repeats = int(given.get("table:number-rows-repeated", 1))
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._column += int(given.get("table:number-columns-repeated", 1))
            has_value = any(key.endswith(":value-type") for key in given)
            self.open_formulas += "table:formula" in given and not has_value
            if has_value:
                self._width = self._column
        elif name == "text:p":
            self._width = self._column

    def _end(self, name: str) -> None:
        if name == "table:table-row":
            self._row += self._repeats
            if self._width:
                self._rows, self._columns = self._row, max(self._columns, self._width)
                self.largest = max(self.largest, self._rows * self._columns)
