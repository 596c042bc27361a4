"""The region's map: segments by pressure band on pale countries, in a projected CRS, from own geometry alone."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

from dashboards.edition_view.facts import TOP, Facts
from dashboards.edition_view.unusual import mark_of, watched
from dashboards.figures.svg.fan import INK, STYLE, WIDTH_IN, svg_bytes
from dashboards.wording import formats as words
from dashboards.wording.bands import ALL_BANDS, NO_BAND, band
from dashboards.wording.pages import WATCH, WATCH_MARK
from geo.pack.map_shapes import (
    AREAS,
    BOUNDARY_LINE,
    Ground,
    broken_name,
    ground_of,
    is_area,
    lines_of,
    middle,
    segment_lines,
    with_shape,
)
from geo.region.region import Region

HEIGHT_IN = 3.75
LAND, FAR_LAND, SEA, LINE = "#f4f3ef", "#e9e8e3", "#dbe6ed", "#b5b2a8"
WEAK_SHARE = 0.8
PRINTED_WIDTH = 0.75  # of the screen's line width: the page's map is small
DOTTED = (0, (1, 1.6))
DASHED = (0, (3, 1.5))


def pressure_map(facts: Facts, region: Region | None) -> bytes | None:
    """The map as SVG; None where the edition holds no geometry."""
    ranked = facts.ranked
    if not isinstance(facts.edition.risk, gpd.GeoDataFrame) or "geometry" not in ranked:
        return None
    ground = ground_of(region)
    lines = with_shape(gpd.GeoDataFrame(ranked, geometry="geometry", crs=facts.edition.risk.crs), ground.crs)
    return None if lines.empty else _draw(lines, facts, ground, _without_forecast(region, lines))


def _without_forecast(region: Region | None, lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Lines of the region's segments that the edition has no forecast for.

    Areas at sea are left out, and so is Serbia's and Kosovo*'s line: the countries' shapes hold it, dotted.
    """
    if region is None:
        return None
    every = segment_lines(region, lines.crs)
    return every[~every["segment"].isin(lines["segment"]) & every["border"].ne(BOUNDARY_LINE) & ~is_area(every)]


def _draw(lines: gpd.GeoDataFrame, facts: Facts, ground: Ground, unknown: gpd.GeoDataFrame | None) -> bytes:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN))
        axes = figure.add_axes((0, 0, 1, 1))
        view = _view(lines, _numbered(lines, facts))
        frame_axes(axes, view)
        if len(ground.shapes):
            draw_countries(axes, ground, far=FAR_LAND)
            draw_names(axes, ground, view, facts.countries)
        if unknown is not None and len(unknown):
            unknown.plot(ax=axes, color=NO_BAND.colour, linewidth=0.9, aspect=None, zorder=2)
        for _, row in lines.sort_values("rank", ascending=False).iterrows():
            _draw_segment(axes, row)
        for _, row in _numbered(lines, facts).iloc[::-1].iterrows():
            _number(axes, row, mark_of(facts, row))
            if row["unit"] in facts.unusual:
                _name(axes, row, facts.title(row))
        dotted = len(ground.lines["boundary_line"]) > 0
        no_forecast = unknown is not None and len(unknown) > 0
        _legend(axes, lines, unknown=no_forecast, boundary_line=dotted, marked=bool(facts.unusual))
    return svg_bytes(figure)


def _numbered(lines: gpd.GeoDataFrame, facts: Facts) -> gpd.GeoDataFrame:
    """The table's rows: the first by rank, and those to watch."""
    return lines[
        lines["rank"].le(TOP) & ~lines["unit"].isin(facts.unusual) | lines["unit"].isin(watched(facts)["unit"])
    ]


def _view(lines: gpd.GeoDataFrame, numbered: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Extent of the borders and of the numbered points, with a margin, widened to the figure's shape.

    Sea areas reach far out; they are cut where the borders end.
    """
    on_land = lines[~is_area(lines)]
    middles = gpd.GeoSeries([middle(g) for g in numbered["geometry"]], crs=lines.crs)
    shapes = pd.concat([on_land.geometry, middles.buffer(40_000)]) if len(on_land) else lines.geometry
    west, south, east, north = shapes.total_bounds
    width, height = max(east - west, 1.0) * 1.12, max(north - south, 1.0) * 1.1
    shape = WIDTH_IN / HEIGHT_IN
    width, height = max(width, height * shape), max(height, width / shape)
    x, y = (west + east) / 2, (south + north) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def frame_axes(axes: Axes, view: tuple[float, float, float, float]) -> None:
    """Show west, south, east, north (metres), without axes."""
    axes.set(xlim=(view[0], view[2]), ylim=(view[1], view[3]), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def draw_countries(axes: Axes, ground: Ground, *, far: str) -> None:
    """Pale countries in the sea, those outside the region in the colour `far`; the boundary line neutral and dotted."""
    axes.set_facecolor(SEA)
    fill = ground.countries["in_region"].map({True: LAND, False: far})
    ground.countries.plot(ax=axes, facecolor=fill, edgecolor=fill, linewidth=0.3, aspect=None)
    for kind, style in (("border", "solid"), ("boundary_line", DOTTED)):
        if len(ground.lines[kind]):
            ground.lines[kind].plot(ax=axes, color=LINE, linewidth=0.6, linestyle=style, aspect=None)
    axes.set(xlabel="", ylabel="")


def draw_names(axes: Axes, ground: Ground, view: tuple[float, ...], names: Mapping[str, str]) -> None:
    """Names of the region's countries whose middle is in view."""
    halo = [Stroke(linewidth=1.6, foreground=LAND, alpha=0.85), Normal()]
    look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 5.7, "path_effects": halo, "zorder": 7}
    for _, one in ground.countries[ground.countries["in_region"].astype(bool)].iterrows():
        x, y, code = one["label_x"], one["label_y"], str(one["id"])
        if view[0] < x < view[2] and view[1] < y < view[3]:
            name = words.country(code, {code: one["name"], **names})
            axes.text(x, y, "\n".join(broken_name(name)), color=INK, **look)


def _draw_segment(axes: Axes, row: pd.Series) -> None:
    now = band(row["pressure_band"])
    style: object = DOTTED if row["border"] == BOUNDARY_LINE else DASHED if row["no_better"] else "solid"
    weak = row["reported_share"] < WEAK_SHARE
    full = now.width_pt * PRINTED_WIDTH
    under = Stroke(linewidth=full + (1.4 if weak else 0.8), foreground=INK if weak else "white")
    effects = [under, Normal()] if style == "solid" and now.order >= 0 else None
    at_sea = row.geometry.geom_type in AREAS
    look: dict[str, Any] = {"color": now.colour, "linestyle": style, "zorder": 3 + now.order}
    look |= {"solid_capstyle": "butt", "solid_joinstyle": "round"}
    for part in lines_of(row.geometry):
        xs, ys = part.xy
        if at_sea:
            axes.fill(xs, ys, color=now.colour, alpha=0.3, linewidth=0, zorder=1.5)
        width = min(full, 1.2) if at_sea else full
        axes.plot(xs, ys, linewidth=width, path_effects=None if at_sea else effects, **look)


def _number(axes: Axes, row: pd.Series, mark: str) -> None:
    at = middle(row.geometry)
    now = band(row["pressure_band"])
    axes.plot([at.x], [at.y], "o", markersize=11, color="white", markeredgecolor=INK, markeredgewidth=1.2, zorder=9)
    axes.plot([at.x], [at.y], "o", markersize=8.6, color=now.colour, markeredgewidth=0, zorder=9.1)
    look: dict[str, Any] = {"ha": "center", "va": "center_baseline", "fontsize": 6.5, "fontweight": "bold"}
    axes.text(at.x, at.y, mark, color=now.ink, zorder=9.2, **look)


def _name(axes: Axes, row: pd.Series, name: str) -> None:
    """A place's name beside its mark, for those that have no number of their own."""
    at = middle(row.geometry)
    halo = [Stroke(linewidth=1.8, foreground="white", alpha=0.9), Normal()]
    look: dict[str, Any] = {"va": "center_baseline", "fontsize": 5.7, "path_effects": halo, "zorder": 9.2}
    axes.annotate(name, (at.x, at.y), (7, 0), textcoords="offset points", color=INK, **look)


def _legend(axes: Axes, lines: gpd.GeoDataFrame, *, unknown: bool, boundary_line: bool, marked: bool) -> None:
    present = {band(b).id for b in lines["pressure_band"]}
    shown = [*reversed(ALL_BANDS), *([NO_BAND] if NO_BAND.id in present else [])]
    handles = [Line2D([], [], color=b.colour, linewidth=b.width_pt * PRINTED_WIDTH, label=b.word) for b in shown]
    if unknown:
        handles.append(Line2D([], [], color=NO_BAND.colour, linewidth=0.9, label="no forecast"))
    if lines["no_better"].any():
        label = "no better than a simple method"
        handles.append(Line2D([], [], color=INK, linewidth=1.5, linestyle=DASHED, label=label))
    if boundary_line or lines["border"].eq(BOUNDARY_LINE).any():
        handles.append(Line2D([], [], color=INK, linewidth=1.5, linestyle=DOTTED, label="boundary line"))
    if lines["reported_share"].lt(WEAK_SHARE).any():
        outlined = [Stroke(linewidth=4.2, foreground=INK), Normal()]
        handles.append(Line2D([], [], color="white", linewidth=3, path_effects=outlined, label="weak data"))
    if marked:
        look: dict[str, Any] = {"marker": f"${WATCH_MARK}$", "markersize": 5, "linewidth": 0}
        handles.append(Line2D([], [], color=INK, label=WATCH, **look))
    legend = axes.legend(
        handles=handles, loc="lower left", fontsize=7, framealpha=0.92, edgecolor="none", title="Pressure"
    )
    legend.get_title().set_fontweight("bold")
    legend.set_zorder(10)
