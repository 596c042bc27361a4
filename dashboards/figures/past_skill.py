"""How past forecasts did: error against the baseline, coverage, and whether quantiles, warnings and words came true."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboards.figures.fan import plain
from dashboards.wording import formats as words, pages as texts
from dashboards.wording.palette import Palette
from forecasting.base.contracts import ALL_HORIZONS

KEYS = ["location", "horizon", "origin_date"]
OURS, BASE = "routecast", "baseline"
NOMINAL = {"covered_50": 0.5, "covered_95": 0.95}
LEVELS = {"q025": 0.025, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q975": 0.975}
SPARE = (0.05, 0.02)  # by which a 50 and a 95 % range may miss what it promises, and still keep it
NEARLY_ALL = 0.9  # of our forecasts; a model that made fewer is not ranked with the others
FEW = 20  # warnings; a mark of fewer is drawn hollow


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


def on_common(scores: pd.DataFrame) -> pd.DataFrame:
    """The forecasts that all models made that made nearly all of ours: models are compared on these alone.

    Args:
        scores: Rows of an edition's scores of one indicator.
    """
    known = scores.dropna(subset=["wis_log1p"])
    made = known.groupby("model").size()
    full = made.index[made >= NEARLY_ALL * made.get(OURS, 0)]
    known = known[known["model"].isin(full)]
    return known[known.groupby(KEYS)["model"].transform("size").eq(len(full))]


def ran_at_few(scores: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Models that made fewer forecasts, each against the baseline, beside ours on the very same forecasts.

    Columns: `model, ratio, ours, forecasts`, the most forecasts first.
    """
    known, compared = scores.dropna(subset=["wis_log1p"]), set(on_common(scores)["model"])
    rows = []
    for model in sorted(set(known["model"]) - compared):
        keys = known.loc[known["model"].eq(model), KEYS]
        same = known[known["model"].isin([model, OURS, BASE])].merge(keys, on=KEYS)
        same = same[same.groupby(KEYS)["model"].transform("size").eq(3)]
        errors = same.groupby("model")["wis_log1p"].mean()
        if len(errors) == 3 and errors[BASE] > 0:
            row = (names.get(model, model), errors[model] / errors[BASE], errors[OURS] / errors[BASE], len(same) // 3)
            rows.append(row)
    table = pd.DataFrame(rows, columns=["model", "ratio", "ours", "forecasts"])
    return table.sort_values("forecasts", ascending=False, kind="stable", ignore_index=True)


def overall_ratio(scores: pd.DataFrame) -> float:
    """Our error against the baseline's over all forecasts that both made; NaN where there are none."""
    table = ratios(scores.assign(all=0), "all")
    return float(table[OURS].iloc[0]) if OURS in table and len(table) else float("nan")


def ratio_figure(scores: pd.DataFrame, names: Mapping[str, str], palette: Palette) -> go.Figure:
    """Error against the baseline by lead time, our line strong, the members' thin, all on the same forecasts."""
    table = ratios(on_common(scores), "horizon")
    figure = go.Figure()
    strong: dict[str, Any] = {"opacity": 1, "marker": {"size": 7}}
    strong["line"] = {"width": 3.2, "color": palette.shade(1), "dash": "solid"}
    thin = {"opacity": 0.75, "marker": {"size": 4}, "line": {"width": 1.2, "dash": "dot"}}
    for model in [*(m for m in table.columns if m not in (OURS, BASE)), OURS]:
        if model in table:
            look, name = strong if model == OURS else thin, names.get(model, model)
            y, hover = table[model].round(3), "%{y:.2f}"
            figure.add_scatter(x=table.index, y=y, mode="lines+markers", name=name, hovertemplate=hover, **look)
    note = {"text": texts.TRACES["baseline"], "font": {"color": palette.ink}}
    figure.add_hline(y=1, line={"color": palette.ink, "width": 1.2, "dash": "dash"}, annotation=note)
    figure.update_xaxes(title=texts.AHEAD_AXIS, dtick=1)
    top = max(1.15, min(2.0, float(table.get(OURS, pd.Series([1.0])).max()) * 1.15))
    figure.update_yaxes(range=[min(0.5, float(table.min().min()) * 0.95), top])
    below = {"orientation": "h", "x": 0, "y": -0.34, "yanchor": "top", "font": {"size": 11}}
    return plain(figure, palette, height=360, legend=below)


def range_verdict(held_50: float, held_95: float) -> str:
    """What the ranges' coverage means: "kept", "wide", "narrow" or "uneven".

    >>> [range_verdict(*held) for held in ((0.52, 0.94), (0.58, 0.97), (0.45, 0.90), (0.58, 0.90))]
    ['kept', 'wide', 'narrow', 'uneven']
    """
    gaps = [
        held - promised
        for held, promised, spare in zip((held_50, held_95), NOMINAL.values(), SPARE, strict=True)
        if abs(held - promised) > spare
    ]
    if not gaps:
        return "kept"
    return "wide" if min(gaps) > 0 else "narrow" if max(gaps) < 0 else "uneven"


def coverage_figure(scores: pd.DataFrame, palette: Palette) -> go.Figure:
    """Share of outcomes that our 50 and 95 % ranges held, by lead time, beside what they promise."""
    ours = scores[scores["model"].eq(OURS)]
    table = ours.groupby("horizon")[list(NOMINAL)].mean()
    figure = go.Figure()
    for (column, promised), opacity in zip(NOMINAL.items(), (0.55, 1.0), strict=True):
        look = {"line": {"color": palette.shade(opacity), "width": 2.6}, "hovertemplate": "%{y:.0%}"}
        name = f"{promised:.0%} range".replace("%", " %")
        figure.add_scatter(x=table.index, y=table[column], mode="lines+markers", name=name, **look)
        figure.add_hline(y=promised, line={"color": palette.muted, "width": 1, "dash": "dash"})
    figure.update_xaxes(title=texts.AHEAD_AXIS, dtick=1)
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return plain(figure, palette, height=320)


def by_place(scores: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row per place: our error against the baseline's, coverage, number of forecasts; the worst first.

    Columns: `place, ratio, covered_50, covered_95, forecasts`.
    """
    table = _coverage(scores[scores["model"].eq(OURS)], "location", "wis_log1p")
    found = ratios(scores, "location")
    table.insert(0, "ratio", found[OURS] if OURS in found else float("nan"))
    return _named(table, "place", names).sort_values("ratio", ascending=False).reset_index(drop=True)


def by_model(scores: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row per model, the best first: error against the baseline's in logs and in counts, coverage, forecasts.

    Columns: `model, ratio, ratio_counts, covered_50, covered_95, forecasts`. All on the same forecasts (`on_common`).
    """
    scores = on_common(scores)
    logs = ratios(scores.assign(all=0), "all")
    base = scores[scores["model"].eq(BASE)].set_index(KEYS)["wis"].rename("base_wis")
    joined = scores.join(base, on=KEYS).dropna(subset=["wis", "base_wis"])
    table = _coverage(joined, "model", "wis")
    sums = joined.groupby("model")[["wis", "base_wis"]].sum()
    table.insert(0, "ratio_counts", sums["wis"] / sums["base_wis"].where(sums["base_wis"] > 0))
    table.insert(0, "ratio", logs.iloc[0].reindex(table.index) if len(logs) else float("nan"))
    return _named(table, "model", names).sort_values("ratio").reset_index(drop=True)


def _coverage(scores: pd.DataFrame, by: str, counted: str) -> pd.DataFrame:
    columns = {"covered_50": ("covered_50", "mean"), "covered_95": ("covered_95", "mean")}
    return scores.groupby(by).agg(**columns, forecasts=(counted, "count"))


def _named(table: pd.DataFrame, column: str, names: Mapping[str, str]) -> pd.DataFrame:
    table.insert(0, column, [names.get(str(one), str(one)) for one in table.index])
    return table


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


def surge_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Our surge warnings per level and lead time, as readers see them: two decimals, "no skill to tell" where none is.

    Columns: `level, horizon, n, surges, brier, skill, skill_to_baseline`.
    """
    ours = scores[scores["model"].eq(OURS)]
    told = {c: [_skill_words(v) for v in ours[c]] for c in ("skill", "skill_to_baseline")}
    table = ours[["level", "horizon", "n", "surges"]].assign(brier=ours["brier"].round(3), **told)
    return table.reset_index(drop=True)


def _skill_words(value: float) -> str:
    return f"{value:.2f}" if value > 0 else texts.SURGE_NO_SKILL


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
    said = table[["promised", "strictly_below", "below"]].map(words.share).to_numpy().tolist()
    half = (table["below"] - table["strictly_below"]) / 2
    look = {
        "customdata": said,
        "hovertemplate": texts.CALIBRATION_HOVER,
        "marker": {"size": 9, "color": palette.shade(1)},
    }
    look["error_y"] = {"array": half, "color": palette.shade(0.7), "thickness": 3, "width": 6}
    figure = _diagonal(palette)
    middle = (table["below"] + table["strictly_below"]) / 2
    figure.add_scatter(x=table["promised"], y=middle, mode="markers", name=texts.OUTCOMES, **look)
    return _square(figure, palette, texts.CALIBRATION_X, texts.CALIBRATION_Y)


def reliability(bins: pd.DataFrame) -> pd.DataFrame:
    """Chances by what they were, all lead times together.

    Args:
        bins: Rows of an edition's `surge_reliability` or `exceedance_reliability` of one indicator and level.

    Returns:
        Columns `bin_low, bin_high, n, given` (mean chance), `came` (share that came true); `cutoffs` and the range by
        them, `low` and `high`, where the edition has them.
    """
    ours = bins[bins["model"].eq(OURS) & bins["n"].gt(0)]
    together = ours[ours["horizon"].eq(ALL_HORIZONS)].set_index(["bin_low", "bin_high"])
    ours = ours[ours["horizon"].ne(ALL_HORIZONS)]
    weighted = ours.assign(given=ours["mean_probability"] * ours["n"], came=ours["observed_share"] * ours["n"])
    table = weighted.groupby(["bin_low", "bin_high"])[["n", "given", "came"]].sum()
    ranges = together.reindex(index=table.index, columns=["cutoffs", "observed_low", "observed_high"])
    table = table.join(ranges.set_axis(["cutoffs", "low", "high"], axis=1)).reset_index()
    return table.assign(given=table["given"] / table["n"], came=table["came"] / table["n"], n=table["n"].astype(int))


def reliability_figure(bins: pd.DataFrame, palette: Palette, *, came: str) -> go.Figure:
    """Chance given against how often it came true (`came`: the axis' words); hollow where there were few chances."""
    table = reliability(bins)
    rows = zip(*(table[c] for c in ("given", "came", "n", "cutoffs", "low", "high")), strict=True)
    said = [[words.percent(given), words.share(true), f"{n:,}", *_by_cutoffs(*by)] for given, true, n, *by in rows]
    fill = [palette.shade(1) if n >= FEW else palette.paper for n in table["n"]]
    look = {
        "customdata": said,
        "hovertemplate": texts.RELIABILITY_HOVER,
        "line": {"color": palette.shade(0.6), "width": 1.6},
    }
    look["marker"] = {"size": 9, "color": fill, "line": {"color": palette.shade(1), "width": 1.6}}
    figure = _diagonal(palette)
    figure.add_scatter(x=table["given"], y=table["came"], mode="lines+markers", name=texts.WARNINGS, **look)
    return _square(figure, palette, texts.RELIABILITY_X, came)


def _by_cutoffs(cutoffs: float, low: float, high: float) -> tuple[str, str]:
    """Number of cutoffs, and the range of what came by them, in words."""
    if words.missing(cutoffs):
        return words.NO_DATA, words.NO_DATA
    return f"{cutoffs:,.0f}", f"{words.share(low)} – {words.share(high)}"


def words_table(bins: pd.DataFrame) -> pd.DataFrame:
    """How often each probability word came true: bins of chances by the word for their mean.

    Columns: `word, chance, n, mean_probability, observed_share, cutoffs, range` (by cutoffs, the widest of its bins);
    words that no bin had are there with 0 warnings.
    """
    table = reliability(bins)
    table["word"] = [words.probability_word(float(p)) for p in table["given"]]
    rows = []
    for word, low, high, _ in words.YARDSTICK:
        mine = table[table["word"].eq(word)]
        n = int(mine["n"].sum())
        means = [float((mine[c] * mine["n"]).sum() / n) if n else float("nan") for c in ("given", "came")]
        by = _by_cutoffs(mine["cutoffs"].max(), mine["low"].min(), mine["high"].max())
        rows.append((word, f"{low}–{high} %", n, *(words.share(m) for m in means), *by))
    return pd.DataFrame(rows, columns=["word", "chance", "n", "mean_probability", "observed_share", "cutoffs", "range"])


def _diagonal(palette: Palette) -> go.Figure:
    line = {"color": palette.muted, "width": 1.2, "dash": "dash"}
    return go.Figure(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", name=texts.PERFECT, hoverinfo="skip", line=line))


def _square(figure: go.Figure, palette: Palette, x: str, y: str) -> go.Figure:
    axis = {"range": [-0.02, 1.02], "tickformat": ".0%", "dtick": 0.25}
    figure = plain(figure, palette, height=320, hovermode="closest")
    return figure.update_xaxes(title=x, **axis).update_yaxes(title=y, **axis)
