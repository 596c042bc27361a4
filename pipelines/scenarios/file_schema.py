"""The text form of a scenario (design §4.9). A typo fails here, at load."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=100)]


def _pair(value: object) -> object:
    """A single number is a range of no width."""
    return value if isinstance(value, list | tuple) else (value, value)


def _rising(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        message = f"name the lower end of a range first ([{value[1]:g}, {value[0]:g}])"
        raise ValueError(message)
    return value


ShareRange = Annotated[tuple[Share, Share], BeforeValidator(_pair)]
FactorRange = Annotated[tuple[Factor, Factor], BeforeValidator(_pair)]
Periods = Annotated[float, Field(ge=-52, le=52)]
PeriodRange = Annotated[tuple[Periods, Periods], BeforeValidator(_pair)]


class Spec(BaseModel):
    """Frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class DiversionSpec(Spec):
    """`diversion`: what becomes of the flow that is held back; the three shares sum to 1 (ranges: their middles)."""

    divert: ShareRange
    wait: ShareRange
    leave: ShareRange

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = sum(sum(_rising(part)) / 2 for part in (self.divert, self.wait, self.leave))
        if abs(total - 1) > 0.005:
            message = f"sum to 1 over divert, wait and leave (of ranges the middles), they sum to {total:.3f}"
            raise ValueError(message)
        return self


class AssumptionSpec(Spec):
    """What every assumption may say: from when to when it holds, by horizon or by date, and how fast it comes."""

    name: str | None = None
    from_horizon: Annotated[int, Field(ge=1)] | None = None
    until_horizon: Annotated[int, Field(ge=1)] | None = None
    from_date: date | None = Field(default=None, alias="from")
    until_date: date | None = Field(default=None, alias="until")
    ramp_periods: Annotated[int, Field(ge=1, le=52)] = 1

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> Self:
        for by_horizon, by_date, words in (
            (self.from_horizon, self.from_date, ("from", "from_horizon")),
            (self.until_horizon, self.until_date, ("until", "until_horizon")),
        ):
            if by_horizon is not None and by_date is not None:
                message = f"say '{words[0]}' or '{words[1]}', not both"
                raise ValueError(message)
        if self.from_horizon and self.until_horizon and self.until_horizon < self.from_horizon:
            message = "end after it begins (until_horizon is before from_horizon)"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _ranges_rise(self) -> Self:
        for value in (getattr(self, name, None) for name in ("factor", "share", "periods")):
            if isinstance(value, tuple):
                _rising(value)
        return self


class SegmentFlowSpec(AssumptionSpec):
    """A segment closed (0) or with reduced flow."""

    kind: Literal["segment_flow"]
    segment: str
    factor: ShareRange
    diversion: DiversionSpec | None = None


class InflowSpec(AssumptionSpec):
    """Inflow at an entry, or from a nationality, changed by a factor."""

    kind: Literal["inflow"]
    entry: str | None = None
    nationality: str | None = None
    factor: FactorRange


class EdgeSpec(AssumptionSpec):
    """A new way from one segment to another."""

    kind: Literal["edge"]
    source: str = Field(alias="from_segment")
    target: str = Field(alias="to_segment")
    share: ShareRange
    lag: Annotated[int, Field(ge=1, le=52)] = 1

    @model_validator(mode="after")
    def _two_ends(self) -> Self:
        if self.source == self.target:
            message = "lead from one segment to another, not to itself"
            raise ValueError(message)
        return self


class EventSpec(AssumptionSpec):
    """A policy date that changes the inflow at the entries named."""

    kind: Literal["event"]
    name: str
    factor: FactorRange
    segments: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()


class CapacitySpec(AssumptionSpec):
    """Another planned capacity of a segment."""

    kind: Literal["capacity"]
    segment: str
    value: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    factor: Factor | None = None
    indicator: str | None = None

    @model_validator(mode="after")
    def _value_or_factor(self) -> Self:
        if (self.value is None) == (self.factor is None):
            message = "give 'value' or 'factor', one of the two"
            raise ValueError(message)
        return self


class SeasonSpec(AssumptionSpec):
    """The season of the entries comes later (negative: earlier)."""

    kind: Literal["season_shift"]
    periods: PeriodRange


KINDS: dict[str, type[AssumptionSpec]] = {
    "segment_flow": SegmentFlowSpec,
    "inflow": InflowSpec,
    "edge": EdgeSpec,
    "event": EventSpec,
    "capacity": CapacitySpec,
    "season_shift": SeasonSpec,
}


class ScenarioSpec(Spec):
    """The file without its assumptions, which are checked one by one."""

    name: str = Field(min_length=1, max_length=120)
    description: str = ""
    diversion: DiversionSpec | None = None
