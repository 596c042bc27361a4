"""Which further figures to withhold, so that those at risk can't be worked out from what is shown.

Complementary cell suppression (Hundepool et al. 2012, ch. 4; Fischetti & Salazar 2001) as a covering problem over
*pools*: sets of parts whose counts a reader can't tell apart. Let every figure that cuts a pool (holds some of its
parts but not all) be withheld. Then the counts in the pool can be shared out among its parts in any way without
changing a figure that is shown, so each cut figure can be anything between two tables that are the pool's room apart
(its counts without the 1 that each part keeps, as a withheld figure is known not to be zero). Both tables are whole
numbers where the counts are: the guarantee needs no solver to check.

Every withheld figure must be cut by a pool of enough room, every figure that a chosen pool cuts is withheld, and the
cost of what is withheld is least. Solved by HiGHS through `scipy.optimize.milp`; a stop by nodes and not by time keeps
the result the same on every machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

NODES = 20
GAP = 0.02
PAIRS_PER_FIGURE = 6  # tried for each withheld figure; 10 lower the cost by 0.3 % and take half as long again
TOLERANCE = 1e-9
BARRED = 1e12  # cost of a figure that may not be cut
FREE = BARRED / 2  # what costs less cuts none; not BARRED itself, which differences of sums of it may miss by rounding

Pool = tuple[int, ...]  # the figures that must be withheld for it, and that it then protects (the same)


@dataclass(frozen=True)
class SuppressionProblem:
    """The figures of one indicator and period as a reader could add them up, and what is known of them already.

    A *figure* is what is published for a unit: a sum over *parts* (cells that have counts). Units with the same parts
    are one figure.

    Attributes:
        parts: Counts of the parts, shape (part,), ≥ 0.
        members: Which parts a figure sums, bool, shape (figure, part).
        at_risk: Figures that must be withheld by themselves, bool, shape (figure,).
        hidden: Figures that an earlier edition withheld; they stay withheld.
        shown: Figures that an earlier edition showed, with whatever value: what they sum is known for good.
        current: Those of `shown` whose value is still the same.
        cost: What is lost by withholding a figure, > 0, shape (figure,).
    """

    parts: np.ndarray
    members: np.ndarray
    at_risk: np.ndarray
    hidden: np.ndarray
    shown: np.ndarray
    current: np.ndarray
    cost: np.ndarray

    @cached_property
    def room(self) -> np.ndarray:
        """By how much each part can fall, shape (part,): a reader knows that what is withheld is not zero."""
        return self.parts - np.minimum(self.parts, 1.0)

    @cached_property
    def must(self) -> np.ndarray:
        """Figures that are withheld whatever the rest: those at risk, unless their value is known, and those hidden."""
        return (self.at_risk & ~self.current) | self.hidden


def suppress(problem: SuppressionProblem, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Withhold what is at risk, and at least cost what would give it away.

    Args:
        problem: The figures of one indicator and period.
        width: No withheld figure may be bounded more narrowly than this many counts.

    Returns:
        Two flags, each of shape (figure,). Withheld: two tables agree with all that is shown and differ by `width` or
        more in that figure. Exposed: it ought to be so and can't be, because of what was shown before.
    """
    must, exposed = problem.must, problem.at_risk & problem.current
    if not must.any():
        return must, exposed
    pools = candidate_pools(problem, width)
    lost = np.zeros_like(must)
    lost[[figure for figure, candidates in pools.items() if not candidates]] = True
    cut = _cheapest(problem, {figure: candidates for figure, candidates in pools.items() if candidates})
    return must | cut, exposed | lost


def candidate_pools(problem: SuppressionProblem, width: float) -> dict[int, list[Pool]]:
    """For each figure that must be withheld, the pools that would protect it, each with room of at least `width`."""
    first = _Search(problem, width, problem.shown)
    again = _Search(problem, width, problem.current) if (problem.must & problem.shown).any() else first
    found: dict[int, list[Pool]] = {}
    for figure in (int(f) for f in np.flatnonzero(problem.must)):
        if figure in found:
            continue
        found[figure] = list(dict.fromkeys((again if problem.shown[figure] else first).pools(figure)))
        free = next((pool for pool in found[figure] if problem.must[list(pool)].all()), None)
        if free is not None:  # it costs nothing and protects all that it cuts: no other needs to be looked for
            found |= {other: [free] for other in free if problem.shown[other] == problem.shown[figure]}
    return found


class _Search:
    """Looks for the cheapest pools; `barred` figures may not be cut."""

    def __init__(self, problem: SuppressionProblem, width: float, barred: np.ndarray) -> None:
        self.members, self.room, self.enough, self.barred = problem.members, problem.room, width - TOLERANCE, barred
        members = problem.members.astype(float)
        cost = np.where(barred, BARRED, np.where(problem.must, 0.0, problem.cost))
        self.alone = cost @ members
        self.between = self.alone[:, None] + self.alone[None, :] - 2.0 * (members.T * cost) @ members

    def pools(self, figure: int) -> Iterator[Pool]:
        """Pools that would protect a figure, the cheapest kinds first."""
        inside, outside = np.flatnonzero(self.members[figure]), np.flatnonzero(~self.members[figure])
        yield from self._pairs(inside, outside)
        yield from self._grown(inside, outside)
        start = int(inside[np.argmin(self.alone[inside])])
        if self.alone[start] < FREE:  # one part alone, with every figure that holds it withheld, can be any number
            yield tuple(int(i) for i in np.flatnonzero(self.members[:, start]))

    def _pairs(self, inside: np.ndarray, outside: np.ndarray) -> Iterator[Pool]:
        cost = self.between[np.ix_(inside, outside)]
        enough = self.room[inside][:, None] + self.room[outside][None, :] >= self.enough
        ranked = np.where(enough & (cost < FREE), cost, np.inf).ravel()
        for position in np.argsort(ranked, kind="stable")[:PAIRS_PER_FIGURE]:
            if not np.isfinite(ranked[position]):
                return
            a, b = divmod(int(position), len(outside))
            yield self._cut([inside[a], outside[b]])

    def _grown(self, inside: np.ndarray, outside: np.ndarray) -> Iterator[Pool]:
        """Several small parts together, where no pair has enough: from each of the largest parts, the nearest first."""
        for start in inside[np.argsort(-self.room[inside], kind="stable")][:3]:
            near = outside[np.argsort(self.between[start, outside], kind="stable")]
            enough = np.flatnonzero(self.room[start] + np.cumsum(self.room[near]) >= self.enough)
            if len(enough):
                pool = self._cut([start, *near[: enough[0] + 1]])
                if not self.barred[list(pool)].any():
                    yield pool

    def _cut(self, parts: list[int]) -> Pool:
        held = self.members[:, parts].sum(axis=1)
        return tuple(int(i) for i in np.flatnonzero((held > 0) & (held < len(parts))))


def _cheapest(problem: SuppressionProblem, pools: dict[int, list[Pool]]) -> np.ndarray:
    """The figures that the chosen pools cut."""
    result = np.zeros(len(problem.must), dtype=bool)
    distinct = list(dict.fromkeys(pool for candidates in pools.values() for pool in candidates))
    protected = {figure for pool in distinct if problem.must[list(pool)].all() for figure in pool}
    unprotected = {figure: candidates for figure, candidates in pools.items() if figure not in protected}
    for pool in _chosen(problem, distinct, unprotected) if unprotected else ():
        result[list(pool)] = True
    return result


def _chosen(problem: SuppressionProblem, distinct: list[Pool], pools: dict[int, list[Pool]]) -> list[Pool]:
    number = {pool: k for k, pool in enumerate(distinct)}
    n_figures, n_pools = len(problem.must), len(distinct)
    rows, columns, values = [], [], []
    lower: list[float] = []
    for k, pool in enumerate(distinct):  # a chosen pool switches on every figure that it cuts
        for figure in pool:
            if not problem.must[figure]:
                rows += [len(lower)] * 2
                columns += [figure, n_figures + k]
                values += [1.0, -1.0]
                lower.append(0.0)
    for candidates in pools.values():  # of each figure's pools one at least is chosen
        rows += [len(lower)] * len(candidates)
        columns += [n_figures + number[pool] for pool in candidates]
        values += [1.0] * len(candidates)
        lower.append(1.0)
    matrix = sparse.csr_array((values, (rows, columns)), shape=(len(lower), n_figures + n_pools))
    cost = np.concatenate([np.where(problem.must, 0.0, problem.cost), np.full(n_pools, 1e-4)])
    result = milp(
        cost,
        constraints=LinearConstraint(matrix, lower, np.inf),
        integrality=np.ones(len(cost)),
        bounds=Bounds(0, 1),
        options={"node_limit": NODES, "mip_rel_gap": GAP},
    )
    if result.x is None:  # no table was found within the limit: the cheapest pool of each figure is one
        return [candidates[0] for candidates in pools.values()]
    return [pool for pool, switch in zip(distinct, result.x[n_figures:], strict=True) if switch > 0.5]
