"""One place over time: history, fan, chance of exceeding its capacity, and past forecasts against what came."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import xarray as xr

from dashboards.edition_view.facts import Facts, newest, still_expected
from dashboards.wording import formats as words
from dashboards.wording.bands import band
from dashboards.wording.pages import CAPACITY, MADE, OVER_WHEN_MADE, TRACES
from dashboards.wording.palette import FANS, FONT, Palette

SHOWN = {"W": 78, "M": 48}  # periods of history
PAST_WIDTH_MS = 4 * 86_400_000  # of a bar: four days
BARS: dict[str, Any] = {"textposition": "outside", "cliponaxis": False, "showlegend": False}  # with their values


def plain(figure: go.Figure, palette: Palette, *, height: int, **layout: object) -> go.Figure:
    """The common look: no frame, faint horizontal grid, transparent ground; `layout` changes it."""
    axis = {"gridcolor": palette.grid, "zerolinecolor": palette.grid, "linecolor": palette.muted, "automargin": True}
    common = {
        "margin": dict.fromkeys("lrtb", 8),
        "paper_bgcolor": palette.paper,
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": palette.ink, "family": FONT},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "dragmode": False,
        "hoverlabel": {"font": {"color": "#1f2933"}, "bgcolor": "#ffffff"},
    }
    figure.update_layout(height=height, **{**common, **layout})
    return figure.update_xaxes(**{**axis, "showgrid": False}).update_yaxes(**axis)


def fan_figure(one: xr.Dataset, facts: Facts, palette: Palette, *, height: int = 340) -> go.Figure:
    """History and fan of one unit.

    Args:
        one: The edition's forecast at one indicator, nationality and unit.
        facts: Names of periods.
        palette: Colours.
        height: Pixels.
    """
    history = one["history"].isel(time=slice(-SHOWN[facts.freq], None)).to_series()
    history = history.loc[history.first_valid_index() :]
    known = newest(one)
    x = known.index.append(pd.DatetimeIndex(one["target_start"].to_numpy()))
    figure = go.Figure()
    for low, high, opacity in FANS:
        lower, upper = (_joined(known, one["value"].sel(quantile=q)) for q in (low, high))
        look = {"fill": "toself", "fillcolor": palette.shade(opacity), "line": {"width": 0}, "hoverinfo": "skip"}
        name = f"{round(100 * (high - low))} %"
        figure.add_scatter(x=[*x, *x[::-1]], y=[*upper, *lower[::-1]], mode="lines", name=name, **look)
    drawn = {"line": {"color": palette.ink, "width": 1.6}, "mode": "lines+markers", "marker": {"size": 4}}
    _line(figure, "observed", history, history.map(words.count), drawn)
    _expected_bars(figure, one, history, palette)
    baseline = pd.Series(_joined(known, one["baseline"].sel(quantile=0.5)), x)
    dotted = {"line": {"color": palette.muted, "width": 1.4, "dash": "dot"}}
    _line(figure, "baseline", baseline, baseline.map(words.number), dotted)
    median = pd.Series(_joined(known, one["value"].sel(quantile=0.5)), x)
    said = [*[""] * len(known), *_ranges(one)]
    _line(figure, "median", median, said, {"line": {"color": palette.shade(1), "width": 2.4}})
    _capacity_line(figure, float(one["capacity"]), palette)
    _issue_line(figure, facts, palette)
    figure.update_yaxes(rangemode="tozero")
    return plain(figure, palette, height=height)


def _line(figure: go.Figure, name: str, values: pd.Series, said: Sequence[str], drawn: Mapping[str, Any]) -> None:
    """A series over time under the name of its kind, and what hovering says of each value."""
    look = {"mode": "lines", "name": TRACES[name], "customdata": said, "hovertemplate": "%{customdata}", **drawn}
    figure.add_scatter(x=values.index, y=values, **look)


def _expected_bars(figure: go.Figure, one: xr.Dataset, history: pd.Series, palette: Palette) -> None:
    """Hatched: from what was reported so far to what is expected once all reports are in."""
    more = still_expected(one)
    more = more[more.index >= history.index[0]]
    if more.empty:
        return
    reported, sd = history[more.index], one["nowcast_sd"].to_series()[more.index]
    said = [words.expected(whole, 1.96 * error) for whole, error in zip(reported + more, sd, strict=True)]
    marker = {"color": "rgba(0,0,0,0)", "line": {"color": palette.ink, "width": 0.8}}
    marker["pattern"] = {"shape": "/", "fgcolor": palette.ink, "size": 4}
    look = {"name": TRACES["expected"], "customdata": said, "hovertemplate": "%{customdata}", "marker": marker}
    figure.add_bar(x=more.index, y=more, base=reported, **look)


def _joined(known: pd.Series, ahead: xr.DataArray) -> np.ndarray:
    """The newest count, from which the lines start, then the forecast."""
    return np.append(known.to_numpy(), ahead.to_numpy())


def _ranges(one: xr.Dataset) -> list[str]:
    value = one["value"]
    rows = zip(*(value.sel(quantile=q).to_numpy() for q in (0.5, 0.1, 0.9)), strict=True)
    return [f"{words.number(m)}, {words.interval(low, high)}" for m, low, high in rows]


def _capacity_line(figure: go.Figure, capacity: float, palette: Palette) -> None:
    if np.isfinite(capacity):
        note = {"text": CAPACITY.format(capacity=words.planned(capacity)), "font": {"color": palette.ink}}
        line = {"color": palette.ink, "width": 1.4, "dash": "dash"}
        figure.add_hline(y=capacity, line=line, annotation=note, annotation_position="top left")


def _issue_line(figure: go.Figure, facts: Facts, palette: Palette) -> None:
    """When the forecast was made: periods between the last figure and it are over, and not reported yet."""
    day = f"{facts.issued:%Y-%m-%d}"
    figure.add_vline(x=day, line={"color": palette.muted, "width": 1, "dash": "dot"})
    note = {"text": MADE.format(day=words.short_date(facts.issued)), "font": {"color": palette.ink}, "showarrow": False}
    figure.add_annotation(x=day, y=1, yref="paper", xanchor="left", xshift=3, yanchor="top", **note)


def chance_figure(rows: pd.DataFrame, facts: Facts, palette: Palette) -> go.Figure:
    """Chance of exceeding the capacity by lead time, in the band's colour.

    Args:
        rows: Rows of the risk table of one unit and indicator, one per horizon.
        facts: Names of periods.
        palette: Colours.
    """
    rows = rows.sort_values("horizon")
    starts, chance = rows["target_start"], rows["exceedance_probability"]
    said = [
        f"{facts.period(t)}{OVER_WHEN_MADE if o else ''}: {words.percent(p)}, {words.probability_word(p)}"
        for t, p, o in zip(starts, chance, (e.date() < facts.issued for e in rows["target_end"]), strict=True)
    ]
    colours = [band(b).colour for b in rows["pressure_band"]]
    over = [t.date() < facts.issued for t in rows["target_end"]]
    hatched = {"shape": ["/" if o else "" for o in over], "fgcolor": "#ffffff", "size": 5}
    marker = {"color": colours, "line": {"color": palette.muted, "width": 0.8}, "pattern": hatched}
    look = {"marker": marker, **BARS}
    figure = go.Figure(go.Bar(x=starts, y=chance, text=chance.map(words.percent), customdata=said, **look))
    figure.update_traces(hovertemplate="%{customdata}<extra></extra>")
    figure.update_yaxes(range=[0, 1.08], tickformat=".0%", dtick=0.2)
    figure.update_xaxes(tickvals=starts, ticktext=[words.tick(t.date(), facts.freq) for t in starts])
    return plain(figure, palette, height=260, hovermode="closest")


def past_figure(past: pd.DataFrame, history: pd.Series, palette: Palette) -> go.Figure:
    """Forecasts of one lead time with their 50 and 95 % ranges against what came.

    Args:
        past: Rows of the edition's backtest of one unit and horizon.
        history: Observed counts by period; NaN unknown.
        palette: Colours.
    """
    past = past.sort_values("target_start")
    shown = history[history.index >= past["target_start"].min() - pd.Timedelta(days=60)]
    figure = go.Figure()
    _line(figure, "observed", shown, shown.map(words.count), {"line": {"color": palette.ink, "width": 1.6}})
    for low, high, opacity, name in (("q025", "q975", 0.35, "95 %"), ("q25", "q75", 0.75, "50 %")):
        marker = {"color": palette.shade(opacity), "line": {"width": 0}}
        look = {"name": name, "width": PAST_WIDTH_MS, "marker": marker, "hoverinfo": "skip"}
        figure.add_bar(x=past["target_start"], base=past[low], y=past[high] - past[low], **look)
    missed = past[(past["observed"] < past["q025"]) | (past["observed"] > past["q975"])]
    if len(missed):
        cross = {"symbol": "x", "size": 9, "color": palette.miss}
        look = {"mode": "markers", "name": TRACES["missed"], "hoverinfo": "skip", "marker": cross}
        figure.add_scatter(x=missed["target_start"], y=missed["observed"], **look)
    figure.update_yaxes(rangemode="tozero")
    return plain(figure, palette, height=260, barmode="overlay")
