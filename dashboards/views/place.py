"""One place: history, fan, chance of exceeding its capacity, past forecasts, neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards import texts, words
from dashboards.bands import band
from dashboards.briefing.judgements import REPORT_WINDOW
from dashboards.briefing.record import location
from dashboards.briefing.why import why
from dashboards.figures.fan import chance_figure, fan_figure, past_figure
from dashboards.figures.reasons import reasons_figure
from dashboards.frame import close_view, open_view, palette
from dashboards.risk_panels import draw_band, draw_four_ps
from dashboards.selection import choice

if TYPE_CHECKING:
    import pandas as pd

    from dashboards.briefing.facts import Facts

PLAIN = {"displayModeBar": False}


def main() -> None:
    """Choose a place and draw it."""
    facts = open_view()
    back, box = st.columns([2, 8], vertical_alignment="bottom")
    back.page_link("views/overview.py", label=texts.BACK)
    with box:
        unit = choice("unit", texts.CHOOSE_PLACE, _options(facts), default=str(facts.ranked["unit"].iloc[0]))
    row = facts.row(unit)
    if row is None:
        st.info(texts.NO_FORECAST)
    else:
        _draw(facts, row)
    close_view(facts)


def _options(facts: Facts) -> dict[str, str]:
    """The ranked places first, then every other unit that is forecast."""
    mine = facts.risk[facts.risk["indicator"].eq(facts.indicator) & facts.risk["horizon"].eq(facts.horizon)]
    ranked = {row["unit"]: facts.place_with_direction(row) for _, row in facts.ranked.iterrows()}
    others = mine[~mine["unit"].isin(set(ranked)) & mine["level"].ne("cell")]
    return {**ranked, **{r["unit"]: f"{facts.place(r)} · {r['level']}" for _, r in others.iterrows()}}


def _draw(facts: Facts, row: pd.Series) -> None:
    unit = str(row["unit"])
    _figures(facts, row)
    draw_band(facts, row)
    one = facts.edition.forecast.sel(indicator=facts.indicator, origin="TOTAL", unit=unit)
    st.plotly_chart(fan_figure(one, facts, palette()), theme=None, config=PLAIN, key="fan", alt=texts.HISTORY)
    st.caption(texts.HISTORY_NOTE)
    _why(facts, row)
    mine = facts.risk[facts.risk["indicator"].eq(facts.indicator) & facts.risk["unit"].eq(unit)]
    left, right = st.columns(2, gap="medium")
    with left:
        _chances(facts, mine)
    with right:
        _past(facts, unit, one["history"].to_series())
    draw_four_ps(facts, row)
    table = mine.drop(columns=["geometry"], errors="ignore")
    name = f"routecast-{facts.edition.region_id}-{facts.edition.id}-{unit.replace(':', '-').replace('/', '-')}.csv"
    st.download_button(texts.DOWNLOAD, table.to_csv(index=False).encode(), name, "text/csv")


def _figures(facts: Facts, row: pd.Series) -> None:
    chance, now = row["exceedance_probability"], band(row["pressure_band"])
    shown = (
        (texts.FACTS["band"].format(period=facts.period(row["target_start"])), now.word),
        (texts.FACTS["median"], f"{words.number(row['q50'])} · {words.interval(row['q10'], row['q90'])[:-7]}"),
        (texts.FACTS["chance"], "–" if words.missing(chance) else words.percent(chance)),
        (texts.FACTS["trend"], words.trend(row["trend_percent"])),
    )
    for box, (label, value) in zip(st.columns(len(shown)), shown, strict=True):
        box.metric(label, value)
    window = words.periods(REPORT_WINDOW[facts.freq], facts.freq)
    share = words.share(row["reported_share"])
    st.caption(
        texts.SKILL_LINE.format(ratio=words.ratio(row["skill"]), share=share, window=window, basis=row["band_basis"])
    )
    if row["baseline_only"]:
        st.info(texts.BASELINE_ONLY)
    if row["regime_break"]:
        st.warning(texts.REGIME)


def _why(facts: Facts, row: pd.Series) -> None:
    found = facts.reasons(row)
    if found is None:
        return
    steps = f"{words.period_word(facts.freq)}s"
    st.markdown(f"**{texts.WHY.format(steps=steps, period=facts.period(row['target_start']))}**")
    st.markdown(words.escaped(why(facts, row).text))
    if found.parts and found.reference >= words.SMALL_COUNT:
        figure = reasons_figure(found, palette())
        st.plotly_chart(figure, theme=None, config=PLAIN, key="why", alt=why(facts, row).text)
        st.caption(texts.WHY_NOTE.format(steps=steps, reference=words.count(found.reference)))


def _chances(facts: Facts, rows: pd.DataFrame) -> None:
    if rows["exceedance_probability"].isna().all():
        st.info(texts.NO_CAPACITY)
        return
    capacity = words.planned(float(rows["capacity"].iloc[0]))
    st.markdown(f"**{texts.CHANCE.format(capacity=capacity, step=words.period_word(facts.freq))}**")
    st.plotly_chart(chance_figure(rows, facts, palette()), theme=None, config=PLAIN, key="chance")


def _past(facts: Facts, unit: str, history: pd.Series) -> None:
    past = facts.edition.backtest
    mine = past["indicator"].eq(facts.indicator) & past["location"].eq(location(unit))
    known = past[mine & past["horizon"].eq(facts.horizon)].dropna(subset=["observed", "q50"])
    st.markdown(f"**{texts.PAST.format(ahead=words.periods(facts.horizon, facts.freq))}**")
    if known.empty:
        st.info(texts.NO_PAST)
    else:
        st.plotly_chart(past_figure(known, history, palette()), theme=None, config=PLAIN, key="past")


main()
