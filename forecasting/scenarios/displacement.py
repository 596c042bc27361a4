"""Where flow goes that a segment holds back, with what lag and how surely: by cell, and as the displacement matrix."""

from collections.abc import Sequence
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
    return Alternatives(
        cell,
        others,
        _lags(network, transitions, cell, siblings, around, levels),
        share,
        history,
        float(transitions.precision[node]) if node != NOWHERE else PRIOR_PRECISION,
    )


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


def _lags(
    network: Network,
    transitions: Transitions,
    cell: int,
    siblings: np.ndarray,
    around: np.ndarray,
    levels: np.ndarray | None,
) -> np.ndarray:
    """None to a way out of the same place; around it, the time from one border to the next, at least one period."""
    at_once = np.ones(len(siblings), dtype=bool) if levels is None else levels[siblings] == levels[cell]
    node = network.node_of_target[cell]
    back = 1 if node == NOWHERE else max(1, round(transitions.kernel[node] @ np.arange(transitions.kernel.shape[1])))
    return np.concatenate([np.where(at_once, 0, 1), np.full(len(around), back)]).astype(np.int64)


def sample_shares(share: np.ndarray, precision: float, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of shares (share, draw) around their expectation (share,); each draw sums to 1 (to 0 without any)."""
    if len(share) < 2:
        return np.ones((len(share), n_draws))
    drawn = rng.standard_gamma(np.maximum(precision * share, 1e-6)[:, None], size=(len(share), n_draws))
    total = drawn.sum(axis=0)
    result: np.ndarray = np.where(total > 0, drawn / np.where(total > 0, total, 1.0), share[:, None])
    return result


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
        One row per cell and alternative, the largest share first: `cell, alternative, share, share_q10, share_q90,
        lag_periods, hops, from_history` (part of the share that rests on past counts, the rest on distance).
    """
    tables = [_displacement(network, transitions, c, seed, n_draws) for c in cells or range(network.size)]
    return pd.concat(tables, ignore_index=True)


def _displacement(network: Network, transitions: Transitions, cell: int, seed: int, n_draws: int) -> pd.DataFrame:
    found = find_alternatives(network, transitions, cell)
    draws = sample_shares(found.share, found.precision, n_draws, diversion_stream(seed, network.cells[cell]))
    low, high = np.quantile(draws, [0.1, 0.9], axis=1) if len(draws) else (np.array([]), np.array([]))
    table = pd.DataFrame(
        {
            "cell": network.cells[cell],
            "alternative": [network.cells[k] for k in found.others],
            "share": found.share,
            "share_q10": low,
            "share_q90": high,
            "lag_periods": found.lag,
            "hops": network.hops(np.full(len(found.others), cell), found.others),
            "from_history": found.history / np.where(found.share > 0, found.share, 1.0),
        }
    )
    return table.sort_values("share", ascending=False, kind="stable")


def diversion_stream(seed: int, cell: str) -> np.random.Generator:
    """The randomness of where a cell's flow is diverted to; the same in every scenario of a run."""
    return random_stream(seed, "scenario", "diversion", cell)


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
    chosen = list(dict.fromkeys(network.segments)) if segments is None else list(segments)
    tables = [_segment(network, transitions, s, levels=levels, seed=seed, n_draws=n_draws) for s in chosen]
    found = [t for t in tables if len(t)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))


def _segment(
    network: Network, transitions: Transitions, segment: str, *, levels: np.ndarray | None, seed: int, n_draws: int
) -> pd.DataFrame:
    cells = network.of_segment(segment)
    flow = transitions.level[cells] / transitions.detection[cells]
    weights = flow / flow.sum() if flow.sum() > 0 else np.full(len(cells), 1 / max(len(cells), 1))
    ways = [find_alternatives(network, transitions, int(c), levels=levels) for c in cells]
    if not sum(len(w.others) for w in ways):
        return pd.DataFrame()
    draws = [
        weight * sample_shares(w.share, w.precision, n_draws, diversion_stream(seed, network.cells[w.cell]))
        for w, weight in zip(ways, weights, strict=True)
    ]
    ids, at = np.unique(np.concatenate([w.others for w in ways]), return_inverse=True)
    named, row = np.unique([network.segments[k] for k in ids], return_inverse=True)
    add = sparse.coo_array((np.ones(len(at)), (row[at], np.arange(len(at)))), shape=(len(named), len(at))).tocsr()
    share = np.concatenate([w.share * weight for w, weight in zip(ways, weights, strict=True)])
    history = np.concatenate([w.history * weight for w, weight in zip(ways, weights, strict=True)])
    hops = np.concatenate([network.hops(np.full(len(w.others), w.cell), w.others) for w in ways])
    return _table(
        segment,
        named,
        add,
        draws=np.concatenate(draws),
        share=share,
        history=history,
        lag=np.concatenate([w.lag for w in ways]),
        hops=hops,
    )


def _table(segment: str, named: np.ndarray, add: sparse.csr_array, **by_way: np.ndarray) -> pd.DataFrame:
    """Ways of several routes through one alternative segment, added up by `add` (alternative, way)."""
    share, total = add @ by_way["share"], by_way["share"].sum()
    low, high = np.quantile(add @ by_way["draws"] / total, [0.1, 0.9], axis=1)
    some = np.where(share > 0, share, 1.0)
    nearest = [by_way["hops"][add.indices[a:b]].min() for a, b in zip(add.indptr[:-1], add.indptr[1:], strict=True)]
    table = pd.DataFrame(
        {
            "segment": segment,
            "alternative": named,
            "share": share / total,
            "share_q10": low,
            "share_q90": high,
            "lag_periods": add @ (by_way["share"] * by_way["lag"]) / some,
            "hops": nearest,
            "from_history": add @ by_way["history"] / some,
        }
    )
    return table.sort_values("share", ascending=False, kind="stable")[list(COLUMNS)]
