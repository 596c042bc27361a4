"""Places against need, deaths and missing, expected cases, alerts, hot spots: facts of equal rank with the map."""

import pandas as pd
import streamlit as st

from dashboards.briefing.four_ps import further_blocks
from dashboards.briefing.model import Block
from dashboards.briefing.risk_blocks import (
    allocation_blocks,
    clusters_sentence,
    deaths_sentence,
    prosecution_blocks,
    protection_blocks,
)
from dashboards.components.alert_panel import draw_alerts
from dashboards.components.cached_editions import made
from dashboards.components.downloads import offer_table
from dashboards.components.draw_table import draw_table
from dashboards.components.page_frame import close_view, open_view
from dashboards.components.prepare_panel import draw_under_way
from dashboards.components.risk_panels import draw_blocks
from dashboards.edition_view.facts import Facts
from dashboards.wording import briefing as s, formats as words, pages as texts


def main() -> None:
    """Draw each panel; what an edition does not hold is said."""
    facts = open_view(whole=True)
    draw_blocks(facts, made(_needs, facts), name="protection")
    _deaths(facts)
    left, right = st.columns(2, gap="large")
    with left:
        draw_blocks(facts, made(allocation_blocks, facts), name="allocation")
        if facts.edition.table("allocation").empty:
            st.caption(texts.ALLOCATION_NONE)
    with right:
        draw_alerts(facts)
        draw_under_way(facts)
        _hot_spots(facts)
        draw_blocks(facts, made(prosecution_blocks, facts), name="prosecution")
    draw_blocks(facts, made(further_blocks, facts), name="further")
    close_view(facts)


def _needs(facts: Facts) -> list[Block]:
    """All places against need."""
    return protection_blocks(facts, most=len(facts.edition.table("protection")))[:2]


def _deaths(facts: Facts) -> None:
    st.markdown(f"**{texts.DEATHS}**")
    st.markdown(words.escaped(made(deaths_sentence, facts).text))
    if facts.edition.table("deaths").empty:
        return
    shown = made(_deaths_table, facts)
    draw_table(shown, height=240)
    offer_table(facts, shown.copy, "deaths")


def _deaths_table(facts: Facts) -> pd.DataFrame:
    """Deaths and missing by segment, the most first."""
    table = facts.edition.table("deaths")
    segments = table[table["level"].eq("segment")].sort_values(["last_year", "unit"], ascending=[False, True])
    rows = [
        (
            facts.title(r),
            words.count(r["last_year"]),
            words.count(r["last_4"]),
            facts.period(r["newest_period"]),
            words.share(r["spread_year"]),
        )
        for _, r in segments.iterrows()
    ]
    heads = [h.format(steps=f"{words.period_word(facts.freq)}s") for h in texts.DEATHS_COLUMNS.values()]
    return pd.DataFrame(rows, columns=heads)


def _hot_spots(facts: Facts) -> None:
    st.markdown(f"**{s.H_CLUSTERS}**")
    st.markdown(words.escaped(made(clusters_sentence, facts).text))


main()
