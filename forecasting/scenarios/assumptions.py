"""The assumptions: each one class with what it holds, what it does, and how it is said. A new class is a new kind."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from forecasting.base.contracts import ContractError
from forecasting.scenarios.assumption import (
    USUAL_DIVERSION,
    Ask,
    Assumption,
    Diversion,
    Factor,
    FactorRange,
    Named,
    PeriodRange,
    Phrases,
    ScenarioValue,
    ShareRange,
)
from forecasting.scenarios.displacement import diversion_stream, find_alternatives, sample_shares
from forecasting.scenarios.moves import Held, Moves, Setting, Way, multiply
from forecasting.scenarios.transitions import pass_levels

KINDS = Assumption.kinds
Segment = Annotated[str, Named("segment")]
CHANGE = "Change of arrivals, % (range)"


class SegmentFlow(Assumption):
    """A segment lets through only this share of those who come to it; 0: closed."""

    title = "A place lets fewer through, or is closed"
    kind: Literal["segment_flow"] = "segment_flow"
    segment: Annotated[Segment, Ask("Places, or whole borders", each=True)]
    factor: Annotated[ShareRange, Ask("Lets through, % of those who come (range)", usual=(0, 10))]
    diversion: Diversion | None = None  # None: the scenario's

    def move(self, moves: Moves, setting: Setting, diversion: Diversion, /) -> None:
        """Let fewer pass, and divert who is held back."""
        cells = setting.cells_of(self.segment)
        factor = setting.sampled(self.factor, "segment_flow", self.segment)
        multiply(moves.passing, cells, self.ramped(factor, setting))
        parts = self.diversion or diversion
        names = ("divert", "wait", "leave")
        split = np.stack([setting.sampled(getattr(parts, n), "diversion", self.segment, n) for n in names])
        divert, _, leave = split / split.sum(axis=0)
        levels = pass_levels(setting.network, setting.transitions)
        for cell in cells:
            others = find_alternatives(setting.network, setting.transitions, int(cell), levels=levels)
            rng = diversion_stream(setting.seed, setting.network.cells[cell])
            share = sample_shares(others.share, others.precision, setting.n_draws, rng)
            moves.held[int(cell)] = Held(others, share, divert, leave)

    def sentence(self, say: Phrases) -> str:
        """Said."""
        return f"{say.place(self.segment)} lets {say.share(self.factor)} through"


class Inflow(Assumption):
    """More or fewer people come in: at one entry, of one nationality, or at every entry."""

    title = "More or fewer arrive"
    kind: Literal["inflow"] = "inflow"
    entry: Annotated[str | None, Named("segment"), Ask("Where", none="every entry", entries=True, width=2)] = None
    nationality: Annotated[str | None, Named("nationality"), Ask("Nationality", none="all nationalities", width=1)] = (
        None
    )
    factor: Annotated[FactorRange, Ask(CHANGE, usual=(10, 40))]

    def move(self, moves: Moves, setting: Setting, _diversion: Diversion, /) -> None:
        """Change what comes in; of one nationality by its share."""
        cells = setting.cells_of(self.entry) if self.entry else np.flatnonzero(setting.network.entry)
        factor = setting.sampled(self.factor, "inflow", self.entry or "", self.nationality or "")
        path = self.ramped(factor, setting)
        if self.nationality is None:
            multiply(moves.inflow, cells, path)
            return
        shares = setting.nationality_share
        if self.nationality not in shares:
            known = ", ".join(sorted(shares)) or "none"
            raise ContractError(
                f"scenario: the figures name no flow of nationality '{self.nationality}'. They name: {known}."
            )
        for cell in cells:
            multiply(moves.inflow, np.array([cell]), 1.0 + shares[self.nationality][cell] * (path - 1.0))

    def sentence(self, say: Phrases) -> str:
        """Said."""
        where = f"at {say.place(self.entry)}" if self.entry else "at every entry"
        nationality = f" of nationality {self.nationality}" if self.nationality else ""
        return f"Arrivals{nationality} {where}: {say.change(self.factor)}"


class NewEdge(Assumption):
    """A new way: this share of those who pass one segment goes on to another after `lag` periods."""

    title = "A new way opens"
    kind: Literal["edge"] = "edge"
    from_segment: Annotated[Segment, Ask("From those who pass", width=1)]
    to_segment: Annotated[Segment, Ask("on to", width=1)]
    share: Annotated[ShareRange, Ask("Share that takes it, % (range)", usual=(5, 15))]
    lag: Annotated[int, Field(ge=1, le=52), Ask("Arrives after, {steps}")] = 1

    @model_validator(mode="after")
    def _two_ends(self) -> Self:
        if self.from_segment == self.to_segment:
            message = "lead from one segment to another, not to itself"
            raise ValueError(message)
        return self

    def move(self, moves: Moves, setting: Setting, _diversion: Diversion, /) -> None:
        """Open the way from each cell of one segment to each of the other."""
        share = setting.sampled(self.share, "edge", self.from_segment, self.to_segment)
        path = self.weights(setting.horizon)[:, None] * share
        targets, sources = setting.cells_of(self.to_segment), setting.cells_of(self.from_segment)
        taken = sum(way.share for way in moves.ways if way.source in sources)
        if np.max(path + taken) > 1:
            raise ContractError(
                f"scenario: the new edges from '{self.from_segment}' take more than all who pass it. "
                "Lower their shares."
            )
        moves.ways += [Way(int(s), int(t), self.lag, path / len(targets)) for s in sources for t in targets]

    def sentence(self, say: Phrases) -> str:
        """Said."""
        ends = f"{say.place(self.from_segment)} to {say.place(self.to_segment)}"
        return f"New way from {ends}: {say.share(self.share)} take it, {say.periods(self.lag)} long"


class PolicyDate(Assumption):
    """A dated rule (visa, asylum, readmission) that changes what comes in at entries, from its date on."""

    title = "A dated rule changes arrivals"
    kind: Literal["event"] = "event"
    name: Annotated[str, Ask("What it is", hint="e.g. visa rule")]
    segments: Annotated[tuple[str, ...], Named("segment")] = ()  # with no route either: every entry
    routes: Annotated[tuple[str, ...], Named("route"), Ask("Routes (none: every entry)")] = ()
    factor: Annotated[FactorRange, Ask(CHANGE, usual=(-30, -10))]

    def move(self, moves: Moves, setting: Setting, _diversion: Diversion, /) -> None:
        """Change what comes in at the segments named and at the entries of the routes named."""
        entry, cells = setting.network.entry, [setting.cells_of(s) for s in self.segments]
        if self.routes or not self.segments:
            on_route = np.isin(setting.routes, self.routes) if self.routes else True
            cells.append(np.flatnonzero(entry & on_route))
        factor = self.ramped(setting.sampled(self.factor, "event", self.name), setting)
        multiply(moves.inflow, np.unique(np.concatenate(cells)).astype(np.int64), factor)

    def sentence(self, say: Phrases) -> str:
        """Said."""
        where = [*(f"route {r}" for r in self.routes), *(say.place(s) for s in self.segments)]
        return f"{self.name}: arrivals {say.change(self.factor)} at {say.joined(where) or 'every entry'}"


class CapacityChange(Assumption):
    """Another planned capacity of a segment: a new value, or the planned one times a factor. No flow moves."""

    title = "A planned capacity changes"
    kind: Literal["capacity"] = "capacity"
    segment: Segment
    value: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None  # counts per period
    factor: Factor | None = None
    # None: of what the scenario moves; else a stock of beds
    indicator: Annotated[str | None, Named("indicator")] = None

    @model_validator(mode="after")
    def _value_or_factor(self) -> Self:
        if (self.value is None) == (self.factor is None):
            message = "give 'value' or 'factor', one of the two"
            raise ValueError(message)
        return self

    def capacity_after(self, planned: np.ndarray) -> np.ndarray:
        """The capacity (horizon,) that was planned, as this changes it; NaN = no plan."""
        full = self.value if self.value is not None else planned * (self.factor or 0.0)
        weights = self.weights(len(planned))
        return np.where(np.isnan(planned), np.where(weights > 0, full, np.nan), planned + weights * (full - planned))

    def sentence(self, say: Phrases) -> str:
        """Said."""
        new = f"{100 * self.factor:.0f} % of the planned one" if self.factor is not None else f"{self.value:,g}"
        what = f" ({self.indicator.replace('_', ' ')})" if self.indicator else ""
        return f"Capacity at {say.place(self.segment)}{what}: {new}"


class SeasonShift(Assumption):
    """The season of the entries comes this many periods later (negative: earlier)."""

    title = "The season comes earlier or later"
    kind: Literal["season_shift"] = "season_shift"
    periods: Annotated[PeriodRange, Ask("Later by, {steps} (negative: earlier; range)", usual=(3, 5))]

    def move(self, moves: Moves, setting: Setting, _diversion: Diversion, /) -> None:
        """Change what comes in by the season moved against the season as it was."""
        if setting.season is None or setting.season_position is None:
            raise ContractError("scenario: a season's shift needs two years of counts; there are fewer.")
        late = setting.sampled(self.periods, "season_shift")
        length = setting.season.shape[1]
        grid, now = np.arange(length + 1), setting.season_position[:, None]
        for cell in np.flatnonzero(setting.network.entry):
            season = np.append(setting.season[cell], setting.season[cell, 0])
            moved = np.interp((now - late) % length, grid, season)
            change = np.exp(moved - np.interp(now % length, grid, season))
            multiply(moves.inflow, np.array([cell]), self.ramped(change, setting))

    def sentence(self, say: Phrases) -> str:
        """Said."""
        low, high = self.periods
        one_way = f"{abs(low):g}–{abs(high):g}" if low * high >= 0 else f"{low:g} to {high:g}"
        size = f"{abs(low):g}" if low == high else one_way
        return f"The season comes {size} {say.step}s {'earlier' if high <= 0 else 'later'}"


class Scenario(ScenarioValue):
    """Named assumptions; without any, the result is the baseline, bit for bit."""

    name: str = Field(min_length=1, max_length=120)
    description: str = ""
    assumptions: tuple[Assumption, ...] = ()
    diversion: Diversion | None = None  # None: the usual one

    @property
    def held_segments(self) -> list[str]:
        """Segments that it holds flow back at."""
        return [a.segment for a in self.assumptions if isinstance(a, SegmentFlow)]


def moves_of(scenario: Scenario, setting: Setting) -> Moves:
    """Turn assumptions into factors by cell, period and draw.

    Raises:
        ContractError: a segment has no cell, or the figures know too little for an assumption.
    """
    moves = Moves()
    for assumption in scenario.assumptions:
        assumption.move(moves, setting, scenario.diversion or USUAL_DIVERSION)
    return moves
