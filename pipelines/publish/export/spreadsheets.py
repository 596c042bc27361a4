"""CSV and Excel exports in which no cell is taken for a formula."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.editions.edition import Edition
from pipelines.publish.export.table import ExportError, exported_risk, file_in, flat

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MAX_ROWS = 2**20  # of an Excel sheet
_DATES = {"target_start", "target_end"}


def as_text(value: object) -> object:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it; other values unchanged.

    Source:
        OWASP, CSV injection.

    Example:
        >>> as_text("=1+1"), as_text("Subotica"), as_text(-3.0)
        ("'=1+1", 'Subotica', -3.0)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def write_csv(edition: Edition, folder: Path, notes: Sequence[str]) -> None:  # noqa: ARG001 - they lie beside it
    """The risk table as CSV (UTF-8)."""
    table = _escaped(flat(exported_risk(edition)))
    table.to_csv(file_in(folder, edition, ".csv"), index=False, encoding="utf-8", date_format="%Y-%m-%d")


def write_workbook(edition: Edition, folder: Path, notes: Sequence[str]) -> None:
    """The risk table as Excel workbook, after a sheet with the notes."""
    from openpyxl import Workbook  # noqa: PLC0415 - slow to import, and only workbooks need it

    book = Workbook()
    about = book.active
    about.title = "About"
    about.column_dimensions["A"].width = 110
    for note in notes:
        _append(about, [note])
    sheet = book.create_sheet("Risk")
    table = flat(exported_risk(edition))
    if len(table) >= MAX_ROWS:
        raise ExportError(f"{edition.id}: {len(table):,} rows are more than a sheet holds. Export csv instead.")
    _append(sheet, list(table.columns))
    for row in table.itertuples(index=False):
        _append(sheet, [_cell(value) for value in row])
    sheet.freeze_panes = "A2"
    for column in (i for i, name in enumerate(table.columns, start=1) if name in _DATES):
        for (cell,) in sheet.iter_rows(min_row=2, min_col=column, max_col=column):
            cell.number_format = "yyyy-mm-dd"
    book.save(file_in(folder, edition, ".xlsx"))


def _escaped(table: pd.DataFrame) -> pd.DataFrame:
    texts = table.select_dtypes(["object", "string"])
    escaped = table.assign(**{c: texts[c].map(as_text) for c in texts})
    return escaped.rename(columns=lambda c: str(as_text(str(c))))


def _append(sheet: Worksheet, values: Sequence[object]) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    clean = [ILLEGAL_CHARACTERS_RE.sub(" ", v) if isinstance(v, str) else v for v in values]
    sheet.append([as_text(v) for v in clean])


def _cell(value: object) -> object:
    """What Excel can hold: an empty cell for what is not known."""
    if value is None or pd.isna(value):
        return None
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
