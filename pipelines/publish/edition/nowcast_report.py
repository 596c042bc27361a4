"""What the nowcast did with recent figures, and why it left others as they were reported."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from forecasting.adjust.nowcast import MIN_PAIRS
from pipelines.grid.nowcast import MAX_AGE_DAYS, AgeClass
from pipelines.observations.schema import KEY
from pipelines.store.periods import period_ends

COMPLETED = "completed"
ASSUMED = "as reported: on which day they were known is only assumed"
FEW = "as reported: too few earlier figures of their age were told again"
NOT_NEARER = "as reported: completing has not brought earlier ones nearer to their final counts"


def nowcast_classes(classes: Sequence[AgeClass]) -> list[dict[str, Any]]:
    """Per class of recent figures: how complete they usually are, whether they are completed, and what it saves."""
    return [
        {
            "source": c.source,
            "indicator": c.indicator,
            "told_after_days": c.told_after_days,
            "age_days": c.age_days,
            "figures": c.figures,
            "earlier": c.completion.pairs,
            "usual_share": c.completion.share,
            "completed": c.completion.strength is not None,
            "error_saved": c.completion.gain,
        }
        for c in classes
        if c.completion.pairs
    ]


def nowcast_sources(
    observations: pd.DataFrame, classes: Sequence[AgeClass], as_of: pd.Timestamp
) -> list[dict[str, Any]]:
    """Per source and indicator with recent figures: how many, how many of them are completed, and if none, why.

    Args:
        observations: All vintages known on the day.
        classes: What the nowcast looked at.
        as_of: The day of knowledge.
    """
    newest = observations.sort_values("as_of", kind="stable").drop_duplicates(list(KEY), keep="last")
    newest = newest[newest["count"].notna()]
    groups = newest.groupby("period", sort=False)
    ends = [pd.Series(period_ends(g["period_start"], str(p)), g.index) for p, g in groups]
    age = (as_of - pd.concat(ends).reindex(newest.index)).dt.days if ends else pd.Series(dtype=float)
    recent = newest[age.between(0, MAX_AGE_DAYS)]
    found = []
    for (source, indicator), mine in recent.groupby(["source", "indicator"], sort=True):
        looked_at = [c for c in classes if (c.source, c.indicator) == (source, indicator)]
        done = sum(c.figures for c in looked_at if c.completion.strength is not None)
        found.append(
            {
                "source": source,
                "indicator": indicator,
                "figures": len(mine),
                "completed": done,
                "outcome": _outcome(looked_at, done, dated=bool((~mine["as_of_assumed"]).any())),
            }
        )
    return found


def _outcome(looked_at: Sequence[AgeClass], done: int, *, dated: bool) -> str:
    if done:
        return COMPLETED
    if not dated:
        return ASSUMED
    return NOT_NEARER if any(c.completion.pairs >= MIN_PAIRS for c in looked_at) else FEW
