"""What may leave the institution: the pack's `disclosure` block, checked at load, and as frozen values."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from geo.region.disclosure import COARSE, DisclosureRules, Levels, Method, ProfileRule
from geo.region.levels import LEVELS

pass


Threshold = Annotated[int, Field(ge=0)]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IndicatorDisclosureSpec(_Spec):
    """One entry under `disclosure: indicators`: a threshold of its own."""

    threshold: Threshold


class PartnerSpec(_Spec):
    """`disclosure: partner`."""

    levels: Levels = LEVELS  # type: ignore[assignment]
    nationality_groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    nationality_levels: Levels = ("total", "headline", "route")
    nationality_periods: Annotated[int, Field(ge=2)] = 4


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
        nationality_groups=dict(spec.partner.nationality_groups),
        nationality_levels=spec.partner.nationality_levels,
        nationality_periods=spec.partner.nationality_periods,
    )
