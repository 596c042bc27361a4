"""One forecast out of several: a weighted mean of the members' quantiles on the log1p scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from collections.abc import Sequence

PROBATION = ("prophet",)  # members that must earn their voice (`forecasting.learn`)
PRIOR_WEIGHTS = {  # before any skill is known; chosen on the first 20 of 30 cutoffs of both monthly data sets
    "baseline": 0.4,
    "seasonal_naive": 0.1,
    "ets": 0.2,
    "ucm": 0.7,
    "nb_autoregression": 1.0,
    "endemic_epidemic": 1.0,
    "boosted": 3.0,
    "prophet": 0.5,
}
OTHER_WEIGHT = 1.0
SKILL_SHARPNESS = 4.0  # a member 10 % worse than the best keeps at least exp(-0.4) of its weight
HALF_EVIDENCE = 8.0  # cutoffs at which half of that counts
MEMORY = 0.8  # a cutoff's evidence relative to the next one's


def combine(
    quantiles: xr.DataArray, *, weights: xr.DataArray | None = None, without: Sequence[str] = ()
) -> xr.DataArray:
    """Weighted mean of log1p quantiles over the members that speak, per unit, horizon and level.

    Args:
        quantiles: Counts (member, unit, horizon, quantile), NaN where a member does not speak.
        weights: Weights (member, unit, horizon) from `skill_weights`; else the prior ones.
        without: Members that are not asked.

    Returns:
        Counts (unit, horizon, quantile); NaN where no member speaks.

    Source:
        Quantile averaging (Vincentization): Lichtendahl et al. (2013), Management Science 59, 1594–1611.
    """
    asked = ~np.isin(quantiles["member"].to_numpy(), list(without))
    logs = np.log1p(quantiles.isel(member=asked).to_numpy())
    given = prior_weights(quantiles) if weights is None else weights
    weight = np.where(np.isfinite(logs), given.isel(member=asked).to_numpy()[..., None], 0.0)
    total = weight.sum(axis=0)
    with np.errstate(invalid="ignore"):
        mean = np.where(total > 0, (weight * np.nan_to_num(logs)).sum(axis=0) / np.where(total > 0, total, 1.0), np.nan)
    return quantiles.isel(member=0, drop=True).copy(data=np.maximum.accumulate(np.expm1(mean), axis=-1))


def shares(quantiles: xr.DataArray, weights: xr.DataArray, heard: xr.DataArray) -> xr.DataArray:
    """Each member's share (member, unit, horizon) in the median of the combination; NaN where none speaks.

    Args:
        quantiles: Counts (member, unit, horizon, quantile), NaN where a member does not speak.
        weights: Weights (member, unit, horizon) as given to `combine`.
        heard: Whether members on probation are heard (unit).
    """
    probation = xr.DataArray(np.isin(quantiles["member"].to_numpy(), PROBATION), dims="member")
    speaks = np.isfinite(quantiles.sel(quantile=0.5, drop=True)) & (heard | ~probation)
    given = weights.where(speaks, 0.0)
    return (given / given.sum("member").where(lambda total: total > 0)).transpose("member", "unit", "horizon")


def prior_weights(quantiles: xr.DataArray) -> xr.DataArray:
    """Weights (member, unit, horizon) before any skill is known."""
    priors = [PRIOR_WEIGHTS.get(str(m), OTHER_WEIGHT) for m in quantiles["member"].to_numpy()]
    like = quantiles.isel(quantile=0, drop=True)
    return like.copy(data=np.broadcast_to(np.array(priors)[:, None, None], like.shape).copy())


def skill_weights(quantiles: xr.DataArray, scores: Sequence[xr.DataArray], levels: Sequence[str]) -> xr.DataArray:
    """Prior weights, moved by past skill: of members alike, the one that scored better counts for more.

    A member's skill is the ratio of its past WIS to the baseline's over the forecasts that both made, pooled over the
    units of a level and over a horizon with its neighbours; recent cutoffs count for more.

    Args:
        quantiles: The current forecasts (member, unit, horizon, quantile), in whose shape the weights come.
        scores: WIS (member, unit, horizon) of earlier cutoffs, in order; NaN where not scored.
        levels: Level of each unit.
    """
    weights = prior_weights(quantiles)
    if not scores:
        return weights
    past = np.stack([s.reindex(member=quantiles["member"]).to_numpy() for s in scores])  # (cutoff, member, unit, h)
    age = MEMORY ** np.arange(len(past))[::-1, None, None, None]
    base = past[:, [list(quantiles["member"].to_numpy()).index("baseline")]]
    both = np.isfinite(past) & np.isfinite(base)
    own, other = (np.where(both, values, 0.0) * age for values in (past, base))
    for level in dict.fromkeys(levels):
        mine = np.asarray(levels) == level
        mine_own, mine_base = (
            _near(values[:, :, mine].sum(axis=(0, 2))) for values in (own, np.broadcast_to(other, own.shape))
        )
        evidence = both[:, :, mine].any(axis=2).sum(axis=0)
        weights.to_numpy()[:, mine] *= _moved(mine_own, mine_base, evidence)[:, None]
    return weights


def _moved(own: np.ndarray, base: np.ndarray, evidence: np.ndarray) -> np.ndarray:
    """Factors (member, horizon) from summed scores; 1 where there is no evidence."""
    ratio = np.where(base > 0, own / np.where(base > 0, base, 1.0), np.nan)
    if np.isnan(ratio).all():
        return np.ones_like(ratio)
    best = np.nanmin(np.where(np.isnan(ratio), np.inf, ratio), axis=0)
    behind = np.where(np.isfinite(ratio), ratio / np.where(best > 0, best, 1.0) - 1.0, 0.0)
    return np.asarray(np.exp(-SKILL_SHARPNESS * evidence / (evidence + HALF_EVIDENCE) * behind))


def _near(values: np.ndarray) -> np.ndarray:
    """Sum over a horizon and its neighbours (member, horizon)."""
    padded = np.pad(values, ((0, 0), (1, 1)))
    return np.asarray(padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:])
