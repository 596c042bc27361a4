"""Which further figures to withhold, so that those at risk can't be worked out from what is shown.

Complementary cell suppression (Hundepool et al. 2012, ch. 4; Fischetti & Salazar 2001) as a covering problem: every
withheld figure must be cut by a pool of enough room (`pools`), every figure that a chosen pool cuts is withheld, and
the cost of what is withheld is least. Solved by HiGHS through `scipy.optimize.milp`. A stop by nodes and not by time
keeps the result the same on every machine.
"""

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from pipelines.publish.disclosure.suppression.pools import Pool, candidate_pools
from pipelines.publish.disclosure.suppression.problem import Suppression, SuppressionProblem

NODES = 20
GAP = 0.02


def suppress(problem: SuppressionProblem, width: float) -> Suppression:
    """Withhold what is at risk, and at least cost what would give it away.

    Args:
        problem: The figures of one indicator and period.
        width: No withheld figure may be bounded more narrowly than this many counts.

    Returns:
        What is withheld. Each withheld figure has two tables that agree with all that is shown and differ by `width` or
        more in that figure, except those in `exposed`.
    """
    must = problem.must
    exposed = problem.at_risk & problem.current
    if not must.any():
        return Suppression(must, exposed)
    pools = candidate_pools(problem, width)
    lost = np.zeros_like(must)
    lost[[i for i, found in pools.items() if not found]] = True
    pools = {i: found for i, found in pools.items() if found}
    withheld = must | _cheapest(problem, pools)
    return Suppression(withheld, exposed | lost)


def _cheapest(problem: SuppressionProblem, pools: dict[int, list[Pool]]) -> np.ndarray:
    """The figures that the chosen pools cut."""
    distinct = list(dict.fromkeys(p for found in pools.values() for p in found))
    result = np.zeros(len(problem.must), dtype=bool)
    free = [k for k, pool in enumerate(distinct) if problem.must[list(pool.cut)].all()]
    settled = {i for k in free for i in distinct[k].cut}
    open_ = {i: found for i, found in pools.items() if i not in settled}
    if not open_:
        return result
    chosen = _solve(problem, distinct, open_)
    for k in chosen:
        result[list(distinct[k].cut)] = True
    return result


def _solve(problem: SuppressionProblem, distinct: list[Pool], pools: dict[int, list[Pool]]) -> list[int]:
    number = {pool: k for k, pool in enumerate(distinct)}
    n_figures, n_pools = len(problem.must), len(distinct)
    rows, columns, values = [], [], []
    lower: list[float] = []
    for k, pool in enumerate(distinct):  # sum of the cut figures' switches ≥ how many they are, once the pool is chosen
        for figure in pool.cut:
            if not problem.must[figure]:
                rows += [len(lower)] * 2
                columns += [figure, n_figures + k]
                values += [1.0, -1.0]
                lower.append(0.0)
    for found in pools.values():
        rows += [len(lower)] * len(found)
        columns += [n_figures + number[pool] for pool in found]
        values += [1.0] * len(found)
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
        return [number[found[0]] for found in pools.values()]
    return [int(k) for k in np.flatnonzero(result.x[n_figures:] > 0.5)]
