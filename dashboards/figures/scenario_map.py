"""The map of differences: where a scenario brings more, and where less, than the baseline."""

import geopandas as gpd
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboards.edition_view.scenario_changes import difference, signed
from dashboards.figures.base_map import AREAS, Ground, trace_path
from dashboards.figures.base_map_traces import KOSOVO_LINE, dense_points, draw_ground, draw_line, frame_map
from dashboards.wording import formats as words
from geo.region.region import Region

MORE, LESS, SAME = "#b2182b", "#2166ac", "#a9a79f"
CLASSES = ((0.5, 7.0), (0.15, 4.5), (0.0, 2.5))  # at least this share of the largest difference: line width
LABELS = 6
APART = (0.11, 0.06)  # of the map's width: nearer labels would overlap
HEIGHT_PX = 350
DASH = {MORE: "solid", LESS: "6px,3px"}


def scenario_map(rows: pd.DataFrame, region: Region, ground: Ground, *, largest: float) -> go.Figure | None:
    """Segments by their median difference; None where the region has no geometry.

    Args:
        rows: One scenario's rows of `Compared.table` at one horizon, level "segment".
        region: Geometry of the segments.
        ground: Countries behind them.
        largest: Difference that the thickest line stands for, so that maps beside each other compare.
    """
    shapes = {s.id: s.geometry for s in region.segments if s.geometry is not None}
    mine = rows[rows["segment"].isin(list(shapes))]
    if mine.empty:
        return None
    drawn = gpd.GeoDataFrame(mine, geometry=[shapes[s] for s in mine["segment"]], crs="EPSG:4326").to_crs(ground.crs)
    figure = go.Figure()
    land = drawn[~drawn.geometry.geom_type.isin(AREAS)]
    west, south, east, north = (land if len(land) else drawn).total_bounds
    draw_ground(figure, ground, span_m=east - west)
    for colour, width, part in _classes(drawn, largest):
        _draw_part(figure, part, colour, width)
    _draw_markers(figure, drawn)
    _draw_labels(figure, drawn, span_m=east - west)
    mx, my = 0.03 * (east - west), 0.03 * (north - south)
    frame_map(figure, (west - mx, south - my, east + mx, north + my), height_px=HEIGHT_PX)
    return figure


def _classes(drawn: gpd.GeoDataFrame, largest: float) -> list[tuple[str, float, gpd.GeoDataFrame]]:
    """Colour, width and segments of each look, the strongest last."""
    value = drawn["difference_q50"].fillna(0.0)
    none = value.map(signed).isin(["0", words.NO_DATA])
    found = [(SAME, 1.2, drawn[none])]
    share, above = value.abs() / max(largest, 1e-9), 1.01
    for least, width in CLASSES:
        size = ~none & (share >= least) & (share < above)
        found += [(MORE, width, drawn[size & (value > 0)]), (LESS, width, drawn[size & (value < 0)])]
        above = least
    return sorted((f for f in found if len(f[2])), key=lambda f: f[1])


def _draw_part(figure: go.Figure, part: gpd.GeoDataFrame, colour: str, width: float) -> None:
    at_sea = part.geometry.geom_type.isin(AREAS)
    if at_sea.any():
        x, y = trace_path(part[at_sea].geometry)
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            fill="toself",
            fillcolor=colour,
            opacity=0.15 if colour == SAME else 0.4,
            line={"color": colour, "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
    boundary = part["segment"].str.startswith(KOSOVO_LINE)
    for mine, dash in ((~at_sea & ~boundary, DASH.get(colour, "solid")), (~at_sea & boundary, "dot")):
        draw_line(figure, trace_path(part[mine].geometry), color=colour, width=width, dash=dash)


def _draw_markers(figure: go.Figure, drawn: gpd.GeoDataFrame) -> None:
    """Invisible markers, which hovering finds."""
    said = [(row, _hover(row)) for _, row in drawn.iterrows()]
    points = [(p, text) for row, text in said for p in dense_points(row)]
    figure.add_scatter(
        x=[p[0] for p, _ in points],
        y=[p[1] for p, _ in points],
        text=[t for _, t in points],
        mode="markers",
        marker={"size": 12, "color": "rgba(0,0,0,0)"},
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def _hover(row: pd.Series) -> str:
    now = f"{words.number(row['q50'])}, {words.interval(row['q10'], row['q90'])}"
    name = words.starred(str(row["name"]))
    return f"<b>{name}</b><br>{difference(row)} against the baseline<br>{now} in the scenario"


def _draw_labels(figure: go.Figure, drawn: gpd.GeoDataFrame, *, span_m: float) -> None:
    """The largest differences in figures, none over another."""
    ordered = drawn.reindex(drawn["difference_q50"].abs().sort_values(ascending=False, kind="stable").index)
    placed: list[tuple[float, float]] = []
    for _, row in ordered.iterrows():
        text, points = signed(row["difference_q50"]), dense_points(row)
        x, y = points[len(points) // 2]
        close = any(abs(x - a) < APART[0] * span_m and abs(y - b) < APART[1] * span_m for a, b in placed)
        if text in ("0", words.NO_DATA) or close or len(placed) >= LABELS:
            continue
        placed.append((x, y))
        figure.add_annotation(
            x=x,
            y=y,
            text=f"<b>{text}</b>",
            showarrow=False,
            yshift=11,
            bgcolor="rgba(255,255,255,0.88)",
            borderpad=1,
            font={"size": 11, "color": MORE if row["difference_q50"] > 0 else LESS},
        )


def largest_difference(tables: pd.DataFrame) -> float:
    """The largest median difference of several scenarios, for a scale in common; 0 where none is known."""
    return float(np.nan_to_num(tables["difference_q50"].abs().max(), nan=0.0)) if len(tables) else 0.0
