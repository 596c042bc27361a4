"""What maps share: countries, borders and names as traces, and points along a segment that hovering finds."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboards.figures.base_map import AREAS, Ground, Path, lines_of

LAND, FAR_LAND, SEA, LINE, INK = "#f7f6f2", "#e9e8e3", "#dbe6ed", "#b5b2a8", "#1f2933"
MARKER_EVERY_M = 6_000  # invisible markers along a segment: a click finds points only
KOSOVO_LINE = "SRB-XKX"
NAME_WIDTH, NAME_SHAPE = 0.11, 0.2  # width ÷ the map's, height ÷ width


def draw_line(figure: go.Figure, path: Path, **line: object) -> None:
    """Add a path as one trace; an empty one adds none."""
    if path[0]:
        figure.add_scatter(x=path[0], y=path[1], mode="lines", line=line, hoverinfo="skip", showlegend=False)


def draw_ground(figure: go.Figure, ground: Ground, *, span_m: float) -> None:
    """Countries, borders and names behind the segments of a map that is `span_m` wide."""
    for path, fill in ((ground.outside, FAR_LAND), (ground.inside, LAND)):
        if path[0]:
            figure.add_scatter(
                x=path[0],
                y=path[1],
                mode="lines",
                fill="toself",
                fillcolor=fill,
                line={"width": 0},
                hoverinfo="skip",
                showlegend=False,
            )
    draw_line(figure, ground.borders, color=LINE, width=1)
    draw_line(figure, ground.boundary, color=LINE, width=1, dash="dot")
    for name, x, y in spread_names(ground.names, width_m=NAME_WIDTH * span_m):
        figure.add_annotation(
            x=x, y=y, text=_broken(name), showarrow=False, font={"size": 11, "color": "#6b6a63"}, opacity=0.9
        )


def spread_names(names: Iterable[tuple[str, float, float]], *, width_m: float) -> list[tuple[str, float, float]]:
    """Country names moved north until none stands on another.

    >>> spread_names([("Montenegro", 0, 0), ("Kosovo*", 80_000, 5_000)], width_m=100_000)
    [('Montenegro', 0, 0), ('Kosovo*', 80000, 20000.0)]
    """
    height_m = NAME_SHAPE * width_m
    placed: list[tuple[str, float, float]] = []
    for name, x, y in sorted(names, key=lambda n: n[2]):
        near = [other for _, at, other in placed if abs(at - x) < width_m and abs(other - y) < height_m]
        placed.append((name, x, max([y, *(other + height_m for other in near)])))
    return placed


def _broken(name: str) -> str:
    """A long name on two lines."""
    return name.replace(" and ", " and<br>").replace("North ", "North<br>")


def dense_points(row: pd.Series) -> list[tuple[float, float]]:
    """Points along a segment, metres, for invisible markers; of a sea area one."""
    if row.geometry.geom_type in AREAS:
        at = row.geometry.representative_point()
        return [(round(at.x), round(at.y))]
    points = []
    for line in lines_of(row.geometry):
        n = max(2, int(line.length // MARKER_EVERY_M))
        points += [line.interpolate(f, normalized=True) for f in (np.arange(n) + 0.5) / n]
    return [(round(p.x), round(p.y)) for p in points]


def frame_map(figure: go.Figure, bounds: tuple[float, float, float, float], *, height_px: int) -> None:
    """Show west, south, east, north (metres) at equal scale on the colour of the sea, without axes."""
    west, south, east, north = bounds
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_xaxes(range=[west, east], constrain="range", **hidden)
    figure.update_yaxes(range=[south, north], scaleanchor="x", scaleratio=1, constrain="range", **hidden)
    figure.update_layout(
        height=height_px,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        plot_bgcolor=SEA,
        paper_bgcolor=SEA,
        dragmode="pan",
        hoverlabel={"align": "left", "bgcolor": "#ffffff", "font": {"color": INK}},
    )
