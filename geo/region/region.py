"""What a region pack says, as frozen values. Loading and checking stand in `geo.pack.load`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass as value
from shapely.geometry.base import BaseGeometry

from geo.region.disclosure import DisclosureRules
from geo.region.risk_inputs import AlertRule, Assessment, Budget, ImpactLevel, Level
from geo.region.value import VALUE, CountryCode, Id, Name, Share

Freq = Literal["W", "M"]
PERIODS_A_YEAR: Mapping[str, int] = {"W": 52, "M": 12}
KOSOVO, KOSOVO_NAME = "XKX", "Kosovo*"
KOSOVO_FOOTNOTE = (
    "* This designation is without prejudice to positions on status, and is in line with UNSCR 1244/1999 "
    "and the ICJ Opinion on the Kosovo declaration of independence."
)
PURPOSE = (  # of a pack that states none of its own
    "Forecasts of irregular-migration pressure for planning of border management, reception and protection. "
    "Not for decisions about persons."
)


@value(frozen=True, config=VALUE)
class Indicator:
    """What is counted, e.g. `irregular_crossings`."""

    id: str
    name: Name = ""
    unit: str = "counts"
    kind: Literal["flow", "stock"] = "flow"
    sensitivity: Literal["public", "partner", "internal"] = "internal"
    delay_days: Annotated[int, Field(ge=0)] = 0  # from the end of a period until its figure is known


@value(frozen=True, config=VALUE)
class Segment:
    """A piece of a border, or a sea area, that one unit plans for."""

    id: Id
    name: Name = ""
    border: Id = "all"  # "HUN-SRB", "SEA", or whatever a user's pack says
    kind: Literal["land", "river", "sea", "other"] = "land"
    length_m: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    neighbours: tuple[str, ...] = ()
    geometry: BaseGeometry | None = None  # WGS 84; a line on land, a polygon or line at sea


def _plain_step(text: object) -> object:
    return text if isinstance(text, dict | RouteStep) else {"id": text}


def _short_edge(text: object) -> object:
    if isinstance(text, list) and len(text) in (2, 3):
        return dict(zip(("from", "to", "lag"), text, strict=False))
    return text


@value(frozen=True, config=VALUE)
class Edge:
    """Flow moves from one segment of a route to the next, typically after `lag` periods.

    As text `[from, to]`, `[from, to, lag]`, or a mapping with these keys.
    """

    source: str = Field(validation_alias="from")
    target: str = Field(validation_alias="to")
    lag: Annotated[int, Field(ge=0)] = 1


@value(frozen=True, config=VALUE)
class RouteStep:
    """One segment of a route: an id alone, or with the direction in which the route uses it."""

    id: str
    from_country: CountryCode | None = Field(default=None, validation_alias="from")
    to_country: CountryCode | None = Field(default=None, validation_alias="to")
    headline: bool = False


PlainStep = Annotated[RouteStep, BeforeValidator(_plain_step)]
ShortEdge = Annotated[Edge, BeforeValidator(_short_edge)]


def _listed_names(text: object) -> object:
    return tuple(name.strip() for name in text.split("|") if name.strip()) if isinstance(text, str) else text


@value(frozen=True, config=VALUE)
class Route:
    """A named migration route: a directed graph over segments."""

    id: Id
    name: Name = ""
    steps: tuple[PlainStep, ...] = Field(validation_alias="segments", min_length=1)  # type: ignore[misc]
    edges: tuple[ShortEdge, ...] = ()
    entries: tuple[str, ...] = ()
    exits: tuple[str, ...] = ()

    @property
    def segments(self) -> tuple[str, ...]:
        """Ids of its segments."""
        return tuple(step.id for step in self.steps)


@dataclass(frozen=True)
class Cell:
    """One (route, segment) that exists, with its direction: the grid's unit."""

    route: str
    segment: str
    from_country: str = ""
    to_country: str = ""
    headline: bool = False

    @property
    def id(self) -> str:
        """`<route>/<segment>`."""
        return f"{self.route}/{self.segment}"


@value(frozen=True, config=VALUE)
class CrossingPoint:
    """An official border crossing point (BCP), inside a segment."""

    id: Id
    name: str
    border: Id
    segment: str
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    mode: str = "road"
    aliases: Annotated[tuple[str, ...], BeforeValidator(_listed_names)] = ()  # as the neighbours write it, too


@value(frozen=True, config=VALUE)
class Capacity:
    """A planned capacity: an input with an owner and a date."""

    segment: str
    indicator: str
    value: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    owner: str
    as_of: date


@value(frozen=True, config=VALUE)
class Event:
    """A dated policy change, closure or season: a regressor and a mark on charts."""

    id: Id
    name: str
    start: date
    end: date | None = None
    segments: tuple[str, ...] = ()  # empty: the whole region
    routes: tuple[str, ...] = ()


@value(frozen=True, config=VALUE)
class RiskRules:
    """Limits of the indicative pressure bands (design §2); a pack may change them in `region.yaml`."""

    exceedance_limits: tuple[Share, Share, Share] = (0.20, 0.40, 0.60)  # moderate, high, very high
    history_percentiles: tuple[float, float, float] = (75.0, 90.0, 97.0)
    history_probability: Share = 0.5
    history_years: Annotated[int, Field(ge=1)] = 3
    min_history_periods: Mapping[Freq, Annotated[int, Field(ge=1)]] = Field(default={"W": 26, "M": 12})
    hysteresis_margin: Annotated[float, Field(ge=0, lt=1)] = 0.05  # how far below its limit a band falls
    raise_by_vulnerability: Level | None = None  # from this level on it raises the band by one; None: never
    raise_by_impact: Level | None = None
    raise_from: Level = "moderate"  # the least band of the threat that can be raised


@dataclass(frozen=True)
class Region:
    """A region pack: everything that is reference data for one forecast."""

    id: str
    name: str
    freq: Freq
    pack_version: str
    indicators: Mapping[str, Indicator]
    segments: tuple[Segment, ...]
    routes: tuple[Route, ...]
    cells: tuple[Cell, ...]  # the order of the grid's cell dimension
    crossing_points: tuple[CrossingPoint, ...] = ()
    capacities: tuple[Capacity, ...] = ()
    events: tuple[Event, ...] = ()
    assessments: tuple[Assessment, ...] = ()  # stated vulnerability and impact
    impact_levels: tuple[ImpactLevel, ...] = ()
    alert_rules: tuple[AlertRule, ...] = ()
    budgets: tuple[Budget, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)  # other spelling → id of a place
    nationality_aliases: Mapping[str, str] = field(default_factory=dict)  # other spelling → code
    crosswalk: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)
    # ^ (place_kind, place) → {cell id: weight}, a table of the user's; wins over derived weights
    countries: Mapping[str, str] = field(default_factory=dict)  # alpha-3 → name, with "Kosovo*"
    forecast_nationalities: tuple[str, ...] = ()
    horizon: int | None = None  # periods that a run looks ahead, unless it is told
    risk: RiskRules = field(default_factory=RiskRules)
    disclosure: DisclosureRules = field(default_factory=DisclosureRules)
    crs: str | None = None  # projected CRS of maps and distances, e.g. "EPSG:3035"
    footnote: str | None = None  # shown wherever Kosovo* may be named
    purpose: str = PURPOSE
    contact: str | None = None  # whom readers of a briefing may ask: an office, no person's name
    folder: Path | None = None

    @cached_property
    def segment_by_id(self) -> Mapping[str, Segment]:
        """Segments by id."""
        return {s.id: s for s in self.segments}

    @cached_property
    def route_by_id(self) -> Mapping[str, Route]:
        """Routes by id."""
        return {r.id: r for r in self.routes}

    @cached_property
    def cell_index(self) -> Mapping[str, int]:
        """Position of each cell id on the grid."""
        return {c.id: i for i, c in enumerate(self.cells)}

    @cached_property
    def derived(self) -> dict[Any, Any]:
        """Tables that other modules of `geo` derive from this region, each made once (names, cells of a place)."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """Without what is derived: it is made anew where the region is sent to."""
        return {key: value for key, value in self.__dict__.items() if key in self.__dataclass_fields__}

    @property
    def has_geometry(self) -> bool:
        """Whether maps can be drawn."""
        return any(s.geometry is not None for s in self.segments)
