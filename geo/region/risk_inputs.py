"""What a planner or analyst states beside the forecast: assessments, impact levels, alert rules, budgets (CIRAM).

Every entry has an owner and a date. Nothing is inferred: what nobody stated is missing, and is shown as missing.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from geo.region.disclosure import LevelName
from geo.region.value import VALUE, Id

LEVELS = ("low", "moderate", "high", "very_high")
Level = Literal["low", "moderate", "high", "very_high"]
Part = Literal["vulnerability", "impact"]
PARTS: tuple[Part, ...] = ("vulnerability", "impact")
# Members of the Union or of Schengen: only their external borders have impact levels (Article 34).
_CODES = (
    "AUT BEL BGR CHE CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ISL ITA LIE LTU LUX LVA MLT NLD NOR POL PRT ROU "
    "SVK SVN SWE"
)
STATES = frozenset(_CODES.split())


def level_of(value: float) -> Level:
    """The level of a value from 0 to 1, by quarters.

    Example:
        >>> [level_of(v) for v in (0.0, 0.25, 0.74, 1.0)]
        ['low', 'moderate', 'high', 'very_high']
    """
    return LEVELS[min(int(value * 4), 3)]  # type: ignore[return-value]


@dataclass(frozen=True, config=VALUE)
class Assessment:
    """A stated vulnerability or impact of a place."""

    part: Part
    place: str  # "segment:<id>", "border:<id>" or "route:<id>", as units are named
    kind: str  # e.g. "staff", "reception_places"; "reception_shortfall", "deaths_missing"
    level: Level
    owner: str
    as_of: date
    value: float | None = None  # 0–1, where one was stated


@dataclass(frozen=True, config=VALUE)
class ImpactLevel:
    """An impact level that the Agency attributed to a border under Article 34; to compare with, never ours."""

    border: str
    level: Literal["low", "medium", "high", "critical"]
    owner: str
    as_of: date


@dataclass(frozen=True, config=VALUE, kw_only=True)
class AlertRule:
    """When a unit alerts: a probability at or above a limit for a figure of at least a minimum size."""

    id: Id
    measure: Literal["exceedance", "surge"]
    probability: Annotated[float, Field(gt=0, le=1)]
    min_count: Annotated[
        float, Field(ge=0, allow_inf_nan=False)
    ]  # the median must reach it: a surge from 1 to 2 is none
    within_periods: Annotated[int, Field(ge=1)] = 4  # horizons 1 … this
    quiet_periods: Annotated[int, Field(ge=0)] = 4  # no second alert of a unit within them, unless it worsens
    owner: str
    as_of: date
    levels: tuple[LevelName, ...] = ("segment",)
    worsens_by: Annotated[float, Field(gt=0, le=1)] = 0.15  # a rise of the probability that breaks the silence


@dataclass(frozen=True, config=VALUE)
class Budget:
    """Further places of a kind that can be given out, e.g. reception places."""

    indicator: str
    places: Annotated[int, Field(ge=0)]
    owner: str
    as_of: date
