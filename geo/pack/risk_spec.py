"""What a planner or analyst states beside the forecast: vulnerability, impact, alert rules, budgets (CIRAM).

Every entry has an owner and a date. Nothing is inferred: what nobody stated is missing, and is shown as missing.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geo.pack.spec import Id, Share, Spec
from geo.region.risk_inputs import Assessment, Level, Part, level_of

pass


# Members of the Union or of Schengen: only their external borders have impact levels (Article 34).


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
    def _one_of_each(self) -> Self:
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
