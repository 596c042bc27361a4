"""Whether what was promised came true: quantiles against outcomes, warnings against surges, words against both."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from dashboards.figures.fan import plain
from dashboards.figures.past_skill import BASE, KEYS, OURS, ratios
from dashboards.wording import formats as words
from dashboards.wording import pages as texts
from dashboards.wording.palette import Palette

LEVELS = {"q025": 0.025, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q975": 0.975}
FEW = 20  # warnings; a mark of fewer is drawn hollow


def calibration(past: pd.DataFrame) -> pd.DataFrame:
    """Share of outcomes at or below each quantile, beside what the quantile promises.

    Args:
        past: Rows of an edition's backtest.

    Returns:
        Columns `promised, below, strictly_below, n`: a calibrated quantile's promise lies between the shares strictly
        below and at or below it (they differ where counts are small). Forecasts without an outcome are left out.
    """
    known = past.dropna(subset=["observed", *LEVELS])
    rows = [
        (level, float((known["observed"] <= known[q]).mean()), float((known["observed"] < known[q]).mean()), len(known))
        for q, level in LEVELS.items()
    ]
    return pd.DataFrame(rows, columns=["promised", "below", "strictly_below", "n"])


def calibration_figure(past: pd.DataFrame, palette: Palette) -> go.Figure:
    """Promise against outcome per quantile; a calibrated forecast's bars cross the diagonal."""
    table = calibration(past)
    figure = _diagonal(palette)
    figure.add_scatter(
        x=table["promised"],
        y=(table["below"] + table["strictly_below"]) / 2,
        mode="markers",
        name=texts.OUTCOMES,
        marker={"size": 9, "color": palette.shade(1)},
        error_y={
            "array": (table["below"] - table["strictly_below"]) / 2,
            "color": palette.shade(0.7),
            "thickness": 3,
            "width": 6,
        },
        customdata=[
            [words.share(p), words.share(s), words.share(b)]
            for p, s, b in zip(table["promised"], table["strictly_below"], table["below"], strict=True)
        ],
        hovertemplate=texts.CALIBRATION_HOVER,
    )
    return _square(figure, palette, texts.CALIBRATION_X, texts.CALIBRATION_Y)


def reliability(bins: pd.DataFrame) -> pd.DataFrame:
    """Chances by what they were, all lead times together.

    Args:
        bins: Rows of an edition's `surge_reliability` or `exceedance_reliability` of one indicator and level.

    Returns:
        Columns `bin_low, bin_high, n, given` (mean chance), `came` (share that came true).
    """
    ours = bins[bins["model"].eq(OURS) & bins["n"].gt(0)]
    weighted = ours.assign(given=ours["mean_probability"] * ours["n"], came=ours["observed_share"] * ours["n"])
    table = weighted.groupby(["bin_low", "bin_high"])[["n", "given", "came"]].sum().reset_index()
    return table.assign(given=table["given"] / table["n"], came=table["came"] / table["n"], n=table["n"].astype(int))


def reliability_figure(bins: pd.DataFrame, palette: Palette, *, came: str) -> go.Figure:
    """Chance given against how often it came true (`came`: the axis' words); hollow where there were few chances."""
    table = reliability(bins)
    figure = _diagonal(palette)
    figure.add_scatter(
        x=table["given"],
        y=table["came"],
        mode="lines+markers",
        name=texts.WARNINGS,
        line={"color": palette.shade(0.6), "width": 1.6},
        marker={
            "size": 9,
            "color": [palette.shade(1) if n >= FEW else palette.paper for n in table["n"]],
            "line": {"color": palette.shade(1), "width": 1.6},
        },
        customdata=[
            [words.percent(g), words.share(c), f"{n:,}"]
            for g, c, n in zip(table["given"], table["came"], table["n"], strict=True)
        ],
        hovertemplate=texts.RELIABILITY_HOVER,
    )
    return _square(figure, palette, texts.RELIABILITY_X, came)


def words_table(bins: pd.DataFrame) -> pd.DataFrame:
    """How often each probability word came true: bins of chances by the word for their mean.

    Columns: `word, chance, n, mean_probability, observed_share`; words that no bin had are there with 0 warnings.
    """
    table = reliability(bins)
    table["word"] = [words.probability_word(float(p)) for p in table["given"]]
    rows = []
    for word, low, high, _ in words.YARDSTICK:
        mine = table[table["word"].eq(word)]
        n = int(mine["n"].sum())
        means = [float((mine[c] * mine["n"]).sum() / n) if n else float("nan") for c in ("given", "came")]
        rows.append((word, f"{low}–{high} %", n, *(words.share(m) for m in means)))
    return pd.DataFrame(rows, columns=["word", "chance", "n", "mean_probability", "observed_share"])


def by_model(scores: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row per model, the best first: error against the baseline's in logs and in counts, coverage, forecasts.

    Columns: `model, ratio, ratio_counts, covered_50, covered_95, forecasts`. Each model is compared with the baseline
    on the forecasts that both made.
    """
    logs = ratios(scores.assign(all=0), "all")
    base = scores[scores["model"].eq(BASE)].set_index(KEYS)["wis"].rename("base_wis")
    joined = scores.join(base, on=KEYS).dropna(subset=["wis", "base_wis"])
    grouped = joined.groupby("model")
    table = grouped.agg(
        covered_50=("covered_50", "mean"), covered_95=("covered_95", "mean"), forecasts=("wis", "count")
    )
    sums = grouped[["wis", "base_wis"]].sum()
    table.insert(0, "ratio_counts", sums["wis"] / sums["base_wis"].where(sums["base_wis"] > 0))
    table.insert(0, "ratio", logs.iloc[0].reindex(table.index) if len(logs) else float("nan"))
    table.insert(0, "model", [names.get(str(m), str(m)) for m in table.index])
    return table.sort_values("ratio").reset_index(drop=True)


def worst_misses(past: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Outcomes outside their 95 % range, the furthest from the median first, each place once.

    Args:
        past: Rows of an edition's backtest.
        most: At most so many.
    """
    known = past.dropna(subset=["observed", "q50"])
    outside = known[(known["observed"] < known["q025"]) | (known["observed"] > known["q975"])]
    by_size = outside.assign(distance=(outside["observed"] - outside["q50"]).abs())
    ordered = by_size.sort_values(["distance", "location", "target_start"], ascending=[False, True, True])
    return ordered.drop_duplicates("location").head(most).reset_index(drop=True)


def _diagonal(palette: Palette) -> go.Figure:
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name=texts.PERFECT,
        hoverinfo="skip",
        line={"color": palette.muted, "width": 1.2, "dash": "dash"},
    )
    return figure


def _square(figure: go.Figure, palette: Palette, x: str, y: str) -> go.Figure:
    figure = plain(figure, palette, height=320).update_layout(hovermode="closest")
    figure.update_xaxes(title=x, range=[-0.02, 1.02], tickformat=".0%", dtick=0.25)
    return figure.update_yaxes(title=y, range=[-0.02, 1.02], tickformat=".0%", dtick=0.25)
