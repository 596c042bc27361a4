"""An edition's segments as lines of the map, in its own units; made once per edition, whatever is chosen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Point, box
from shapely.geometry.base import BaseGeometry

from dashboards.figures.base_map import AREAS, Ground, Path, lines_of

WIDTH = 1000.0  # units from the western to the eastern edge
MARGIN = 0.03
SIMPLIFY = 0.4  # units; less than a pixel on a screen
AREA_SIMPLIFY = 2.0
FLOW_GAP = 0.12  # of an arrow's length that is left free at either end
LOOKS = ("outside", "inside", "borders", "boundary")
NAME_WIDTH, NAME_HEIGHT = 100.0, 22.0


@dataclass(frozen=True)
class Shape:
    """One segment: an SVG path, whether it is an area, and where its number stands."""

    path: str
    area: bool
    x: float
    y: float


@dataclass(frozen=True)
class FlowArrow:
    """An arrow of a route from one border to the next."""

    route: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Shapes:
    """All that is drawn, in units from the map's north-western corner.

    Attributes:
        height: Units from north to south.
        ground: Paths by look: `outside`, `inside`, `borders`, `boundary`.
        names: (name, x, y) of the region's countries, none on another.
        segments: By unit id.
        flows: Arrows of all routes.
    """

    height: float
    ground: Mapping[str, str]
    names: tuple[tuple[str, float, float], ...]
    segments: Mapping[str, Shape]
    flows: tuple[FlowArrow, ...]


@dataclass(frozen=True)
class _View:
    """Metres to units."""

    west: float
    south: float
    east: float
    north: float

    @property
    def scale(self) -> float:
        """Pixels per metre."""
        return WIDTH / max(self.east - self.west, 1.0)

    def path(self, trace: Path) -> str:
        """A path in metres, its pen lifted at None, as an SVG path."""
        pieces, pen = [], "M"
        for x, y in zip(*trace, strict=True):
            if x is None or y is None:
                pen = "M"
                continue
            pieces.append(
                f"{pen}{round((x - self.west) * self.scale, 1):g} {round((self.north - y) * self.scale, 1):g}"
            )
            pen = "L"
        return "".join(pieces)

    def units(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry in the map's units, y downwards."""
        return shapely.transform(geometry, lambda at: (at - [self.west, self.north]) * [self.scale, -self.scale])


def shapes_of(risk: pd.DataFrame, ground: Ground) -> Shapes | None:
    """The map of an edition; None where its risk table holds no geometry.

    Args:
        risk: An edition's risk table, a GeoDataFrame (any CRS) where the region has geometry.
        ground: Countries and routes of its region.
    """
    if not isinstance(risk, gpd.GeoDataFrame):
        return None
    mine = risk[risk["level"].eq("segment")].drop_duplicates("unit")
    drawn = mine[mine.geometry.notna() & ~mine.geometry.is_empty].to_crs(ground.crs)
    if drawn.empty:
        return None
    view = _view(drawn)
    frame = box(view.west, view.south, view.east, view.north)
    segments = {str(r["unit"]): _shape(r.geometry, view, frame) for _, r in drawn.iterrows()}
    border = {str(r["segment"]): str(r["border"]) for _, r in drawn.iterrows()}
    return Shapes(
        height=round((view.north - view.south) * view.scale, 1),
        ground={look: view.path(getattr(ground, look)) for look in LOOKS},
        names=tuple(spread_names([(n, *_at(view.units(Point(x, y)))) for n, x, y in ground.names])),
        segments=segments,
        flows=tuple(_flows(ground, segments, border)),
    )


def _view(drawn: gpd.GeoDataFrame) -> _View:
    """Extent of the land borders; sea areas reach far out and are cut."""
    land = drawn[~drawn.geometry.geom_type.isin(AREAS)]
    west, south, east, north = (land if len(land) else drawn).total_bounds
    margin = MARGIN * max(east - west, north - south, 1.0)
    return _View(west - margin, south - margin, east + margin, north + margin)


def _shape(geometry: BaseGeometry, view: _View, frame: BaseGeometry) -> Shape:
    area = geometry.geom_type in AREAS
    drawn = view.units(geometry).simplify(AREA_SIMPLIFY if area else SIMPLIFY)
    if area:
        seen = geometry.intersection(frame)
        x, y = _at(view.units((geometry if seen.is_empty else seen).representative_point()))
        x, y = float(np.clip(x, 12, WIDTH - 12)), float(np.clip(y, 12, (view.north - view.south) * view.scale - 12))
    else:
        x, y = _at(middle(view.units(geometry)))
    return Shape(path_of([drawn]), area, x, y)


def middle(line: BaseGeometry) -> Point:
    """Half-way along a geometry's longest line."""
    longest = max(lines_of(line), key=lambda part: part.length)
    return longest.interpolate(0.5, normalized=True)


def path_of(geometries: Iterable[BaseGeometry]) -> str:
    """The outlines as an SVG path, one decimal.

    >>> from shapely.geometry import LineString
    >>> path_of([LineString([(0, 0), (1.04, 2)])])
    'M0 0L1 2'
    """
    parts = []
    for geometry in geometries:
        for line in lines_of(geometry):
            points = np.round(shapely.get_coordinates(line), 1)
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points))
    return "".join(parts)


def _at(point: Point) -> tuple[float, float]:
    return round(point.x, 1), round(point.y, 1)


def spread_names(names: Iterable[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """Country names moved north (up) until none stands on another.

    >>> spread_names([("Montenegro", 0, 100), ("Kosovo*", 80, 95)])
    [('Montenegro', 0, 100), ('Kosovo*', 80, 78.0)]
    """
    placed: list[tuple[str, float, float]] = []
    for name, x, y in sorted(names, key=lambda n: -n[2]):
        near = [other for _, at, other in placed if abs(at - x) < NAME_WIDTH and abs(other - y) < NAME_HEIGHT]
        placed.append((name, x, min([y, *(other - NAME_HEIGHT for other in near)])))
    return placed


def _flows(ground: Ground, segments: Mapping[str, Shape], border: Mapping[str, str]) -> Iterable[FlowArrow]:
    """One arrow per route and pair of borders, between the middles of what the route uses there."""
    ends: dict[tuple[str, str, str], list[tuple[Shape, Shape]]] = {}
    for route, source, target in ground.edges:
        pair = segments.get(f"segment:{source}"), segments.get(f"segment:{target}")
        if pair[0] is not None and pair[1] is not None:
            ends.setdefault((route, border[source], border[target]), []).append((pair[0], pair[1]))
    for (route, _, _), pairs in ends.items():
        start, stop = (np.mean([(p[i].x, p[i].y) for p in pairs], axis=0) for i in (0, 1))
        (x1, y1), (x2, y2) = start + FLOW_GAP * (stop - start), stop - FLOW_GAP * (stop - start)
        yield FlowArrow(route, *(round(float(v), 1) for v in (x1, y1, x2, y2)))
