"""The map of differences: where a scenario brings more, and where less, than the baseline."""

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboards.edition_view.scenario_changes import difference, signed
from dashboards.figures.base_map_traces import (
    LABEL,
    dense_points,
    draw_area,
    draw_ground,
    draw_hover,
    draw_line,
    frame_map,
)
from dashboards.wording import formats as words
from geo.pack.map_shapes import BOUNDARY_LINE, Ground, clear_labels, is_area, land_bounds, segment_lines, trace_path
from geo.region.region import Region

MORE, LESS, SAME = "#b2182b", "#2166ac", "#a9a79f"
CLASSES = ((0.5, 7.0), (0.15, 4.5), (0.0, 2.5))  # at least this share of the largest difference: line width
LABELS = 6
APART = (0.34, 0.05)  # of the map's width: nearer labels would overlap
NEAREST_M = 350_000  # of what the map shows, across
HEIGHT_PX = 350
DASH = {MORE: "solid", LESS: "6px,3px"}


def scenario_map(
    rows: pd.DataFrame, region: Region, ground: Ground, *, largest: float, focus: Collection[str] = ()
) -> go.Figure | None:
    """Segments by their median difference; None where the region has no geometry.

    Args:
        rows: One scenario's rows of `Compared.table` at one horizon, level "segment".
        region: Geometry of the segments.
        ground: Countries behind them.
        largest: Difference that the thickest line stands for, so that maps beside each other compare.
        focus: Segments that the map is to show, so that maps beside each other show the same; all where none is named.
    """
    lines = segment_lines(region, ground.crs).set_index("segment").geometry
    mine = rows[rows["segment"].isin(lines.index)]
    if mine.empty:
        return None
    drawn = gpd.GeoDataFrame(mine, geometry=lines[mine["segment"]].to_numpy(), crs=ground.crs)
    figure = go.Figure()
    west, south, east, north = _bounds(drawn, focus)
    draw_ground(figure, ground, span_m=east - west)
    for colour, width, part in _classes(drawn, largest):
        _draw_part(figure, part, colour, width)
    draw_hover(figure, [(row.geometry, _hover(row)) for _, row in drawn.iterrows()])
    _draw_labels(figure, drawn, span_m=east - west)
    frame_map(figure, (west, south, east, north), height_px=HEIGHT_PX)
    return figure


def _bounds(drawn: gpd.GeoDataFrame, focus: Collection[str]) -> tuple[float, float, float, float]:
    """West, south, east, north of the segments in focus, with room for their labels and no nearer than `NEAREST_M`."""
    whole, near = land_bounds(drawn), drawn[drawn["segment"].isin(focus)]
    west, south, east, north = land_bounds(near) if len(near) else whole
    mx, my = (max(0.15 * (b - a), (NEAREST_M - (b - a)) / 2) for a, b in ((west, east), (south, north)))
    edge = 0.03 * (whole[2] - whole[0])
    return (
        max(west - mx, whole[0] - edge),
        max(south - my, whole[1] - edge),
        min(east + mx, whole[2] + edge),
        min(north + my, whole[3] + edge),
    )


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
    at_sea, boundary = is_area(part), part["segment"].str.startswith(BOUNDARY_LINE)
    opacity = 0.15 if colour == SAME else 0.4
    draw_area(figure, trace_path(part[at_sea].geometry), colour, opacity=opacity, line={"color": colour, "width": 1})
    for mine, dash in ((~at_sea & ~boundary, DASH.get(colour, "solid")), (~at_sea & boundary, "dot")):
        draw_line(figure, trace_path(part[mine].geometry), color=colour, width=width, dash=dash)


def _hover(row: pd.Series) -> str:
    now = f"{words.number(row['q50'])}, {words.interval(row['q10'], row['q90'])}"
    name = words.starred(str(row["name"]))
    return f"<b>{name}</b><br>{difference(row)} against the baseline<br>{now} in the scenario"


def _draw_labels(figure: go.Figure, drawn: gpd.GeoDataFrame, *, span_m: float) -> None:
    """The largest differences in figures, none over another."""
    ordered = drawn.reindex(drawn["difference_q50"].abs().sort_values(ascending=False, kind="stable").index)
    shown = ordered[~ordered["difference_q50"].map(signed).isin(["0", words.NO_DATA])]
    places = [points[len(points) // 2] for points in map(dense_points, shown.geometry)]
    for n in clear_labels(places, width_m=APART[0] * span_m, height_m=APART[1] * span_m)[:LABELS]:
        value, (x, y) = shown["difference_q50"].iloc[n], places[n]
        font = {"size": 11, "color": MORE if value > 0 else LESS}
        name = words.starred(str(shown["name"].iloc[n])).partition(" / ")[0]
        figure.add_annotation(x=x, y=y, text=f"<b>{signed(value)}</b> {name}", yshift=11, font=font, **LABEL)


def changed_segments(tables: pd.DataFrame) -> set[str]:
    """Segments that a reader sees change in one of several scenarios."""
    return set(tables.loc[~tables["difference_q50"].map(signed).isin(["0", words.NO_DATA]), "segment"])


def largest_difference(tables: pd.DataFrame) -> float:
    """The largest median difference of several scenarios, for a scale in common; 0 where none is known."""
    return float(np.nan_to_num(tables["difference_q50"].abs().max(), nan=0.0)) if len(tables) else 0.0
