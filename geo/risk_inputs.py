"""What a planner or analyst states beside the forecast: vulnerability, impact, alert rules, budgets (CIRAM).

Every entry has an owner and a date. Nothing is inferred: what nobody stated is missing, and is shown as missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from geo.spec import Id, Share, Spec

if TYPE_CHECKING:
    from geo.region import Region

LEVELS = ("low", "moderate", "high", "very_high")
Level = Literal["low", "moderate", "high", "very_high"]
Part = Literal["vulnerability", "impact"]
PARTS: tuple[Part, ...] = ("vulnerability", "impact")
# Members of the Union or of Schengen: only their external borders have impact levels (Article 34).
STATES = frozenset(
    {
        "AUT", "BEL", "BGR", "CHE", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV", "HUN", "IRL",
        "ISL", "ITA", "LIE", "LTU", "LUX", "LVA", "MLT", "NLD", "NOR", "POL", "PRT", "ROU", "SVK", "SVN", "SWE",
    }
)  # fmt: skip


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


class AssessmentSpec(Spec):
    """One entry under `vulnerability` or `impact`: one place, and a value or a level."""

    segment: str | None = None
    border: str | None = None
    route: str | None = None
    kind: Id
    value: Share | None = None
    level: Level | None = None
    owner: str
    as_of: date

    @model_validator(mode="after")
    def _one_of_each(self) -> AssessmentSpec:
        if sum(x is not None for x in (self.segment, self.border, self.route)) != 1:
            raise ValueError("name one segment, border or route")
        if (self.value is None) == (self.level is None):
            raise ValueError("state a value from 0 to 1 or a level, one of the two")
        return self

    @property
    def place(self) -> str:
        """The place as units are named, `segment:<id>`, …."""
        kinds = (("segment", self.segment), ("border", self.border), ("route", self.route))
        return next(f"{kind}:{name}" for kind, name in kinds if name is not None)

    def assessment(self, part: Part) -> Assessment:
        """The frozen value."""
        level = self.level or level_of(self.value or 0.0)
        return Assessment(part, self.place, self.kind, level, self.owner, self.as_of, self.value)


class ImpactLevelSpec(Spec):
    """One entry under `impact_levels`."""

    border: str
    level: Literal["low", "medium", "high", "critical"]
    owner: str
    as_of: date


class AlertSpec(Spec):
    """One entry under `alerts`."""

    id: Id
    measure: Literal["exceedance", "surge"]
    probability: Annotated[float, Field(gt=0, le=1)]
    min_count: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    within_periods: Annotated[int, Field(ge=1)] = 4
    quiet_periods: Annotated[int, Field(ge=0)] = 4
    owner: str
    as_of: date
    levels: tuple[Literal["total", "headline", "route", "border", "segment", "cell"], ...] = ("segment",)
    worsens_by: Annotated[float, Field(gt=0, le=1)] = 0.15


class BudgetSpec(Spec):
    """One entry under `budgets`."""

    indicator: str
    places: Annotated[int, Field(ge=0)]
    owner: str
    as_of: date


def assessments_of(region: Region, unit: str, part: Part) -> tuple[Assessment, ...]:
    """What is stated of a unit: its own entries, else for a segment or cell those of the place around it.

    A cell takes its segment's, a segment its border's; a border, route or sum has its own alone: what is stated of
    parts is never added up.
    """
    stated = [a for a in region.assessments if a.part == part]
    for place in _around(region, unit):
        own = tuple(a for a in stated if a.place == place)
        if own:
            return own
    return ()


def deciding(found: tuple[Assessment, ...]) -> Assessment | None:
    """The entry that speaks for the part: of the highest level, the first by kind; None where nothing is stated."""
    return min(found, key=lambda a: (-LEVELS.index(a.level), a.kind, a.owner), default=None)


def _around(region: Region, unit: str) -> list[str]:
    level, _, name = unit.partition(":")
    segment = name.rpartition("/")[2] if level == "cell" else name
    if level not in ("cell", "segment") or segment not in region.segment_by_id:
        return [unit]
    return [f"segment:{segment}", f"border:{region.segment_by_id[segment].border}"]
