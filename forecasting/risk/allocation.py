"""Where further places do most: the allocation of a budget that minimises the expected shortfall over the draws."""

from dataclasses import dataclass
from heapq import heapify, heapreplace

import numpy as np

from forecasting.base.contracts import whole_counts
from forecasting.risk.exceedance import above


@dataclass(frozen=True)
class Allocation:
    """An optimal allocation of whole places; all by unit."""

    places: np.ndarray  # further ones, whole numbers
    shortfall_before: np.ndarray  # expected lacking places with the capacity as planned
    shortfall_after: np.ndarray  # the same with the further places
    next_value: np.ndarray  # expected shortfall that one more place there would still save


def allocate_beds(need: np.ndarray, capacity: np.ndarray, budget: int) -> Allocation:
    """Share out whole places one by one, each to where it saves most expected shortfall, ties to the first unit.

    The shortfall is a sum over units of convex functions of the places given, so this greedy order is optimal (Fox
    1966, Management Science 13); places that would save nothing are not given.

    Args:
        need: Draws of the places needed (unit, draw), finite.
        capacity: Places as planned (unit).
        budget: Whole places to give.

    Raises:
        ValueError: the budget is negative, or a draw is not finite.
    """
    if budget < 0 or not np.isfinite(need).all():
        raise ValueError(f"allocation: expected a budget ≥ 0 and finite draws, got a budget of {budget}.")
    ordered = np.sort(whole_counts(need), axis=1)
    places = np.zeros(len(need), dtype=int)
    heap = [(-_saved(row, c), u) for u, (row, c) in enumerate(zip(ordered, capacity, strict=True))]
    heapify(heap)
    for _ in range(budget if heap else 0):
        value, unit = heap[0]
        if value > -1e-12:
            break
        places[unit] += 1
        heapreplace(heap, (-_saved(ordered[unit], capacity[unit] + places[unit]), unit))
    after = capacity + places
    saved = np.array([_saved(row, c) for row, c in zip(ordered, after, strict=True)])
    return Allocation(places, expected_shortfall(need, capacity), expected_shortfall(need, after), saved)


def expected_shortfall(need: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Expected places lacking (unit): the mean over draws of max(need − capacity, 0), needs taken as whole numbers."""
    return np.asarray(above(need, capacity[:, None]).mean(axis=1))


def _saved(ordered: np.ndarray, capacity: float) -> float:
    """What the next place saves: the mean over draws of min(need − capacity, 1) where positive."""
    above = ordered[np.searchsorted(ordered, capacity, side="right") :] - capacity
    return float(np.minimum(above, 1.0).sum() / len(ordered))
