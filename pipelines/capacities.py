"""Planned capacities from a CSV of the user's: an input with an owner and a date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geo.region import Capacity
from pipelines.observations import DataRefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from geo.region import Region

COLUMNS = ("segment", "indicator", "value", "owner", "as_of")


def read_capacities(path: Path, region: Region) -> tuple[Capacity, ...]:
    """Read and check a capacities file.

    Raises:
        DataRefusedError: the file is absent, lacks columns, or has rows that the region does not know; all are named.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataRefusedError(f"{path}: expected a CSV of capacities, got {error}. Check the file.") from error
    lacking = [c for c in COLUMNS if c not in table]
    if lacking:
        raise DataRefusedError(f"{path}: expected the columns {', '.join(COLUMNS)}; {', '.join(lacking)} are missing.")
    values = pd.to_numeric(table["value"], errors="coerce")
    dates = pd.to_datetime(table["as_of"], errors="coerce", format="%Y-%m-%d")
    wrong = {
        "an unknown segment": ~table["segment"].isin(region.segment_by_id.keys()),
        "an unknown indicator": ~table["indicator"].isin(region.indicators.keys()),
        "a value that is not a number ≥ 0": ~(values >= 0),
        "an as_of that is not YYYY-MM-DD": dates.isna(),
        "no owner": table["owner"].str.strip() == "",
    }
    found = [f"line {line + 2}: {what}" for what, where in wrong.items() for line in table.index[where]]
    if found:
        raise DataRefusedError(f"{path}: {len(found)} rows can't be taken: {'; '.join(found[:5])}. Correct them.")
    rows = zip(table["segment"], table["indicator"], values, table["owner"], dates, strict=True)
    return tuple(Capacity(s, i, float(v), o, d.date()) for s, i, v, o, d in rows)
