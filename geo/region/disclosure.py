"""Rules of disclosure, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from geo.region.levels import LEVELS

Method = Literal["suppress", "round"]


LevelName = Literal["total", "headline", "route", "border", "segment", "cell"]


Levels = Annotated[tuple[LevelName, ...], Field(min_length=1)]


COARSE: Levels = ("total", "headline", "route", "border")


@dataclass(frozen=True)
class ProfileRule:
    """What one profile shows of an edition.

    Attributes:
        levels: Levels of units that it shows.
        mean_of_periods: Histories are shown as means of so many periods in a row; 1: as they are.
        delay_periods: How many periods after the last observed one an edition may be seen.
    """

    levels: tuple[str, ...] = LEVELS
    mean_of_periods: int = 1
    delay_periods: int = 0


@dataclass(frozen=True)
class DisclosureRules:
    """How observed counts are protected in what leaves the institution.

    Attributes:
        method: Withhold counts at risk and what gives them away (`suppress`), or round all of them (`round`).
        threshold: Counts from 1 to below it are at risk; 0 protects nothing.
        protection_width: No withheld count may be bounded more narrowly than this many counts.
        show_zero: Whether a count of 0 may be shown; otherwise it is at risk too.
        round_base: Counts are rounded to multiples of it.
        indicator_thresholds: Thresholds of single indicators.
        partner: What partner institutions see.
        public: What everybody sees.
        nationality_groups: Group → nationality codes; shown to partners only, in sums of `nationality_periods` periods.
        nationality_levels: Levels at which they see them.
        nationality_periods: How many periods each such sum has.
    """

    method: Method = "suppress"
    threshold: int = 10
    protection_width: int = 5
    show_zero: bool = True
    round_base: int = 10
    indicator_thresholds: Mapping[str, int] = field(default_factory=dict)
    partner: ProfileRule = ProfileRule()
    public: ProfileRule = ProfileRule(COARSE, 4, 2)
    nationality_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nationality_levels: tuple[str, ...] = ("total", "headline", "route")
    nationality_periods: int = 4

    def threshold_of(self, indicator: str) -> int:
        """The threshold that holds for an indicator."""
        return self.indicator_thresholds.get(indicator, self.threshold)
