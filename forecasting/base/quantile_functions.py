"""Quantile functions on the log1p scale: draws from 23 quantiles, 23 quantiles from draws or from a few of them."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import ndtri

from forecasting.base.contracts import QUANTILE_LEVELS, ContractError

LEVELS = np.array(QUANTILE_LEVELS)
SCORES = ndtri(LEVELS)  # standard normal scores of the levels
MEDIAN = QUANTILE_LEVELS.index(0.5)
MIN_LEVELS = 3  # of another institution's quantiles; fewer say too little about spread and skewness
MAX_TAIL = 2.0  # a draw above the 0.99 quantile is at most this multiple of it


def at_ranks(quantiles: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Counts (..., draw) at probabilities of quantile functions given at the 23 levels.

    Between levels log1p counts are interpolated linearly in the normal score; beyond the outermost levels the last
    slope goes on, down to 0 and up to `MAX_TAIL` times the 0.99 quantile. Zeros at neighbouring levels stay zeros.

    Args:
        quantiles: Counts at the levels, non-decreasing, shape (..., 23).
        ranks: Probabilities strictly inside (0, 1), shape (draw,).
    """
    logs = np.log1p(quantiles)
    left = np.clip(np.searchsorted(LEVELS, ranks, side="right") - 1, 0, len(LEVELS) - 2)
    low, high = logs[..., left], logs[..., left + 1]
    share = (ndtri(ranks) - SCORES[left]) / (SCORES[left + 1] - SCORES[left])
    ceiling = np.log1p(MAX_TAIL * quantiles[..., -1:])
    return np.expm1(np.clip(low + share * (high - low), 0.0, ceiling))


def draws_ranked_as(quantiles: np.ndarray, template: np.ndarray, *, distinct: bool = False) -> np.ndarray:
    """Evenly spread draws (…, draw) of quantile functions (…, 23), in the order of the template's draws (…, draw).

    Of n draws the one at the i-th lowest of the template stands at probability (i + ½) / n; equal ones keep their
    order. Where all are `distinct`, a third of the time does.

    Source:
        Schaake shuffle: Clark et al. (2004), J. Hydrometeorology 5, 243–262.
    """
    out = np.empty(template.shape)
    values = at_ranks(quantiles, stratified_ranks(template.shape[-1]))
    order = template.argsort(axis=-1, kind="quicksort" if distinct else "stable")
    np.put_along_axis(out, order, values, axis=-1)
    return out


def mid_ranks(counts: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Probability below a count plus half of that of the count itself (…), from quantiles at the 23 levels (…, 23).

    Between levels linear; equal quantiles are a count's own probability, from 0 on where the lowest is one.
    Below the lowest level it is half of that, above the highest one half-way to 1. NaN where anything is unknown.

    Source:
        Mid-PIT: Czado, Gneiting & Held (2009), Biometrics 65, 1254–1261.

    Example:
        >>> never = np.zeros(23)  # surely 0
        >>> mid_ranks(np.array([0.0, 3.0]), np.stack([never, never])).round(3).tolist()
        [0.495, 0.995]
    """
    padded = np.concatenate([[0.0], LEVELS, [1.0]])
    below = (quantiles < counts[..., None]).sum(axis=-1)  # number of levels whose quantile is less
    upto = (quantiles <= counts[..., None]).sum(axis=-1)
    at = np.clip(below, 1, len(LEVELS) - 1)
    low, high = (np.take_along_axis(quantiles, (at - k)[..., None], axis=-1)[..., 0] for k in (1, 0))
    share = np.clip((counts - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    between = LEVELS[at - 1] + share * (LEVELS[at] - LEVELS[at - 1])
    outside = (below == 0) | (below == len(LEVELS))
    beyond = (padded[below] + padded[np.minimum(below + 1, len(LEVELS) + 1)]) / 2
    start = np.where(below == 0, 0.0, LEVELS[np.minimum(below, len(LEVELS) - 1)])
    level = np.where(outside, beyond, between)
    rank = np.where(upto > below, (start + padded[upto]) / 2, level)
    return np.where(np.isfinite(counts) & np.isfinite(quantiles).all(axis=-1), rank, np.nan)


def quantile_array(values: np.ndarray, units: np.ndarray) -> xr.DataArray:
    """Quantiles (unit, horizon, 23) with their names; the first horizon is 1."""
    coords = {"unit": units, "horizon": np.arange(1, values.shape[1] + 1), "quantile": LEVELS}
    return xr.DataArray(values, dims=("unit", "horizon", "quantile"), coords=coords)


def stratified_ranks(n_draws: int) -> np.ndarray:
    """Evenly spread probabilities (i + ½) / n, shape (draw,).

    Example:
        >>> stratified_ranks(4).tolist()
        [0.125, 0.375, 0.625, 0.875]
    """
    return (np.arange(n_draws) + 0.5) / n_draws


def sample_quantiles(values: np.ndarray) -> np.ndarray:
    """The 23 quantiles (23,) of a sample (n,), linear between its order statistics, as `numpy.quantile` has them.

    Source:
        Hyndman & Fan (1996), The American Statistician 50, 361–365, type 7; a fifth of numpy's time for short samples.
    """
    ordered = np.sort(values)
    position = LEVELS * (len(ordered) - 1)
    below = position.astype(int)
    above = np.minimum(below + 1, len(ordered) - 1)
    return np.asarray(ordered[below] + (position - below) * (ordered[above] - ordered[below]))


def quantiles_of(draws: np.ndarray, levels: Sequence[float] | np.ndarray = LEVELS) -> np.ndarray:
    """Quantiles over the last axis, shape (..., draw) → (..., level); NaN where a draw is NaN."""
    ordered = np.sort(draws, axis=-1)
    position = np.asarray(levels) * draws.shape[-1] - 0.5  # draw i stands at probability (i + ½) / n
    position = np.clip(position, 0, draws.shape[-1] - 1)
    below = np.floor(position).astype(int)
    above = np.minimum(below + 1, draws.shape[-1] - 1)
    share = position - below
    return ordered[..., below] * (1 - share) + ordered[..., above] * share


def at_all_levels(knots: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles (row, 23) from some of them, linear in the normal score, beyond the outermost by the last slope."""
    scores = ndtri(levels)
    left = np.clip(np.searchsorted(scores, SCORES, side="right") - 1, 0, len(scores) - 2)
    share = (SCORES - scores[left]) / (scores[left + 1] - scores[left])
    return np.asarray(knots[:, left] + share * (knots[:, left + 1] - knots[:, left]))


def complete_levels(values: np.ndarray) -> np.ndarray:
    """Fill in the levels that a partner does not give, by log1p counts linear in the normal score, down to zero.

    Args:
        values: Counts (row, 23), non-decreasing where given, NaN = not given.

    Returns:
        Counts (row, 23), non-decreasing; what is given stays as it is.

    Raises:
        ContractError: a row gives fewer than three levels.

    Example:
        >>> row = np.full((1, 23), np.nan)
        >>> row[0, [6, 11, 16]] = 0.0, 3.0, 15.0  # at 0.25, 0.5 and 0.75: logs 0, 2 log 2 and 4 log 2
        >>> complete_levels(row)[0, [6, 11, 16, 22]].round(1).tolist()
        [0.0, 3.0, 15.0, 476.1]
    """
    given = np.isfinite(values)
    few = int((given.sum(axis=1) < MIN_LEVELS).sum())
    if few:
        raise ContractError(f"partner quantiles: expected at least {MIN_LEVELS} levels a row, {few} rows have fewer.")
    filled = values.copy()
    for pattern in np.unique(given[~given.all(axis=1)], axis=0):
        rows = (given == pattern).all(axis=1)
        logs = at_all_levels(np.log1p(values[rows][:, pattern]), LEVELS[pattern])
        between = np.maximum(np.expm1(logs), 0.0)
        between[:, pattern] = values[rows][:, pattern]
        filled[rows] = np.maximum.accumulate(between, axis=1)
    return filled
