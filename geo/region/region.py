"""What a region pack says, as frozen values. Loading and checking stand in `geo.pack.load`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

from geo.region.disclosure import DisclosureRules
from geo.region.risk_inputs import AlertRule, Assessment, Budget, ImpactLevel

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


@dataclass(frozen=True)
class Indicator:
    """What is counted, e.g. `irregular_crossings`."""

    id: str
    name: str
    unit: str
    kind: Literal["flow", "stock"] = "flow"
    sensitivity: Literal["public", "partner", "internal"] = "internal"
    delay_days: int = 0  # from the end of a period until its figure is known


@dataclass(frozen=True)
class Segment:
    """A piece of a border, or a sea area, that one unit plans for."""

    id: str
    name: str
    border: str  # "HUN-SRB", "SEA", or whatever a user's pack says
    kind: Literal["land", "river", "sea", "other"] = "land"
    length_m: float = float("nan")
    neighbours: tuple[str, ...] = ()
    geometry: BaseGeometry | None = None  # WGS 84; a line on land, a polygon or line at sea


@dataclass(frozen=True)
class Edge:
    """Flow moves from one segment of a route to the next, typically after `lag` periods."""

    source: str
    target: str
    lag: int = 1


@dataclass(frozen=True)
class Route:
    """A named migration route: a directed graph over segments."""

    id: str
    name: str
    segments: tuple[str, ...]
    edges: tuple[Edge, ...] = ()
    entries: tuple[str, ...] = ()
    exits: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class CrossingPoint:
    """An official border crossing point (BCP), inside a segment."""

    id: str
    name: str
    border: str
    segment: str
    lon: float
    lat: float
    mode: str = "road"


@dataclass(frozen=True)
class Capacity:
    """A planned capacity: an input with an owner and a date."""

    segment: str
    indicator: str
    value: float
    owner: str
    as_of: date


@dataclass(frozen=True)
class Event:
    """A dated policy change, closure or season: a regressor and a mark on charts."""

    id: str
    name: str
    start: date
    end: date | None = None
    segments: tuple[str, ...] = ()  # empty: the whole region
    routes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RiskRules:
    """Limits of the indicative pressure bands (design §2); a pack may change them in `region.yaml`."""

    exceedance_limits: tuple[float, float, float] = (0.20, 0.40, 0.60)  # moderate, high, very high
    history_percentiles: tuple[float, float, float] = (75.0, 90.0, 97.0)
    history_probability: float = 0.5
    history_years: int = 3
    min_history_periods: Mapping[str, int] = field(default_factory=lambda: {"W": 26, "M": 12})
    hysteresis_margin: float = 0.05  # a band falls only once its probability is this far below the limit
    raise_by_vulnerability: str | None = None  # from this level on it raises the band by one; None: never
    raise_by_impact: str | None = None
    raise_from: str = "moderate"  # the least band of the threat that can be raised


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
    crosswalk: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)
    # ^ (place_kind, place) → {cell id: weight}, a table of the user's; wins over derived weights
    countries: Mapping[str, str] = field(default_factory=dict)  # alpha-3 → name, with "Kosovo*"
    forecast_nationalities: tuple[str, ...] = ()
    risk: RiskRules = field(default_factory=RiskRules)
    disclosure: DisclosureRules = field(default_factory=DisclosureRules)
    crs: str | None = None  # projected CRS of maps and distances, e.g. "EPSG:3035"
    footnote: str | None = None  # shown wherever Kosovo* may be named
    purpose: str = PURPOSE
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
