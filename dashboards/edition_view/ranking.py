"""The one order of pressure points that map, table and briefing share."""

import pandas as pd

from forecasting.base.contracts import BANDS


def rank_units(risk: pd.DataFrame, *, indicator: str, horizon: int, level: str = "segment") -> pd.DataFrame:
    """The units of one level, highest pressure first: by band, then exceedance probability, then median.

    Args:
        risk: An edition's `risk` table, one row per (indicator, unit, horizon).
        indicator: Indicator id.
        horizon: Periods ahead, 1 = the next period.
        level: Unit level, e.g. "segment" or "border".

    Returns:
        The rows of `risk` for the selection, with a column `rank` from 1. Units without a band stand last; a missing
        exceedance probability stands after every known one of the same band; ties go by unit id.
    """
    chosen = risk["indicator"].eq(indicator) & risk["horizon"].eq(horizon) & risk["level"].eq(level)
    rows = risk[chosen]
    keys = rows.assign(
        _band=rows["pressure_band"].map({b: i for i, b in enumerate(BANDS)}).fillna(-1).astype(int),
        _chance=rows["exceedance_probability"].fillna(-1.0),
    ).sort_values(["_band", "_chance", "q50", "unit"], ascending=[False, False, False, True], kind="stable")
    ranked = keys.drop(columns=["_band", "_chance"]).reset_index(drop=True)
    return ranked.assign(rank=range(1, len(ranked) + 1))
