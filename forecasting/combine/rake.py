"""Let the upper levels' own forecasts speak: scale the cells' draws so that the sums move towards them."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array

from forecasting.base.quantile_functions import at_ranks

RAKED_LEVELS = ("segment", "border", "route", "headline", "total")  # in this order: the coarsest has the last word
MAX_FACTOR = 3.0  # a draw is scaled by at most this, and at least its inverse
NOTHING = 1e-9  # a sum below it has no share to scale; dividing by it could overflow


def rake(
    cells: np.ndarray, summing: csr_array, targets: np.ndarray, *, levels: Sequence[str], strengths: Mapping[str, float]
) -> np.ndarray:
    """Scale the cells' draws level by level; sums stay coherent because only cells are changed.

    In each draw a unit's sum S stands at some rank among its draws; its own forecast has the count T at that rank. All
    its cells are multiplied by (T / S)^strength, bounded. With strength 1 the sum's margin becomes the own forecast's,
    with 0 nothing changes. Zeros stay zeros. Units of a single cell are left alone.

    Args:
        cells: Draws (cell, horizon, draw), finite.
        summing: (unit, cell) 0/1.
        targets: Own forecasts of the units (unit, horizon, 23), NaN where there is none.
        levels: Level of each unit.
        strengths: Level → strength in [0, 1]; levels without an entry have none.

    Returns:
        New draws (cell, horizon, draw).
    """
    size = np.asarray(summing.sum(axis=1)).ravel()
    for level in RAKED_LEVELS:
        strength = strengths.get(level, 0.0)
        rows = np.flatnonzero((np.asarray(levels) == level) & (size > 1) & np.isfinite(targets).all(axis=(1, 2)))
        if strength > 0 and len(rows):
            cells = cells * _factors(cells, summing[rows], targets[rows], strength)
    return cells


def _factors(cells: np.ndarray, rows: csr_array, targets: np.ndarray, strength: float) -> np.ndarray:
    """Factor of every cell's draw (cell, horizon, draw): 1 for cells of no unit among the rows."""
    shape = (rows.shape[0], *cells.shape[1:])
    sums = (rows @ cells.reshape(len(cells), -1)).reshape(shape)
    ranks = (sums.argsort(axis=-1, kind="stable").argsort(axis=-1, kind="stable") + 0.5) / shape[-1]
    wanted = at_ranks(targets, ranks)
    counted = sums > NOTHING
    ratio = np.where(counted, wanted / np.where(counted, sums, 1.0), 1.0)
    logs = np.log(np.clip(ratio**strength, 1 / MAX_FACTOR, MAX_FACTOR))
    spread: np.ndarray = np.exp(rows.T @ logs.reshape(shape[0], -1)).reshape(cells.shape)
    return spread
