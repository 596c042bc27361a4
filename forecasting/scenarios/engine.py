"""The engine: what assumptions change moves down the graph, draw by draw, and nothing is lost on the way.

In each draw the baseline's flow of a cell is what its ways in bring (shares × lags × their flow) and an own source:
entries, and what the ways in don't explain. A scenario changes sources, holds back, diverts. No more can stay away than
passes.
What it changes arrives further down by the same shares and lags.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from forecasting.base.contracts import ContractError
from forecasting.base.random_streams import random_stream
from forecasting.scenarios.displacement import sample_shares
from forecasting.scenarios.moves import Held, Moves, Setting
from forecasting.scenarios.network import Network
from forecasting.scenarios.transitions import pass_levels

BLOCK_VALUES = 2_000_000  # cells × periods × draws at a time; bounds the memory
LEDGER = ("inflow_changed", "left", "waiting_at_end", "under_way_at_end", "ended_changed")


@dataclass(frozen=True)
class Outcome:
    """What a scenario changes.

    Attributes:
        rows: Cells that can change (row,).
        change: Of the detections (row, horizon, draw); 0 exactly where nothing changes.
        waiting: Held-back cell → those who wait there at the end of each period (horizon, draw), passages.
        ledger: Name of a source or sink → passages over all periods, scenario − baseline (draw,). `inflow_changed` is
            the source; `left`, `waiting_at_end`, `under_way_at_end` and `ended_changed` are the sinks, their sum.
    """

    rows: np.ndarray
    change: np.ndarray
    waiting: Mapping[int, np.ndarray]
    ledger: Mapping[str, np.ndarray]

    def draws(self, baseline: np.ndarray) -> np.ndarray:
        """The scenario's draws (cell, horizon, draw), detections per period; NaN where the baseline has no forecast."""
        moved = baseline.copy()
        moved[self.rows] += self.change
        np.maximum(moved, 0.0, out=moved)
        return moved


def move_flow(baseline: np.ndarray, moves: Moves, setting: Setting) -> Outcome:
    """Move the baseline's draws under a scenario's assumptions.

    Args:
        baseline: Detections (cell, horizon, draw), finite and ≥ 0; a cell without a forecast is NaN throughout and
            counts as empty: what comes to it is in the change, and its sum is unknown.
        moves: What the assumptions do.
        setting: The network, what is known of it, and the seed.

    Raises:
        ContractError: the baseline's shape is not the setting's, or a draw is negative or partly unknown.
    """
    _require_baseline(baseline, setting)
    graph = _subgraph(moves, setting)
    n_draws, n = setting.n_draws, len(graph.cells)
    change = np.zeros((n, setting.horizon, n_draws), dtype=baseline.dtype)
    waiting = {cell: np.zeros((setting.horizon, n_draws)) for cell in moves.held}
    ledger = {name: np.zeros(n_draws) for name in LEDGER}
    size = max(1, BLOCK_VALUES // max(1, n * setting.horizon))
    for first in range(0, n_draws if n else 0, size):
        part = slice(first, min(first + size, n_draws))
        block = _DrawBlock(baseline, graph, moves, setting, part)
        block.run()
        change[:, :, part] = (block.changed * graph.detection[:, None]).swapaxes(0, 1)
        for name, values in block.account().items():
            ledger[name][part] = values
        for cell, values in block.waiting.items():
            waiting[cell][:, part] = values
    return Outcome(graph.cells[graph.affected], change[graph.affected], waiting, ledger)


@dataclass(frozen=True)
class _Graph:
    """The part of the network that a scenario can change, and the ways into it; cells by their position here."""

    cells: np.ndarray  # (n,) of the network, ascending
    affected: np.ndarray  # (n,) bool
    position: np.ndarray  # (cell of the network,) → n, −1 outside
    source: np.ndarray  # (link,) into affected cells, sorted by target
    target: np.ndarray
    share: np.ndarray  # (link, draw): of those who pass the source, the share that goes this way
    kernel: np.ndarray  # (n, lag) of each cell as a source; zeros where it leads nowhere
    onward: np.ndarray  # (n,)
    detection: np.ndarray  # (n,)
    level: np.ndarray  # (n,)


def _subgraph(moves: Moves, setting: Setting) -> _Graph:
    network, known = setting.network, setting.transitions
    reached = _reached(network, moves.touched)
    into = reached[network.target]
    kept = reached.copy()
    kept[network.source[into]] = True
    cells = np.flatnonzero(kept)
    position = np.full(network.size, -1)
    position[cells] = np.arange(len(cells))
    links = np.flatnonzero(into)
    links = links[np.argsort(network.target[links], kind="stable")]
    node = network.node_of_source[cells]
    leads = node >= 0
    kernel = np.where(leads[:, None], known.kernel[node] if len(known.kernel) else 0.0, 0.0)
    onward = np.where(leads, known.onward[node] if len(known.onward) else 0.0, 0.0)
    return _Graph(
        cells,
        reached[cells],
        position,
        position[network.source[links]],
        position[network.target[links]],
        _link_shares(links, cells, setting),
        kernel,
        onward,
        known.detection[cells],
        pass_levels(network, known)[cells],
    )


def _reached(network: Network, touched: np.ndarray) -> np.ndarray:
    """Cells that are touched, or downstream of one (cell,)."""
    reached = np.zeros(network.size, dtype=bool)
    reached[touched] = True
    while True:
        more = network.target[reached[network.source]]
        if reached[more].all():
            return reached
        reached[more] = True


def _link_shares(links: np.ndarray, cells: np.ndarray, setting: Setting) -> np.ndarray:
    """Draws of the shares of some links (link, draw). A source's shares are drawn together, by its own stream."""
    network, known = setting.network, setting.transitions
    order = np.argsort(network.source, kind="stable")
    bounds = np.searchsorted(network.source[order], [cells, cells + 1])
    row = np.full(len(network.source), -1)
    row[links] = np.arange(len(links))
    shares = np.zeros((len(links), setting.n_draws), dtype=np.float32 if len(links) > 5_000 else np.float64)
    for cell, first, last in zip(cells, *bounds, strict=True):
        mine = order[first:last]
        kept = row[mine] >= 0
        if kept.any():
            node = network.node_of_source[cell]
            rng = random_stream(setting.seed, "scenario", "shares", network.cells[cell])
            drawn = sample_shares(known.share[mine], float(known.precision[node]), setting.n_draws, rng)
            shares[row[mine[kept]]] = drawn[kept] * known.onward[node]
    return shares


def _require_baseline(baseline: np.ndarray, setting: Setting) -> None:
    shape = (setting.network.size, setting.horizon, setting.n_draws)
    if baseline.shape != shape:
        raise ContractError(f"scenario: the baseline must be (cell, horizon, draw) {shape}, got {baseline.shape}.")
    unknown = np.isnan(baseline).any(axis=(1, 2))
    for cell in np.flatnonzero(unknown):
        if not np.isnan(baseline[cell]).all():
            raise ContractError(f"scenario: cell '{setting.network.cells[cell]}' is unknown in some draws only.")
    if (baseline < 0).any() or np.isinf(baseline).any():
        raise ContractError("scenario: the baseline's draws must be finite and ≥ 0. Publish the edition anew.")


def _bringing(graph: _Graph, part: slice) -> sparse.csr_array:
    """Shares of the links as a matrix from (cell, draw) to (cell, draw): one product brings all draws at once."""
    share = graph.share[:, part]
    n, n_draws = len(graph.cells), share.shape[1]
    degree = np.bincount(graph.target, minlength=n)
    first = np.concatenate([[0], np.cumsum(degree)])[:-1]
    rank = np.arange(len(graph.target)) - first[graph.target]  # links are sorted by target
    draws = np.arange(n_draws)
    at = (n_draws * first)[graph.target][:, None] + draws * degree[graph.target][:, None] + rank[:, None]
    data, indices = np.empty(at.size), np.empty(at.size, dtype=np.int32)
    data[at] = share
    indices[at] = graph.source[:, None] * n_draws + draws
    indptr = np.concatenate([[0], np.cumsum(np.repeat(degree, n_draws))]).astype(np.int32)
    return sparse.csr_array((data, indices, indptr), shape=(n * n_draws, n * n_draws))


class _DrawBlock:
    """Some draws of a scenario, period by period. Arrays are (horizon, n, draw), passages per period."""

    def __init__(self, baseline: np.ndarray, graph: _Graph, moves: Moves, setting: Setting, part: slice) -> None:
        self.graph, self.moves, self.part, self.horizon = graph, moves, part, setting.horizon
        counts = np.nan_to_num(baseline[graph.cells, :, part].astype(np.float64), copy=False)
        self.flow = np.ascontiguousarray(counts.swapaxes(0, 1)) / graph.detection[:, None]
        self.bring = _bringing(graph, part)
        self.changed = np.zeros_like(self.flow)  # passages, scenario − baseline
        self.sent = np.zeros_like(self.flow)  # of those who use the old ways on
        self.extra = np.zeros_like(self.flow)  # diverted, waited or come by a new way, at the gate
        self.waiting: dict[int, np.ndarray] = {c: np.zeros((self.horizon, self.flow.shape[2])) for c in moves.held}
        self.open = {c: path[:, part] for c, path in moves.passing.items()}
        zero = np.zeros(self.flow.shape[2])
        self.book = {name: zero.copy() for name in (*LEDGER, "arrived", "sent_new_ways")}

    def run(self) -> None:
        """Move all periods."""
        levels = [np.flatnonzero(self.graph.level == level) for level in np.unique(self.graph.level)]
        rows = [{int(c): row for row, c in enumerate(self.graph.cells[cells])} for cells in levels]
        for t in range(self.horizon):
            for cells, at in zip(levels, rows, strict=True):
                self._pass(t, cells, at=at)

    def account(self) -> dict[str, np.ndarray]:
        """Sources and sinks, scenario − baseline (draw,)."""
        book, horizon = self.book, self.horizon
        late = np.cumsum(self.graph.kernel[:, ::-1], axis=1)[:, ::-1]  # (n, lag): share with at least this lag
        periods = range(max(0, horizon - late.shape[1] + 1), horizon)
        none = np.zeros_like(book["left"])
        by_old_ways = sum(((late[:, horizon - t] * self.graph.onward) @ self.sent[t] for t in periods), none)
        ended = self.changed.sum(axis=(0, 1)) - book["arrived"] - book["sent_new_ways"] - by_old_ways
        found = {**book, "under_way_at_end": book["under_way_at_end"] + by_old_ways, "ended_changed": ended}
        return {name: found[name] for name in LEDGER}

    def _brought(self, values: np.ndarray, t: int) -> np.ndarray:
        """What the old ways bring to each cell in a period, of `values` that passed (n, draw)."""
        graph = self.graph
        leaving = np.zeros_like(values[t])
        for lag in range(min(t + 1, graph.kernel.shape[1])):
            weights = graph.kernel[:, lag]
            if weights.any():
                leaving += weights[:, None] * values[t - lag]
        brought: np.ndarray = (self.bring @ leaving.ravel()).reshape(leaving.shape)
        return brought

    def _pass(self, t: int, cells: np.ndarray, *, at: Mapping[int, int]) -> None:
        """Let the cells of one level pass in period t; `at` is their row by the network's number."""
        arrived = np.maximum(self._brought(self.sent, t), -self.flow[t])[cells]  # no more stay away than pass
        self.book["arrived"] += arrived.sum(axis=0)
        here = np.maximum(self.flow[t, cells] + arrived + self.extra[t, cells], 0.0)
        for cell, factor in self.moves.inflow.items():
            if cell in at:
                more = here[at[cell]] * (factor[t, self.part] - 1.0)
                here[at[cell]] += more
                self.book["inflow_changed"] += more
        besides = np.zeros_like(here)
        for cell, held in self.moves.held.items():
            if cell in at:
                stopped = here[at[cell]] * (1.0 - self.open[cell][t])
                here[at[cell]] -= stopped
                self._hold(t, cell, held, stopped, at=at, besides=besides)
        here += besides
        self.changed[t, cells] = here - self.flow[t, cells]
        self.sent[t, cells] = self.changed[t, cells]
        self._send_new_ways(t, at, here)

    def _hold(
        self, t: int, cell: int, held: Held, stopped: np.ndarray, *, at: Mapping[int, int], besides: np.ndarray
    ) -> None:
        """Send on what a cell holds back: elsewhere (by shares of the ways that are open), to the queue, or away."""
        part = self.part
        others, lags = held.others.others, held.others.lag
        weights = held.share[:, part].copy()
        for row, (k, lag) in enumerate(zip(others, lags, strict=True)):
            if int(k) in self.open:
                weights[row] *= self.open[int(k)][min(t + int(lag), self.horizon - 1)]
        total = weights.sum(axis=0)
        away = np.where(total > 0, held.divert[part], 0.0) * stopped  # where every way is shut, all of these wait
        left = held.leave[part] * stopped
        queue = stopped - away - left
        self.book["left"] += left
        self._arrive(cell, t + 1, queue, book="waiting_at_end")
        self.waiting[cell][t] = queue
        moving = away / np.where(total > 0, total, 1.0)
        for k, lag, weight in zip(others, lags, weights, strict=True):
            if lag == 0:
                besides[at[int(k)]] += weight * moving
            else:
                self._arrive(int(k), t + int(lag), weight * moving, book="under_way_at_end")

    def _arrive(self, cell: int, t: int, passages: np.ndarray, *, book: str) -> None:
        """Passages that come to a gate in a later period; after the last one they are booked."""
        if t < self.horizon:
            self.extra[t, self.graph.position[cell]] += passages
        else:
            self.book[book] += passages

    def _send_new_ways(self, t: int, at: Mapping[int, int], passed: np.ndarray) -> None:
        for way in self.moves.ways:
            if way.source in at:
                row = at[way.source]
                going = passed[row] * way.share[t, self.part]
                self.sent[t, self.graph.position[way.source]] -= going
                self.book["sent_new_ways"] += going
                self._arrive(way.target, t + way.lag, going, book="under_way_at_end")
