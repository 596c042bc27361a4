"""What may leave the institution: rules of disclosure, `disclosure` in `region.yaml`."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from geo.region.value import VALUE

LevelName = Literal["total", "headline", "route", "border", "segment", "cell"]
Levels = Annotated[tuple[LevelName, ...], Field(min_length=1)]
Threshold = Annotated[int, Field(ge=0)]
LEVELS: Levels = ("total", "headline", "route", "border", "segment", "cell")
COARSE: Levels = LEVELS[:4]


@dataclass(frozen=True, config=VALUE)
class IndicatorThreshold:
    """An indicator's own threshold."""

    threshold: Threshold


@dataclass(frozen=True, config=VALUE)
class PartnerRule:
    """What partner institutions see of an edition."""

    mean_of_periods: ClassVar[int] = 1
    delay_periods: ClassVar[int] = 0
    levels: Levels = LEVELS
    nationality_groups: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)  # group → nationality codes
    nationality_levels: Levels = ("total", "headline", "route")  # at which groups are shown
    nationality_periods: Annotated[int, Field(ge=2)] = 4  # groups are shown in sums of so many periods


@dataclass(frozen=True, config=VALUE)
class PublicRule:
    """What everybody sees of an edition."""

    levels: Levels = COARSE
    mean_of_periods: Annotated[int, Field(ge=1)] = 4  # histories are shown as means of so many periods in a row
    delay_periods: Annotated[int, Field(ge=0)] = 2  # after the last observed one an edition may be seen


ProfileRule = PartnerRule | PublicRule


@dataclass(frozen=True, config=VALUE)
class DisclosureRules:
    """How observed counts are protected in what leaves the institution: those at risk, and what gives them away."""

    threshold: Threshold = 10  # counts from 1 to below it are at risk; 0 protects nothing
    protection_width: Annotated[int, Field(ge=1)] = 5  # no withheld count may be bounded more narrowly than this
    show_zero: bool = True  # whether a count of 0 may be shown; otherwise it is at risk too
    indicators: Mapping[str, IndicatorThreshold] = Field(default_factory=dict)
    partner: PartnerRule = PartnerRule()
    public: PublicRule = PublicRule()

    def threshold_of(self, indicator: str) -> int:
        """The threshold that holds for an indicator."""
        return self.indicators[indicator].threshold if indicator in self.indicators else self.threshold
