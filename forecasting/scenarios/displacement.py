"""Where flow goes that a segment holds back, with what lag and how surely: by cell, and as the displacement matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from forecasting.base.random_streams import random_stream
from forecasting.scenarios.network import NOWHERE, Network
from forecasting.scenarios.transitions import PRIOR_PERIODS, PRIOR_PRECISION, Transitions, prior_by_distance

STEP_BACK = 0.25  # weight of a way that leaves from one country further back, against one from the same country
COLUMNS = ("segment", "alternative", "share", "share_q10", "share_q90", "lag_periods", "hops", "from_history")
NEAR_HOPS = 3  # where no country is known, how far along the segments an alternative may be


@dataclass(frozen=True)
class Alternatives:
    """Other ways than one cell.

    Attributes:
        cell: The one that is held back.
        others: (alternative,) cells.
        lag: (alternative,) periods until the diverted are there; 0: the same period.
        share: (alternative,) expected, sums to 1 while all are open.
        history: (alternative,) part of the share that rests on past counts and not on distance alone.
        precision: Dirichlet, of the shares.
    """

    cell: int
    others: np.ndarray
    lag: np.ndarray
    share: np.ndarray
    history: np.ndarray
    precision: float


def find_alternatives(
    network: Network, transitions: Transitions, cell: int, *, levels: np.ndarray | None = None
) -> Alternatives:
    """Other ways out of the place the cell leaves, and out of the places one step back that go around it.

    Distance decays e-fold every `HOPS_SCALE` steps along the segments: of two ways with equal traffic the nearer takes
    more, as in a gravity model. A way's weight mixes its share of recent passages so weighed with the decay alone,
    which counts as `PRIOR_PERIODS`; a way from one place back counts `STEP_BACK`.

    Args:
        network: The graph.
        transitions: Estimated on it.
        cell: The one whose flow is held back.
        levels: (cell,) order in which cells pass within a period; only cells of one level divert at once.
    """
    siblings = _siblings(network, cell)
    around = _ways_around(network, cell, siblings)
    others = np.concatenate([siblings, around]).astype(np.int64)
    step = np.concatenate([np.ones(len(siblings)), np.full(len(around), STEP_BACK)])
    prior = prior_by_distance(network.hops(np.full(len(others), cell), others)) * step
    flow = transitions.level[others] / transitions.detection[others] * prior
    periods = float(transitions.known_periods[others].max(initial=0.0))
    trust = periods / (periods + PRIOR_PERIODS) if flow.sum() > 0 else 0.0
    history = trust * flow / max(flow.sum(), 1e-12)
    share = history + (1 - trust) * prior / max(prior.sum(), 1e-12)
    node = network.node_of_target[cell]
    # none to a way out of the same place; around it, the time from one border to the next, at least one period
    at_once = np.ones(len(siblings), dtype=bool) if levels is None else levels[siblings] == levels[cell]
    back = 1 if node == NOWHERE else max(1, round(transitions.kernel[node] @ np.arange(transitions.kernel.shape[1])))
    lag = np.concatenate([np.where(at_once, 0, 1), np.full(len(around), back)]).astype(np.int64)
    precision = float(transitions.precision[node]) if node != NOWHERE else PRIOR_PRECISION
    return Alternatives(cell, others, lag, share, history, precision)


def _siblings(network: Network, cell: int) -> np.ndarray:
    """Other cells that leave the same country; without countries, those out of the same node, or near by."""
    node, start = network.node_of_target[cell], network.starts[cell]
    if start:
        same = np.asarray(network.starts) == start
    elif node != NOWHERE:
        same = network.node_of_target == node
    else:
        everyone = np.arange(network.size)
        same = network.hops(np.full(network.size, cell), everyone) <= NEAR_HOPS
    same[cell] = False
    if network.segments[cell]:
        same &= np.asarray(network.segments) != network.segments[cell]
    return np.flatnonzero(same)


def _ways_around(network: Network, cell: int, siblings: np.ndarray) -> np.ndarray:
    """Ways out of the places before, that don't lead to where the cell starts."""
    node = network.node_of_target[cell]
    if node == NOWHERE:
        return np.array([], dtype=np.int64)
    before = np.flatnonzero(network.node_of_source == node)
    beside = np.unique(network.node_of_target[before])
    starts = {network.starts[b] for b in before} - {""}
    leaving = np.isin(network.node_of_target, beside[beside != NOWHERE]) | np.isin(network.starts, sorted(starts))
    leaving &= network.node_of_source != node
    leaving[[cell, *siblings]] = False
    return np.flatnonzero(leaving)


def sample_shares(share: np.ndarray, precision: float, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of shares (share, draw) around their expectation (share,); each draw sums to 1 (to 0 without any)."""
    if len(share) < 2:
        return np.ones((len(share), n_draws))
    drawn = rng.standard_gamma(np.maximum(precision * share, 1e-6)[:, None], size=(len(share), n_draws))
    total = drawn.sum(axis=0)
    result: np.ndarray = np.where(total > 0, drawn / np.where(total > 0, total, 1.0), share[:, None])
    return result


def diversion_stream(seed: int, cell: str) -> np.random.Generator:
    """The randomness of where a cell's flow is diverted to; the same in every scenario of a run."""
    return random_stream(seed, "scenario", "diversion", cell)


def displacement_table(
    network: Network, transitions: Transitions, *, cells: Sequence[int] | None = None, seed: int = 1, n_draws: int = 400
) -> pd.DataFrame:
    """If a cell tightens, where does what it diverts go?

    Args:
        network: The graph.
        transitions: Estimated on it.
        cells: Which cells (default: all).
        seed: Of the draws.
        n_draws: Draws behind the ranges.

    Returns:
        One row per cell and alternative, the largest share first: `cell` and `COLUMNS` but `segment`. `from_history` is
        the part of the share that rests on past counts, the rest rests on distance.
    """
    chosen = range(network.size) if cells is None else cells
    ways = {network.cells[c]: [(find_alternatives(network, transitions, c), 1.0)] for c in chosen}
    return _tables(network, network.cells, ways, seed, n_draws).rename(columns={"segment": "cell"})


def segment_displacement(
    network: Network,
    transitions: Transitions,
    *,
    segments: Sequence[str] | None = None,
    levels: np.ndarray | None = None,
    seed: int = 1,
    n_draws: int = 400,
) -> pd.DataFrame:
    """Where what a segment diverts would turn to, over the routes that use it, by their recent flow.

    Args:
        network: The graph.
        transitions: Estimated on it.
        segments: Which (default: all on a route).
        levels: (cell,) order in which cells pass within a period.
        seed: Of the draws; the run's gives the shares that its scenarios use.
        n_draws: Draws behind the ranges.

    Returns:
        One row per segment and alternative segment, the largest share first: `COLUMNS`. `share` sums to 1 a segment;
        `lag_periods` is the mean over the routes, `from_history` the part that rests on past counts.
    """
    ways: dict[str, list[tuple[Alternatives, float]]] = {}
    for segment in network.segments if segments is None else segments:
        cells = network.of_segment(segment)
        flow = transitions.level[cells] / transitions.detection[cells]
        weights = flow / flow.sum() if flow.sum() > 0 else np.full(len(cells), 1 / max(len(cells), 1))
        others = [find_alternatives(network, transitions, int(c), levels=levels) for c in cells]
        ways[segment] = list(zip(others, weights, strict=True))
    return _tables(network, network.segments, ways, seed, n_draws)


def _tables(
    network: Network,
    names: Sequence[str],
    ways: Mapping[str, Sequence[tuple[Alternatives, float]]],
    seed: int,
    n_draws: int,
) -> pd.DataFrame:
    """`COLUMNS` of what each place's cells, weighted, turn to; `names` are those of all cells."""
    tables = [
        _table(network, place, np.asarray(names), weighted, seed, n_draws)
        for place, weighted in ways.items()
        if sum(len(w.others) for w, _ in weighted)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))


def _table(
    network: Network, place: str, names: np.ndarray, ways: Sequence[tuple[Alternatives, float]], seed: int, n_draws: int
) -> pd.DataFrame:
    """Ways of several cells to one alternative are added up."""
    others = np.concatenate([w.others for w, _ in ways])
    alternatives, row = np.unique(names[others], return_inverse=True)
    shape = (len(alternatives), len(others))
    add = sparse.coo_array((np.ones(len(row)), (row, np.arange(len(row)))), shape=shape).tocsr()
    share = np.concatenate([w.share * weight for w, weight in ways])
    history = np.concatenate([w.history * weight for w, weight in ways])
    lag = np.concatenate([w.lag for w, _ in ways])
    hops = np.concatenate([network.hops(np.full(len(w.others), w.cell), w.others) for w, _ in ways])
    draws = np.concatenate(
        [
            weight * sample_shares(w.share, w.precision, n_draws, diversion_stream(seed, network.cells[w.cell]))
            for w, weight in ways
        ]
    )
    total, shares = share.sum(), add @ share
    low, high = np.quantile(add @ draws / total, [0.1, 0.9], axis=1)
    some = np.where(shares > 0, shares, 1.0)
    table = pd.DataFrame(
        {
            "segment": place,
            "alternative": alternatives,
            "share": shares / total,
            "share_q10": low,
            "share_q90": high,
            "lag_periods": add @ (share * lag) / some,
            "hops": [hops[add.indices[a:b]].min() for a, b in zip(add.indptr[:-1], add.indptr[1:], strict=True)],
            "from_history": add @ history / some,
        }
    )
    return table.sort_values("share", ascending=False, kind="stable")[list(COLUMNS)]
