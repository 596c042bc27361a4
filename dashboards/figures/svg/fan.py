"""Fan charts and past forecasts as SVG, the same bytes for the same edition."""

import io
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from dashboards.edition_view.facts import Facts, newest, still_expected

INK, MUTED, GRID, HUE = "#1f2933", "#5b6770", "#e3e7ea", "#1d5a8a"
WIDTH_IN = 6.9
HISTORY = {"W": 52, "M": 36}
FANS = ((0.025, 0.975, 0.16), (0.1, 0.9, 0.22), (0.25, 0.75, 0.34))  # low, high, opacity: 95, 80, 50 %
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "routecast",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.0,
}


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG without date or random ids."""
    stream = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()


def new_axes(height_in: float) -> tuple[Figure, Axes]:
    """A figure of the page's width with one plain plot."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    return figure, axes


def fan_chart(facts: Facts, row: pd.Series) -> tuple[bytes, int]:
    """History and fan of one unit; also the number of periods whose figure is known."""
    one = facts.edition.forecast.sel(indicator=row["indicator"], nationality="TOTAL", unit=row["unit"])
    history = one["history"].isel(time=slice(-HISTORY[facts.freq], None)).to_series()
    with mpl.rc_context(STYLE):
        figure, axes = new_axes(1.75)
        _draw_fan(axes, one, history)
        if np.isfinite(one["capacity"]):
            axes.axhline(float(one["capacity"]), color=INK, linewidth=1.0, linestyle=(0, (5, 2.5)))
        axes.set_ylim(bottom=0)
        _end_labels(axes, one)
        axes.margins(x=0.01)
        _dates(axes, facts.freq)
    return svg_bytes(figure), int(history.notna().sum())


def _draw_fan(axes: Axes, one: Any, history: pd.Series) -> None:  # noqa: ANN401 - an xarray selection
    starts = pd.DatetimeIndex(one["target_start"].to_numpy())
    anchor = newest(one)
    more = still_expected(one).reindex(history.index).dropna()
    width = 0.8 * (starts[1] - starts[0]).days if len(starts) > 1 else 5
    hatched: dict[str, Any] = {"fill": False, "hatch": "//////", "edgecolor": INK, "linewidth": 0.4}
    axes.bar(more.index, more, width, bottom=history[more.index], **hatched)
    axes.plot(history.index, history.to_numpy(), color=INK, linewidth=1.1, marker=".", markersize=2.5)
    x = anchor.index.append(starts)

    def line(variable: str, level: float) -> np.ndarray:
        """The anchor, then a variable's quantile at each horizon."""
        return np.append(anchor.to_numpy(), one[variable].sel(quantile=level).to_numpy())

    for low, high, opacity in FANS:
        axes.fill_between(x, line("value", low), line("value", high), color=HUE, alpha=opacity, linewidth=0)
    axes.plot(x, line("baseline", 0.5), color=MUTED, linewidth=0.9, linestyle=(0, (1, 1.5)))
    axes.plot(x, line("value", 0.5), color=HUE, linewidth=1.6)


def _end_labels(axes: Axes, one: Any) -> None:  # noqa: ANN401 - an xarray selection
    """Name each line at its right end; labels that would touch are moved apart."""
    median, baseline = (float(one[v].sel(quantile=0.5)[-1]) for v in ("value", "baseline"))
    labels = [(median, "median", HUE), (baseline, "baseline", MUTED)]
    if np.isfinite(one["capacity"]):
        labels.append((float(one["capacity"]), f"capacity {float(one['capacity']):,.0f}", INK))
    top = axes.get_ylim()[1]
    heights = spread_apart([y / top for y, _, _ in labels], gap=0.105)
    for height, (_, text, colour) in zip(heights, labels, strict=True):
        where: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
        axes.annotate(text, (1, height), (3, 0), color=colour, va="center", fontsize=7, **where)


def spread_apart(heights: list[float], *, gap: float) -> list[float]:
    """Heights moved apart upward until neighbours are at least `gap` from each other, in the order given.

    >>> [round(h, 2) for h in spread_apart([0.5, 0.5, 0.1], gap=0.1)]
    [0.5, 0.6, 0.1]
    """
    moved = list(heights)
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + gap)
    return moved


def _dates(axes: Axes, freq: str) -> None:
    months = mdates.MonthLocator(interval=2) if freq == "W" else mdates.MonthLocator((1, 7))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(months)
    axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))  # type: ignore[no-untyped-call]


def past_chart(facts: Facts, past: pd.DataFrame, history: pd.Series) -> bytes:
    """Forecasts of one unit made the lead time before, with 50 and 95 % ranges, against what came."""
    shown = history[history.index >= past["target_start"].min() - pd.Timedelta(days=60)]
    with mpl.rc_context(STYLE):
        figure, axes = new_axes(1.55)
        axes.plot(shown.index, shown.to_numpy(), color=INK, linewidth=1.0, label="observed")
        x = past["target_start"]
        axes.vlines(x, past["q025"], past["q975"], color=HUE, alpha=0.35, linewidth=3.5, label="95 % range")
        axes.vlines(x, past["q25"], past["q75"], color=HUE, alpha=0.7, linewidth=3.5, label="50 % range")
        axes.plot(x, past["q50"], "o", color="white", markeredgecolor=HUE, markersize=3.5, label="median")
        missed = past[(past["observed"] < past["q025"]) | (past["observed"] > past["q975"])]
        axes.plot(missed["target_start"], missed["observed"], "x", color="#a50026", markersize=5, label="outside 95 %")
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper left", ncols=5, frameon=False, fontsize=6.5, bbox_to_anchor=(0, 1.17))
        _dates(axes, facts.freq)
    return svg_bytes(figure)
