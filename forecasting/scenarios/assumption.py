"""What every assumption is: a frozen value that is its own text form, with its effect and its words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Literal, Self, TypeVar

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from forecasting.scenarios.moves import Moves, Setting

MarkerT = TypeVar("MarkerT")


@dataclass(frozen=True)
class Named:
    """Of a field: the ids that it holds. Reading checks that they exist, a form offers them."""

    what: Literal["segment", "route", "nationality", "indicator"]


@dataclass(frozen=True)
class Shown:
    """Of a range: how people see it, `unit` × (value − `zero`), between two ends in steps."""

    zero: float
    unit: float
    ends: tuple[int, int]
    step: int


@dataclass(frozen=True)
class Ask:
    """Of a field: how a form asks for it."""

    label: str
    usual: tuple[int, int] = (0, 0)  # of a range, as shown
    none: str = ""  # the choice of no id
    hint: str | None = None
    each: bool = False  # several ids may be chosen, whole borders too: an assumption for each
    entries: bool = False  # segments at which people enter alone
    width: int = 0  # share of a row; fields with one stand in it together


def _pair(value: object) -> object:
    """A single number is a range of no width."""
    return value if isinstance(value, list | tuple) else (value, value)


def _require_rising(value: tuple[float, float]) -> None:
    if value[0] > value[1]:
        message = f"name the lower end of a range first ([{value[1]:g}, {value[0]:g}])"
        raise ValueError(message)


Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=100)]
Periods = Annotated[float, Field(ge=-52, le=52)]
# A value, or the two ends between which every draw takes its own.
ShareRange = Annotated[tuple[Share, Share], BeforeValidator(_pair), Shown(0, 100, (0, 100), 5)]
FactorRange = Annotated[tuple[Factor, Factor], BeforeValidator(_pair), Shown(1, 100, (-100, 200), 5)]
PeriodRange = Annotated[tuple[Periods, Periods], BeforeValidator(_pair), Shown(0, 1, (-12, 12), 1)]


class ScenarioValue(BaseModel):
    """Frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Diversion(ScenarioValue):
    """Of the flow that is held back: the shares that try elsewhere, wait for the next period, or leave the region.

    They sum to 1 (ranges: their middles).
    """

    divert: ShareRange
    wait: ShareRange
    leave: ShareRange

    @model_validator(mode="after")
    def _whole(self) -> Self:
        parts = (self.divert, self.wait, self.leave)
        for part in parts:
            _require_rising(part)
        total = sum(sum(part) / 2 for part in parts)
        if abs(total - 1) > 0.005:
            message = f"sum to 1 over divert, wait and leave (of ranges the middles), they sum to {total:.3f}"
            raise ValueError(message)
        return self


USUAL_DIVERSION = Diversion(divert=(0.7, 0.7), wait=(0.2, 0.2), leave=(0.1, 0.1))


@dataclass(frozen=True)
class Phrases:
    """How a page says what assumptions name."""

    step: str  # a period: "week" or "month"
    place: Callable[[str], str]  # a segment
    share: Callable[[tuple[float, float]], str]  # a range of shares
    change: Callable[[tuple[float, float]], str]  # a range of factors, as more or less
    periods: Callable[[int], str]  # so many
    joined: Callable[[list[str]], str]  # one, two and three


class Assumption(ScenarioValue):
    """What every assumption may say: from when to when it holds, by horizon or by date, and how fast it comes.

    A subclass with a `kind` is known everywhere: files may hold it, runs move by it, forms and briefings say it.
    Its fields declare by `Named`, `Shown` and `Ask` what they hold and how they are asked for.
    """

    kinds: ClassVar[dict[str, type["Assumption"]]] = {}
    title: ClassVar[str]  # what the form offers

    name: str | None = None
    from_horizon: Annotated[int, Field(ge=1)] | None = None  # 1 = the first forecast period
    until_horizon: Annotated[int, Field(ge=1)] | None = None  # included; None: to the end
    from_date: date | None = Field(default=None, alias="from")
    until_date: date | None = Field(default=None, alias="until")
    ramp_periods: Annotated[int, Field(ge=1, le=52)] = 1  # until it holds in full; 1: at once

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        """Take the kind into the list."""
        cls.kinds[cls.model_fields["kind"].default] = cls

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> Self:
        for by_horizon, by_date, key in (
            (self.from_horizon, self.from_date, "from"),
            (self.until_horizon, self.until_date, "until"),
        ):
            if by_horizon is not None and by_date is not None:
                message = f"say '{key}' or '{key}_horizon', not both"
                raise ValueError(message)
        if self.from_horizon and self.until_horizon and self.until_horizon < self.from_horizon:
            message = "end after it begins (until_horizon is before from_horizon)"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _ranges_rise(self) -> Self:
        for key in type(self).model_fields:
            if marker(type(self), key, Shown):
                _require_rising(getattr(self, key))
        return self

    def weights(self, horizon: int) -> np.ndarray:
        """How far the assumption holds in each period (horizon,), in [0, 1]; dates are horizons by then.

        Example:
            >>> from forecasting.scenarios.assumptions import Inflow
            >>> Inflow(factor=(2, 2), from_horizon=2, until_horizon=4, ramp_periods=2).weights(5).tolist()
            [0.0, 0.5, 1.0, 1.0, 0.0]
        """
        periods = np.arange(1, horizon + 1)
        risen = np.clip((periods - (self.from_horizon or 1) + 1) / self.ramp_periods, 0.0, 1.0)
        return np.where(periods <= (self.until_horizon or horizon), risen, 0.0)

    def ramped(self, factor: np.ndarray, setting: Setting) -> np.ndarray:
        """A factor (draw,) or (horizon, draw) by period (horizon, draw): 1 exactly where nothing is assumed."""
        result: np.ndarray = 1.0 + self.weights(setting.horizon)[:, None] * (factor - 1.0)
        return result

    def move(self, moves: Moves, setting: Setting, diversion: Diversion, /) -> None:
        """Add what it does to the moves of a scenario, which diverts so where the assumption says nothing else.

        Raises:
            ContractError: the figures can't meet it.
        """

    def sentence(self, say: Phrases) -> str:
        """What is assumed, without the when."""
        raise NotImplementedError


def marker(model: type[BaseModel], key: str, kind: type[MarkerT]) -> MarkerT | None:
    """What a field declares of one kind."""
    return next((m for m in model.model_fields[key].metadata if isinstance(m, kind)), None)
