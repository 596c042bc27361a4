"""What sources share: reading tables, numbers as people write them, rejected rows."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipelines.file_checks import delimiter_of, read_text
from pipelines.observations import QUARANTINE_SCHEMA, DataRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_csv_text(path: Path, *, required: Sequence[str]) -> pd.DataFrame:
    """A CSV as text cells, columns in lower case without blanks around; `line` is the 1-based line in the file.

    Raises:
        DataRefusedError: it has no header, lacks columns, or can't be read as a table.
    """
    text = read_text(path)
    options = {"dtype": str, "keep_default_na": False, "skip_blank_lines": False, "index_col": False}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a first row with more cells than the header
            table = pd.read_csv(io.StringIO(text), sep=delimiter_of(text), **options)
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise DataRefusedError(
            f"{path.name}: expected a table with a header line; {reason}. Check that line."
        ) from error
    table.columns = pd.Index([str(c).strip().lower() for c in table.columns])
    lacking = [c for c in required if c not in table.columns]
    if lacking:
        raise DataRefusedError(
            f"{path.name}: expected the columns {', '.join(required)}; {', '.join(lacking)} "
            f"{'is' if len(lacking) == 1 else 'are'} missing (got {', '.join(table.columns[:12])}). Rename the header."
        )
    table = table.apply(lambda column: column.str.strip())
    table["line"] = np.arange(2, len(table) + 2)
    return table[(table.drop(columns="line") != "").any(axis=1)].reset_index(drop=True)


def numbers(cells: pd.Series) -> pd.Series:
    """Counts as people write them: `1234`, `1 234`, `1,5` (decimal comma); NaN where it is no number."""
    text = cells.astype(str).str.replace(r"[\s\u00a0\u202f']", "", regex=True)
    comma = text.str.fullmatch(r"-?\d+,\d+")
    return pd.to_numeric(text.where(~comma, text.str.replace(",", ".", regex=False)), errors="coerce")


def days(cells: pd.Series) -> pd.Series:
    """Dates as YYYY-MM-DD; NaT where it is none."""
    return pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce")


def rejected_rows(
    lines: pd.Series, reasons: pd.Series, *, indicator: str | pd.Series | None = None, count: pd.Series | float = np.nan
) -> pd.DataFrame:
    """Quarantine rows; source and file are stamped by ingest."""
    columns = {"line": lines.astype("int64"), "reason": reasons, "indicator": indicator, "count": count}
    table = pd.DataFrame(columns, index=lines.index).assign(source=None, file=None, column=None)
    return table[list(QUARANTINE_SCHEMA.names)].reset_index(drop=True)
