"""The region's map: segments by pressure band on pale countries, in a projected CRS, from own geometry alone."""

import geopandas as gpd
import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from dashboards.edition_view.facts import TOP, Facts
from dashboards.figures.svg.fan import INK, STYLE, WIDTH_IN, svg_bytes
from dashboards.wording import formats as words
from dashboards.wording.bands import ALL_BANDS, NO_BAND, band
from geo.pack.load import country_shapes
from geo.region.region import Region

DEFAULT_CRS = "EPSG:3035"
HEIGHT_IN = 3.75
LAND, FAR_LAND, SEA, LINE = "#f4f3ef", "#e9e8e3", "#dbe6ed", "#b5b2a8"
WEAK_SHARE = 0.8
AREAS = ("Polygon", "MultiPolygon")
PRINTED_WIDTH = 0.75  # of the screen's line width: the page's map is small
DOTTED = (0, (1, 1.6))
DASHED = (0, (3, 1.5))
KOSOVO_LINE = "SRB-XKX"


def pressure_map(facts: Facts, region: Region | None) -> bytes | None:
    """The map as SVG; None where the edition holds no geometry."""
    ranked = facts.ranked
    if not isinstance(facts.edition.risk, gpd.GeoDataFrame) or "geometry" not in ranked:
        return None
    lines = gpd.GeoDataFrame(ranked, geometry="geometry", crs=facts.edition.risk.crs)
    lines = lines[lines.geometry.notna() & ~lines.geometry.is_empty]
    if lines.empty:
        return None
    crs = (region.crs if region else None) or DEFAULT_CRS
    return _draw(lines.to_crs(crs), facts, _countries(region, crs), _without_forecast(region, lines, crs))


def _without_forecast(region: Region | None, lines: gpd.GeoDataFrame, crs: str) -> gpd.GeoSeries | None:
    """Lines of the region's segments that the edition has no forecast for.

    Areas at sea are left out, and so is Serbia's and Kosovo*'s line: the countries' shapes hold it, dotted.
    """
    if region is None:
        return None
    known = set(lines["segment"])
    rest = [s for s in region.segments if s.id not in known and s.border != KOSOVO_LINE]
    on_land = [s.geometry for s in rest if s.geometry is not None and s.geometry.geom_type not in AREAS]
    return gpd.GeoSeries(on_land, crs=lines.crs).to_crs(crs)


def _countries(region: Region | None, crs: str) -> gpd.GeoDataFrame | None:
    shapes = country_shapes(region) if region else None
    return None if shapes is None else shapes.to_crs(crs)


def _draw(
    lines: gpd.GeoDataFrame, facts: Facts, countries: gpd.GeoDataFrame | None, unknown: gpd.GeoSeries | None
) -> bytes:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN))
        axes = figure.add_axes((0, 0, 1, 1))
        view = _view(lines)
        _frame(axes, view)
        if countries is not None:
            axes.set_facecolor(SEA)
            _draw_countries(axes, countries, view, facts)
        if unknown is not None and len(unknown):
            unknown.plot(ax=axes, color=NO_BAND.colour, linewidth=0.9, aspect=None, zorder=2)
        for _, row in lines.sort_values("rank", ascending=False).iterrows():
            _draw_segment(axes, row)
        for _, row in lines[lines["rank"] <= len(facts.top)].iloc[::-1].iterrows():
            _number(axes, row)
        dotted = countries is not None and bool(countries["kind"].eq("boundary_line").any())
        _legend(axes, lines, unknown=unknown is not None and len(unknown) > 0, boundary_line=dotted)
    return svg_bytes(figure)


def _view(lines: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Extent of the borders and of the numbered points, with a margin, widened to the figure's shape.

    Sea areas reach far out; they are cut where the borders end.
    """
    on_land = lines[~lines.geometry.geom_type.isin(AREAS)]
    numbered = gpd.GeoSeries([_middle(g) for g in lines.loc[lines["rank"] <= TOP, "geometry"]], crs=lines.crs)
    shapes = pd.concat([on_land.geometry, numbered.buffer(40_000)]) if len(on_land) else lines.geometry
    west, south, east, north = shapes.total_bounds
    width, height = max(east - west, 1.0) * 1.12, max(north - south, 1.0) * 1.1
    shape = WIDTH_IN / HEIGHT_IN
    width, height = max(width, height * shape), max(height, width / shape)
    x, y = (west + east) / 2, (south + north) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _frame(axes: Axes, view: tuple[float, float, float, float]) -> None:
    axes.set_xlim(view[0], view[2])
    axes.set_ylim(view[1], view[3])
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def _draw_countries(axes: Axes, shapes: gpd.GeoDataFrame, view: tuple[float, ...], facts: Facts) -> None:
    """Pale countries with names; borders thin, Serbia's and Kosovo*'s boundary line neutral and dotted."""
    areas = shapes[shapes["kind"].eq("country")]
    fill = areas["in_region"].map({True: LAND, False: FAR_LAND})
    areas.plot(ax=axes, facecolor=fill, edgecolor=fill, linewidth=0.3, aspect=None)
    for kind, style in (("border", "solid"), ("boundary_line", DOTTED)):
        lines = shapes[shapes["kind"].eq(kind)]
        if len(lines):
            lines.plot(ax=axes, color=LINE, linewidth=0.6, linestyle=style, aspect=None)
    named = areas[areas["in_region"]]
    places = gpd.GeoSeries.from_xy(named["label_lon"], named["label_lat"], crs="EPSG:4326").to_crs(shapes.crs)
    for code, known_as, at in zip(named["id"], named["name"], places, strict=True):
        if view[0] < at.x < view[2] and view[1] < at.y < view[3]:
            name = (
                words.country(str(code), {code: known_as, **facts.countries})
                .replace(" and ", "\nand ")
                .replace("North ", "North\n")
            )
            _name(axes, at, name)


def _name(axes: Axes, at: Point, name: str) -> None:
    halo = [Stroke(linewidth=1.6, foreground=LAND, alpha=0.85), Normal()]
    axes.text(at.x, at.y, name, ha="center", va="center", fontsize=5.7, color=INK, path_effects=halo, zorder=7)


def _draw_segment(axes: Axes, row: pd.Series) -> None:
    now = band(row["pressure_band"])
    style: object = DOTTED if row["border"] == KOSOVO_LINE else DASHED if row["baseline_only"] else "solid"
    weak = row["reported_share"] < WEAK_SHARE
    full = now.width_pt * PRINTED_WIDTH
    under = Stroke(linewidth=full + (1.4 if weak else 0.8), foreground=INK if weak else "white")
    effects = [under, Normal()] if style == "solid" and now.order >= 0 else None
    is_area = row.geometry.geom_type in AREAS
    for part in _parts(row.geometry):
        xs, ys = part.xy
        if is_area:
            axes.fill(xs, ys, color=now.colour, alpha=0.3, linewidth=0, zorder=1.5)
        width = min(full, 1.2) if is_area else full
        axes.plot(
            xs,
            ys,
            color=now.colour,
            linewidth=width,
            linestyle=style,
            path_effects=None if is_area else effects,
            solid_capstyle="butt",
            solid_joinstyle="round",
            zorder=3 + now.order,
        )


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The lines of a geometry; of an area its outlines."""
    if geometry.geom_type == "Polygon":
        return [geometry.exterior]
    if geometry.geom_type == "LineString":
        return [geometry]
    return [line for part in getattr(geometry, "geoms", ()) for line in _parts(part)]


def _middle(geometry: BaseGeometry) -> Point:
    if geometry.geom_type in AREAS:
        return geometry.representative_point()
    longest = max(_parts(geometry), key=lambda part: part.length)
    return longest.interpolate(0.5, normalized=True)


def _number(axes: Axes, row: pd.Series) -> None:
    at = _middle(row.geometry)
    now = band(row["pressure_band"])
    axes.plot([at.x], [at.y], "o", markersize=11, color="white", markeredgecolor=INK, markeredgewidth=1.2, zorder=9)
    axes.plot([at.x], [at.y], "o", markersize=8.6, color=now.colour, markeredgewidth=0, zorder=9.1)
    axes.text(
        at.x,
        at.y,
        str(row["rank"]),
        ha="center",
        va="center_baseline",
        fontsize=6.5,
        fontweight="bold",
        color=now.ink,
        zorder=9.2,
    )


def _legend(axes: Axes, lines: gpd.GeoDataFrame, *, unknown: bool, boundary_line: bool) -> None:
    present = {band(b).id for b in lines["pressure_band"]}
    shown = [*reversed(ALL_BANDS), *([NO_BAND] if NO_BAND.id in present else [])]
    handles = [Line2D([], [], color=b.colour, linewidth=b.width_pt * PRINTED_WIDTH, label=b.word) for b in shown]
    if unknown:
        handles.append(Line2D([], [], color=NO_BAND.colour, linewidth=0.9, label="no forecast"))
    if lines["baseline_only"].any():
        handles.append(Line2D([], [], color=INK, linewidth=1.5, linestyle=DASHED, label="baseline only"))
    if boundary_line or lines["border"].eq(KOSOVO_LINE).any():
        handles.append(Line2D([], [], color=INK, linewidth=1.5, linestyle=DOTTED, label="boundary line"))
    if lines["reported_share"].lt(WEAK_SHARE).any():
        outlined = [Stroke(linewidth=4.2, foreground=INK), Normal()]
        handles.append(Line2D([], [], color="white", linewidth=3, path_effects=outlined, label="weak data"))
    legend = axes.legend(
        handles=handles, loc="lower left", fontsize=7, framealpha=0.92, edgecolor="none", title="Pressure"
    )
    legend.get_title().set_fontweight("bold")
    legend.set_zorder(10)
