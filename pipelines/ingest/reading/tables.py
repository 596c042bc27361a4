"""What sources share: tables of a CSV or a workbook, dates, rejected rows."""

import io
import re
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.ingest.reading.files import csv_rows, delimiter_of, read_text
from pipelines.ingest.reading.personal_data import heading_for_message, headings_for_message, unread_columns
from pipelines.ingest.reading.workbooks import Cells
from pipelines.observations.schema import KEY, QUARANTINE_SCHEMA, DataRefusedError

_LOOKED_AT = 2**20  # characters searched for a header further down
_HEADER_ROWS = 40


def column_name(heading: object) -> str:
    """A heading as our columns are named: lower case, no blanks around; `origin` is another word for `nationality`."""
    name = str(heading).strip().lower()
    return "nationality" if name == "origin" else name


def read_csv_text(path: Path, *, required: Sequence[str], optional: Collection[str] = ()) -> pd.DataFrame:
    """The declared columns of a CSV as text cells; `line` is the 1-based line in the file. No other column is kept.

    Args:
        path: The file.
        required: Columns that must be there, in lower case.
        optional: Columns that may be there.

    Returns:
        Columns in lower case without blanks around; `attrs["unread"]` says which others the file has, as phrases.

    Raises:
        DataRefusedError: it has no header, lacks columns or names one twice, or can't be read as a table.
    """
    text = read_text(path)
    separator = delimiter_of(text)
    options = {"dtype": str, "keep_default_na": False, "skip_blank_lines": False, "index_col": False}
    try:
        first = next(csv_rows(path, io.StringIO(text), separator))
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a first row with more cells than the header
            table = pd.read_csv(io.StringIO(text), sep=separator, **options)
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError) as error:
        raise DataRefusedError(f"{path.name}{_what_is_wrong(path, text, separator, str(error))}") from error
    header = [column_name(c) for c in first]
    _require_columns(path, header, required, lines=text[:_LOOKED_AT].split("\n"), separator=separator)
    table.columns = pd.Index([column_name(c) for c in table.columns])
    table = table.fillna("")  # a row may have too few cells
    quoted = table.columns if '"' in text else []  # such a cell may hold line breaks
    breaks = sum((table[c].str.count("\n") for c in quoted), start=pd.Series(0, index=table.index))
    kept = table[[c for c in table.columns if c in required or c in optional]].apply(lambda column: column.str.strip())
    filled = (kept != "").any(axis=1).to_numpy()
    others = np.flatnonzero(~filled)
    filled[others] = [any(cell.strip() for cell in row) for row in table.iloc[others].to_numpy()]
    kept["line"] = np.arange(2, len(table) + 2) + breaks.cumsum().shift(fill_value=0).to_numpy(dtype=np.int64)
    kept = kept[filled].reset_index(drop=True)
    read = {*required, *optional}  # `line` is ours: a column of that name is none of them
    kept.attrs["unread"] = unread_columns(c for c in header if c not in read)
    return kept


def _require_columns(
    path: Path, header: list[str], required: Sequence[str], *, lines: list[str], separator: str
) -> None:
    twice = sorted(c for c, times in Counter(header).items() if c and times > 1)
    if twice:
        raise DataRefusedError(
            f"{path.name}, line 1: expected each column once, got {heading_for_message(twice[0])} twice. Take one out."
        )
    lacking = [c for c in required if c not in header]
    if not lacking:
        return
    rows = (next(csv_rows(path, [line], separator), []) for line in lines[:_HEADER_ROWS])
    below = [n for n, cells in enumerate(rows, 1) if set(required) <= {c.strip().lower() for c in cells}]
    hint = f"They stand in line {below[0]}: take out what is above." if below else "Rename the header."
    raise DataRefusedError(
        f"{path.name}, line 1: expected the columns {', '.join(required)}; {', '.join(lacking)} "
        f"{'is' if len(lacking) == 1 else 'are'} missing (got {headings_for_message(c for c in header if c)}). {hint}"
    )


def _what_is_wrong(path: Path, text: str, separator: str, parser_says: str) -> str:
    """Where in the file a table can't be read, and what to do; follows the file's name."""
    opened = re.search(r"inside string starting at row (\d+)", parser_says)
    if opened:
        return f", line {int(opened[1]) + 1}: expected every quote closed, one that is opened here is not. Close it."
    rows = csv_rows(path, io.StringIO(text), separator)
    width, line = len(next(rows, [])), 1
    for row in rows:
        line += 1 + sum(cell.count("\n") for cell in row)
        if len(row) > width:
            return (
                f", line {line}: expected {width} cells as in the header, got {len(row)}. "
                f"Put cells that hold '{separator}' in quotes."
            )
    return f": expected a table with a header line; {parser_says.strip().splitlines()[-1]}. Check that line."


def days(cells: pd.Series) -> pd.Series:
    """Dates as YYYY-MM-DD; NaT where it is none."""
    return pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce")


def split_rows(
    table: pd.DataFrame, reasons: pd.Series, indicator: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows without a reason, and the others as quarantine rows by their `line` and `count` (and `indicator`).

    What the table says of the figures that the refused rows were about stays with them, so that the door can leave the
    wholes unknown of which they are parts: place, period and the like are to be filled in before.
    """
    bad = reasons != ""
    if not bad.any():
        return table, _NONE_REFUSED.copy()
    refused = table[bad]
    named = refused["indicator"] if indicator is None else indicator
    rows = rejected_rows(refused["line"], reasons[bad], indicator=named, count=refused["count"])
    known = [c for c in (*KEY, "as_of") if c in table and c not in rows]
    return table[~bad], rows.join(refused[known].reset_index(drop=True))


def rejected_rows(
    lines: pd.Series, reasons: pd.Series, *, indicator: str | pd.Series | None = None, count: pd.Series | float = np.nan
) -> pd.DataFrame:
    """Quarantine rows; source and file are stamped by ingest. A count below zero or without end is none."""
    if isinstance(count, pd.Series):
        count = count.where((count >= 0) & np.isfinite(count))
    columns = {"line": lines.astype("int64"), "reason": reasons, "indicator": indicator, "count": count}
    table = pd.DataFrame(columns, index=lines.index).assign(source=None, file=None, column=None)
    return table[list(QUARANTINE_SCHEMA.names)].reset_index(drop=True)


_NONE_REFUSED = QUARANTINE_SCHEMA.empty_table().to_pandas()


def find_header(sheets: dict[str, Cells], is_header: Callable[[tuple[Any, ...]], bool]) -> tuple[str, int] | None:
    """Sheet and row position of the first row that is the header; None: none of the first 40 is."""
    rows = ((name, n, row) for name, sheet in sheets.items() for n, row in enumerate(sheet[:_HEADER_ROWS]))
    return next(((name, n) for name, n, row in rows if is_header(row)), None)


def trimmed(cell: object) -> str:
    """A cell as trimmed text; empty for None."""
    return "" if cell is None else str(cell).strip()
