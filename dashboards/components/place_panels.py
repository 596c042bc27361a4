"""Panels of the page of one place: neighbours, data, skill, past forecasts, other places beside it."""

from collections.abc import Iterable, Mapping

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboards.briefing.past_skill import location
from dashboards.components.cached_editions import at_any_lead, links, made
from dashboards.components.draw_figure import draw
from dashboards.components.draw_table import draw_table
from dashboards.components.page_frame import palette
from dashboards.components.selection import choice, view
from dashboards.edition_view.facts import Facts
from dashboards.figures.fan import fan_figure, past_figure
from dashboards.figures.past_skill import KEYS, NOMINAL, OURS, overall_ratio, ratio_figure
from dashboards.wording import formats as words, pages as texts, trends
from dashboards.wording.bands import band
from dashboards.wording.palette import Palette

NEIGHBOURS = 5  # of each side, the largest; more are counted
COMPARED = 4


def draw_neighbours(facts: Facts, row: pd.Series) -> None:
    """Who sees the same movement before and after, on either side of the border, with links."""
    segment, graph = str(row["segment"] or ""), links(facts.edition)
    if not segment or not graph:
        st.caption(texts.NO_LINKS if segment else texts.NO_NEIGHBOURS)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        _ends(facts, texts.UPSTREAM, {k.source: k.lag for k in graph if k.target == segment}, texts.EARLIER)
    with right:
        _ends(facts, texts.DOWNSTREAM, {k.target: k.lag for k in graph if k.source == segment}, texts.LATER)
    st.caption(texts.AUTHORITIES.format(authorities=_authorities(facts, row)))


def _ends(facts: Facts, title: str, lags: Mapping[str, int], when: str) -> None:
    st.markdown(f"**{title}**")
    rows = [row for segment in lags if (row := facts.row(f"segment:{segment}")) is not None]
    if not rows:
        st.caption(texts.NO_END)
    for row in sorted(rows, key=lambda r: -r["q50"])[:NEIGHBOURS]:
        lag = words.periods(lags[str(row["segment"])], facts.freq)
        note = when.format(lag=lag, band=band(row["pressure_band"]).word, median=words.number(row["q50"]))
        label = words.escaped(f"{facts.place_with_direction(row)}: {note}")
        st.page_link("views/place.py", label=label, query_params={**view(), "unit": str(row["unit"])})
    if len(rows) > NEIGHBOURS:
        st.caption(texts.AND_MORE.format(n=len(rows) - NEIGHBOURS))


def _authorities(facts: Facts, row: pd.Series) -> str:
    codes = [str(row[c]) for c in ("from_country", "to_country") if row[c]]
    return words.joined([words.country(code, facts.countries) for code in codes]) or texts.UNNAMED


def draw_past(facts: Facts, unit: str) -> None:
    """Past forecasts of this unit against what came, at a lead time of the reader's."""
    known = made(past_of, at_any_lead(facts), unit)
    st.markdown(f"**{texts.PAST}**")
    if known.empty:
        st.info(texts.NO_PAST)
        return
    leads = {str(h): texts.AHEAD.format(ahead=words.periods(h, facts.freq)) for h in sorted(known["horizon"].unique())}
    fallback = str(facts.horizon) if str(facts.horizon) in leads else next(iter(leads))
    lead = int(choice("ahead", texts.AHEAD_BOX, leads, default=fallback))
    chosen = known[known["horizon"].eq(lead)]
    draw(made(_past_figure, at_any_lead(facts), unit, lead, palette()), facts, name="past", alt=leads[str(lead)])
    held = chosen["observed"].between(chosen["q025"], chosen["q975"])
    st.caption(texts.PAST_HELD.format(held=int(held.sum()), n=len(held)))


def past_of(facts: Facts, unit: str) -> pd.DataFrame:
    """Past forecasts of a unit of which it is known what came."""
    return facts.backtest[facts.backtest["location"].eq(location(unit))].dropna(subset=["observed", "q50"])


def _past_figure(facts: Facts, unit: str, lead: int, palette: Palette) -> go.Figure:
    past = past_of(facts, unit)
    mine = {"indicator": facts.indicator, "nationality": facts.nationality, "unit": unit}
    history = facts.edition.forecast["history"].sel(mine).to_series()
    return past_figure(past[past["horizon"].eq(lead)], history, palette)


def draw_skill(facts: Facts, unit: str) -> None:
    """Error against the baseline by lead time, and how often the ranges held."""
    st.markdown(f"**{texts.SKILL_HERE}**")
    held = made(_skill_held, at_any_lead(facts), unit)
    if not held:
        st.info(texts.NO_PAST)
        return
    draw(made(_skill_figure, at_any_lead(facts), unit, palette()), facts, name="skill", alt=texts.RATIO)
    st.caption(held)


def _scores_of(facts: Facts, unit: str) -> pd.DataFrame:
    return facts.scores[facts.scores["location"].eq(location(unit))]


def _skill_figure(facts: Facts, unit: str, palette: Palette) -> go.Figure:
    return ratio_figure(_scores_of(facts, unit), texts.MODEL_NAMES, palette)


def _skill_held(facts: Facts, unit: str) -> str:
    """How near and how well the ranges held, in words; empty where nothing was scored."""
    mine = _scores_of(facts, unit)
    ours = mine[mine["model"].eq(OURS)].dropna(subset=["wis_log1p"])
    if ours.empty:
        return ""
    overall = words.ratio(overall_ratio(mine.drop_duplicates(["model", *KEYS])))
    c50, c95 = (words.share(float(ours[c].mean())) for c in NOMINAL)
    return texts.SKILL_HELD.format(ratio=overall, n=len(ours), c50=c50, c95=c95)


def draw_data(facts: Facts, row: pd.Series) -> None:
    """What the forecast of this place rests on: reports, gaps, shares, sudden changes."""
    st.markdown(f"**{texts.DATA_HERE}**")
    lines = [*_reports(facts, row), *_jumps(facts, row)]
    st.markdown("\n".join(f"- {words.escaped(line)}" for line in lines))


def _reports(facts: Facts, row: pd.Series) -> Iterable[str]:
    quality = facts.edition.quality
    mine = [s for s in quality["segments"] if s["segment"] == row["segment"] and s["indicator"] == facts.indicator]
    yield texts.REPORTED_HERE.format(share=words.share(row["reported_share"]))
    for one in mine:
        missing = [(key, one.get(f"{key}_share", 0.0)) for key in texts.MISSING_WORDS]
        named = [texts.MISSING_WORDS[key].format(share=words.share(v)) for key, v in missing if v > 0]
        if named:
            yield texts.GAPS_HERE.format(window=facts.report_window, gaps=words.joined(named))
        if one.get("spread_share", 0) > 0:
            yield texts.SPREAD_HERE.format(share=words.share(one["spread_share"]))
        yield texts.LAST_HERE.format(period=facts.period(one["last_period"]))
    for source in quality["sources"]:
        if source["indicator"] == facts.indicator and source.get("delay_days_median") is not None:
            median, most = words.number(source["delay_days_median"]), words.number(source["delay_days_90"])
            yield texts.DELAY_HERE.format(source=source["source"], median=median, most=most)


def _jumps(facts: Facts, row: pd.Series) -> Iterable[str]:
    for one in facts.edition.quality.get("anomalies", ()):
        if one["segment"] == row["segment"] and one["indicator"] == facts.indicator:
            period, before, after = facts.period(one["period"]), words.count(one["before"]), words.count(one["after"])
            yield texts.JUMP_HERE.format(kind=one["kind"], period=period, before=before, after=after)


def draw_compared(facts: Facts, unit: str, options: Mapping[str, str]) -> None:
    """Other places beside this one: their fans on a scale of their own, and their figures in one table."""
    others = [u for u in (view().get("compare") or "").split(",") if u in options and u != unit]
    if not others:
        return
    st.markdown(f"**{texts.COMPARED}**")
    rows = [row for u in [unit, *others][:COMPARED] if (row := facts.row(u)) is not None]
    for pair in (rows[i : i + 2] for i in range(0, len(rows), 2)):
        for box, row in zip(st.columns(2, gap="medium"), pair, strict=False):
            with box:
                st.caption(words.escaped(facts.place_with_direction(row)))
                figure = made(_small_fan, at_any_lead(facts), str(row["unit"]), palette())
                draw(figure, facts, name=f"fan-{row['unit']}", alt=texts.HISTORY)
    draw_table(compared_table(facts, rows))


def _small_fan(facts: Facts, unit: str, palette: Palette) -> go.Figure:
    one = facts.edition.forecast.sel(indicator=facts.indicator, nationality=facts.nationality, unit=unit)
    return fan_figure(one, facts, palette, height=230).update_layout(showlegend=False)


def compared_table(facts: Facts, rows: list[pd.Series]) -> pd.DataFrame:
    """One row a place: band, chance, median with range, trend, skill, reports."""
    found = [
        (
            facts.place_with_direction(r),
            band(r["pressure_band"]).word,
            "–" if words.missing(r["exceedance_probability"]) else words.percent(r["exceedance_probability"]),
            words.number(r["q50"]),
            words.interval(r["q10"], r["q90"]).removesuffix(" (80 %)"),
            trends.trend(r["trend_percent"], r["last_mean"]),
            words.ratio(r["skill"]),
            words.share(r["reported_share"]),
        )
        for r in rows
    ]
    heads = [head.format(step=words.period_word(facts.freq)) for head in texts.COMPARED_COLUMNS]
    return pd.DataFrame(found, columns=heads)
