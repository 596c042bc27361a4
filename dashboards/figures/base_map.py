"""What lies under the map, made once per region: country shapes, lines and routes in a projected CRS."""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
from shapely.geometry.base import BaseGeometry

from geo.pack.load import country_shapes
from geo.region.region import Region

DEFAULT_CRS = "EPSG:3035"
SIMPLIFY_M = 1500.0
Path = tuple[list[float | None], list[float | None]]  # x and y in metres; None lifts the pen
AREAS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Ground:
    """Country shapes behind the segments.

    Attributes:
        crs: Projected CRS of all coordinates, metres.
        inside: Outlines of the region's countries.
        outside: Outlines of the others.
        borders: Border lines.
        boundary: Lines that are drawn dotted (Serbia's and Kosovo*'s).
        names: (name, x, y) of the region's countries.
        edges: (route id, segment, next segment) of the route graph.
    """

    crs: str
    inside: Path
    outside: Path
    borders: Path
    boundary: Path
    names: tuple[tuple[str, float, float], ...]
    edges: tuple[tuple[str, str, str], ...] = ()


def ground_of(region: Region | None) -> Ground:
    """The ground of a region; empty where its pack has no country shapes."""
    crs = (region.crs if region else None) or DEFAULT_CRS
    edges = tuple((route.id, e.source, e.target) for route in (region.routes if region else ()) for e in route.edges)
    shapes = country_shapes(region) if region else None
    if shapes is None:
        none: Path = ([], [])
        return Ground(crs, none, none, none, none, (), edges)
    metric = shapes.to_crs(crs)
    metric["geometry"] = metric.geometry.simplify(SIMPLIFY_M)
    areas = metric[metric["kind"].eq("country")]
    named = areas[areas["in_region"]]
    at = gpd.GeoSeries.from_xy(named["label_lon"], named["label_lat"], crs="EPSG:4326").to_crs(crs)
    return Ground(
        crs,
        inside=trace_path(areas.loc[areas["in_region"], "geometry"]),
        outside=trace_path(areas.loc[~areas["in_region"].astype(bool), "geometry"]),
        borders=trace_path(metric.loc[metric["kind"].eq("border"), "geometry"]),
        boundary=trace_path(metric.loc[metric["kind"].eq("boundary_line"), "geometry"]),
        names=tuple((str(n), p.x, p.y) for n, p in zip(named["name"], at, strict=True)),
        edges=edges,
    )


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


def lines_of(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The lines of a geometry; of an area its outlines."""
    if geometry.geom_type == "Polygon":
        return [geometry.exterior]
    if geometry.geom_type == "LineString":
        return [geometry]
    return [line for part in getattr(geometry, "geoms", ()) for line in lines_of(part)]
