"""Stated inputs of risk: assessments, impact levels, alert rules, budgets."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

pass


LEVELS = ("low", "moderate", "high", "very_high")


Level = Literal["low", "moderate", "high", "very_high"]


Part = Literal["vulnerability", "impact"]


PARTS: tuple[Part, ...] = ("vulnerability", "impact")


STATES = frozenset(
    {
        "AUT",
        "BEL",
        "BGR",
        "CHE",
        "CYP",
        "CZE",
        "DEU",
        "DNK",
        "ESP",
        "EST",
        "FIN",
        "FRA",
        "GRC",
        "HRV",
        "HUN",
        "IRL",
        "ISL",
        "ITA",
        "LIE",
        "LTU",
        "LUX",
        "LVA",
        "MLT",
        "NLD",
        "NOR",
        "POL",
        "PRT",
        "ROU",
        "SVK",
        "SVN",
        "SWE",
    }
)


def level_of(value: float) -> Level:
    """The level of a value from 0 to 1, by quarters.

    Example:
        >>> [level_of(v) for v in (0.0, 0.25, 0.74, 1.0)]
        ['low', 'moderate', 'high', 'very_high']
    """
    return LEVELS[min(int(value * 4), 3)]  # type: ignore[return-value]


@dataclass(frozen=True)
class Assessment:
    """A stated vulnerability or impact of a place."""

    part: Part
    place: str  # "segment:<id>", "border:<id>" or "route:<id>", as units are named
    kind: str  # e.g. "staff", "reception_places"; "reception_shortfall", "deaths_missing"
    level: Level
    owner: str
    as_of: date
    value: float | None = None  # 0–1, where one was stated


@dataclass(frozen=True)
class ImpactLevel:
    """An impact level that the Agency attributed to a border under Article 34; to compare with, never ours."""

    border: str
    level: Literal["low", "medium", "high", "critical"]
    owner: str
    as_of: date


@dataclass(frozen=True)
class AlertRule:
    """When a unit alerts: a probability at or above a limit for a figure of at least a minimum size."""

    id: str
    measure: Literal["exceedance", "surge"]
    probability: float
    min_count: float  # the median must reach it: a surge from 1 to 2 is none
    within_periods: int  # horizons 1 … this
    quiet_periods: int  # no second alert of a unit within them, unless it worsens
    owner: str
    as_of: date
    levels: tuple[str, ...] = ("segment",)
    worsens_by: float = 0.15  # a rise of the probability that breaks the silence


@dataclass(frozen=True)
class Budget:
    """Further places of a kind that can be given out, e.g. reception places."""

    indicator: str
    places: int
    owner: str
    as_of: date
