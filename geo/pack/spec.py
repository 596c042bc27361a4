"""The text forms of a region pack (design §4.8, §4.9). A typo fails here, at load, and not at midnight."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from geo.pack.disclosure_spec import DisclosureSpec
from geo.region.region import PURPOSE

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Share = Annotated[float, Field(ge=0, le=1)]


class Spec(BaseModel):
    """Frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


def _plain_segment(value: object) -> object:
    return value if isinstance(value, dict) else {"id": value}


def _short_edge(value: object) -> object:
    if isinstance(value, list) and len(value) in (2, 3):
        return dict(zip(("from", "to", "lag"), value, strict=False))
    return value


class IndicatorSpec(Spec):
    """One entry under `indicators`."""

    name: str | None = None
    unit: str = "counts"
    kind: Literal["flow", "stock"] = "flow"
    sensitivity: Literal["public", "partner", "internal"] = "internal"
    delay_days: Annotated[int, Field(ge=0)] = 0


class SegmentSpec(Spec):
    """One entry under `segments`, or the properties of one feature."""

    id: Id
    name: str | None = None
    border: Id = "all"
    kind: Literal["land", "river", "sea", "other"] = "land"
    length_m: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    neighbours: tuple[str, ...] = ()


class StepSpec(Spec):
    """One segment of a route: an id alone, or with the direction in which the route uses it."""

    id: str
    from_country: CountryCode | None = Field(default=None, alias="from")
    to_country: CountryCode | None = Field(default=None, alias="to")
    headline: bool = False


class EdgeSpec(Spec):
    """`[from segment, to segment]`, `[from, to, lag]`, or a mapping with these keys."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    lag: Annotated[int, Field(ge=0)] = 1


class RouteSpec(Spec):
    """One entry under `routes`."""

    id: Id
    name: str | None = None
    segments: Annotated[tuple[Annotated[StepSpec, BeforeValidator(_plain_segment)], ...], Field(min_length=1)]
    edges: tuple[Annotated[EdgeSpec, BeforeValidator(_short_edge)], ...] = ()
    entries: tuple[str, ...] = ()
    exits: tuple[str, ...] = ()


class CapacitySpec(Spec):
    """One entry under `capacities`: an input with an owner and a date."""

    segment: str
    indicator: str
    value: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    owner: str
    as_of: date


class EventSpec(Spec):
    """One entry under `events`."""

    id: Id
    name: str
    start: date
    end: date | None = None
    segments: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()


class RiskSpec(Spec):
    """`risk`: limits of the indicative pressure bands (design §2)."""

    exceedance_limits: tuple[Share, Share, Share] = (0.20, 0.40, 0.60)
    history_percentiles: tuple[float, float, float] = (75.0, 90.0, 97.0)
    history_probability: Share = 0.5
    history_years: Annotated[int, Field(ge=1)] = 3
    min_history_periods: dict[Literal["W", "M"], Annotated[int, Field(ge=1)]] = {"W": 26, "M": 12}
    hysteresis_margin: Annotated[float, Field(ge=0, lt=1)] = 0.05
    raise_by_vulnerability: Literal["low", "moderate", "high", "very_high"] | None = None
    raise_by_impact: Literal["low", "moderate", "high", "very_high"] | None = None
    raise_from: Literal["low", "moderate", "high", "very_high"] = "moderate"


class SettingsSpec(Spec):
    """`region.yaml` without its lists, which are checked entry by entry."""

    name: str | None = None
    freq: Literal["W", "M"]
    pack_version: str = "1"
    purpose: str = PURPOSE
    indicators: Annotated[dict[Id, IndicatorSpec], Field(min_length=1)]
    aliases: dict[str, str] = Field(default_factory=dict)
    countries: dict[CountryCode, str] = Field(default_factory=dict)
    forecast_nationalities: tuple[str, ...] = ()
    risk: RiskSpec = RiskSpec()
    disclosure: DisclosureSpec = DisclosureSpec()
    crs: str | None = None
    footnote: str | None = None


class CrossingPointSpec(Spec):
    """One row of `crossing_points.csv`."""

    id: Id
    name: str
    border: Id
    segment: str
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    mode: str = "road"


class CrosswalkSpec(Spec):
    """One row of `crosswalk.csv`: the share of a coarser place's figure that one cell takes."""

    place_kind: Literal["crossing_point", "segment", "border", "country", "route", "region"]
    place: str
    cell: str
    weight: Share


class RenamedSpec(Spec):
    """One row of `renamed.csv`: a place's id in an earlier pack, and what it is called since."""

    old: Id
    new: Id
    since: str  # the pack_version that changed it
