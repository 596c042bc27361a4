"""How past forecasts did: error against the baseline and coverage, by lead time."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from dashboards.figures.fan import plain
from dashboards.wording.pages import AHEAD_AXIS, SURGE_NO_SKILL, TRACES
from dashboards.wording.palette import Palette

KEYS = ["location", "horizon", "origin_date"]
OURS, BASE = "routecast", "baseline"
NOMINAL = {"covered_50": 0.5, "covered_95": 0.95}


def ratios(scores: pd.DataFrame, by: str) -> pd.DataFrame:
    """Mean WIS of log counts of each model ÷ the baseline's on the same forecasts.

    Args:
        scores: Rows of an edition's scores of one indicator.
        by: "horizon" or "location".

    Returns:
        Index `by`, one column a model; NaN where the baseline's mean is 0 or a model made no forecast.
    """
    base = scores[scores["model"].eq(BASE)].set_index(KEYS)["wis_log1p"].rename("base")
    joined = scores.join(base, on=KEYS).dropna(subset=["wis_log1p", "base"])
    means = joined.pivot_table(index=by, columns="model", values=["wis_log1p", "base"], aggfunc="mean")
    return means["wis_log1p"] / means["base"].where(means["base"] > 0)


def ratio_figure(scores: pd.DataFrame, names: Mapping[str, str], palette: Palette) -> go.Figure:
    """Error against the baseline by lead time, our line strong, the members' thin."""
    table = ratios(scores, "horizon")
    figure = go.Figure()
    for model in [*(m for m in table.columns if m not in (OURS, BASE)), OURS]:
        if model in table:
            strong = model == OURS
            figure.add_scatter(
                x=table.index,
                y=table[model].round(3),
                mode="lines+markers",
                name=names.get(model, model),
                line={
                    "width": 3.2 if strong else 1.2,
                    "color": palette.shade(1) if strong else None,
                    "dash": "solid" if strong else "dot",
                },
                marker={"size": 7 if strong else 4},
                opacity=1 if strong else 0.75,
                hovertemplate="%{y:.2f}",
            )
    figure.add_hline(
        y=1,
        line={"color": palette.ink, "width": 1.2, "dash": "dash"},
        annotation={"text": TRACES["baseline"], "font": {"color": palette.ink}},
    )
    figure.update_xaxes(title=AHEAD_AXIS, dtick=1)
    top = max(1.15, min(2.0, float(table.get(OURS, pd.Series([1.0])).max()) * 1.15))
    figure.update_yaxes(range=[min(0.5, float(table.min().min()) * 0.95), top])
    below = {"orientation": "h", "x": 0, "y": -0.34, "yanchor": "top", "font": {"size": 11}}
    return plain(figure, palette, height=360).update_layout(legend=below)


def coverage_figure(scores: pd.DataFrame, palette: Palette) -> go.Figure:
    """Share of outcomes that our 50 and 95 % ranges held, by lead time, beside what they promise."""
    ours = scores[scores["model"].eq(OURS)]
    table = ours.groupby("horizon")[list(NOMINAL)].mean()
    figure = go.Figure()
    for (column, promised), opacity in zip(NOMINAL.items(), (0.55, 1.0), strict=True):
        figure.add_scatter(
            x=table.index,
            y=table[column],
            mode="lines+markers",
            name=f"{promised:.0%} range".replace("%", " %"),
            line={"color": palette.shade(opacity), "width": 2.6},
            hovertemplate="%{y:.0%}",
        )
        figure.add_hline(y=promised, line={"color": palette.muted, "width": 1, "dash": "dash"})
    figure.update_xaxes(title=AHEAD_AXIS, dtick=1)
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return plain(figure, palette, height=320)


def by_place(scores: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row per place: our error against the baseline's, coverage, number of forecasts; the worst first.

    Columns: `place, ratio, covered_50, covered_95, forecasts`.
    """
    ours = scores[scores["model"].eq(OURS)]
    table = ours.groupby("location").agg(
        covered_50=("covered_50", "mean"), covered_95=("covered_95", "mean"), forecasts=("wis_log1p", "count")
    )
    found = ratios(scores, "location")
    table.insert(0, "ratio", found[OURS] if OURS in found else float("nan"))
    table.insert(0, "place", [names.get(str(location), str(location)) for location in table.index])
    return table.sort_values("ratio", ascending=False).reset_index(drop=True)


def surge_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Our surge warnings per level and lead time, as readers see them: two decimals, "no skill to tell" where none is.

    Columns: `level, horizon, n, surges, brier, skill, skill_to_baseline`.
    """
    ours = scores[scores["model"].eq(OURS)]
    told = {c: [_skill_words(v) for v in ours[c]] for c in ("skill", "skill_to_baseline")}
    table = ours[["level", "horizon", "n", "surges"]].assign(brier=ours["brier"].round(3), **told)
    return table.reset_index(drop=True)


def _skill_words(value: float) -> str:
    return f"{value:.2f}" if value > 0 else SURGE_NO_SKILL
