"""Pools: sets of parts whose counts a reader can't tell apart, so that every figure cutting through one is protected.

Let every figure that cuts a pool (holds some of its parts but not all) be withheld. Then the counts in the pool can be
shared out among its parts in any way without changing a figure that is shown, so each cut figure can be anything
between two tables that are the pool's room apart (its counts without the 1 that each part keeps, as a withheld figure
is known not to be zero). Both tables are whole numbers where the counts are: the guarantee needs no solver to check.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipelines.publish.disclosure.suppression.problem import SuppressionProblem

PAIRS_PER_FIGURE = 6  # tried for each withheld figure; 10 lower the cost by 0.3 % and take half as long again
TOLERANCE = 1e-9
BARRED = 1e12  # cost of a figure that may not be cut
FREE = BARRED / 2  # what costs less cuts none; not BARRED itself, which differences of sums of it may miss by rounding


class Pool(NamedTuple):
    """A candidate: the figures that must be withheld for it, and the ones that it then protects (the same)."""

    cut: tuple[int, ...]


def candidate_pools(problem: SuppressionProblem, width: float) -> dict[int, list[Pool]]:
    """For each figure that must be withheld, the pools that would protect it, each with room of at least `width`."""
    barred = problem.shown
    first = _Search(problem, width, barred)
    again = _Search(problem, width, problem.current) if (problem.must & problem.shown).any() else first
    found: dict[int, list[Pool]] = {}
    for figure in (int(f) for f in np.flatnonzero(problem.must)):
        if figure in found:
            continue
        search = again if problem.shown[figure] else first
        pools = list(dict.fromkeys(search.of(figure)))
        found[figure] = pools
        free = next((p for p in pools if problem.must[list(p.cut)].all()), None)
        if free is not None:  # it costs nothing and protects all that it cuts: no other needs to be looked for
            alike = (f for f in free.cut if problem.shown[f] == problem.shown[figure])
            found.update({key: [free] for key in alike})
    return found


class _Search:
    """Looks for the cheapest pools; `barred` figures may not be cut."""

    def __init__(self, problem: SuppressionProblem, width: float, barred: np.ndarray) -> None:
        self.problem, self.width, self.barred = problem, width, barred
        members = problem.members.astype(float)
        cost = np.where(problem.must, 0.0, problem.cost)
        cost = np.where(barred, np.inf, cost)
        finite = np.where(np.isfinite(cost), cost, BARRED)
        self.cost = finite
        alone = finite @ members
        self.between = alone[:, None] + alone[None, :] - 2.0 * (members.T * finite) @ members
        self.alone = alone

    def of(self, figure: int) -> Iterator[Pool]:
        """Pools that would protect a figure, the cheapest kinds first."""
        inside = np.flatnonzero(self.problem.members[figure])
        outside = np.flatnonzero(~self.problem.members[figure])
        yield from self._pairs(inside, outside)
        yield from self._grown(inside, outside)
        yield from self._free(inside)

    def _pairs(self, inside: np.ndarray, outside: np.ndarray) -> Iterator[Pool]:
        if not len(inside) or not len(outside):
            return
        room = self.problem.room
        cost = self.between[np.ix_(inside, outside)]
        enough = room[inside][:, None] + room[outside][None, :] >= self.width - TOLERANCE
        ranked = np.where(enough & (cost < FREE), cost, np.inf).ravel()
        for position in np.argsort(ranked, kind="stable")[:PAIRS_PER_FIGURE]:
            if not np.isfinite(ranked[position]):
                return
            a, b = divmod(int(position), len(outside))
            yield self._pool([int(inside[a]), int(outside[b])])

    def _grown(self, inside: np.ndarray, outside: np.ndarray) -> Iterator[Pool]:
        """Several small parts together, where no pair has enough: from each of the largest parts, the nearest first."""
        room = self.problem.room
        for start in inside[np.argsort(-room[inside], kind="stable")][:3]:
            near = outside[np.argsort(self.between[start, outside], kind="stable")]
            enough = np.flatnonzero(room[start] + np.cumsum(room[near]) >= self.width - TOLERANCE)
            if len(enough):
                pool = self._pool([int(start), *(int(i) for i in near[: enough[0] + 1])])
                if not self.barred[list(pool.cut)].any():
                    yield pool

    def _free(self, inside: np.ndarray) -> Iterator[Pool]:
        """One part alone, with every figure that holds it withheld: it can then be any number."""
        start = int(inside[np.argmin(self.alone[inside])])
        if self.alone[start] < FREE:
            yield Pool(tuple(int(i) for i in np.flatnonzero(self.problem.members[:, start])))

    def _pool(self, parts: list[int]) -> Pool:
        held = self.problem.members[:, parts].sum(axis=1)
        return Pool(tuple(int(i) for i in np.flatnonzero((held > 0) & (held < len(parts)))))
