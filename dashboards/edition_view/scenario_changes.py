"""What a reader sees of a comparison first: the places and periods in which scenarios change most."""

import numpy as np
import pandas as pd

from dashboards.wording import formats as words
from dashboards.wording.bands import band

MATTERS = 0.05  # a difference of less than this many counts is none


def most_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows in the one order in which sentence, map and table name places: the largest shown difference first.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"difference_q50": [-16.0, 2.0, -19.0], "difference_mean": [-25.0, 4.0, -22.0]})
    >>> most_first(rows)["difference_q50"].tolist()
    [-19.0, -16.0, 2.0]
    """
    return rows.sort_values(["difference_q50", "difference_mean"], ascending=False, key=abs, kind="stable")


def most_changed(table: pd.DataFrame, *, scenario: str, level: str, top: int) -> pd.DataFrame:
    """Of each place the period with the largest expected difference, the most changed places first.

    Args:
        table: `Compared.table`.
        scenario: Its name.
        level: "segment", "route", …
        top: At most so many places; those that hardly change are left out.
    """
    own = table[(table["scenario"] == scenario) & (table["level"] == level)]
    return largest_changes(own[own["difference_mean"].abs() >= MATTERS], top=top)


def largest_changes(table: pd.DataFrame, *, top: int) -> pd.DataFrame:
    """Of each place the row with the largest expected difference, the largest first."""
    sized = table.dropna(subset=["difference_mean"]).assign(size=table["difference_mean"].abs())
    peaks = sized.loc[sized.groupby("unit", sort=False)["size"].idxmax()]
    return peaks.sort_values("size", ascending=False, kind="stable").head(top).drop(columns="size")


def difference(row: pd.Series) -> str:
    """Median difference with its 80 % range, signs shown.

    >>> import pandas as pd
    >>> difference(pd.Series({"difference_q50": -12.2, "difference_q10": -20.0, "difference_q90": 0.0}))
    '−12 (−20 … 0)'
    """
    return with_range(row, "difference_q50", "difference_q10", "difference_q90")


def with_range(row: pd.Series, *columns: str) -> str:
    """A change with the ends of its range, three columns of a row, signs shown."""
    middle, low, high = (signed(row[c]) for c in columns)
    return f"{middle} ({low} … {high})"


def signed(value: float) -> str:
    """A change in counts, two significant figures, with its sign.

    >>> signed(1234.0), signed(-3.4), signed(0.01)
    ('+1,200', '−3', '0')
    """
    text = words.number(abs(float(value)))
    if text in ("0", words.NO_DATA):
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def bands(row: pd.Series) -> str:
    """The band before and after, or the one band where it stays.

    >>> import pandas as pd
    >>> bands(pd.Series({"baseline_pressure_band": "low", "pressure_band": "high"}))
    'low → high'
    """
    before, after = band(row["baseline_pressure_band"]).word, band(row["pressure_band"]).word
    return before if before == after else f"{before} → {after}"


def excess(row: pd.Series) -> str:
    """Expected counts over the planned capacity, before and after; a dash without a plan."""
    if not np.isfinite(row["excess_mean"]):
        return "–"
    before = words.number(row["baseline_excess_mean"]) if np.isfinite(row["baseline_excess_mean"]) else "–"
    after = words.number(row["excess_mean"])
    return before if before == after else f"{before} → {after}"
