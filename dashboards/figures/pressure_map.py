"""The map of pressure: segments by band on pale countries. Cartesian axes, so nothing is asked of the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import plotly.graph_objects as go
from shapely.geometry import Point

from dashboards import words
from dashboards.bands import ALL_BANDS, NO_BAND, band
from dashboards.figures.ground import AREAS, lines_of, trace_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from dashboards.briefing.facts import Facts
    from dashboards.figures.ground import Ground, Path

LAND, FAR_LAND, SEA, LINE, INK = "#f7f6f2", "#e9e8e3", "#dbe6ed", "#b5b2a8", "#1f2933"
HEIGHT_PX = 470
NUMBER_MARGIN_M = 40_000
MARKER_EVERY_M = 6_000  # invisible markers along a segment: a click finds points only
WEAK_SHARE = 0.8
KOSOVO_LINE = "SRB-XKX"
NUMBERED = 5
NAME_WIDTH, NAME_SHAPE = 0.11, 0.2  # width ÷ the map's, height ÷ width
DASHED = "4px,3px"
CONFIG = {"displaylogo": False, "scrollZoom": True, "modeBarButtonsToRemove": ["select2d", "lasso2d", "toImage"]}


def pressure_map(facts: Facts, ground: Ground) -> go.Figure | None:
    """Segments coloured and sized by band; None where the edition holds no geometry.

    Every trace of markers carries the units' ids as `customdata`.
    """
    ranked = facts.ranked
    if not isinstance(facts.edition.risk, gpd.GeoDataFrame) or "geometry" not in ranked:
        return None
    drawn = gpd.GeoDataFrame(ranked, geometry="geometry", crs=facts.edition.risk.crs)
    drawn = drawn[drawn.geometry.notna() & ~drawn.geometry.is_empty].to_crs(ground.crs)
    if drawn.empty:
        return None
    figure = go.Figure()
    west, _, east, _ = drawn.total_bounds
    draw_ground(figure, ground, span_m=east - west)
    _draw_segments(figure, drawn)
    _draw_markers(figure, drawn, facts)
    _draw_numbers(figure, drawn)
    _draw_legend(figure, drawn)
    _frame(figure, drawn)
    return figure


def draw_line(figure: go.Figure, path: Path, **line: object) -> None:
    """Add a path as one trace; an empty one adds none."""
    if path[0]:
        figure.add_scatter(x=path[0], y=path[1], mode="lines", line=line, hoverinfo="skip", showlegend=False)


def draw_ground(figure: go.Figure, ground: Ground, *, span_m: float) -> None:
    """Countries, borders and names behind the segments of a map that is `span_m` wide."""
    for path, fill in ((ground.outside, FAR_LAND), (ground.inside, LAND)):
        if path[0]:
            figure.add_scatter(
                x=path[0], y=path[1], mode="lines", fill="toself", fillcolor=fill, line={"width": 0},
                hoverinfo="skip", showlegend=False,
            )  # fmt: skip
    draw_line(figure, ground.borders, color=LINE, width=1)
    draw_line(figure, ground.boundary, color=LINE, width=1, dash="dot")
    for name, x, y in spread_names(ground.names, width_m=NAME_WIDTH * span_m):
        figure.add_annotation(
            x=x, y=y, text=_broken(name), showarrow=False, font={"size": 11, "color": "#6b6a63"}, opacity=0.9
        )  # fmt: skip


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


def _draw_segments(figure: go.Figure, drawn: gpd.GeoDataFrame) -> None:
    """One trace per look: outlines of weak data first, then the bands, the highest on top."""
    seas = drawn.geometry.geom_type.isin(AREAS)
    land = drawn[~seas]
    for known in (NO_BAND, *ALL_BANDS):
        at_sea = drawn[seas & drawn["pressure_band"].map(lambda b, k=known: band(b) == k)]
        if len(at_sea):
            x, y = trace_path(at_sea.geometry)
            figure.add_scatter(
                x=x, y=y, mode="lines", fill="toself", line={"color": known.colour, "width": 1}, opacity=0.45,
                fillcolor=known.colour, hoverinfo="skip", showlegend=False,
            )  # fmt: skip
    weak = land[land["reported_share"].lt(WEAK_SHARE)]
    if len(weak):
        _band_trace(figure, weak, colour=INK, width=8.5, dash="solid")
    for known in (NO_BAND, *ALL_BANDS):
        mine = land[land["pressure_band"].map(lambda b, k=known: band(b) == k)]
        dotted = mine["border"].eq(KOSOVO_LINE)
        dashed = mine["baseline_only"].astype(bool) & ~dotted
        solid = ~dashed & ~dotted
        _band_trace(figure, mine[solid], colour=known.colour, width=known.width_pt, dash="solid")
        _band_trace(figure, mine[dashed], colour=known.colour, width=known.width_pt, dash=DASHED)
        _band_trace(figure, mine[dotted], colour=known.colour, width=known.width_pt, dash="dot")


def _band_trace(figure: go.Figure, rows: gpd.GeoDataFrame, *, colour: str, width: float, dash: str) -> None:
    if len(rows):
        x, y = trace_path(rows.geometry)
        figure.add_scatter(
            x=x, y=y, mode="lines", line={"color": colour, "width": width, "dash": dash}, hoverinfo="skip",
            showlegend=False,
        )  # fmt: skip


def _draw_legend(figure: go.Figure, drawn: gpd.GeoDataFrame) -> None:
    """All bands, and of the other looks those that are on the map."""
    looks = [("weak data", {"color": INK, "width": 7})] if drawn["reported_share"].lt(WEAK_SHARE).any() else []
    if drawn["border"].eq(KOSOVO_LINE).any():
        looks.append(("boundary line", {"color": INK, "width": 2, "dash": "dot"}))
    if drawn["baseline_only"].any():
        looks.append(("baseline only", {"color": INK, "width": 2, "dash": DASHED}))
    if drawn["pressure_band"].isna().any():
        looks.append((NO_BAND.word, {"color": NO_BAND.colour, "width": NO_BAND.width_pt}))
    looks += [(b.word, {"color": b.colour, "width": b.width_pt}) for b in ALL_BANDS]
    for name, line in looks:
        figure.add_scatter(x=[None], y=[None], mode="lines", name=name, line=line, hoverinfo="skip")


def _draw_markers(figure: go.Figure, drawn: gpd.GeoDataFrame, facts: Facts) -> None:
    """Invisible markers along every segment, which hover and selection find."""
    xs, ys, units, labels = [], [], [], []
    for _, row in drawn.iterrows():
        label = hover_text(row, facts)
        for x, y in dense_points(row):
            xs.append(x)
            ys.append(y)
            units.append(row["unit"])
            labels.append(label)
    figure.add_scatter(
        x=xs, y=ys, mode="markers", marker={"size": 14, "color": "rgba(0,0,0,0)"}, customdata=units, text=labels,
        hovertemplate="%{text}<extra></extra>", showlegend=False, name="segments",
        selected={"marker": {"opacity": 0}}, unselected={"marker": {"opacity": 0}},
    )  # fmt: skip


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


def hover_text(row: pd.Series, facts: Facts) -> str:
    """Place, band, chance and range in three lines."""
    chance = row["exceedance_probability"]
    known = "" if words.missing(chance) else f" · {words.percent(chance)} above capacity"
    only = " · baseline only" if row["baseline_only"] else ""
    middle = f"{words.number(row['q50'])}, {words.interval(row['q10'], row['q90'])} {facts.unit_word()}"
    now = f"{band(row['pressure_band']).word}{known}{only}"
    return f"<b>{facts.title(row)}</b><br>{facts.direction(row)}<br>{now}<br>{middle}"


def _draw_numbers(figure: go.Figure, drawn: gpd.GeoDataFrame) -> None:
    """The ranks of the first pressure points, as in the table."""
    top = drawn[drawn["rank"] <= NUMBERED]
    middles = [dense_points(row)[len(dense_points(row)) // 2] for _, row in top.iterrows()]
    bands = [band(b) for b in top["pressure_band"]]
    figure.add_scatter(
        x=[m[0] for m in middles], y=[m[1] for m in middles], mode="markers+text", customdata=list(top["unit"]),
        marker={"size": 20, "color": [b.colour for b in bands], "line": {"color": INK, "width": 1.5}, "opacity": 1},
        text=[str(r) for r in top["rank"]], textfont={"size": 11, "color": [b.ink for b in bands]},
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
        hoverinfo="skip", showlegend=False, name="first",
    )  # fmt: skip


def _frame(figure: go.Figure, drawn: gpd.GeoDataFrame) -> None:
    """Extent of the land borders and the numbered points; sea areas reach far out and are cut."""
    land = drawn[~drawn.geometry.geom_type.isin(AREAS)]
    first = [
        Point(dense_points(row)[0]).buffer(NUMBER_MARGIN_M) for _, row in drawn[drawn["rank"] <= NUMBERED].iterrows()
    ]
    shown = gpd.GeoSeries([*(land if len(land) else drawn).geometry, *first])
    west, south, east, north = shown.total_bounds
    mx, my = 0.02 * (east - west), 0.02 * (north - south)
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_xaxes(range=[west - mx, east + mx], constrain="range", **hidden)
    figure.update_yaxes(range=[south - my, north + my], scaleanchor="x", scaleratio=1, constrain="range", **hidden)
    figure.update_layout(
        height=HEIGHT_PX, margin={"l": 0, "r": 0, "t": 0, "b": 0}, plot_bgcolor=SEA, paper_bgcolor=SEA,
        dragmode="pan", hoverlabel={"align": "left", "bgcolor": "#ffffff", "font": {"color": INK}},
        legend={"x": 0.01, "y": 0.01, "yanchor": "bottom", "bgcolor": "rgba(255,255,255,0.88)",
                "font": {"color": INK, "size": 11}, "traceorder": "reversed", "itemclick": False,
                "itemdoubleclick": False},
    )  # fmt: skip
