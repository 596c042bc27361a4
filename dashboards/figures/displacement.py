"""The flow map of displacement: where movement would turn to if one segment tightens, for pages and as SVG."""

import geopandas as gpd
import matplotlib as mpl
import pandas as pd
import plotly.graph_objects as go
from matplotlib.figure import Figure

from dashboards.figures.arrows import Arrow, arrows, labelled
from dashboards.figures.base_map import Ground, trace_path
from dashboards.figures.base_map_traces import KOSOVO_LINE, dense_points, draw_ground, draw_line, frame_map
from dashboards.figures.svg.differences import draw_land
from dashboards.figures.svg.fan import INK, STYLE, svg_bytes
from dashboards.wording import formats as words
from geo.region.region import Region

FLOW, TIGHT, OTHER = "#b35806", "#1f2933", "#a9a79f"
HEIGHT_PX = 430
MARGIN_M = 60_000


def displacement_map(table: pd.DataFrame, region: Region, ground: Ground, *, segment: str) -> go.Figure | None:
    """Arrows from a segment to its alternatives, width by share; None where the region has no geometry.

    Args:
        table: Rows of `segment_displacement`.
        region: Geometry of the segments.
        ground: Countries behind them.
        segment: The one that tightens.
    """
    lines = _lines(region, ground.crs)
    found = arrows(table, region, ground.crs, segment)
    if lines is None or not found:
        return None
    figure = go.Figure()
    bounds = _bounds(found)
    draw_ground(figure, ground, span_m=max(bounds[2] - bounds[0], 1.0))
    _draw_lines(figure, lines, segment)
    for arrow in reversed(found):
        _draw_arrow(figure, arrow)
    for arrow in labelled(found, span_m=bounds[2] - bounds[0]):
        _draw_label(figure, arrow)
    frame_map(figure, bounds, height_px=HEIGHT_PX)
    return figure


def _lines(region: Region, crs: str) -> gpd.GeoDataFrame | None:
    shaped = [s for s in region.segments if s.geometry is not None]
    if not shaped:
        return None
    named = {"segment": [s.id for s in shaped], "name": [s.name for s in shaped]}
    return gpd.GeoDataFrame(named, geometry=[s.geometry for s in shaped], crs="EPSG:4326").to_crs(crs)


def _bounds(found: list[Arrow]) -> tuple[float, float, float, float]:
    """Extent of the arrows, at least as wide as it is high and with room for names."""
    west, east = min(a.x.min() for a in found) - MARGIN_M, max(a.x.max() for a in found) + MARGIN_M
    south, north = min(a.y.min() for a in found) - MARGIN_M, max(a.y.max() for a in found) + MARGIN_M
    more = max(0.0, 1.3 * (north - south) - (east - west)) / 2
    return west - more, south, east + more, north


def _draw_lines(figure: go.Figure, lines: gpd.GeoDataFrame, segment: str) -> None:
    tight, boundary = lines["segment"].eq(segment), lines["segment"].str.startswith(KOSOVO_LINE)
    for mine, line in (
        (lines[~tight & ~boundary], {"color": OTHER, "width": 1.2}),
        (lines[~tight & boundary], {"color": OTHER, "width": 1.2, "dash": "dot"}),
        (lines[tight], {"color": TIGHT, "width": 6}),
    ):
        draw_line(figure, trace_path(mine.geometry), **line)
    points = [(p, words.starred(str(r["name"]))) for _, r in lines.iterrows() for p in dense_points(r)]
    figure.add_scatter(
        x=[p[0] for p, _ in points],
        y=[p[1] for p, _ in points],
        text=[t for _, t in points],
        mode="markers",
        marker={"size": 12, "color": "rgba(0,0,0,0)"},
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def _draw_arrow(figure: go.Figure, arrow: Arrow) -> None:
    figure.add_scatter(
        x=arrow.x,
        y=arrow.y,
        mode="lines",
        line={"color": FLOW, "width": arrow.width_pt},
        opacity=0.75,
        hoverinfo="skip",
        showlegend=False,
    )
    head = {"symbol": "arrow", "size": 8 + 1.4 * arrow.width_pt, "angle": arrow.angle_degrees, "color": FLOW}
    figure.add_scatter(x=arrow.x[-1:], y=arrow.y[-1:], mode="markers", marker=head, hoverinfo="skip", showlegend=False)


def _draw_label(figure: go.Figure, arrow: Arrow) -> None:
    figure.add_annotation(
        x=arrow.x[-1],
        y=arrow.y[-1],
        text=f"<b>{words.share(arrow.share)}</b> {arrow.to}",
        showarrow=False,
        yshift=15,
        bgcolor="rgba(255,255,255,0.88)",
        borderpad=1,
        font={"size": 11, "color": "#7f3b08"},
    )


def displacement_svg(table: pd.DataFrame, region: Region, *, segment: str, title: str) -> bytes | None:
    """The same as SVG for a file."""
    from dashboards.figures.svg.map import DEFAULT_CRS  # noqa: PLC0415 - its own default

    crs = region.crs or DEFAULT_CRS
    lines, found = _lines(region, crs), arrows(table, region, crs, segment)
    if lines is None or not found:
        return None
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.9, 5.2))
        axes = figure.add_axes((0, 0, 1, 0.94))
        draw_land(axes, region, lines)
        west, south, east, north = _bounds(found)
        axes.set_xlim(west, east)
        axes.set_ylim(south, north)
        lines.plot(ax=axes, color=OTHER, linewidth=0.8, aspect=None)
        lines[lines["segment"] == segment].plot(ax=axes, color=TIGHT, linewidth=4, aspect=None)
        for arrow in reversed(found):
            style = {
                "arrowstyle": f"-|>,head_width={0.25 + 0.02 * arrow.width_pt},head_length=0.5",
                "color": FLOW,
                "linewidth": 0.7 * arrow.width_pt,
                "alpha": 0.8,
                "connectionstyle": "arc3,rad=-0.18",
                "shrinkA": 0,
                "shrinkB": 0,
            }
            axes.annotate("", (arrow.x[-1], arrow.y[-1]), (arrow.x[0], arrow.y[0]), arrowprops=style)
        for arrow in labelled(found, span_m=east - west):
            box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.85}
            axes.annotate(
                f"{words.share(arrow.share)} {arrow.to}",
                (arrow.x[-1], arrow.y[-1]),
                xytext=(0, 9),
                textcoords="offset points",
                fontsize=6.5,
                color=INK,
                bbox=box,
                ha="center",
            )
        figure.suptitle(title, fontsize=8.5, x=0.01, ha="left")
    return svg_bytes(figure)
