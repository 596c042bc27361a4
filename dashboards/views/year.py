"""The year ahead: the coming months with their ranges, sums by quarters and places, and the levels they may exceed."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboards.briefing.model import Block, Paragraph
from dashboards.briefing.tables import Table
from dashboards.briefing.year_ahead import from_to, places_table, quarters_table, year_blocks
from dashboards.components.cached_editions import at_any_lead, made
from dashboards.components.downloads import offer_table
from dashboards.components.draw_figure import draw
from dashboards.components.page_frame import close_view, open_view, palette
from dashboards.components.risk_panels import draw_blocks
from dashboards.edition_view import year_ahead as year
from dashboards.edition_view.facts import Facts
from dashboards.figures.fan import fan_figure
from dashboards.figures.year_ahead import quarters_figure
from dashboards.wording import formats as words, year_ahead as texts
from dashboards.wording.palette import Palette

MOST = 200  # places on the page


def main() -> None:
    """The sentence, the months, the quarters, the places; what an edition does not hold is said."""
    facts = at_any_lead(open_view(titled=("indicator",)))
    if not facts.of_all_nationalities:
        st.caption(texts.ONE_NATIONALITY)
    blocks = made(_blocks, facts)
    if not blocks:
        said = texts.NONE.format(indicator=words.escaped(facts.indicator_name(facts.indicator)))
        st.info(f"{said} {texts.NONE_STOCK}")
    else:
        _draw(facts, blocks)
    close_view(facts)


def _blocks(facts: Facts) -> list[Block]:
    return year_blocks(facts)


def _draw(facts: Facts, blocks: list[Block]) -> None:
    told = [b for b in blocks if isinstance(b, Paragraph)]
    for block in told[:-1]:
        st.markdown(words.escaped(block.sentence.text))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        title = texts.MONTHS.format(reach=facts.reach)
        st.markdown(f"**{title}**")
        draw(made(_months, facts, palette()), facts, name="months", alt=title)
    with right:
        st.markdown(f"**{texts.QUARTERS if made(_has_quarters, facts) else texts.SUM}**")
        draw(made(_quarters, facts, palette()), facts, name="quarters", alt=texts.QUARTERS_ALT)
    for name, table in made(_tables, facts).items():
        draw_blocks(facts, [table], name=name)
    st.caption(texts.ALL_SUMS)
    offer_table(facts, made(_whole_table, facts).copy, "outlook")
    st.caption(words.escaped(told[-1].sentence.text))


def _unit(facts: Facts) -> str:
    row = year.widest(facts)
    return "" if row is None else str(row["unit"])


def _months(facts: Facts, palette: Palette) -> go.Figure:
    one = facts.edition.forecast.sel(indicator=facts.indicator, nationality="TOTAL", unit=_unit(facts))
    return fan_figure(one, facts, palette)


def _has_quarters(facts: Facts) -> bool:
    return bool(year.of_unit(facts, _unit(facts))["span"].eq("quarter").any())


def _quarters(facts: Facts, palette: Palette) -> go.Figure | None:
    rows = year.of_unit(facts, _unit(facts))
    quarters = rows[rows["span"].eq("quarter")]
    shown = quarters if len(quarters) else rows
    return quarters_figure(shown, [from_to(facts, r, new_line=True) for _, r in shown.iterrows()], palette)


def _tables(facts: Facts) -> dict[str, Table]:
    """The tables by the name of their file."""
    places = places_table(facts, MOST)
    return {"quarters": quarters_table(facts, _unit(facts)), **({"places": places} if places else {})}


def _whole_table(facts: Facts) -> pd.DataFrame:
    """All sums of the indicator, as the edition holds them."""
    table = facts.edition.table("outlook")
    return table[table["indicator"].eq(facts.indicator)]


main()
