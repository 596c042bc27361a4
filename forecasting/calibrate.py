"""Adaptive conformal scaling: widen or narrow around the median by what past forecasts missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecasting.marginals import LEVELS, MEDIAN, SCORES

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE_LIMITS = (10.0, 100.0, 1000.0)  # counts per period; four size classes
LARGE = len(SIZE_LIMITS)  # the class of the largest
PRIOR_SCORES = 150.0  # log factor = n / (n + 150) of the empirical one; 30 cost WIS in the trial, 300 coverage
MIN_FACTOR, MAX_FACTOR = 0.6, 2.5
INNER, OUTER = 0.5, 0.95  # central intervals whose coverage is set right
# Tails follow the coverage of what was published: 1 point of coverage missing widens them by 4 %, at most by half.
# Twice that brought another half point of coverage on the USBP sectors and cost 0.4 % of the score.
TAIL_GAIN, MAX_TAIL_FACTOR, TAIL_MEMORY, TAIL_PRIOR = 4.0, 1.5, 0.97, 20.0


def size_classes(history: xr.Dataset) -> np.ndarray:
    """Size class (unit) 0 … 3 by the mean count of the last year that is known."""
    recent = history["count"].to_numpy()[:, -{"W": 52, "M": 12}[history.attrs["freq"]] :]
    known = ~np.isnan(recent)
    mean = np.where(known, recent, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.searchsorted(SIZE_LIMITS, mean)


def scaling_factors(
    past: Sequence[xr.DataArray], observed: Sequence[xr.DataArray], classes: np.ndarray
) -> xr.DataArray | None:
    """Factors for the distance of each quantile from the median, from earlier forecasts that can be checked by now.

    For the 50 and the 95 % interval: how far, as a multiple of the interval's half-width on its side, the interval
    would have had to reach to cover its share of the past observations (log1p scale), pooled over the units of a size
    class and over a horizon with its neighbours; shrunk to 1 with few scores, bounded, and interpolated over the levels
    in the normal score.

    Args:
        past: Forecasts of earlier cutoffs (unit, horizon, quantile), before any scaling.
        observed: What came (unit, horizon), NaN where it is not known yet.
        classes: Size class of each unit.

    Returns:
        Factors (unit, horizon, quantile), 1 at the median; None without a past.

    Source:
        Conformalised quantile regression (Romano et al. 2019), in its multiplicative form, applied in sequence.
    """
    if not past:
        return None
    logs = np.log1p(np.stack([p.to_numpy() for p in past]))
    seen = np.log1p(np.stack([o.to_numpy() for o in observed]))
    values = np.ones(logs.shape[1:])
    for size in np.unique(classes):
        for h in range(logs.shape[2]):
            mine, near = classes == size, slice(max(h - 1, 0), h + 2)
            there, then = seen[:, mine, near], logs[:, mine, near]
            inner, outer = (_factor(there, then, share) for share in (INNER, OUTER))
            values[mine, h] = _over_levels(inner, outer)
    return past[0].copy(data=values)


def tail_factors(published: Sequence[xr.DataArray], observed: Sequence[xr.DataArray]) -> np.ndarray:
    """Further factors (horizon, quantile) ≥ 1 of the tails, where the 95 % intervals that were used held too little.

    What scaling by single past errors can't see: that the scaled intervals themselves go on missing, as they do when
    times get rougher. One factor a horizon, from all units, over the horizon and its neighbours.

    Args:
        published: Forecasts of earlier cutoffs (unit, horizon, quantile), after scaling.
        observed: What came (unit, horizon), NaN where it is not known yet.

    Source:
        Feedback on the coverage error: Gibbs & Candès (2021), NeurIPS 34; Angelopoulos et al. (2023), NeurIPS 36.
    """
    quantiles, seen = (np.stack([each.to_numpy() for each in part]) for part in (published, observed))
    low, high = (int(np.argmin(np.abs(LEVELS - tail))) for tail in ((1 - OUTER) / 2, (1 + OUTER) / 2))
    age = TAIL_MEMORY ** np.arange(len(seen))[::-1, None, None]
    weight = np.where(np.isfinite(seen) & np.isfinite(quantiles[..., low]), age, 0.0)
    missed = (seen < quantiles[..., low]) | (seen > quantiles[..., high])
    factors = np.ones((seen.shape[2], len(LEVELS)))
    for h in range(seen.shape[2]):
        near = slice(max(h - 1, 0), h + 2)
        excess = (weight[..., near] * (missed[..., near] - (1 - OUTER))).sum() / (weight[..., near].sum() + TAIL_PRIOR)
        factors[h] = _over_levels(1.0, float(np.clip(np.exp(TAIL_GAIN * excess), 1.0, MAX_TAIL_FACTOR)))
    return factors


def scale(quantiles: xr.DataArray, factors: xr.DataArray | None) -> xr.DataArray:
    """Move each quantile away from the median, or towards it, by its factor (log1p scale); ≥ 0 and non-decreasing."""
    if factors is None:
        return quantiles
    logs = np.log1p(quantiles.to_numpy())
    median = logs[..., MEDIAN : MEDIAN + 1]
    moved = np.maximum(median + (logs - median) * factors.to_numpy(), 0.0)
    moved[..., MEDIAN:] = np.maximum.accumulate(moved[..., MEDIAN:], axis=-1)
    moved[..., : MEDIAN + 1] = np.minimum.accumulate(moved[..., MEDIAN::-1], axis=-1)[..., ::-1]
    return quantiles.copy(data=np.expm1(moved))


def _factor(seen: np.ndarray, logs: np.ndarray, share: float) -> float:
    """Shrunk and bounded factor for one central interval, from observations (…) and quantiles (…, 23)."""
    low, high = (int(np.argmin(np.abs(LEVELS - tail))) for tail in ((1 - share) / 2, (1 + share) / 2))
    error = seen - logs[..., MEDIAN]
    reach = np.where(error >= 0, logs[..., high] - logs[..., MEDIAN], logs[..., MEDIAN] - logs[..., low])
    usable = np.isfinite(error) & (reach > 0)
    n = int(usable.sum())
    if n == 0:
        return 1.0
    multiples = np.sort(np.abs(error[usable]) / reach[usable])
    needed = multiples[min(n - 1, int(np.ceil(share * (n + 1))) - 1)]
    raw = float(np.clip(needed, MIN_FACTOR, MAX_FACTOR))
    return float(np.exp(n / (n + PRIOR_SCORES) * np.log(raw)))


def _over_levels(inner: float, outer: float) -> np.ndarray:
    """Factor of each level: the inner up to the quartiles, the outer from the 95 % interval on, between by score."""
    knots = [SCORES[int(np.argmin(np.abs(LEVELS - (1 + share) / 2)))] for share in (INNER, OUTER)]
    factors: np.ndarray = np.interp(np.abs(SCORES), knots, [inner, outer])
    return factors
