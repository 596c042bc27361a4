"""Where flow goes that a segment holds back, with what lag and how surely: the displacement matrix."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.base.random_streams import random_stream
from forecasting.scenarios.network import NOWHERE, Network
from forecasting.scenarios.transitions import (
    HALF_LIFE_PERIODS,
    PRIOR_PERIODS,
    PRIOR_PRECISION,
    Transitions,
    prior_by_distance,
)

__all__ = ["HALF_LIFE_PERIODS", "Alternatives", "displacement_table", "find_alternatives", "sample_shares"]

STEP_BACK = 0.25  # weight of a way that leaves from one country further back, against one from the same country
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
