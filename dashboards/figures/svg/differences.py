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
from dashboards.figures.svg.map import DOTTED, LAND, draw_countries, frame_axes
from geo.pack.map_shapes import BOUNDARY_LINE, Ground, ground_of, land_bounds, lines_of, segment_lines
from geo.region.region import Region

MORE, LESS, SAME = "#b2182b", "#2166ac", "#bdbdbd"  # told apart by width and sign as well
HUES = ("#1d5a8a", "#b35806", "#1b7837", "#762a83")
LABELS = 6
COLUMNS = 3


def difference_map(table: pd.DataFrame, region: Region, *, scenario: str, title: str) -> bytes | None:
    """Segments by the mean difference a period; None where the region has no geometry.

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
        figure = Figure(figsize=(6.9, 5.2))
        axes = figure.add_axes((0, 0, 1, 0.94))
        draw_land(axes, ground, lines)
        largest = max(float(np.nanmax(np.abs(lines["difference"]), initial=0.0)), 1e-9)
        for row in lines.sort_values("difference", key=abs).itertuples():
            _segment(axes, row.geometry, row.difference, largest, dotted=row.segment.startswith(BOUNDARY_LINE))
        for row in lines.sort_values("difference", key=abs, ascending=False).head(LABELS).itertuples():
            if signed(row.difference) != "0":
                _label(axes, row.geometry, f"{row.segment} {signed(row.difference)}")
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


def _label(axes: Axes, geometry: BaseGeometry, text: str) -> None:
    at = geometry.representative_point()
    box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.8}
    axes.annotate(text, (at.x, at.y), xytext=(6, 4), textcoords="offset points", fontsize=6.5, color=INK, bbox=box)


def small_multiples(table: pd.DataFrame, *, level: str = "segment", top: int = 9) -> bytes | None:
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
            _panel(axes, table[table["unit"] == unit], scenarios)
        for axes in panels[len(units) :]:
            axes.axis("off")
        handles = [Line2D([], [], color=MUTED, label="baseline", linestyle="--")]
        handles += [Line2D([], [], color=_hue(i), label=s) for i, s in enumerate(scenarios)]
        figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=7, frameon=False)
    return svg_bytes(figure)


def _hue(number: int) -> str:
    return HUES[number % len(HUES)]


def _panel(axes: Axes, rows: pd.DataFrame, scenarios: list[str]) -> None:
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
    label = first["segment"].iloc[0]
    axes.set_title(f"{label} {first['name'].iloc[0]}"[:44] if label else str(first["name"].iloc[0]), fontsize=6.5)
