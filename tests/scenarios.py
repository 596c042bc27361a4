"""Builders of small worlds for the scenario tests, and a second, slow engine that follows every passage by loops."""

from typing import Any

import numpy as np
from scipy import sparse

from forecasting.base.random_streams import random_stream
from forecasting.scenarios.displacement import sample_shares
from forecasting.scenarios.moves import Moves, Setting
from forecasting.scenarios.network import Network
from forecasting.scenarios.transitions import Transitions, estimate_transitions


def make_network(
    n: int,
    links: list[tuple[int, int, int]],
    *,
    starts: tuple[str, ...] = (),
    beside: list[tuple[int, int]] | None = None,
) -> Network:
    """Cells r/s0 … with links (source, target, lag); neighbours are those with numbers next to each other."""
    array = np.array(links, dtype=np.int64).reshape(-1, 3)
    pairs = beside if beside is not None else [(i, i + 1) for i in range(n - 1)]
    rows = np.array([*pairs, *((b, a) for a, b in pairs)], dtype=np.int64).reshape(-1, 2)
    matrix = sparse.csr_array((np.ones(len(rows)), (rows[:, 0], rows[:, 1])), shape=(n, n))
    return Network(
        tuple(f"r/s{i}" for i in range(n)),
        tuple(f"s{i}" for i in range(n)),
        starts or ("",) * n,
        array[:, 0],
        array[:, 1],
        array[:, 2],
        np.ones(len(array), dtype=bool),
        matrix,
    )


def fork() -> Network:
    """One way in (s0), three ways out of the place behind it (s1, s2, s3), and s4 behind s1."""
    return make_network(5, [(0, 1, 1), (0, 2, 1), (0, 3, 1), (1, 4, 1)])


def make_setting(network: Network, *, horizon: int = 6, n_draws: int = 40, seed: int = 3, **changes: Any) -> Setting:
    """A setting whose movement is estimated from 60 made-up periods."""
    counts = np.random.default_rng(seed).poisson(40, (network.size, 60)).astype(float)
    known = changes.pop("transitions", None) or estimate_transitions(counts, network, freq="W")
    return Setting(network, known, horizon, n_draws, seed, **changes)


def make_baseline(setting: Setting, *, seed: int = 5) -> np.ndarray:
    """Gamma draws (cell, horizon, draw)."""
    shape = (setting.network.size, setting.horizon, setting.n_draws)
    return np.random.default_rng(seed).gamma(3.0, 15.0, shape)


def known_transitions(network: Network, share: list[float], *, onward: float = 1.0) -> Transitions:
    """Shares that are certain (a huge precision), lags as stated, everyone detected once."""
    n = network.n_nodes
    kernel = np.zeros((n, int(network.lag.max(initial=1)) + 1))
    kernel[network.node_of_source[network.source], network.lag] = 1.0
    return Transitions(
        np.full(network.size, 40.0),
        np.full(network.size, 40.0),
        np.array(share),
        np.full(n, 1e12),
        kernel,
        np.full(n, onward),
        np.ones(network.size),
    )


def slow_passages(  # noqa: C901, PLR0912 - one place that says it all, to check the engine against
    baseline: np.ndarray, moves: Moves, setting: Setting
) -> np.ndarray:
    """Passages (cell, horizon, draw) under a scenario, by loops over draws, periods and links; no lag of 0."""
    network, known = setting.network, setting.transitions
    n, horizon, n_draws = baseline.shape
    flow = baseline / known.detection[:, None, None]
    share = np.zeros((len(network.source), n_draws))
    for cell in range(n):
        mine = np.flatnonzero(network.source == cell)
        if len(mine):
            node = network.node_of_source[cell]
            rng = random_stream(setting.seed, "scenario", "shares", network.cells[cell])
            drawn = sample_shares(known.share[mine], float(known.precision[node]), n_draws, rng)
            share[mine] = drawn * known.onward[node]
    passed = np.zeros_like(flow)
    for s in range(n_draws):
        gate = np.zeros((n, horizon + 60))
        old_ways = np.zeros((n, horizon))  # of those who passed, on the old ways
        for t in range(horizon):
            before, after = np.zeros(n), np.zeros(n)
            for link, (u, j) in enumerate(zip(network.source, network.target, strict=True)):
                for lag, weight in enumerate(known.kernel[network.node_of_source[u]]):
                    if 0 < lag <= t:
                        before[j] += share[link, s] * weight * flow[u, t - lag, s]
                        after[j] += share[link, s] * weight * old_ways[u, t - lag]
            aside = np.zeros(n)
            for c in range(n):
                here = flow[c, t, s] + max(after[c] - before[c], -flow[c, t, s]) + gate[c, t]
                here *= moves.inflow[c][t, s] if c in moves.inflow else 1.0
                through = here
                if c in moves.held:
                    held = moves.held[c]
                    through = here * moves.passing[c][t, s]
                    stopped = here - through
                    is_open = [
                        moves.passing[int(k)][min(t + int(lag), horizon - 1), s] if int(k) in moves.passing else 1.0
                        for k, lag in zip(held.others.others, held.others.lag, strict=True)
                    ]
                    weights = held.share[:, s] * np.array(is_open)
                    away = held.divert[s] * stopped if weights.sum() > 0 else 0.0
                    gate[c, t + 1] += stopped - away - held.leave[s] * stopped
                    for k, lag, weight in zip(held.others.others, held.others.lag, weights, strict=True):
                        portion = away * weight / weights.sum() if weights.sum() > 0 else 0.0
                        if lag == 0:
                            aside[k] += portion
                        else:
                            gate[k, t + int(lag)] += portion
                passed[c, t, s] = through
            passed[:, t, s] += aside
            old_ways[:, t] = passed[:, t, s]
            for way in moves.ways:
                going = passed[way.source, t, s] * way.share[t, s]
                old_ways[way.source, t] -= going
                gate[way.target, t + way.lag] += going
    return passed
