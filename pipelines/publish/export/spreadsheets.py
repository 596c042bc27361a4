"""CSV and Excel in which no cell is taken for a formula: the one writer of both, for exports and for pages."""

import io
import re
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

import pandas as pd
from pandas.api.types import is_datetime64_any_dtype

from pipelines.publish.export.dictionary import Dictionary, described

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
    table: pd.DataFrame, notes: Iterable[str], *, sheet: str, dictionary: Dictionary = MappingProxyType({})
) -> bytes:
    """A table as Excel workbook, after a sheet *Read me*: the notes, then what the columns mean, and their units.

    Numbers are numbers, days are days, and cells of what is not known are empty.

    Args:
        table: Any table; geometry is left out, control characters, which no cell may hold, become blanks.
        notes: One cell each.
        sheet: Name of the table's sheet.
        dictionary: What is known of its columns.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - slow to import, and only workbooks need it

    book, kept = Workbook(), flat(table)
    first, second = book.active, book.create_sheet(sheet)
    first.title = READ_ME
    for note in (*notes, EMPTY):
        first.append([_cell(note)])
    columns = described(map(str, kept.columns), dictionary)
    for row in ((), HEADS, *columns) if columns else ():
        first.append([_cell(text) for text in row])
    for letter, width in zip("ABC", WIDTHS, strict=True):
        first.column_dimensions[letter].width = width
    second.append([_cell(str(c)) for c in kept.columns])
    for row in kept.itertuples(index=False):
        second.append([_cell(value) for value in row])
    second.freeze_panes = "A2"
    for column in (i for i, kind in enumerate(kept.dtypes, start=1) if is_datetime64_any_dtype(kind)):
        for (cell,) in second.iter_rows(min_row=2, min_col=column, max_col=column):
            cell.number_format = "yyyy-mm-dd"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(value: object) -> object:
    """What Excel can hold."""
    if isinstance(value, str):
        return as_text(CONTROL.sub(" ", value))
    if value is None or pd.isna(value):
        return None
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
