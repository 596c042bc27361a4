"""A coarser series brought to finer periods so that it adds up exactly.

Source:
    Denton (1971), *Adjustment of monthly or quarterly series to annual totals*, proportional first differences, with
    Cholette's (1984) treatment of the first period; IMF, *Quarterly National Accounts Manual* (2017), chapter 6.
"""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve


def proportional_denton(totals: np.ndarray, indicator: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Values y (piece,) that minimise Σ (y_t / x_t − y_{t−1} / x_{t−1})² with Σ y = total in each group.

    A negative value would be no count: a series that gets one is shared out in proportion to x group by group.

    Args:
        totals: Counts of the coarser periods (group,), ≥ 0.
        indicator: x, what the values follow (piece,), > 0; longer pieces carry more.
        group: Coarser period of each piece (piece,), 0 … groups − 1, ascending.
    """
    n, m = len(indicator), len(totals)
    plain = indicator / np.bincount(group, weights=indicator, minlength=m)[group]
    simple: np.ndarray = totals[group] * plain
    if m < 2 or (totals <= 0).any():
        return simple
    steps = sp.diags_array([-np.ones(n - 1), np.ones(n - 1)], offsets=[0, 1], shape=(n - 1, n)).tocsr()
    adding = sp.csr_array((indicator, (group, np.arange(n))), shape=(m, n))
    system = sp.block_array([[2 * steps.T @ steps, adding.T], [adding, None]]).tocsc()
    ratios = spsolve(system, np.concatenate([np.zeros(n), totals]))[:n]
    values = ratios * indicator
    if not np.isfinite(values).all() or (values < 0).any():
        return simple
    # rounding of the solver goes to the pieces in proportion, so that the sums are the published figures
    return values * (totals / np.bincount(group, weights=values, minlength=m))[group]
