"""Chances of exceeding a planned capacity in a backtest, against whether it was exceeded."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.combine.assemble import JointForecast
from forecasting.evaluate.scores import RELIABILITY_COLUMNS, observed_ahead, reliability
from forecasting.risk.exceedance import exceedance_probability
from forecasting.risk.surge import warning_frame
from pipelines.forecasts.member_tasks import AtCutoff
from pipelines.forecasts.surge_scores import even_draws


def exceedance_reliability(
    scored: Sequence[tuple[AtCutoff, JointForecast]],
    truth: xr.Dataset,
    capacity: xr.DataArray,
    level: Mapping[str, str],
) -> pd.DataFrame:
    """How often a capacity was exceeded, per bin of the chance that was given; today's capacity throughout.

    Args:
        scored: Cutoffs with their assembled forecasts; each saw only what was known then.
        truth: `count` (unit, time), NaN where it is not settled yet.
        capacity: (unit), counts a period, NaN where no plan exists.
        level: Unit → level.

    Returns:
        Columns `RELIABILITY_COLUMNS`, without a row where no unit has a capacity.
    """
    planned = capacity["unit"].to_numpy()[np.isfinite(capacity.to_numpy())]
    frames = [_chances(at, made, truth, capacity.sel(unit=planned)) for at, made in scored] if len(planned) else []
    chances = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    if chances.empty:
        return pd.DataFrame({c: pd.Series(dtype=float) for c in RELIABILITY_COLUMNS})
    return reliability(chances, level, event="exceeded")


def _chances(at: AtCutoff, made: JointForecast, truth: xr.Dataset, capacity: xr.DataArray) -> pd.DataFrame:
    units = [u for u in capacity["unit"].to_numpy() if u in made.draws["unit"].to_numpy()]
    draws, limit = made.draws.sel(unit=units), capacity.sel(unit=units)
    ahead = observed_ahead(truth, at.origin_date, draws.sizes["horizon"]).sel(unit=units)
    baseline = even_draws(at.members.quantiles.sel(member="baseline", unit=units, drop=True))
    parts = {
        "probability": exceedance_probability(draws, limit),
        "baseline_probability": exceedance_probability(baseline, limit),
        "exceeded": (ahead > limit).astype(float).where(np.isfinite(ahead)),
    }
    return warning_frame(parts, origin_date=at.origin_date)
