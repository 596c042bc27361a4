"""Excel workbooks as rows of cells."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from pipelines.observations.schema import DataRefusedError

Cells = list[tuple[Any, ...]]


def read_sheets(path: Path) -> dict[str, Cells]:
    """All cells of a workbook's sheets, by sheet name.

    Raises:
        DataRefusedError: it is not a workbook, or damaged.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
        finally:
            book.close()
    except Exception as error:
        raise DataRefusedError(
            f"{path.name}: expected an Excel workbook (.xlsx), can't read it ({type(error).__name__}). Save it anew."
        ) from error


def find_header(
    sheets: dict[str, Cells], is_header: Callable[[tuple[Any, ...]], bool], *, within: int = 40
) -> tuple[str, int] | None:
    """Sheet and row position of the first row that is the header."""
    for name, rows in sheets.items():
        for position, row in enumerate(rows[:within]):
            if is_header(row):
                return name, position
    return None


def text(cell: object) -> str:
    """A cell as trimmed text; empty for None."""
    return "" if cell is None else str(cell).strip()
