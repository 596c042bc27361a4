"""The map of differences: where a scenario brings more, and where less, than the baseline."""

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboards.edition_view.scenario_changes import difference, most_first, signed
from dashboards.figures.base_map_traces import (
    dense_points,
    draw_area,
    draw_ground,
    draw_hover,
    draw_label,
    draw_line,
    frame_map,
)
from dashboards.wording import formats as words
from dashboards.wording.palette import Palette
from geo.pack.map_shapes import BOUNDARY_LINE, Ground, is_area, ordered_labels, segment_lines, trace_path
from geo.region.region import Region

CLASSES = ((0.5, 7.0), (0.15, 4.5), (0.0, 2.5))  # at least this share of the largest difference: line width
LABELS, MOST_LETTERS = 6, 30  # of a place whose name is longer its id is written
APART = (0.34, 0.05)  # of the map's width: nearer labels would overlap
ABOVE_BELOW, YSHIFT_PX = (
    (0.5, -0.5, 1.5, -1.5),
    22,
)  # where a label may stand over its place, in label heights of so many px
NEAREST_M = 350_000  # of what the map shows, across
HEIGHT_PX = 350
LESS_DASH = "6px,3px"
STEP = {"left": 1, "center": 0, "right": -1}  # from a label's place to its middle, in halves of its width
INWARD = 0.28  # of the map's width from either side: a label there is written towards the middle


def scenario_map(
    rows: pd.DataFrame,
    region: Region,
    ground: Ground,
    *,
    palette: Palette,
    largest: float,
    focus: Collection[str] = (),
) -> go.Figure | None:
    """Segments by their median difference; None where the region has no geometry.

    Args:
        rows: One scenario's rows of `Compared.table` at one horizon, level "segment".
        region: Geometry of the segments.
        ground: Countries behind them.
        palette: Of the reader's theme.
        largest: Difference that the thickest line stands for, so that maps beside each other compare.
        focus: Segments that the map is to show, so that maps beside each other show the same; all where none is named.
    """
    lines = segment_lines(region, ground.crs).set_index("segment").geometry
    mine = rows[rows["segment"].isin(lines.index)]
    if mine.empty:
        return None
    drawn = gpd.GeoDataFrame(mine, geometry=lines[mine["segment"]].to_numpy(), crs=ground.crs)
    figure = go.Figure()
    bounds = _bounds(drawn, focus)
    draw_ground(figure, ground, palette, span_m=bounds[2] - bounds[0])
    for colour, width, part in _classes(drawn, largest, palette):
        _draw_part(figure, part, width, look=(colour, palette))
    draw_hover(figure, [(row.geometry, _hover(row)) for _, row in drawn.iterrows()])
    _draw_labels(figure, drawn, bounds, palette=palette)
    frame_map(figure, bounds, palette, height_px=HEIGHT_PX)
    return figure


def _bounds(drawn: gpd.GeoDataFrame, focus: Collection[str]) -> tuple[float, float, float, float]:
    """West, south, east, north of the segments in focus, areas at sea too, with room for their labels.

    No nearer than `NEAREST_M`, and no further than all that is drawn.
    """
    whole, near = drawn.total_bounds, drawn[drawn["segment"].isin(focus)]
    west, south, east, north = map(float, near.total_bounds if len(near) else whole)
    mx, my = (max(0.15 * (b - a), (NEAREST_M - (b - a)) / 2) for a, b in ((west, east), (south, north)))
    edge = 0.03 * (whole[2] - whole[0])
    return (
        max(west - mx, whole[0] - edge),
        max(south - my, whole[1] - edge),
        min(east + mx, whole[2] + edge),
        min(north + my, whole[3] + edge),
    )


def _classes(drawn: gpd.GeoDataFrame, largest: float, palette: Palette) -> list[tuple[str, float, gpd.GeoDataFrame]]:
    """Colour, width and segments of each look, the strongest last."""
    value = drawn["difference_q50"].fillna(0.0)
    none = value.map(signed).isin(["0", words.NO_DATA])
    found = [(palette.same, 1.2, drawn[none])]
    share, above = value.abs() / max(largest, 1e-9), 1.01
    for least, width in CLASSES:
        size = ~none & (share >= least) & (share < above)
        found += [(palette.more, width, drawn[size & (value > 0)]), (palette.less, width, drawn[size & (value < 0)])]
        above = least
    return sorted((f for f in found if len(f[2])), key=lambda f: f[1])


def _draw_part(figure: go.Figure, part: gpd.GeoDataFrame, width: float, *, look: tuple[str, Palette]) -> None:
    colour, palette = look
    at_sea, boundary = is_area(part), part["segment"].str.startswith(BOUNDARY_LINE)
    opacity = 0.15 if colour == palette.same else 0.4
    draw_area(figure, trace_path(part[at_sea].geometry), colour, opacity=opacity, line={"color": colour, "width": 1})
    plain = LESS_DASH if colour == palette.less else "solid"
    for mine, dash in ((~at_sea & ~boundary, plain), (~at_sea & boundary, "dot")):
        draw_line(figure, trace_path(part[mine].geometry), color=colour, width=width, dash=dash)


def _hover(row: pd.Series) -> str:
    now = f"{words.number(row['q50'])}, {words.interval(row['q10'], row['q90'])}"
    name = words.starred(str(row["name"]))
    return f"<b>{name}</b><br>{difference(row)} against the baseline<br>{now} in the scenario"


def _draw_labels(
    figure: go.Figure, drawn: gpd.GeoDataFrame, bounds: tuple[float, float, float, float], *, palette: Palette
) -> None:
    """The largest differences in figures, none over another, none out of the map and none before a larger one."""
    west, span_m = bounds[0], bounds[2] - bounds[0]
    ordered = most_first(drawn)
    shown = ordered[~ordered["difference_q50"].map(signed).isin(["0", words.NO_DATA])]
    places = [points[len(points) // 2] for points in map(dense_points, shown.geometry)]
    sides = [_side((x - west) / span_m) for x, _ in places]
    options = [
        [(x + STEP[side] * APART[0] / 2 * span_m, y + up * APART[1] * span_m) for up in ABOVE_BELOW]
        for side, (x, y) in zip(sides, places, strict=True)
    ]
    sizes = [signed(abs(value)) for value in shown["difference_q50"]]
    labels = ordered_labels(options, sizes, apart=(APART[0] * span_m, APART[1] * span_m), most=LABELS)
    for n, option in labels.items():
        value = shown["difference_q50"].iloc[n]
        name = words.starred(str(shown["name"].iloc[n])).partition(" / ")[0]
        name = name if len(name) <= MOST_LETTERS else shown["segment"].iloc[n]
        colour, text = palette.more if value > 0 else palette.less, f"<b>{signed(value)}</b> {name}"
        draw_label(
            figure,
            places[n],
            text,
            colour=colour,
            palette=palette,
            yshift=YSHIFT_PX * ABOVE_BELOW[option],
            xanchor=sides[n],
        )


def _side(across: float) -> str:
    """Which end of a label stands at its place, by the place's share of the map's width.

    >>> _side(0.1), _side(0.5), _side(0.9)
    ('left', 'center', 'right')
    """
    return "left" if across < INWARD else "right" if across > 1 - INWARD else "center"


def changed_segments(tables: pd.DataFrame) -> set[str]:
    """Segments that a reader sees change in one of several scenarios."""
    return set(tables.loc[~tables["difference_q50"].map(signed).isin(["0", words.NO_DATA]), "segment"])


def largest_difference(tables: pd.DataFrame) -> float:
    """The largest median difference of several scenarios, for a scale in common; 0 where none is known."""
    return float(np.nan_to_num(tables["difference_q50"].abs().max(), nan=0.0)) if len(tables) else 0.0
