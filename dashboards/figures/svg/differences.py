"""Scenarios drawn: a map of differences, and small multiples of baseline and scenarios over time (SVG)."""

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
from geo.pack.map_shapes import BOUNDARY_LINE, Ground, clear_labels, ground_of, land_bounds, lines_of, segment_lines
from geo.region.region import Region

MORE, LESS, SAME = "#b2182b", "#2166ac", "#bdbdbd"  # told apart by width and sign as well
HUES = ("#1d5a8a", "#b35806", "#1b7837", "#762a83")
LABELS = 8
APART = (0.13, 0.025)  # of the map's width: nearer labels would overlap
NEAREST_M = 350_000  # of what the map shows, across
WIDTH_IN = 6.9
COLUMNS = 3


def difference_map(
    table: pd.DataFrame, region: Region, *, scenario: str, title: str, height_in: float = 5.2
) -> bytes | None:
    """Segments that change and what lies about them, by the mean difference a period; None without geometry.

    Width grows with the root of the difference; red is more than in the baseline, blue less; the largest are labelled.
    """
    if not region.has_geometry:
        return None
    mine = table[(table["scenario"] == scenario) & (table["level"] == "segment")]
    mean = mine.groupby("segment")["difference_mean"].mean()
    ground = ground_of(region)
    lines = segment_lines(region, ground.crs)
    lines = lines[lines["segment"].isin(mean.index)]
    lines = lines.assign(difference=mean.reindex(lines["segment"]).to_numpy())
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_IN, height_in))
        axes = figure.add_axes((0, 0, 1, 0.94 if title else 1))
        draw_land(axes, ground, lines)
        view = _view(lines, WIDTH_IN / height_in)
        axes.set(xlim=view[::2], ylim=view[1::2])
        draw_names(axes, ground, view, region.countries)
        largest = max(float(np.nanmax(np.abs(lines["difference"]), initial=0.0)), 1e-9)
        for row in lines.sort_values("difference", key=abs).itertuples():
            _segment(axes, row.geometry, row.difference, largest, dotted=row.segment.startswith(BOUNDARY_LINE))
        changed = _changed(lines).sort_values("difference", key=abs, ascending=False)
        at = [(p.x, p.y) for p in changed.geometry.representative_point()]
        span = view[2] - view[0]
        for n in clear_labels(at, width_m=APART[0] * span, height_m=APART[1] * span)[:LABELS]:
            row = changed.iloc[n]
            _label(axes, at[n], f"{row['segment']} {signed(row['difference'])}")
        handles = [
            Line2D([], [], color=c, linewidth=w, label=t)
            for c, w, t in ((MORE, 4, "more than the baseline"), (LESS, 4, "less"), (SAME, 1, "no change"))
        ]
        axes.legend(handles=handles, loc="lower left", fontsize=7, framealpha=0.92, edgecolor="none")
        figure.suptitle(title, fontsize=8.5, x=0.01, ha="left")
    return svg_bytes(figure)


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
    for line in lines_of(geometry):
        axes.plot(
            *line.xy,
            color=colour,
            linewidth=width,
            linestyle=DOTTED if dotted else "solid",
            solid_capstyle="butt",
            zorder=2 if none else 3,
        )


def _changed(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return lines[~lines["difference"].map(signed).isin(["0", words.NO_DATA])]


def _view(lines: gpd.GeoDataFrame, shape: float) -> tuple[float, float, float, float]:
    """West, south, east, north of what changes (of all where nothing does), in the figure's shape."""
    changed = _changed(lines)
    west, south, east, north = land_bounds(changed if len(changed) else lines)
    width, height = max(1.3 * (east - west), NEAREST_M), max(1.3 * (north - south), NEAREST_M / shape)
    width, height = max(width, height * shape), max(height, width / shape)
    x, y = (west + east) / 2, (south + north) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _label(axes: Axes, at: tuple[float, float], text: str) -> None:
    box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.8}
    axes.annotate(text, at, xytext=(6, 4), textcoords="offset points", fontsize=6.5, color=INK, bbox=box)


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
