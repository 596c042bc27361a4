"""Scenarios drawn: a map of differences, and small multiples of baseline and scenarios over time (SVG)."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from shapely.geometry.base import BaseGeometry

from dashboards.edition_view.scenario_changes import most_changed, signed
from dashboards.figures.svg.fan import GRID, INK, MUTED, STYLE, svg_bytes
from dashboards.figures.svg.map import DOTTED, LAND, draw_countries, draw_names, frame_axes
from dashboards.wording import formats as words
from geo.pack.map_shapes import (
    AREAS,
    BOUNDARY_LINE,
    Ground,
    ground_of,
    land_bounds,
    lines_of,
    ordered_labels,
    segment_lines,
)
from geo.region.region import Region

MORE, LESS, SAME = "#b2182b", "#2166ac", "#bdbdbd"  # told apart by width and sign as well
HUES = ("#1d5a8a", "#b35806", "#1b7837", "#762a83")
LABELS = 8
APART = (0.13, 0.025)  # of the map's width: nearer labels would overlap
ABOVE_BELOW = (0, -1, 1)  # where a label may stand beside its place, in heights of a label
NEAREST_M = 350_000  # of what the map shows, across
WIDTH_IN, TITLE_IN = 6.9, 0.25
COLUMNS, MAPS_A_ROW = 3, 4


def difference_map(
    table: pd.DataFrame, region: Region, *, scenario: str, title: str, height_in: float = 5.2
) -> bytes | None:
    """The map of one scenario, with its legend; see `difference_maps`."""
    return difference_maps(table, region, titles={scenario: title}, height_in=height_in)


def difference_maps(
    table: pd.DataFrame, region: Region, *, titles: Mapping[str, str], height_in: float
) -> bytes | None:
    """Segments that change and what lies about them, by the mean difference a period; None without geometry.

    Width grows with the root of the difference; red is more than in the baseline, blue less; the largest are labelled.
    Maps beside each other show the same places at one scale.

    Args:
        table: `Compared.table`, of some horizons.
        region: Geometry of the segments.
        titles: What stands over the map of each scenario; nothing where it is empty.
        height_in: Of a row of maps.
    """
    if not region.has_geometry:
        return None
    ground = ground_of(region)
    shapes = segment_lines(region, ground.crs)
    found = {name: _differences(table[table["scenario"] == name], shapes) for name in titles}
    columns = len(found) if len(found) <= MAPS_A_ROW else COLUMNS
    rows, every = -(-len(found) // columns), pd.concat(found.values())
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_IN, rows * height_in))
        title_in = TITLE_IN if any(titles.values()) else 0.0
        figure.subplots_adjust(0, 0, 1, 1 - title_in / (rows * height_in), 0.02, title_in / (height_in - title_in))
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        place = panels[0].get_position()
        view = _view(every, place.width * WIDTH_IN / (place.height * rows * height_in))
        largest = max(float(np.nanmax(np.abs(every["difference"]), initial=0.0)), 1e-9)
        for axes, (name, lines) in zip(panels, found.items(), strict=False):
            draw_land(axes, ground, lines)
            axes.set(xlim=view[::2], ylim=view[1::2])
            if columns == 1:  # on smaller maps they would stand over each other
                draw_names(axes, ground, view, region.countries)
            _draw_differences(axes, lines, largest, apart=columns * (view[2] - view[0]))
            axes.set_title(titles[name], fontsize=8.5, loc="left", pad=3)
        for axes in panels[len(found) :]:
            axes.axis("off")
        if len(found) == 1:
            _legend(panels[0])
    return svg_bytes(figure)


def _differences(own: pd.DataFrame, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The segments of one scenario's rows, with their mean `difference`."""
    mean = own[own["level"] == "segment"].groupby("segment")["difference_mean"].mean()
    lines = shapes[shapes["segment"].isin(mean.index)]
    return lines.assign(difference=mean.reindex(lines["segment"]).to_numpy())


def _draw_differences(axes: Axes, lines: gpd.GeoDataFrame, largest: float, *, apart: float) -> None:
    """Segments by their difference, the largest in figures; `apart`: a page's width in metres of the map."""
    for row in lines.sort_values("difference", key=abs).itertuples():
        _segment(axes, row.geometry, row.difference, largest, dotted=row.segment.startswith(BOUNDARY_LINE))
    changed = _changed(lines).sort_values("difference", key=abs, ascending=False)
    at, east = [(p.x, p.y) for p in changed.geometry.representative_point()], axes.get_xlim()[1]
    options = [[(x, y + up * APART[1] * apart) for up in ABOVE_BELOW] for x, y in at]
    sizes = [signed(abs(value)) for value in changed["difference"]]
    labels = ordered_labels(options, sizes, apart=(APART[0] * apart, APART[1] * apart), most=LABELS)
    for n, option in labels.items():
        text = f"{changed['segment'].iloc[n]} {signed(changed['difference'].iloc[n])}"
        leftward = at[n][0] > east - APART[0] * apart
        _label(axes, at[n], text, leftward=leftward, up_pt=4 + ABOVE_BELOW[option] * APART[1] * 72 * WIDTH_IN)


def _legend(axes: Axes) -> None:
    looks = ((MORE, 4, "more than the baseline"), (LESS, 4, "less"), (SAME, 1, "no change"))
    handles = [Line2D([], [], color=c, linewidth=w, label=t) for c, w, t in looks]
    axes.legend(handles=handles, loc="lower left", fontsize=7, framealpha=0.92, edgecolor="none")


def draw_land(axes: Axes, ground: Ground, lines: gpd.GeoDataFrame) -> None:
    """Countries and borders behind the segments of a map, at equal scale and without axes."""
    west, south, east, north = land_bounds(lines)
    margin = 0.05 * max(east - west, north - south)
    axes.set_aspect("equal")
    frame_axes(axes, (west - margin, south - margin, east + margin, north + margin))
    if len(ground.shapes):
        draw_countries(axes, ground, far=LAND)


def _segment(axes: Axes, geometry: BaseGeometry, value: float, largest: float, *, dotted: bool) -> None:
    none = not np.isfinite(value) or signed(value) == "0"
    colour = SAME if none else MORE if value > 0 else LESS
    width = 0.8 if none else 1.0 + 5.0 * np.sqrt(abs(value) / largest)
    at_sea = geometry.geom_type in AREAS
    for line in lines_of(geometry):
        if at_sea:
            axes.fill(*line.xy, color=colour, alpha=0.15 if none else 0.35, linewidth=0, zorder=1.5)
        axes.plot(
            *line.xy,
            color=colour,
            linewidth=min(width, 1.2) if at_sea else width,
            linestyle=DOTTED if dotted else "solid",
            solid_capstyle="butt",
            zorder=2 if none else 3,
        )


def _changed(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return lines[~lines["difference"].map(signed).isin(["0", words.NO_DATA])]


def _view(lines: gpd.GeoDataFrame, shape: float) -> tuple[float, float, float, float]:
    """West, south, east, north of what changes (of all where nothing does), areas at sea too, in the figure's shape."""
    changed = _changed(lines)
    west, south, east, north = (changed if len(changed) else lines).total_bounds
    width, height = max(1.3 * (east - west), NEAREST_M), max(1.3 * (north - south), NEAREST_M / shape)
    width, height = max(width, height * shape), max(height, width / shape)
    x, y = (west + east) / 2, (south + north) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _label(axes: Axes, at: tuple[float, float], text: str, *, leftward: bool, up_pt: float) -> None:
    box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.8}
    place: dict[str, Any] = {"xytext": (-6 if leftward else 6, up_pt), "ha": "right" if leftward else "left"}
    axes.annotate(text, at, textcoords="offset points", fontsize=6.5, color=INK, bbox=box, **place)


def small_multiples(table: pd.DataFrame, *, freq: str, level: str = "segment", top: int = 9) -> bytes | None:
    """Baseline and every scenario over time (median, 80 %), for the places that change most; None where none does."""
    scenarios = list(dict.fromkeys(table["scenario"]))
    peaks = pd.concat([most_changed(table, scenario=s, level=level, top=top) for s in scenarios])
    ordered = peaks.reindex(peaks["difference_mean"].abs().sort_values(ascending=False, kind="stable").index)
    units = list(dict.fromkeys(ordered["unit"]))[:top]
    if not units:
        return None
    rows = -(-len(units) // COLUMNS)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.9, 1.75 * rows + 0.4), layout="constrained")
        panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
        for axes, unit in zip(panels, units, strict=False):
            _panel(axes, table[table["unit"] == unit], scenarios, freq)
        for axes in panels[len(units) :]:
            axes.axis("off")
        handles = [Line2D([], [], color=MUTED, label="baseline", linestyle="--")]
        handles += [Line2D([], [], color=_hue(i), label=s) for i, s in enumerate(scenarios)]
        figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=7, frameon=False)
    return svg_bytes(figure)


def _hue(number: int) -> str:
    return HUES[number % len(HUES)]


def _panel(axes: Axes, rows: pd.DataFrame, scenarios: list[str], freq: str) -> None:
    first = rows[rows["scenario"] == scenarios[0]]
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.fill_between(first["horizon"], first["baseline_q10"], first["baseline_q90"], color=MUTED, alpha=0.15, lw=0)
    for number, name in enumerate(scenarios):
        mine = rows[rows["scenario"] == name]
        axes.fill_between(mine["horizon"], mine["q10"], mine["q90"], color=_hue(number), alpha=0.15, lw=0)
        axes.plot(mine["horizon"], mine["q50"], color=_hue(number), linewidth=1.2)
    axes.plot(first["horizon"], first["baseline_q50"], color=MUTED, linewidth=1.2, linestyle="--")
    axes.set_ylim(bottom=0)
    ticks = first.iloc[[0, *range(2, len(first), 3)]]
    axes.set_xticks(ticks["horizon"], [words.tick(day, freq) for day in ticks["target_start"]])
    label = first["segment"].iloc[0]
    axes.set_title(f"{label} {first['name'].iloc[0]}"[:44] if label else str(first["name"].iloc[0]), fontsize=6.5)
