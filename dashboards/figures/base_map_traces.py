"""What Plotly maps share: countries, borders and names as traces, and points along a segment that hovering finds."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import plotly.graph_objects as go
from shapely.geometry.base import BaseGeometry

from dashboards.wording.palette import Palette
from geo.pack.map_shapes import AREAS, Ground, Path, lines_of, middle, spread_names

MARKER_EVERY_M = 6_000  # invisible markers along a segment: a click finds points only
NAME_WIDTH, NAME_SHAPE = 0.11, 0.2  # width ÷ the map's, height ÷ width
SILENT: dict[str, Any] = {"hoverinfo": "skip", "showlegend": False}


def draw_line(figure: go.Figure, path: Path, **line: object) -> None:
    """Add a path as one trace; an empty one adds none."""
    if path[0]:
        figure.add_scatter(x=path[0], y=path[1], mode="lines", line=line, **SILENT)


def draw_area(figure: go.Figure, path: Path, colour: str, **look: Any) -> None:  # noqa: ANN401
    """Add outlines as one filled trace; empty ones add none."""
    if path[0]:
        figure.add_scatter(x=path[0], y=path[1], mode="lines", fill="toself", fillcolor=colour, **look, **SILENT)


def draw_ground(figure: go.Figure, ground: Ground, palette: Palette, *, span_m: float) -> None:
    """Countries, borders and names behind the segments of a map that is `span_m` wide."""
    for look, fill in (("outside", palette.far), ("inside", palette.land)):
        draw_area(figure, ground.paths[look], fill, line={"width": 0})
    draw_line(figure, ground.paths["border"], color=palette.border, width=1)
    draw_line(figure, ground.paths["boundary_line"], color=palette.border, width=1, dash="dot")
    width_m, font = NAME_WIDTH * span_m, {"size": 11, "color": palette.name}
    for name, x, y in spread_names(ground.names, width_m=width_m, height_m=NAME_SHAPE * width_m):
        text = name.replace(" and ", " and<br>").replace("North ", "North<br>")
        figure.add_annotation(x=x, y=y, text=text, showarrow=False, font=font)


def draw_label(
    figure: go.Figure, at: tuple[float, float], text: str, *, colour: str, palette: Palette, **place: object
) -> None:
    """A small text on the page's paper, over whatever lies there."""
    look = {"showarrow": False, "bgcolor": palette.paper, "borderpad": 1, "font": {"size": 11, "color": colour}}
    figure.add_annotation(x=at[0], y=at[1], text=text, **look, **place)


def draw_hover(figure: go.Figure, texts: Iterable[tuple[BaseGeometry, str]]) -> None:
    """Invisible markers along segments, which hovering finds, with a text each."""
    points = [(p, text) for geometry, text in texts for p in dense_points(geometry)]
    figure.add_scatter(
        x=[p[0] for p, _ in points],
        y=[p[1] for p, _ in points],
        text=[t for _, t in points],
        mode="markers",
        marker={"size": 12, "color": "rgba(0,0,0,0)"},
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def dense_points(geometry: BaseGeometry) -> list[tuple[float, float]]:
    """Points along a segment, metres, for invisible markers; of a sea area one."""
    points = [middle(geometry)] if geometry.geom_type in AREAS else []
    for line in lines_of(geometry) if not points else ():
        n = max(2, int(line.length // MARKER_EVERY_M))
        points += [line.interpolate(f, normalized=True) for f in (np.arange(n) + 0.5) / n]
    return [(round(p.x), round(p.y)) for p in points]


def frame_map(
    figure: go.Figure, bounds: tuple[float, float, float, float], palette: Palette, *, height_px: int
) -> None:
    """Show west, south, east, north (metres) at equal scale on the colour of the sea, without axes."""
    west, south, east, north = bounds
    hidden = {"constrain": "range", "visible": False, "showgrid": False, "zeroline": False}
    figure.update_xaxes(range=[west, east], **hidden)
    figure.update_yaxes(range=[south, north], scaleanchor="x", scaleratio=1, **hidden)
    figure.update_layout(
        height=height_px,
        margin=dict.fromkeys("lrtb", 0),
        plot_bgcolor=palette.sea,
        paper_bgcolor=palette.sea,
        dragmode="pan",
        hoverlabel={"align": "left", "bgcolor": palette.paper, "font": {"color": palette.ink}},
    )
