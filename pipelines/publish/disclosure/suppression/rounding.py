"""Controlled rounding: every figure becomes a multiple of a base, and the rounded figures still add up.

Zero-restricted controlled rounding (Cox 1987; Hundepool et al. 2012, §5.4): each figure moves by less than the base.
Because the rounded table adds up, it is itself a table that a reader must think possible, and so is every table that
differs from it in one cell by less than the base: no figure is bounded more narrowly than the base less one.
"""

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

STRETCH = (1.0, 2.0, 4.0)  # how many bases a sum may move, tried in turn: overlapping sums can't always move by one
NODES = 200


def round_table(
    values: np.ndarray, members: np.ndarray, finest: np.ndarray, *, base: int, kept: np.ndarray | None = None
) -> np.ndarray:
    """Round one period's figures to multiples of a base.

    Args:
        values: Counts, shape (unit,), NaN where unknown.
        members: Which cells each unit sums, bool, shape (unit, cell).
        finest: The unit whose figure is a cell's, shape (cell,).
        base: Of what the result is a multiple.
        kept: Multiples shown before, shape (unit,); a cell keeps its own where that is still less than a base away.

    Returns:
        Rounded counts, shape (unit,); NaN where the value is, and in all units where no rounding adds up.
    """
    counts = values[finest]
    known = np.isfinite(counts)
    down = np.floor(np.where(known, counts, 0.0) / base)
    up = np.ceil(np.where(known, counts, 0.0) / base)
    if kept is not None:
        before = kept[finest] / base
        fits = np.isfinite(before) & known & (before >= down) & (before <= up)
        down, up = np.where(fits, before, down), np.where(fits, before, up)
    wanted = np.isfinite(values) & members.any(axis=1)
    for stretch in STRETCH:
        multiples = _solve(values[wanted] / base, members[wanted], down, up, stretch=stretch)
        if multiples is not None:
            sums = members @ multiples * base
            return np.where(np.isfinite(values), sums, np.nan)
    return np.full(len(values), np.nan)


def _solve(
    targets: np.ndarray, members: np.ndarray, down: np.ndarray, up: np.ndarray, *, stretch: float
) -> np.ndarray | None:
    """Multiples (cell,) with the least sum of the figures' errors, or None."""
    n, m = members.shape[1], len(targets)
    if not m:
        return down
    held = sparse.csr_array(members.astype(float))
    error = sparse.eye_array(m, format="csr")
    rows = sparse.vstack([sparse.hstack([held, -error]), sparse.hstack([-held, -error])])
    limits = np.concatenate([targets, -targets])
    most = np.full(m, stretch - 1e-6)
    result = milp(
        np.concatenate([np.zeros(n), np.ones(m)]),
        constraints=LinearConstraint(rows, -np.inf, limits),
        integrality=np.concatenate([np.ones(n), np.zeros(m)]),
        bounds=Bounds(np.concatenate([down, np.zeros(m)]), np.concatenate([up, most])),
        options={"node_limit": NODES, "mip_rel_gap": 0.05},
    )
    return None if result.x is None else np.round(result.x[:n])
