"""What sources have changed: figures that one day's knowledge tells otherwise than another's."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from pipelines.observations.schema import KEY


def revised_between(observations: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    """Figures known on both days whose value differs, the largest change first.

    Args:
        observations: Canonical table with all vintages.
        first: The earlier day of knowledge.
        last: The later one.

    Returns:
        The columns of the key, `count_before, as_of_before, count_after, as_of_after, change` (NaN where one of the
        two counts is missing).
    """
    before, after = (_known_on(observations, day) for day in (first, last))
    both = before.join(after, lsuffix="_before", rsuffix="_after", how="inner").reset_index()
    left, right = both["count_before"], both["count_after"]
    differs = ~((left == right) | (left.isna() & right.isna()))
    out = both[differs].assign(change=right - left)
    order = out["change"].abs().fillna(np.inf).sort_values(ascending=False, kind="stable").index
    return out.loc[order, [*KEY, "count_before", "as_of_before", "count_after", "as_of_after", "change"]].reset_index(
        drop=True
    )


def revision_summary(observations: pd.DataFrame) -> list[dict[str, Any]]:
    """Per source and indicator: figures, how many were revised, and by how much between first and last telling.

    `median_relative_change` has a sign (a bias of first figures), `median_relative_size` has none, `largest_change` is
    in counts.
    """
    ordered = observations.sort_values("as_of", kind="stable")
    code = ordered.groupby(list(KEY), dropna=False, sort=False, observed=True).ngroup().to_numpy()
    figures = ordered.drop_duplicates(list(KEY))[["source", "indicator", "count"]].rename(columns={"count": "first"})
    last = np.zeros(len(figures))
    last[code] = ordered["count"].to_numpy(dtype=float)  # a later vintage overwrites, also by "taken back"
    figures = figures.assign(last=last, size=np.bincount(code, minlength=len(figures)))
    found = []
    for (source, indicator), mine in figures.groupby(["source", "indicator"], sort=True):
        revised = mine[mine["size"] > 1]
        relative = ((revised["last"] - revised["first"]) / revised["first"]).replace([np.inf, -np.inf], np.nan).dropna()
        changes = (revised["last"] - revised["first"]).dropna()
        largest = changes.loc[changes.abs().idxmax()] if len(changes) else None
        found.append(
            {
                "source": str(source),
                "indicator": str(indicator),
                "figures": len(mine),
                "revised": len(revised),
                "median_relative_change": float(relative.median()) if len(relative) else None,
                "median_relative_size": float(relative.abs().median()) if len(relative) else None,
                "largest_change": None if largest is None else float(largest),
            }
        )
    return found


def _known_on(observations: pd.DataFrame, day: date) -> pd.DataFrame:
    seen = observations[observations["as_of"] <= pd.Timestamp(day)].sort_values("as_of", kind="stable")
    newest = seen.drop_duplicates(list(KEY), keep="last")
    index = pd.MultiIndex.from_frame(newest[list(KEY)].astype(object).where(newest[list(KEY)].notna(), None))
    return pd.DataFrame({c: newest[c].to_numpy() for c in ("count", "as_of")}, index=index)
