"""Draw a region pack so that it can be looked at: countries, segments, crossing points, routes."""

import html
import io
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from geo.pack.map_shapes import AREAS, BOUNDARY_LINE, Ground, ground_of, middle, segment_lines
from geo.region.region import Region

SUFFIXES = (".png", ".svg", ".html")
SIZE_IN = (15.0, 12.0)
LAND, FAR_LAND, SEA, LINE, INK = "#f4f3ef", "#e9e8e3", "#dbe6ed", "#b5b2a8", "#333333"
SHADES = ("#1d1d1d", "#8a8a8a")  # neighbouring segments of a border
ROUTE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7b4fa3", "#8c6d31")
MOST_LABELS = 260
DOTTED = (0, (1, 1.6))
STYLE: Any = {"svg.hashsalt": "routecast", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 8}


def draw_region(region: Region, out: Path) -> None:
    """Write a map of the region as PNG, SVG, or HTML with a table of its segments.

    Raises:
        ValueError: the region has no geometry, or the file's ending is none of `SUFFIXES`.
    """
    if out.suffix not in SUFFIXES:
        raise ValueError(f"{out}: expected a file that ends with {', '.join(SUFFIXES)}.")
    if not region.has_geometry or region.crs is None:
        raise ValueError(f"{region.id}: expected geometry to draw, the pack has none. Put a segments.geojson into it.")
    kind = "png" if out.suffix == ".png" else "svg"
    with mpl.rc_context(STYLE):
        figure = _figure(region)
        content = io.BytesIO()
        no_date = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(content, format=kind, dpi=130, metadata=no_date)
    text = content.getvalue()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(_page(region, text.decode()).encode() if out.suffix == ".html" else text)


def _figure(region: Region) -> Figure:
    figure = Figure(figsize=SIZE_IN, layout="constrained")
    axes = figure.add_subplot()
    # without countries nothing is known of sea and land
    ground = ground_of(region)
    sea = SEA if len(ground.shapes) else LAND
    axes.set_facecolor(sea)
    axes.set_axis_off()
    axes.add_patch(mpl.patches.Rectangle((0, 0), 1, 1, transform=axes.transAxes, color=sea, zorder=-1))
    drawn = segment_lines(region, ground.crs)
    centre = {s: middle(shape) for s, shape in zip(drawn["segment"], drawn.geometry, strict=True)}
    _countries(axes, ground)
    _segments(axes, drawn)
    _routes(axes, region, centre)
    _points(axes, region)
    if len(drawn) <= MOST_LABELS:
        for name, at in centre.items():
            axes.annotate(name, (at.x, at.y), fontsize=4.6, color=INK, ha="center", va="center", path_effects=[_halo()])
    west, south, east, north = drawn.total_bounds
    margin = 0.06 * max(east - west, north - south)
    axes.set(xlim=(west - margin, east + margin), ylim=(south - margin, north + margin), aspect="equal")
    axes.set_title(
        f"{region.name}: {len(region.segments)} segments, {len(region.cells)} cells, pack {region.pack_version}"
    )
    if region.footnote:
        figure.supxlabel(region.footnote, fontsize=7, color=INK)
    return figure


def _countries(axes: Axes, ground: Ground) -> None:
    if ground.shapes.empty:
        return
    lands = ground.countries
    lands.plot(ax=axes, color=np.where(lands["in_region"].astype(bool), LAND, FAR_LAND), zorder=0)
    for kind, style in (("border", "solid"), ("boundary_line", DOTTED)):
        if len(ground.lines[kind]):
            ground.lines[kind].plot(ax=axes, color=LINE, linewidth=0.7, linestyle=style, zorder=1)
    look: dict[str, Any] = {"fontsize": 11, "color": "#77736a", "ha": "center", "zorder": 6, "path_effects": [_halo()]}
    for name, x, y in zip(lands["name"], lands["label_x"], lands["label_y"], strict=True):
        axes.annotate(name, (x, y), clip_on=True, annotation_clip=True, **look)


def _segments(axes: Axes, drawn: gpd.GeoDataFrame) -> None:
    for number, (name, shape) in enumerate(zip(drawn["segment"], drawn.geometry, strict=True)):
        series = gpd.GeoSeries([shape])
        if shape.geom_type in AREAS:
            series.plot(ax=axes, facecolor="none", edgecolor="#5b87a6", linewidth=1, linestyle="dashed", zorder=1)
        else:
            style = DOTTED if name.startswith(BOUNDARY_LINE) else "solid"
            series.plot(ax=axes, color=SHADES[number % 2], linewidth=2.2, linestyle=style, zorder=2, gid=name)


def _routes(axes: Axes, region: Region, centre: dict[str, Any]) -> None:
    handles = []
    for number, route in enumerate(region.routes):
        colour = ROUTE_COLOURS[number % len(ROUTE_COLOURS)]
        edges = [e for e in route.edges if e.source in centre and e.target in centre]
        both_ways = {(e.source, e.target) for e in edges} >= {(e.target, e.source) for e in edges}
        for edge in edges if not both_ways else []:  # a graph of neighbours has no direction to show
            start, end = centre[edge.source], centre[edge.target]
            arrow = {"arrowstyle": "-|>", "color": colour, "alpha": 0.35, "lw": 0.7, "mutation_scale": 7}
            axes.annotate("", (end.x, end.y), (start.x, start.y), arrowprops={**arrow, "shrinkA": 3, "shrinkB": 3})
        handles.append(Line2D([], [], color=colour, label=f"{route.name} ({len(route.segments)} segments)"))
    axes.legend(handles=handles, loc="lower left", fontsize=8, title="Routes", framealpha=0.9)


def _points(axes: Axes, region: Region) -> None:
    if not region.crossing_points:
        return
    lon, lat = zip(*((p.lon, p.lat) for p in region.crossing_points), strict=True)
    places = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326").to_crs(region.crs)
    axes.scatter(places.x, places.y, s=9, color="white", edgecolor="#c2410c", linewidth=0.8, zorder=4)


def _halo() -> withStroke:
    return withStroke(linewidth=1.6, foreground="white", alpha=0.85)


def _page(region: Region, svg: str) -> str:
    """One self-contained page: the map, and what it shows as a table."""
    points: dict[str, list[str]] = {}
    for point in region.crossing_points:
        points.setdefault(point.segment, []).append(point.name)
    facts = [
        (
            s.id,
            s.name,
            s.kind,
            "" if s.length_m is None else f"{s.length_m / 1000:.0f}",
            ", ".join(s.neighbours),
            ", ".join(points.get(s.id, [])),
        )
        for s in region.segments
    ]
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(v)}</td>" for v in row) + "</tr>\n" for row in facts)
    heads = "".join(f"<th>{h}</th>" for h in ("Segment", "Name", "Kind", "km", "Neighbours", "Crossing points"))
    title, footnote = html.escape(region.name), html.escape(region.footnote or "")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>body{{font:14px sans-serif;'
        "margin:1rem}svg{max-width:100%;height:auto}table{border-collapse:collapse}td,th{border:1px solid #ccc;"
        f"padding:2px 6px;text-align:left}}</style><h1>{title}</h1>{svg[svg.index('<svg') :]}"
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table><p>{footnote}</p></html>\n"
    )
