"""The map of pressure: segments by band on pale countries. Cartesian axes, so nothing is asked of the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import plotly.graph_objects as go
from shapely.geometry import Point

from dashboards import words
from dashboards.bands import ALL_BANDS, NO_BAND, band
from dashboards.figures.ground import AREAS, trace_path
from dashboards.figures.ground_traces import CONFIG, INK, KOSOVO_LINE, MARKER_EVERY_M, SEA, dense_points, draw_ground

if TYPE_CHECKING:
    import pandas as pd

    from dashboards.briefing.facts import Facts
    from dashboards.figures.ground import Ground

__all__ = ["CONFIG", "HEIGHT_PX", "KOSOVO_LINE", "MARKER_EVERY_M", "hover_text", "pressure_map"]

HEIGHT_PX = 470
NUMBER_MARGIN_M = 40_000
WEAK_SHARE = 0.8
NUMBERED = 5
DASHED = "4px,3px"


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
