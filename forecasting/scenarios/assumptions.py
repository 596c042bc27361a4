"""A scenario: stated assumptions with dates, ramps and ranges, as frozen values."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FactorRange:
    """A stated value, or the two ends between which every draw takes its own, evenly."""

    low: float
    high: float

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Values at positions in [0, 1]; a single value is that value, whatever the position.

        Example:
            >>> Range(1.0, 3.0).at(np.array([0.0, 0.5])).tolist()
            [1.0, 2.0]
        """
        return (
            self.low + (self.high - self.low) * positions if self.high > self.low else np.full_like(positions, self.low)
        )


@dataclass(frozen=True)
class Span:
    """From which to which period an assumption holds, 1 = the first forecast period, both included."""

    first: int = 1
    last: int | None = None  # None: to the end
    ramp_periods: int = 1  # periods until it holds in full; 1: at once

    def weights(self, horizon: int) -> np.ndarray:
        """How far the assumption holds in each period (horizon,), in [0, 1].

        Example:
            >>> Span(first=2, last=4, ramp_periods=2).weights(5).tolist()
            [0.0, 0.5, 1.0, 1.0, 0.0]
        """
        periods = np.arange(1, horizon + 1)
        risen = np.clip((periods - self.first + 1) / max(self.ramp_periods, 1), 0.0, 1.0)
        return np.where(periods <= (self.last or horizon), risen, 0.0)


@dataclass(frozen=True)
class Diversion:
    """Of the flow that is held back: the shares that try elsewhere, wait for the next period, or leave the region."""

    divert: FactorRange = FactorRange(0.7, 0.7)
    wait: FactorRange = FactorRange(0.2, 0.2)
    leave: FactorRange = FactorRange(0.1, 0.1)


@dataclass(frozen=True)
class SegmentFlow:
    """A segment lets through only this share of those who come to it; 0: closed."""

    segment: str
    factor: FactorRange
    span: Span = Span()
    diversion: Diversion | None = None  # None: the scenario's


@dataclass(frozen=True)
class Inflow:
    """More or fewer people come in: at one entry, of one nationality, or at every entry."""

    factor: FactorRange
    entry: str | None = None  # a segment
    nationality: str | None = None
    span: Span = Span()


@dataclass(frozen=True)
class NewEdge:
    """A new way: this share of those who pass `source` goes on to `target` after `lag` periods."""

    source: str  # segments
    target: str
    share: FactorRange
    lag: int = 1
    span: Span = Span()


@dataclass(frozen=True)
class PolicyDate:
    """A dated rule (visa, asylum, readmission) that changes what comes in at entries, from its date on."""

    name: str
    factor: FactorRange
    segments: tuple[str, ...] = ()  # both empty: every entry
    routes: tuple[str, ...] = ()
    span: Span = Span()


@dataclass(frozen=True)
class CapacityChange:
    """Another planned capacity of a segment: a new value, or the planned one times a factor."""

    segment: str
    value: float | None = None  # counts per period
    factor: float | None = None
    span: Span = Span()
    indicator: str | None = None  # None: what the scenario moves; else a stock of places


@dataclass(frozen=True)
class SeasonShift:
    """The season of the entries comes this many periods later (negative: earlier)."""

    periods: FactorRange
    span: Span = Span()


Assumption = SegmentFlow | Inflow | NewEdge | PolicyDate | CapacityChange | SeasonShift


@dataclass(frozen=True)
class Scenario:
    """Named assumptions; without any, the result is the baseline, bit for bit."""

    name: str
    assumptions: tuple[Assumption, ...] = ()
    diversion: Diversion = Diversion()
