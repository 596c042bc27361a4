"""Small multiples on the dashboard: baseline and scenarios over time, one place a panel."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboards.edition_view.scenario_changes import MATTERS
from dashboards.figures.base_map_traces import SILENT
from dashboards.figures.fan import plain
from dashboards.wording import formats as words
from dashboards.wording.palette import Palette

HUES = ((43, 123, 186), (217, 119, 43), (42, 157, 92), (156, 95, 181), (201, 79, 124), (120, 130, 40))
DASHES = ("solid", "dot", "dashdot", "longdash", "longdashdot", "dash")  # a second cue beside the hue
HEIGHT_PX = 215
HARDLY = 0.05  # a smaller change, as a share of the baseline, could not be told from it


def hue(number: int, opacity: float = 1.0) -> str:
    """Colour of the n-th scenario; told apart on light and on dark pages."""
    red, green, blue = HUES[number % len(HUES)]
    return f"rgba({red},{green},{blue},{opacity})"


def scenario_panel(
    rows: pd.DataFrame,
    scenarios: Sequence[str],
    palette: Palette,
    *,
    horizon: int,
    periods: Mapping[int, str],
    freq: str,
) -> go.Figure:
    """One place: the baseline dashed, scenarios that visibly change it (of the region all), the planned capacity.

    Args:
        rows: Rows of `Compared.table` of one unit.
        scenarios: Their names, in the order of their colours.
        palette: Of the reader's theme.
        horizon: The one that the reader looks at.
        periods: Horizon → name of the period, for hovering.
        freq: "W" or "M", for the dates at the axis.
    """
    figure = go.Figure()
    first = rows[rows["scenario"] == scenarios[0]].sort_values("horizon")
    whole = first["level"].iloc[0] == "total"  # of which every scenario's line is looked for
    grey = {"color": palette.muted, "width": 1.6, "dash": "dash"}
    _shade(figure, first, ("baseline_q10", "baseline_q90"), _transparent(palette.muted))
    _median(figure, first, "baseline_", name="baseline", line=grey, periods=periods)
    for number, name in enumerate(scenarios):
        mine = rows[rows["scenario"] == name].sort_values("horizon")
        hardly = mine["difference_mean"].abs().max() < max(MATTERS, HARDLY * first["baseline_q50"].max())
        if hardly and not whole:
            continue
        _shade(figure, mine, ("q10", "q90"), hue(number, 0.22))
        line = {"color": hue(number), "width": 2.2, "dash": DASHES[number % len(DASHES)]}
        _median(figure, mine, "", name=name, line=line, periods=periods)
    capacity = float(first["baseline_capacity"].iloc[0])
    shown = float(np.nanmax([rows["q90"].max(), rows["baseline_q90"].max()]))
    if np.isfinite(capacity) and capacity <= 1.6 * shown:
        note = {"text": f"capacity {words.planned(capacity)}", "font": {"color": palette.ink, "size": 10}}
        line = {"color": palette.ink, "width": 1, "dash": "longdash"}
        figure.add_hline(y=capacity, line=line, annotation=note, annotation_position="top left")
        shown = max(shown, capacity)
    figure.add_vline(x=horizon, line={"color": palette.muted, "width": 1, "dash": "dot"})
    plain(figure, palette, height=HEIGHT_PX).update_layout(showlegend=False, hoverlabel={"namelength": 24})
    ticks = first.iloc[[0, *range(2, len(first), 3)]]
    days = [words.tick(day, freq) for day in ticks["target_start"]]
    figure.update_xaxes(tickvals=ticks["horizon"], ticktext=days, title=None, range=[0.8, len(first) + 0.2])
    figure.update_yaxes(range=[0, 1.12 * max(shown, 1.0)], nticks=5)
    return figure


def _transparent(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def _shade(figure: go.Figure, rows: pd.DataFrame, ends: tuple[str, str], colour: str) -> None:
    low, high, x = rows[ends[0]], rows[ends[1]], rows["horizon"]
    look = {"fill": "toself", "mode": "lines", "line": {"width": 0}, "fillcolor": colour, **SILENT}
    figure.add_scatter(x=[*x, *x[::-1]], y=[*high, *low[::-1]], **look)


def _median(
    figure: go.Figure,
    rows: pd.DataFrame,
    prefix: str,
    *,
    name: str,
    line: Mapping[str, object],
    periods: Mapping[int, str],
) -> None:
    columns = [rows[f"{prefix}{q}"] for q in ("q50", "q10", "q90")]
    said = [
        f"{periods[int(h)]}: {words.number(m)}, {words.interval(low, high)}"
        for h, m, low, high in zip(rows["horizon"], *columns, strict=True)
    ]
    look = {"mode": "lines", "name": name, "line": dict(line), "hovertemplate": "%{customdata}"}
    figure.add_scatter(x=rows["horizon"], y=columns[0], customdata=said, **look)
