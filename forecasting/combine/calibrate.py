"""Set the ranges right: widen or narrow around the median as far as that would have made past scores better."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from forecasting.base.contracts import NEAR_PERIODS
from forecasting.base.quantile_functions import LEVELS, MEDIAN, SCORES
from forecasting.models.per_series import CAP_FROM, PerSeriesForecaster
from geo.region.region import PERIODS_A_YEAR

SIZE_LIMITS = (10.0, 100.0, 1000.0)  # counts per period; four size classes
LARGE = len(SIZE_LIMITS)  # the class of the largest
INNER, OUTER = 0.5, 0.95  # central intervals that the two factors belong to
INNER_SCORE = 1.0  # levels within this normal score teach the inner factor, those beyond it the outer one
STEPS = np.exp(np.linspace(np.log(0.6), np.log(2.5), 25))  # factors that are tried
EVEN = int(np.argmin(np.abs(np.log(STEPS))))  # the step that is nearest to leaving the ranges alone
PRIOR = 40.0  # a log factor x must make the sum of past scores better by 40 x² mean scores; 20 and 80 scored alike
FAR_PRIOR = 200.0  # the same of all far horizons against the near ones
CLASS_PRIOR = 1500.0  # the same of a size class against all units; with 100 the score on USBP's sectors was 0.2 % worse
MEMORY = 0.95  # a cutoff's weight relative to the next one's; from 0.9 to 1 the score moves by 0.3 % at most


def size_classes(history: xr.Dataset) -> np.ndarray:
    """Size class (unit) 0 … 3 by the mean count of the last year that is known."""
    recent = history["count"].to_numpy()[:, -PERIODS_A_YEAR[history.attrs["freq"]] :]
    known = ~np.isnan(recent)
    mean = np.where(known, recent, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.searchsorted(SIZE_LIMITS, mean)


def scaling_factors(
    past: Sequence[xr.DataArray], observed: Sequence[xr.DataArray], classes: np.ndarray, *, near: int
) -> xr.DataArray | None:
    """Factors (unit, horizon, quantile) for distances from the median, by earlier forecasts; None without a past.

    The inner and the outer factor are those that would have made the past WIS of log1p counts best: over all units and
    the horizons of half a year, shrunk to 1, and from there over each size class, shrunk to the factor of all. Horizons
    beyond have factors of their own, shrunk to the near ones'. They are interpolated over the levels in the normal
    score. Tried and left out: factors by coverage, which cost score where the ranges were right already (Frontex routes
    1.006 × the unscaled combination, so 0.999), every horizon apart (UNHCR's weeks 0.979, so 0.953), each side of the
    median by itself (Frontex 1.005), a third factor for the far tails (1.003).

    Args:
        past: Forecasts of earlier cutoffs (unit, horizon, quantile), before any scaling.
        observed: What came (unit, horizon), NaN where it is not known yet.
        classes: Size class of each unit.
        near: Periods of half a year.

    Source:
        Optimum score estimation: Gneiting & Raftery (2007), JASA 102, 359–378, section 9.
    """
    if not past:
        return None
    values, common = np.ones(past[0].shape), np.zeros(2)
    for part, prior in ((slice(0, near), PRIOR), (slice(near, None), FAR_PRIOR)):
        told, came = ([each.isel(horizon=part) for each in given] for given in (past, observed))
        losses, number = _losses(told, came, classes)
        common = _best(losses.sum(axis=0), number.sum(), common, prior)
        for size in np.unique(classes):
            inner, outer = np.exp(_best(losses[size], number[size], common, CLASS_PRIOR))
            values[classes == size, part] = over_levels(inner, outer)
    return past[0].copy(data=values)


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


def capped(quantiles: xr.DataArray, unscaled: xr.DataArray, history: xr.Dataset) -> xr.DataArray:
    """Beyond half a year no quantile above the cap of a model of one series, nor above what it was, if that is more.

    Units are set right together: what large ones missed in a crisis would give a small, restless one a tail of
    thousands of its largest count (Frontex by nationality, month 12 in counts: 250 × the baseline's score, so 0.75).
    """
    near, counts = NEAR_PERIODS[history.attrs["freq"]], history["count"].transpose("unit", "time").to_numpy()
    known = np.isfinite(counts)
    few = np.maximum(CAP_FROM / np.maximum(known.sum(axis=1), 1), 1.0)
    cap = PerSeriesForecaster.cap_factor * few * np.where(known, counts, 0.0).max(axis=1, initial=0.0)
    highest = np.maximum(cap[:, None, None], unscaled.to_numpy()[:, near:])
    values = quantiles.to_numpy().copy()
    values[:, near:] = np.minimum(values[:, near:], highest)
    return quantiles.copy(data=values)


def _losses(
    past: Sequence[xr.DataArray], observed: Sequence[xr.DataArray], classes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pinball loss under each step's factor (size, part, step), parts inner and outer, and number of scores (size,).

    With d the distance of a quantile from the median, u what came as a multiple of it and l the level or 1 less it, if
    that is more, the loss under the factor g is d · (l · (u − g) + max(g − u, 0)): two sums, and two more over u ≤ g.
    A quantile that lies on the median can't be moved and is left out.
    """
    shape = (LARGE + 1, 2, len(STEPS) + 1)
    below, reached = np.zeros(shape), np.zeros(shape)  # sums of d and d · u by the first step that is not below u
    slope, start, number = np.zeros(shape[:2]), np.zeros(shape[:2]), np.zeros(LARGE + 1)
    level, part = np.maximum(LEVELS, 1 - LEVELS), (np.abs(SCORES) > INNER_SCORE).astype(int)
    for age, (forecast, came) in enumerate(zip(reversed(past), reversed(observed), strict=True)):
        logs = np.log1p(forecast.to_numpy())
        distance = logs - logs[..., MEDIAN : MEDIAN + 1]
        error = np.log1p(came.to_numpy())[..., None] - logs[..., MEDIAN : MEDIAN + 1]
        usable = np.isfinite(error) & (distance != 0)
        unit, _, at = np.nonzero(usable)
        reach = np.abs(distance[usable])
        gone = np.broadcast_to(error, distance.shape)[usable] * np.sign(distance[usable])
        place = (classes[unit], part[at])
        step = np.searchsorted(STEPS, gone / reach)
        weight = MEMORY**age
        below += weight * _tally(reach, (*place, step), shape)
        reached += weight * _tally(gone, (*place, step), shape)
        slope += weight * _tally(level[at] * reach, place, shape[:2])
        start += weight * _tally(level[at] * gone, place, shape[:2])
        number += weight * np.bincount(classes, usable.any(axis=-1).sum(axis=-1), LARGE + 1)
    within, passed = (np.cumsum(each, axis=-1)[..., :-1] for each in (below, reached))
    return start[..., None] - slope[..., None] * STEPS + STEPS * within - passed, number


def _tally(values: np.ndarray, place: tuple[np.ndarray, ...], shape: tuple[int, ...]) -> np.ndarray:
    """Sums of values (n,) by their places in an array of a shape."""
    flat = np.ravel_multi_index(place, shape)
    return np.bincount(flat, values, int(np.prod(shape))).reshape(shape)


def _best(losses: np.ndarray, number: float, towards: np.ndarray, prior: float) -> np.ndarray:
    """Log factor of each part (part,) with the least loss (part, step), held towards another (part,) by a prior."""
    steps, now = np.log(STEPS), losses[:, [EVEN]]
    relative = np.divide(losses, now, out=np.ones_like(losses), where=now > 0)
    held = number * relative + prior * (steps - towards[:, None]) ** 2
    return np.where(number > 0, steps[np.argmin(held, axis=1)], towards)


def over_levels(inner: float, outer: float) -> np.ndarray:
    """Factor of each level: the inner up to the quartiles, the outer from the 95 % interval on, between by score."""
    knots = [SCORES[int(np.argmin(np.abs(LEVELS - (1 + share) / 2)))] for share in (INNER, OUTER)]
    return np.interp(np.abs(SCORES), knots, [inner, outer])
