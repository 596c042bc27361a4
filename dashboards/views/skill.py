"""How past forecasts did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards import texts, words
from dashboards.briefing.record import location
from dashboards.figures.record import by_place, coverage_figure, ratio_figure, reliability_table, surge_table
from dashboards.frame import close_view, open_view, palette

if TYPE_CHECKING:
    from dashboards.briefing.facts import Facts

PLAIN = {"displayModeBar": False}


def main() -> None:
    """Error against the baseline and coverage by lead time, then by place."""
    facts = open_view()
    st.subheader(texts.SKILL_TITLE)
    scores = facts.edition.scores
    scores = scores[scores["indicator"].eq(facts.indicator)]
    if scores.empty:
        st.info(texts.SKILL_NONE)
    else:
        left, right = st.columns(2, gap="medium")
        with left:
            st.markdown(f"**{texts.RATIO}**")
            st.plotly_chart(ratio_figure(scores, texts.MODEL_NAMES, palette()), theme=None, config=PLAIN, key="ratio")
            st.caption(texts.RATIO_NOTE)
        with right:
            st.markdown(f"**{texts.COVERAGE}**")
            st.plotly_chart(coverage_figure(scores, palette()), theme=None, config=PLAIN, key="coverage")
            st.caption(texts.COVERAGE_NOTE)
        if scores["vintages"].eq("pseudo").any():
            st.caption(texts.SKILL_PSEUDO)
        st.markdown(f"**{texts.SKILL_TABLE}**")
        names = {location(r["unit"]): facts.place_with_direction(r) for _, r in facts.ranked.iterrows()}
        table = by_place(scores[scores["location"].isin(set(names))], names)
        percent = {c: table[c].map(words.share) for c in ("covered_50", "covered_95")}
        st.dataframe(
            table.assign(ratio=table["ratio"].map(words.ratio), **percent),
            hide_index=True,
            column_config=texts.BY_PLACE,
        )
        _surges(facts)
    close_view(facts)


def _surges(facts: Facts) -> None:
    st.subheader(texts.SURGE_TITLE)
    scores, bins = facts.edition.surge_scores, facts.edition.surge_reliability
    scores, bins = (table[table["indicator"].eq(facts.indicator)] for table in (scores, bins))
    if scores.empty:
        st.info(texts.SURGE_NONE)
        return
    st.caption(texts.SURGE_NOTE.format(steps=f"{words.period_word(facts.freq)}s"))
    st.dataframe(surge_table(scores), hide_index=True, column_config=texts.SURGE_TABLE)
    st.markdown(f"**{texts.RELIABILITY_TITLE}**")
    st.dataframe(reliability_table(bins), hide_index=True, column_config=texts.RELIABILITY_TABLE)


main()
