"""When an exceedance becomes likely, how long it lasts, and how much stands above the capacity."""

import numpy as np

LIKELY = 0.55  # where the PHIA yardstick's "likely" begins


def first_likely(probability: np.ndarray, *, at_least: float = LIKELY) -> np.ndarray:
    """First horizon at which an exceedance is likely (unit), 1 = the next period; NaN where it never is.

    Args:
        probability: (unit, horizon), NaN where no capacity is planned.
        at_least: What counts as likely.

    Example:
        >>> first_likely(np.array([[0.2, 0.6, 0.5], [0.1, 0.2, 0.3]]))
        array([ 2., nan])
    """
    likely = _likely(probability, at_least)
    return np.where(likely.any(axis=1), likely.argmax(axis=1) + 1.0, np.nan)


def likely_run(probability: np.ndarray, *, at_least: float = LIKELY) -> np.ndarray:
    """Periods in a row, from the first likely one on, in which the exceedance stays likely (unit); 0 where none is.

    Example:
        >>> likely_run(np.array([[0.2, 0.6, 0.7, 0.1, 0.9], [0.1, 0.2, 0.3, 0.1, 0.1]]))
        array([2, 0])
    """
    likely = _likely(probability, at_least)
    begun = likely.cumsum(axis=1) > 0
    ended = (begun & ~likely).cumsum(axis=1) > 0
    return (likely & ~ended).sum(axis=1)


def expected_periods_above(probability: np.ndarray) -> np.ndarray:
    """Expected number of periods above the capacity (unit): the sum of the chances; NaN without a capacity."""
    return np.where(np.isnan(probability).any(axis=1), np.nan, np.nansum(probability, axis=1))


def _likely(probability: np.ndarray, at_least: float) -> np.ndarray:
    return np.nan_to_num(probability, nan=-1.0) >= at_least - 1e-12
