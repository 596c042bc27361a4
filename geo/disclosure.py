"""What may leave the institution: the pack's `disclosure` block, checked at load, and as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo.entries import suggest
from geo.units import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from geo.pack import Pack
    from geo.problems import Problem

Method = Literal["suppress", "round"]
LevelName = Literal["total", "headline", "route", "border", "segment", "cell"]
Levels = Annotated[tuple[LevelName, ...], Field(min_length=1)]
Threshold = Annotated[int, Field(ge=0)]
COARSE: Levels = ("total", "headline", "route", "border")


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IndicatorDisclosureSpec(_Spec):
    """One entry under `disclosure: indicators`: a threshold of its own."""

    threshold: Threshold


class PartnerSpec(_Spec):
    """`disclosure: partner`."""

    levels: Levels = LEVELS  # type: ignore[assignment]
    origin_groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    origin_levels: Levels = ("total", "headline", "route")
    origin_periods: Annotated[int, Field(ge=2)] = 4


class PublicSpec(_Spec):
    """`disclosure: public`."""

    levels: Levels = COARSE
    mean_of_periods: Annotated[int, Field(ge=1)] = 4
    delay_periods: Annotated[int, Field(ge=0)] = 2


class DisclosureSpec(_Spec):
    """`disclosure` in `region.yaml`; every part has a default, so a pack without it is protected too."""

    method: Method = "suppress"
    threshold: Threshold = 10
    protection_width: Annotated[int, Field(ge=1)] = 5
    show_zero: bool = True
    round_base: Annotated[int, Field(ge=2)] = 10
    indicators: dict[str, IndicatorDisclosureSpec] = Field(default_factory=dict)
    partner: PartnerSpec = PartnerSpec()
    public: PublicSpec = PublicSpec()


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
        origin_groups: Group → origin codes; shown to partners only, in sums of `origin_periods` periods.
        origin_levels: Levels at which they see them.
        origin_periods: How many periods each such sum has.
    """

    method: Method = "suppress"
    threshold: int = 10
    protection_width: int = 5
    show_zero: bool = True
    round_base: int = 10
    indicator_thresholds: Mapping[str, int] = field(default_factory=dict)
    partner: ProfileRule = ProfileRule()
    public: ProfileRule = ProfileRule(COARSE, 4, 2)
    origin_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    origin_levels: tuple[str, ...] = ("total", "headline", "route")
    origin_periods: int = 4

    def threshold_of(self, indicator: str) -> int:
        """The threshold that holds for an indicator."""
        return self.indicator_thresholds.get(indicator, self.threshold)


def disclosure_rules(spec: DisclosureSpec) -> DisclosureRules:
    """The rules that a checked block states."""
    return DisclosureRules(
        method=spec.method,
        threshold=spec.threshold,
        protection_width=spec.protection_width,
        show_zero=spec.show_zero,
        round_base=spec.round_base,
        indicator_thresholds={name: entry.threshold for name, entry in spec.indicators.items()},
        partner=ProfileRule(levels=spec.partner.levels),
        public=ProfileRule(spec.public.levels, spec.public.mean_of_periods, spec.public.delay_periods),
        origin_groups=dict(spec.partner.origin_groups),
        origin_levels=spec.partner.origin_levels,
        origin_periods=spec.partner.origin_periods,
    )


def check_disclosure(pack: Pack) -> Iterator[Problem]:
    """Problems of the `disclosure` block: unknown indicators, a base too small to protect, an origin in two groups."""
    if pack.settings is None:
        return
    spec = pack.settings.spec.disclosure
    for name in spec.indicators:
        if name not in pack.indicators:
            message = f"disclosure.indicators: indicator '{name}' is unknown.{suggest(name, pack.indicators)}"
            yield pack.settings.problem(message, "disclosure", "indicators")
    if spec.method == "round" and spec.round_base <= spec.protection_width:
        message = (
            f"disclosure.round_base: expected more than protection_width ({spec.protection_width}), got "
            f"{spec.round_base}; a rounded count would be bounded more narrowly than that."
        )
        yield pack.settings.problem(message, "disclosure", "round_base")
    codes = [code for members in spec.partner.origin_groups.values() for code in members]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        message = f"disclosure.partner.origin_groups: '{twice[0]}' stands in two groups. Keep it in one."
        yield pack.settings.problem(message, "disclosure", "partner", "origin_groups")
