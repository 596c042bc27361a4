"""From assumptions to what they do to each cell, period and draw."""

from dataclasses import dataclass, field

import numpy as np

from forecasting.base.contracts import ContractError
from forecasting.base.random_streams import random_stream
from forecasting.scenarios.alternatives import Alternatives, diversion_stream, find_alternatives, sample_shares
from forecasting.scenarios.assumptions import (
    Diversion,
    FactorRange,
    Inflow,
    NewEdge,
    PolicyDate,
    Scenario,
    SeasonShift,
    SegmentFlow,
)
from forecasting.scenarios.network import Network
from forecasting.scenarios.transitions import Transitions


@dataclass(frozen=True)
class Held:
    """What becomes of the flow that one cell holds back."""

    others: Alternatives
    share: np.ndarray  # (alternative, draw), sums to 1
    divert: np.ndarray  # (draw,), the three sum to 1
    wait: np.ndarray
    leave: np.ndarray


@dataclass(frozen=True)
class Way:
    """A new way from one cell to another."""

    source: int
    target: int
    lag: int
    share: np.ndarray  # (horizon, draw) of those who pass the source


@dataclass
class Moves:
    """What a scenario does, by cell."""

    passing: dict[int, np.ndarray] = field(default_factory=dict)  # (horizon, draw) share let through
    inflow: dict[int, np.ndarray] = field(default_factory=dict)  # (horizon, draw) factor of what comes from outside
    held: dict[int, Held] = field(default_factory=dict)
    ways: list[Way] = field(default_factory=list)

    @property
    def touched(self) -> np.ndarray:
        """Cells that an assumption names, or that it diverts to."""
        named = [*self.passing, *self.inflow, *(c for w in self.ways for c in (w.source, w.target))]
        diverted = [h.others.others for h in self.held.values()]
        return np.unique(np.concatenate([np.array(named, dtype=np.int64), *diverted]))


@dataclass(frozen=True)
class Setting:
    """Where a scenario plays.

    Attributes:
        network: The graph.
        transitions: Estimated on it.
        horizon: Periods.
        n_draws: Draws.
        seed: The run's.
        routes: Route of each cell (cell,).
        nationality_share: Nationality → share of each cell's flow (cell,), where it is known.
        season: (cell, period of the year) mean log deviation, or None; what a season's shift moves.
        season_position: Position of each forecast period in that season (horizon,).
    """

    network: Network
    transitions: Transitions
    horizon: int
    n_draws: int
    seed: int
    routes: tuple[str, ...] = ()
    nationality_share: dict[str, np.ndarray] = field(default_factory=dict)
    season: np.ndarray | None = None
    season_position: np.ndarray | None = None


def moves_of(scenario: Scenario, setting: Setting) -> Moves:
    """Turn assumptions into factors by cell, period and draw.

    A range is sampled once a draw, by a stream named after the assumption's target, so that two scenarios that differ
    in one number differ by that number alone.

    Raises:
        ContractError: a segment has no cell, or a nationality is not known at the entries.
    """
    moves = Moves()
    for assumption in scenario.assumptions:
        if isinstance(assumption, SegmentFlow):
            _hold(moves, assumption, assumption.diversion or scenario.diversion, setting)
        elif isinstance(assumption, Inflow):
            _change_inflow(moves, assumption, setting)
        elif isinstance(assumption, PolicyDate):
            cells = _entries(assumption.segments, assumption.routes, setting)
            factor = _sampled(assumption.factor, setting, "event", assumption.name)
            _multiply(moves.inflow, cells, _ramped(factor, assumption.span.weights(setting.horizon)))
        elif isinstance(assumption, SeasonShift):
            _shift_season(moves, assumption, setting)
        elif isinstance(assumption, NewEdge):
            _open_way(moves, assumption, setting)
    return moves


def _sampled(value: FactorRange, setting: Setting, *names: object) -> np.ndarray:
    """One value a draw (draw,)."""
    return value.at(random_stream(setting.seed, "scenario", *names).random(setting.n_draws))


def _ramped(factor: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Factor (horizon, draw): 1 where the weight is 0, exactly."""
    result: np.ndarray = 1.0 + weights[:, None] * (factor - 1.0)
    return result


def _multiply(factors: dict[int, np.ndarray], cells: np.ndarray, factor: np.ndarray) -> None:
    for cell in cells:
        factors[int(cell)] = factors[int(cell)] * factor if int(cell) in factors else factor


def _cells_of(segment: str, setting: Setting) -> np.ndarray:
    cells = setting.network.of_segment(segment)
    if not len(cells):
        raise ContractError(f"scenario: segment '{segment}' is on no route, so no flow passes it. Name another.")
    return cells


def _hold(moves: Moves, assumption: SegmentFlow, diversion: Diversion, setting: Setting) -> None:
    cells = _cells_of(assumption.segment, setting)
    factor = _sampled(assumption.factor, setting, "segment_flow", assumption.segment)
    _multiply(moves.passing, cells, _ramped(factor, assumption.span.weights(setting.horizon)))
    split = np.stack(
        [
            _sampled(part, setting, "diversion", assumption.segment, name)
            for name, part in (("divert", diversion.divert), ("wait", diversion.wait), ("leave", diversion.leave))
        ]
    )
    split = split / split.sum(axis=0)
    for cell in cells:
        levels = pass_levels(setting.network, setting.transitions)
        others = find_alternatives(setting.network, setting.transitions, int(cell), levels=levels)
        rng = diversion_stream(setting.seed, setting.network.cells[cell])
        share = sample_shares(others.share, others.precision, setting.n_draws, rng)
        moves.held[int(cell)] = Held(others, share, *split)


def _change_inflow(moves: Moves, assumption: Inflow, setting: Setting) -> None:
    entry, nationality = assumption.entry, assumption.nationality
    cells = _cells_of(entry, setting) if entry else np.flatnonzero(setting.network.entry)
    factor = _sampled(assumption.factor, setting, "inflow", entry or "", nationality or "")
    path = _ramped(factor, assumption.span.weights(setting.horizon))
    if nationality is None:
        _multiply(moves.inflow, cells, path)
        return
    if nationality not in setting.nationality_share:
        known = ", ".join(sorted(setting.nationality_share)) or "none"
        raise ContractError(f"scenario: the figures name no flow of nationality '{nationality}'. They name: {known}.")
    for cell in cells:
        share = setting.nationality_share[nationality][cell]
        _multiply(moves.inflow, np.array([cell]), 1.0 + share * (path - 1.0))


def _entries(segments: tuple[str, ...], routes: tuple[str, ...], setting: Setting) -> np.ndarray:
    """Cells of the named segments, and the entries on the named routes; all entries where none is named."""
    entry = setting.network.entry
    if not segments and not routes:
        return np.flatnonzero(entry)
    named = [_cells_of(s, setting) for s in segments]
    on_route = [np.flatnonzero(entry & np.isin(setting.routes, routes))] if routes else []
    return np.unique(np.concatenate([*named, *on_route])).astype(np.int64)


def _shift_season(moves: Moves, assumption: SeasonShift, setting: Setting) -> None:
    if setting.season is None or setting.season_position is None:
        raise ContractError("scenario: a season's shift needs two years of counts; there are fewer.")
    late = _sampled(assumption.periods, setting, "season_shift")
    weights = assumption.span.weights(setting.horizon)
    grid = np.arange(setting.season.shape[1] + 1)
    for cell in np.flatnonzero(setting.network.entry):
        season = np.append(setting.season[cell], setting.season[cell, 0])
        now = setting.season_position[:, None]
        moved = np.interp((now - late) % setting.season.shape[1], grid, season)
        change = np.exp(moved - np.interp(now % setting.season.shape[1], grid, season))
        _multiply(moves.inflow, np.array([cell]), 1.0 + weights[:, None] * (change - 1.0))


def _open_way(moves: Moves, assumption: NewEdge, setting: Setting) -> None:
    share = _sampled(assumption.share, setting, "edge", assumption.source, assumption.target)
    path = assumption.span.weights(setting.horizon)[:, None] * share
    targets = _cells_of(assumption.target, setting)
    sources = _cells_of(assumption.source, setting)
    taken = sum(way.share for way in moves.ways if way.source in sources)
    if np.max(path + taken) > 1:
        raise ContractError(
            f"scenario: the new edges from '{assumption.source}' take more than all who pass it. Lower their shares."
        )
    moves.ways += [Way(int(s), int(t), assumption.lag, path / len(targets)) for s in sources for t in targets]


def pass_levels(network: Network, transitions: Transitions) -> np.ndarray:
    """Order in which cells pass within one period (cell,): 0, unless people pass several borders in a period."""
    level = np.zeros(network.size, dtype=np.int64)
    at_once = transitions.kernel[network.node_of_source[network.source], 0] > 0 if len(network.source) else []
    source, target = network.source[at_once], network.target[at_once]
    for _ in range(network.size if len(source) else 0):
        raised = level.copy()
        np.maximum.at(raised, target, level[source] + 1)
        if (raised == level).all():
            break
        level = raised
    return level
