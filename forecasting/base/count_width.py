"""The width that a count has of itself: where a series was mostly silent before it began, no range is narrower."""

import numpy as np

from forecasting.base.contracts import LAST_PERIODS
from forecasting.base.quantile_functions import MEDIAN, SCORES

SILENT = 0.5  # share of changes between two zeros from which on the quartiles of all changes are those
MIN_CHANGES = 8  # others; fewer say too little of how a series moves
SIZE = 4.0  # of the negative binomial: a count moves by half of itself, as the Frontex routes do from month to month


def newly_begun(counts: np.ndarray) -> np.ndarray:
    """Whether a series moves now, but its past is mostly silence, shape (…, time) → (…); NaN = unknown.

    Changes between two zeros say nothing of how a series moves once it has begun.

    Example:
        >>> newly_begun(np.array([[0.0] * 9 + [1, 20, 158], [5.0, 7] * 6, [3.0] * 4 + [0] * 8])).tolist()
        [True, False, False]
    """
    before, after = counts[..., :-1], counts[..., 1:]
    known = np.isfinite(before) & np.isfinite(after)
    silent = (known & (before == 0) & (after == 0)).sum(axis=-1)
    moving = known.sum(axis=-1) - silent
    now = (np.nan_to_num(counts[..., -LAST_PERIODS:]) > 0).any(axis=-1)
    return np.asarray(now & (silent > 0) & ((moving < MIN_CHANGES) | (silent >= SILENT * (silent + moving))))


def with_own_width(quantiles: np.ndarray) -> np.ndarray:
    """Quantiles (…, 23) no nearer to their median than those of a negative binomial count of that size.

    Its standard deviation on the log1p scale is √(m + m² / size) / (m + 1) around the median m (delta method).

    Example:
        >>> with_own_width(np.full(23, 158.0))[[6, 11, 16]].round().tolist()  # at 0.25, 0.5 and 0.75
        [112.0, 158.0, 222.0]
    """
    median = quantiles[..., MEDIAN, None]
    own = np.log1p(median) + SCORES * np.sqrt(median + median**2 / SIZE) / (median + 1.0)
    own = np.expm1(np.maximum(own, 0.0))
    return np.where(SCORES < 0, np.minimum(quantiles, own), np.maximum(quantiles, np.where(SCORES > 0, own, 0.0)))
