"""The flow map of displacement: where movement would turn to if one segment tightens, for pages and as SVG."""

from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from matplotlib.figure import Figure

from dashboards.figures.base_map_traces import SILENT, draw_ground, draw_hover, draw_label, draw_line, frame_map
from dashboards.figures.svg.differences import draw_land
from dashboards.figures.svg.fan import INK, STYLE, svg_bytes
from dashboards.wording import formats as words
from dashboards.wording.palette import LIGHT, Palette
from geo.pack.map_shapes import BOUNDARY_LINE, Ground, clear_labels, ground_of, middle, segment_lines, trace_path
from geo.region.region import Region

HEIGHT_PX = 430
MARGIN_M = 60_000
BEND = 0.18  # of an arrow's length, to its left
STEPS = 24
WIDTHS_PT = (1.0, 7.0)  # of a share of 0 and of the largest one
APART = (0.19, 0.04)  # of the map's width: labels nearer than this would overlap
TITLE_LETTERS = 92  # of a line of the title
MIN_SHARE = 0.02  # smaller ones stand in the table only


@dataclass(frozen=True)
class Arrow:
    """One bent line.

    Attributes:
        to: The segment it leads to.
        share: Of what is diverted.
        x, y: Points from start to end, metres.
        width_pt: By the share, against the largest one.
        angle_degrees: Where it points to at its end, clockwise from north.
    """

    to: str
    share: float
    x: np.ndarray
    y: np.ndarray
    width_pt: float
    angle_degrees: float


def displacement_map(
    table: pd.DataFrame, region: Region, ground: Ground, *, segment: str, palette: Palette
) -> go.Figure | None:
    """Arrows from a segment to its alternatives, width by share; None where the region has no geometry.

    Args:
        table: Rows of `segment_displacement`.
        region: Geometry of the segments.
        ground: Countries behind them.
        segment: The one that tightens.
        palette: Of the reader's theme.
    """
    lines = segment_lines(region, ground.crs)
    found = arrows(table, lines, segment)
    if not found:
        return None
    figure = go.Figure()
    bounds = _bounds(found)
    draw_ground(figure, ground, palette, span_m=max(bounds[2] - bounds[0], 1.0))
    _draw_lines(figure, lines, segment, palette=palette)
    for arrow in reversed(found):
        _draw_arrow(figure, arrow, palette.diverted)
    for arrow in labelled(found, span_m=bounds[2] - bounds[0]):
        text = f"<b>{words.share(arrow.share)}</b> {arrow.to}"
        draw_label(figure, (arrow.x[-1], arrow.y[-1]), text, colour=palette.diverted, palette=palette, yshift=15)
    frame_map(figure, bounds, palette, height_px=HEIGHT_PX)
    return figure


def arrows(table: pd.DataFrame, lines: gpd.GeoDataFrame, segment: str) -> list[Arrow]:
    """Arrows of one segment's row of the displacement matrix, the widest first; none without geometry.

    Args:
        table: Rows of `segment_displacement`.
        lines: The region's segments, projected.
        segment: Where they start.
    """
    at = {str(s): middle(shape).coords[0] for s, shape in zip(lines["segment"], lines.geometry, strict=True)}
    mine = table[(table["segment"] == segment) & (table["share"] >= MIN_SHARE)]
    if segment not in at:
        return []
    largest = float(mine["share"].max())
    ends = zip(mine["alternative"], mine["share"], strict=True)
    return [_arrow(str(a), float(s), largest, ends=(at[segment], at[str(a)])) for a, s in ends if str(a) in at]


def _arrow(to: str, share: float, largest: float, *, ends: tuple[tuple[float, ...], tuple[float, ...]]) -> Arrow:
    """A quadratic Bézier curve, its control point beside the middle."""
    a, b = np.array(ends[0]), np.array(ends[1])
    way = b - a
    control = (a + b) / 2 + BEND * np.array([-way[1], way[0]])
    t = np.linspace(0.0, 1.0, STEPS)[:, None]
    points = (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
    dx, dy = points[-1] - points[-2]
    width = WIDTHS_PT[0] + share / largest * (WIDTHS_PT[1] - WIDTHS_PT[0])
    return Arrow(to, share, points[:, 0], points[:, 1], width, float(np.degrees(np.arctan2(dx, dy))))


def labelled(found: list[Arrow], *, span_m: float) -> list[Arrow]:
    """The arrows whose labels don't stand over one of a larger share, on a map of this width."""
    ends = [(arrow.x[-1], arrow.y[-1]) for arrow in found]
    return [found[n] for n in clear_labels(ends, width_m=APART[0] * span_m, height_m=APART[1] * span_m)]


def _bounds(found: list[Arrow]) -> tuple[float, float, float, float]:
    """Extent of the arrows, at least as wide as it is high and with room for names."""
    west, east = min(a.x.min() for a in found) - MARGIN_M, max(a.x.max() for a in found) + MARGIN_M
    south, north = min(a.y.min() for a in found) - MARGIN_M, max(a.y.max() for a in found) + MARGIN_M
    more = max(0.0, 1.3 * (north - south) - (east - west)) / 2
    return west - more, south, east + more, north


def _draw_lines(figure: go.Figure, lines: gpd.GeoDataFrame, segment: str, *, palette: Palette) -> None:
    tight, boundary = lines["segment"].eq(segment), lines["segment"].str.startswith(BOUNDARY_LINE)
    for mine, line in (
        (lines[~tight & ~boundary], {"color": palette.same, "width": 1.2}),
        (lines[~tight & boundary], {"color": palette.same, "width": 1.2, "dash": "dot"}),
        (lines[tight], {"color": palette.ink, "width": 6}),
    ):
        draw_line(figure, trace_path(mine.geometry), **line)
    draw_hover(figure, [(shape, words.starred(str(n))) for n, shape in zip(lines["name"], lines.geometry, strict=True)])


def _draw_arrow(figure: go.Figure, arrow: Arrow, colour: str) -> None:
    line = {"color": colour, "width": arrow.width_pt}
    figure.add_scatter(x=arrow.x, y=arrow.y, mode="lines", line=line, opacity=0.75, **SILENT)
    head = {"symbol": "arrow", "size": 8 + 1.4 * arrow.width_pt, "angle": arrow.angle_degrees, "color": colour}
    figure.add_scatter(x=arrow.x[-1:], y=arrow.y[-1:], mode="markers", marker=head, **SILENT)


def displacement_svg(table: pd.DataFrame, region: Region, *, segment: str, title: str) -> bytes | None:
    """The same as SVG for a file."""
    ground = ground_of(region)
    lines = segment_lines(region, ground.crs)
    found = arrows(table, lines, segment)
    if not found:
        return None
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.9, 5.2))
        axes = figure.add_axes((0, 0, 1, 0.94))
        draw_land(axes, ground, lines)
        west, south, east, north = _bounds(found)
        axes.set_xlim(west, east)
        axes.set_ylim(south, north)
        lines.plot(ax=axes, color=LIGHT.same, linewidth=0.8, aspect=None)
        lines[lines["segment"] == segment].plot(ax=axes, color=LIGHT.ink, linewidth=4, aspect=None)
        for arrow in reversed(found):
            style = {
                "arrowstyle": f"-|>,head_width={0.25 + 0.02 * arrow.width_pt},head_length=0.5",
                "color": LIGHT.diverted,
                "linewidth": 0.7 * arrow.width_pt,
                "alpha": 0.8,
                "connectionstyle": "arc3,rad=-0.18",
                "shrinkA": 0,
                "shrinkB": 0,
            }
            axes.annotate("", (arrow.x[-1], arrow.y[-1]), (arrow.x[0], arrow.y[0]), arrowprops=style)
        for arrow in labelled(found, span_m=east - west):
            box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.85}
            label: dict[str, Any] = {
                "textcoords": "offset points",
                "fontsize": 6.5,
                "color": INK,
                "bbox": box,
                "ha": "center",
            }
            at, text = (arrow.x[-1], arrow.y[-1]), f"{words.share(arrow.share)} {arrow.to}"
            axes.annotate(text, at, xytext=(0, 9), **label)
        axes.set(xlabel="", ylabel="")  # which the lines' projection would say
        figure.suptitle("\n".join(wrap(title, TITLE_LETTERS)), fontsize=8.5, x=0.01, ha="left")
    return svg_bytes(figure)
