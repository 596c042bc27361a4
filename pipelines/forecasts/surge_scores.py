"""Warnings of a surge in a backtest: their scores, and which of today's may be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.quantile_functions import at_ranks, stratified_ranks
from forecasting.combine.assemble import JointForecast
from forecasting.evaluate.scores import RELIABILITY_COLUMNS, observed_ahead, reliability
from forecasting.risk.surge import (
    SCORE_COLUMNS,
    earned,
    surge_probability,
    surge_scores,
    surged,
    usual_surge_rate,
    warning_frame,
)
from pipelines.forecasts.member_tasks import N_DRAWS, AtCutoff


@dataclass(frozen=True)
class Surges:
    """What the backtest says of surge warnings."""

    scores: pd.DataFrame  # per model, level, horizon
    reliability: pd.DataFrame  # per model, level, horizon, bin of probability
    ours: pd.DataFrame  # (unit, horizon): skill, earned
    baseline: pd.DataFrame  # the same for the baseline's warnings

    def shown(self, probability: xr.DataArray, baseline_only: xr.DataArray) -> xr.DataArray:
        """Today's warnings (unit, horizon) where whoever speaks there has earned it, else NaN: no skill to tell."""
        index = pd.MultiIndex.from_product([probability["unit"].to_numpy(), probability["horizon"].to_numpy()])
        ours, theirs = (self._earned(table, index, probability.shape) for table in (self.ours, self.baseline))
        return probability.where(np.where(baseline_only.transpose(*probability.dims).to_numpy(), theirs, ours))

    @staticmethod
    def _earned(table: pd.DataFrame, index: pd.MultiIndex, shape: tuple[int, ...]) -> np.ndarray:
        result: np.ndarray = table["earned"].reindex(index).eq(True).to_numpy(dtype=bool).reshape(shape)
        return result


def score_surges(
    scored: Sequence[tuple[AtCutoff, JointForecast]], truth: xr.Dataset, level: Mapping[str, str]
) -> Surges:
    """Score the warnings of every cutoff against the figures that came, knowing at each only what was known then.

    Args:
        scored: Cutoffs with their assembled forecasts.
        truth: `count` (unit, time), NaN where it is not settled yet.
        level: Unit → level.
    """
    frames = [_warnings(at, assembled, truth) for at, assembled in scored]
    warnings = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    if warnings.empty:
        nothing = pd.DataFrame({"skill": pd.Series(dtype=float), "earned": pd.Series(dtype=bool)})
        scores, bins = (
            pd.DataFrame({c: pd.Series(dtype=float) for c in of}) for of in (SCORE_COLUMNS, RELIABILITY_COLUMNS)
        )
        return Surges(scores, bins, nothing, nothing)
    ours, baseline = (earned(warnings, level, model=model) for model in ("routecast", "baseline"))
    return Surges(surge_scores(warnings, level), reliability(warnings, level, event="surged"), ours, baseline)


def even_draws(quantiles: xr.DataArray) -> xr.DataArray:
    """Evenly spread draws (unit, horizon, draw) of quantile functions."""
    values = quantiles.transpose("unit", "horizon", "quantile").to_numpy()
    coords = {"unit": quantiles["unit"], "horizon": quantiles["horizon"]}
    return xr.DataArray(at_ranks(values, stratified_ranks(N_DRAWS)), dims=("unit", "horizon", "draw"), coords=coords)


def _warnings(at: AtCutoff, assembled: JointForecast, truth: xr.Dataset) -> pd.DataFrame:
    horizon = assembled.draws.sizes["horizon"]
    units = assembled.draws["unit"].to_numpy()
    ahead = observed_ahead(truth, at.origin_date, horizon).sel(unit=units)
    baseline = at.members.quantiles.sel(member="baseline", drop=True)
    parts = {
        "probability": surge_probability(assembled.draws, at.history),
        "baseline_probability": surge_probability(even_draws(baseline), at.history),
        "climatology": usual_surge_rate(at.history, horizon),
        "surged": surged(ahead, at.history),
    }
    return warning_frame(parts, origin_date=at.origin_date)
