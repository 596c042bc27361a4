"""A region's shapes for every map, in one projected CRS: countries, segments, names, middles. Drawers only draw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import pandas as pd
from shapely import union_all
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geo.pack.load import country_shapes
from geo.region.region import Region

DEFAULT_CRS = "EPSG:3035"
BOUNDARY_LINE = "SRB-XKX"  # Serbia's and Kosovo*'s, drawn neutral and dotted
AREAS = ("Polygon", "MultiPolygon")
SIMPLIFY_M = 1500.0
COLUMNS = ["id", "name", "kind", "in_region", "label_x", "label_y", "geometry"]
Path = tuple[list[float | None], list[float | None]]  # x and y in metres; None lifts the pen
Name = tuple[str, float, float]  # what is written, and where


@dataclass(frozen=True, eq=False)
class Ground:
    """What lies behind the segments.

    Attributes:
        crs: Projected CRS of all coordinates, metres.
        shapes: Rows of `geo.pack.load.country_shapes`, projected, `label_x, label_y` for the names; none where the
            pack has no countries.
        edges: (route id, segment, next segment) of the route graph.
        crossings: Crossing points.
    """

    crs: str
    shapes: gpd.GeoDataFrame
    edges: tuple[tuple[str, str, str], ...] = ()
    crossings: tuple[Name, ...] = ()

    @property
    def countries(self) -> gpd.GeoDataFrame:
        """Areas to fill."""
        return self.shapes[self.shapes["kind"].eq("country")]

    @property
    def lines(self) -> Mapping[str, gpd.GeoDataFrame]:
        """Lines to draw: `border` solid, `boundary_line` dotted."""
        return {kind: self.shapes[self.shapes["kind"].eq(kind)] for kind in ("border", "boundary_line")}

    @cached_property
    def land(self) -> BaseGeometry:
        """The countries as one area, as simple as they are drawn; empty without countries."""
        return union_all(self.countries.geometry.simplify(SIMPLIFY_M).make_valid().to_numpy())

    @cached_property
    def names(self) -> list[Name]:
        """Names of the region's countries."""
        mine = self.countries[self.countries["in_region"].astype(bool)]
        return [(str(n), x, y) for n, x, y in zip(mine["name"], mine["label_x"], mine["label_y"], strict=True)]

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        """Simplified outlines: `outside` and `inside` the region, `border` and `boundary_line`."""
        plain = self.shapes.geometry.simplify(SIMPLIFY_M)
        kind, inside = self.shapes["kind"], self.shapes["in_region"].astype(bool)
        looks = {"outside": kind.eq("country") & ~inside, "inside": kind.eq("country") & inside}
        looks |= {name: kind.eq(name) for name in self.lines}
        return {name: trace_path(plain[mine]) for name, mine in looks.items()}


def ground_of(region: Region | None) -> Ground:
    """The ground of a region; without shapes where its pack has none."""
    crs = (region.crs if region else None) or DEFAULT_CRS
    edges = tuple((route.id, e.source, e.target) for route in (region.routes if region else ()) for e in route.edges)
    points = region.crossing_points if region else ()
    places = gpd.GeoSeries.from_xy([p.lon for p in points], [p.lat for p in points], crs="EPSG:4326").to_crs(crs)
    crossings = tuple((p.name, at.x, at.y) for p, at in zip(points, places, strict=True))
    shapes = country_shapes(region) if region else None
    if shapes is None:
        return Ground(crs, gpd.GeoDataFrame(columns=COLUMNS, geometry="geometry", crs=crs), edges, crossings)
    at = gpd.GeoSeries.from_xy(shapes["label_lon"], shapes["label_lat"], index=shapes.index, crs="EPSG:4326").to_crs(
        crs
    )
    return Ground(crs, shapes.to_crs(crs).assign(label_x=at.x, label_y=at.y)[COLUMNS], edges, crossings)


def segment_lines(region: Region, crs: str) -> gpd.GeoDataFrame:
    """`segment, name, border, geometry` of the region's segments that have a geometry, projected."""
    shaped = [s for s in region.segments if s.geometry is not None]
    table = pd.DataFrame([(s.id, s.name, s.border) for s in shaped], columns=["segment", "name", "border"])
    return gpd.GeoDataFrame(table, geometry=[s.geometry for s in shaped], crs="EPSG:4326").to_crs(crs)


def with_shape(table: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    """The rows that have a geometry, projected."""
    return table[table.geometry.notna() & ~table.geometry.is_empty].to_crs(crs)


def is_area(shapes: gpd.GeoDataFrame) -> pd.Series:
    """Whether each is an area at sea, not a line."""
    return shapes.geometry.geom_type.isin(AREAS)


def land_bounds(shapes: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """West, south, east, north of the lines; areas at sea reach far out and are cut."""
    land = shapes[~is_area(shapes)]
    return tuple(map(float, (land if len(land) else shapes).total_bounds))  # type: ignore[return-value]


def lines_of(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The lines of a geometry; of an area its outlines."""
    if geometry.geom_type == "Polygon":
        return [geometry.exterior]
    if geometry.geom_type == "LineString":
        return [geometry]
    return [line for part in getattr(geometry, "geoms", ()) for line in lines_of(part)]


def middle(geometry: BaseGeometry) -> Point:
    """Half-way along the longest line; of an area a point inside."""
    if geometry.geom_type in AREAS:
        return geometry.representative_point()
    return max(lines_of(geometry), key=lambda part: part.length).interpolate(0.5, normalized=True)


def trace_path(geometries: Iterable[BaseGeometry]) -> Path:
    """All lines (of areas: outlines) as one path with the pen lifted between them."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for geometry in geometries:
        for line in lines_of(geometry):
            x, y = line.xy
            xs += [*(round(v) for v in x), None]
            ys += [*(round(v) for v in y), None]
    return xs, ys


def spread_names(names: Iterable[Name], *, width_m: float, height_m: float) -> list[Name]:
    """Names moved north until none stands on another.

    >>> spread_names([("Montenegro", 0, 0), ("Kosovo*", 80_000, 5_000)], width_m=100_000, height_m=20_000)
    [('Montenegro', 0, 0), ('Kosovo*', 80000, 20000)]
    """
    placed: list[Name] = []
    for name, x, y in sorted(names, key=lambda n: n[2]):
        near = [other for _, at, other in placed if abs(at - x) < width_m and abs(other - y) < height_m]
        placed.append((name, x, max([y, *(other + height_m for other in near)])))
    return placed


def broken_name(name: str) -> list[str]:
    """A long name on two lines.

    >>> broken_name("Bosnia and Herzegovina"), broken_name("Italy")
    (['Bosnia', 'and Herzegovina'], ['Italy'])
    """
    return name.replace(" and ", "\nand ").replace("North ", "North\n").split("\n")


def clear_labels(places: Sequence[tuple[float, float]], *, width_m: float, height_m: float) -> list[int]:
    """Positions of the places whose labels don't stand over the label of one before them."""
    kept: list[int] = []
    for number, (x, y) in enumerate(places):
        if not any(abs(x - places[k][0]) < width_m and abs(y - places[k][1]) < height_m for k in kept):
            kept.append(number)
    return kept


def ordered_labels(
    options: Sequence[Sequence[tuple[float, float]]], said: Sequence[str], *, apart: tuple[float, float], most: int
) -> dict[int, int]:
    """Labels of places, the first ones first: place → which of its options stands over no label before it.

    Where a place finds no room, only those that say as much as it are labelled after it, none that says less.

    Args:
        options: Where the middle of each place's label may stand.
        said: What it says of its size.
        apart: Width and height of a label.
        most: At most so many.

    >>> beside = [[(0.0, 0.0), (0.0, 2.0)], [(0.0, 0.0), (0.0, 2.0)], [(0.0, 1.0)], [(9.0, 0.0)]]
    >>> ordered_labels(beside, ["19", "16", "3", "2"], apart=(2.0, 1.5), most=6)
    {0: 0, 1: 1}
    """
    kept: dict[int, int] = {}
    placed: list[tuple[float, float]] = []
    left_out = ""
    for place, middles in enumerate(options):
        if len(kept) == most or left_out not in ("", said[place]):
            break
        clear = (
            n
            for n, m in enumerate(middles)
            if len(clear_labels([*placed, m], width_m=apart[0], height_m=apart[1])) > len(placed)
        )
        option = next(clear, None)
        if option is None:
            left_out = said[place]
        else:
            kept[place] = option
            placed.append(middles[option])
    return kept
