"""One place over time: history, fan, chance of exceeding its capacity, and past forecasts against what came."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import xarray as xr

from dashboards.edition_view.facts import Facts
from dashboards.edition_view.nowcast import newest, still_expected
from dashboards.wording import formats as words
from dashboards.wording.bands import band
from dashboards.wording.pages import CAPACITY, TRACES
from dashboards.wording.palette import FANS, FONT, Palette

SHOWN = {"W": 78, "M": 48}  # periods of history


def plain(figure: go.Figure, palette: Palette, *, height: int) -> go.Figure:
    """The common look: no frame, faint horizontal grid, transparent ground."""
    axis = {"gridcolor": palette.grid, "zerolinecolor": palette.grid, "linecolor": palette.muted, "automargin": True}
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor=palette.paper,
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": palette.ink, "family": FONT},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        dragmode=False,
        hoverlabel={"font": {"color": "#1f2933"}, "bgcolor": "#ffffff"},
    )
    figure.update_xaxes(**{**axis, "showgrid": False})
    figure.update_yaxes(**axis)
    return figure


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
        figure.add_scatter(
            x=[*x, *x[::-1]],
            y=[*upper, *lower[::-1]],
            fill="toself",
            mode="lines",
            line={"width": 0},
            fillcolor=palette.shade(opacity),
            hoverinfo="skip",
            name=f"{round(100 * (high - low))} %",
        )
    figure.add_scatter(
        x=history.index,
        y=history,
        mode="lines+markers",
        name=TRACES["observed"],
        customdata=[words.count(v) for v in history],
        line={"color": palette.ink, "width": 1.6},
        marker={"size": 4},
        hovertemplate="%{customdata}",
    )
    _expected_bars(figure, one, history, palette)
    baseline = _joined(known, one["baseline"].sel(quantile=0.5))
    figure.add_scatter(
        x=x,
        y=baseline,
        mode="lines",
        name=TRACES["baseline"],
        customdata=[words.number(v) for v in baseline],
        line={"color": palette.muted, "width": 1.4, "dash": "dot"},
        hovertemplate="%{customdata}",
    )
    figure.add_scatter(
        x=x,
        y=_joined(known, one["value"].sel(quantile=0.5)),
        mode="lines",
        name=TRACES["median"],
        line={"color": palette.shade(1), "width": 2.4},
        customdata=[*[""] * len(known), *_ranges(one)],
        hovertemplate="%{customdata}",
    )
    _capacity_line(figure, float(one["capacity"]), palette)
    figure.update_yaxes(rangemode="tozero")
    return plain(figure, palette, height=height)


def _expected_bars(figure: go.Figure, one: xr.Dataset, history: pd.Series, palette: Palette) -> None:
    """Hatched: from what was reported so far to what is expected once all reports are in."""
    more = still_expected(one)
    more = more[more.index >= history.index[0]]
    if more.empty:
        return
    reported, sd = history[more.index], one["nowcast_sd"].to_series()[more.index]
    said = [words.expected(whole, 1.96 * error) for whole, error in zip(reported + more, sd, strict=True)]
    figure.add_bar(
        x=more.index,
        y=more,
        base=reported,
        name=TRACES["expected"],
        customdata=said,
        hovertemplate="%{customdata}",
        marker={
            "color": "rgba(0,0,0,0)",
            "line": {"color": palette.ink, "width": 0.8},
            "pattern": {"shape": "/", "fgcolor": palette.ink, "size": 4},
        },
    )


def _joined(known: pd.Series, ahead: xr.DataArray) -> np.ndarray:
    """The newest count, from which the lines start, then the forecast."""
    return np.append(known.to_numpy(), ahead.to_numpy())


def _ranges(one: xr.Dataset) -> list[str]:
    value = one["value"]
    rows = zip(*(value.sel(quantile=q).to_numpy() for q in (0.5, 0.1, 0.9)), strict=True)
    return [f"{words.number(m)}, {words.interval(low, high)}" for m, low, high in rows]


def _capacity_line(figure: go.Figure, capacity: float, palette: Palette) -> None:
    if np.isfinite(capacity):
        figure.add_hline(
            y=capacity,
            line={"color": palette.ink, "width": 1.4, "dash": "dash"},
            annotation={"text": CAPACITY.format(capacity=words.planned(capacity)), "font": {"color": palette.ink}},
            annotation_position="top left",
        )


def chance_figure(rows: pd.DataFrame, facts: Facts, palette: Palette) -> go.Figure:
    """Chance of exceeding the capacity by lead time, in the band's colour.

    Args:
        rows: Rows of the risk table of one unit and indicator, one per horizon.
        facts: Names of periods.
        palette: Colours.
    """
    rows = rows.sort_values("horizon")
    chance = rows["exceedance_probability"]
    figure = go.Figure(
        go.Bar(
            x=rows["target_start"],
            y=chance,
            text=[words.percent(p) for p in chance],
            textposition="outside",
            marker={
                "color": [band(b).colour for b in rows["pressure_band"]],
                "line": {"color": palette.muted, "width": 0.8},
            },
            customdata=[
                f"{facts.period(t)}: {words.percent(p)}, {words.probability_word(p)}"
                for t, p in zip(rows["target_start"], chance, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
            cliponaxis=False,
        )
    )
    figure.update_yaxes(range=[0, 1.08], tickformat=".0%", dtick=0.2)
    days = [t.date() for t in rows["target_start"]]
    figure.update_xaxes(tickvals=rows["target_start"], ticktext=[words.tick(day, facts.freq) for day in days])
    return plain(figure, palette, height=260).update_layout(hovermode="closest")


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
    figure.add_scatter(
        x=shown.index,
        y=shown,
        mode="lines",
        name=TRACES["observed"],
        line={"color": palette.ink, "width": 1.6},
        customdata=[words.count(v) for v in shown],
        hovertemplate="%{customdata}",
    )
    for low, high, opacity, name in (("q025", "q975", 0.35, "95 %"), ("q25", "q75", 0.75, "50 %")):
        figure.add_bar(
            x=past["target_start"],
            base=past[low],
            y=past[high] - past[low],
            name=name,
            width=4 * 86_400_000,
            marker={"color": palette.shade(opacity), "line": {"width": 0}},
            hoverinfo="skip",
        )
    missed = past[(past["observed"] < past["q025"]) | (past["observed"] > past["q975"])]
    if len(missed):
        figure.add_scatter(
            x=missed["target_start"],
            y=missed["observed"],
            mode="markers",
            name=TRACES["missed"],
            hoverinfo="skip",
            marker={"symbol": "x", "size": 9, "color": palette.miss},
        )
    figure.update_yaxes(rangemode="tozero")
    return plain(figure, palette, height=260).update_layout(barmode="overlay")
