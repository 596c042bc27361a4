"""CSV and Excel in which no cell is taken for a formula: the one writer of both, for exports and for pages."""

import io
import re
from collections.abc import Collection, Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype

from pipelines.publish.export.dictionary import COUNT, SHARE, Dictionary, described

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FORMULA_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)  # the last: wide = + - @
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # characters that a workbook's XML can't hold
READ_ME, HEADS, WIDTHS = "Read me", ("Column", "What it holds", "Unit"), (32, 90, 32)
LINE_PT = 15  # height of a line of a cell
DAY, PER_CENT, WHOLE, TWO_DECIMALS = "yyyy-mm-dd", "0 %", "#,##0", "#,##0.00"
NARROWEST, WIDEST, ARROW = 8, 60, 4  # widths of columns in characters; what the filter's arrow takes of a head
LOOKED_AT = 500  # rows for the width of a column
EMPTY = "An empty cell is not known or not stated; it is never a zero."


def as_text(value: object) -> object:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it; other values unchanged.

    Source:
        OWASP, CSV injection.

    Example:
        >>> as_text("=1+1"), as_text("Subotica"), as_text(-3.0)
        ("'=1+1", 'Subotica', -3.0)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """Without the geometry, for formats that have none."""
    return pd.DataFrame(table.drop(columns="geometry", errors="ignore"))


def csv_text(table: pd.DataFrame, **options: str) -> str:
    """A table as CSV for people: the one way in which tables leave, so that no cell is a formula."""
    told: dict[str, Any] = {"index": False, **options}
    return str(plain(table).to_csv(**told))


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table without geometry; no text in it, nor a column's name, is taken for a formula."""
    kept = flat(table)
    texts = kept.select_dtypes(["object", "string"])
    return kept.assign(**{c: texts[c].map(as_text) for c in texts}).rename(columns=lambda c: str(as_text(str(c))))


def workbook_bytes(
    table: pd.DataFrame,
    notes: Iterable[str],
    *,
    sheet: str,
    dictionary: Dictionary = MappingProxyType({}),
    shares: Collection[str] = (),
) -> bytes:
    """A table as Excel workbook, after a sheet *Read me*: the notes, then what the columns mean, and their units.

    Numbers are numbers with all of their digits, shown as counts, per cents or with two decimals; days are days, and
    cells of what is not known are empty. The head is bold, stays on the screen and filters.

    Args:
        table: Any table; geometry is left out, control characters, which no cell may hold, become blanks.
        notes: One cell each.
        sheet: Name of the table's sheet.
        dictionary: What is known of its columns.
        shares: Columns of shares, beside those that the dictionary knows for it.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - slow to import, and only workbooks need it

    book, kept = Workbook(), flat(table)
    columns = described(map(str, kept.columns), dictionary)
    _write_read_me(book.active, (*notes, EMPTY), columns)
    units = {**{name: unit for name, _, unit in columns}, **dict.fromkeys(map(str, shares), SHARE)}
    _write_table(book.create_sheet(sheet), kept, units)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _write_read_me(page: "Worksheet", notes: Iterable[str], columns: list[tuple[str, str, str]]) -> None:
    """Notes over the sheet's whole width, as high as their lines, then the dictionary under a bold head."""
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415 - see above

    page.title = READ_ME
    for letter, width in zip("ABC", WIDTHS, strict=True):
        page.column_dimensions[letter].width = width
    for row, note in enumerate(notes, start=1):
        cell = page.cell(row, 1, _cell(note))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(WIDTHS))
        page.row_dimensions[row].height = LINE_PT * -(-len(note) // sum(WIDTHS))
    if columns:
        page.append([])
        page.append(HEADS)
        for cell in page[page.max_row]:
            cell.font = Font(bold=True)
    for told in columns:
        page.append([_cell(text) for text in told])


def _write_table(page: "Worksheet", table: pd.DataFrame, units: dict[str, str]) -> None:
    """Head and rows; each column as wide as what it shows, its numbers in the form of their unit."""
    from openpyxl.styles import Font  # noqa: PLC0415 - see above
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    heads = [str(_cell(str(c))) for c in table.columns]
    page.append(heads)
    for row in zip(*(map(_cell, table.iloc[:, n].tolist()) for n in range(len(heads))), strict=True):
        page.append(row)
    for position, head in enumerate(heads, start=1):
        values = table.iloc[:, position - 1]
        form, letter = _form(values, units.get(str(values.name), "")), get_column_letter(position)
        page[f"{letter}1"].font = Font(bold=True)
        if form:
            for (cell,) in page.iter_rows(min_row=2, min_col=position, max_col=position):
                cell.number_format = form
        longest = max((_length(v, form) for v in values.iloc[:LOOKED_AT]), default=0)
        page.column_dimensions[letter].width = min(max(longest + 2, len(head) + ARROW, NARROWEST), WIDEST)
    page.freeze_panes = "A2"
    page.auto_filter.ref = page.dimensions


def _form(values: pd.Series, unit: str) -> str:
    """How Excel shows a column: days, per cents, counts whole, other numbers with two decimals; "" for texts."""
    if is_datetime64_any_dtype(values.dtype):
        return DAY
    numbers = [float(v) for v in values if _is_number(v)]
    if not numbers:
        return ""
    if unit == SHARE:
        return PER_CENT
    return WHOLE if unit in (COUNT, "per cent") or all(v.is_integer() for v in numbers) else TWO_DECIMALS


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer) and not isinstance(value, bool) and not pd.isna(value)


def _length(value: object, form: str) -> int:
    """Characters of a cell as Excel shows it."""
    if form == DAY:
        return len(DAY)
    if _is_number(value):
        return len(f"{value:,.2f}" if form == TWO_DECIMALS else f"{value:,.0f}")
    return 0 if value is None or pd.isna(value) else len(str(value))


def _cell(value: object) -> object:
    """What Excel can hold."""
    if isinstance(value, str):
        return as_text(CONTROL.sub(" ", value))
    if value is None or pd.isna(value):
        return None
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
