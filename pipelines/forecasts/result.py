"""What a run knows about one indicator, before it becomes an edition's files."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from pipelines.observations.schema import TOTAL


@dataclass(frozen=True)
class IndicatorForecast:
    """Forecast of one indicator, of all nationalities or of one, for every unit that has a history."""

    indicator: str
    history: xr.Dataset  # count, known_share (unit, time); the newest figures, all vintages up to the run's day
    value: xr.DataArray  # (unit, horizon, quantile), what is published
    baseline: xr.DataArray  # (unit, horizon, quantile)
    mean: xr.DataArray  # (unit, horizon) of what is published
    members: xr.DataArray  # (member, unit, horizon, quantile), NaN where a member did not run
    exceedance_probability: xr.DataArray  # (unit, horizon), NaN without a capacity
    surge_probability: xr.DataArray  # (unit, horizon), NaN where past warnings had no skill
    capacity: xr.DataArray  # (unit,), NaN without one
    band: np.ndarray  # (unit, horizon) int8, 0 low … 3 very high, -1 none
    basis: np.ndarray  # (unit, horizon) str, what the band rests on
    previous_band: np.ndarray  # (unit, horizon) int8 for the same target periods, -1 unknown
    threat: xr.Dataset  # what the band rests on: rung_probability, rung_limit, expected_excess; see `settle.py`
    skill: xr.DataArray  # (unit, horizon), WIS ratio to the baseline in the backtest
    baseline_only: xr.DataArray  # (unit, horizon) bool
    regime_break: np.ndarray  # (unit,) bool
    scores: pd.DataFrame
    backtest: pd.DataFrame
    surge_scores: pd.DataFrame
    surge_reliability: pd.DataFrame
    exceedance_reliability: pd.DataFrame = field(default_factory=pd.DataFrame)  # of chances of exceeding a capacity
    nationality: str = TOTAL
    draws: xr.DataArray | None = None  # (unit, horizon, draw) of the assembled forecast, coherent in every draw
    reasons: xr.Dataset | None = None  # of `forecasting.combine.attribution`: what moved each published median
    failures: list[dict[str, str]] = field(default_factory=list)
