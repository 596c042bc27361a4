"""What another institution's quantiles need before they are a member like ours: all 23 levels."""

import numpy as np

from forecasting.base.contracts import ContractError
from forecasting.base.quantile_functions import LEVELS
from forecasting.models.boosted import at_all_levels

MIN_LEVELS = 3  # fewer say too little about spread and skewness


def complete_levels(values: np.ndarray) -> np.ndarray:
    """Fill in the levels that a partner does not give.

    Log1p counts are interpolated linearly in the normal score; beyond the outermost given levels the last slope goes
    on, down to zero. What is given stays as it is.

    Args:
        values: Counts (row, 23), non-decreasing where given, NaN = not given.

    Returns:
        Counts (row, 23), non-decreasing.

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
    for pattern in np.unique(given, axis=0):
        if pattern.all():
            continue
        rows = (given == pattern).all(axis=1)
        logs = at_all_levels(np.log1p(values[rows][:, pattern]), LEVELS[pattern])
        between = np.maximum(np.expm1(logs), 0.0)
        between[:, pattern] = values[rows][:, pattern]
        filled[rows] = np.maximum.accumulate(between, axis=1)
    return filled
