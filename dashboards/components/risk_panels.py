"""Panels of risk that pages share: CIRAM's parts, the four Ps, tables of the briefing's blocks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards.briefing.four_ps import four_ps, places_sentence
from dashboards.briefing.model import Block, Bullets, Heading, Paragraph
from dashboards.briefing.preparation import places_sentences
from dashboards.briefing.risk_blocks import deaths_sentence
from dashboards.briefing.tables import Table
from dashboards.components.cached_editions import links, made
from dashboards.components.downloads import offer_table
from dashboards.components.draw_table import draw_table
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts
from dashboards.wording import briefing as s, formats as words, pages as texts
from dashboards.wording.bands import band


def draw_band(facts: Facts, row: pd.Series) -> None:
    """Threat, vulnerability and impact side by side, and the rule that decided the band."""
    st.markdown(f"**{texts.WHY_BAND}: {band(row['pressure_band']).word}**")
    columns = st.columns(3, gap="medium")
    _part(columns[0], texts.THREAT, band(row["threat_band"]).word, threat_notes(facts, row))
    for box, part in zip(columns[1:], risk.risk_parts(facts, row), strict=True):
        notes = part.notes or (texts.NOT_STATED,)
        _part(box, texts.PART_TITLES[part.name], risk.level_word(part.level), notes)
    for line in (texts.DECIDED.format(rule=words.starred(str(row["band_rule"]))), *risk.article_34(facts, row)):
        st.caption(words.escaped(line))


def threat_notes(facts: Facts, row: pd.Series) -> tuple[str, ...]:
    """The chances behind the threat: of exceeding the capacity, or each percentile of the own past."""
    if not words.missing(row["exceedance_probability"]):
        chance, excess = words.percent(row["exceedance_probability"]), words.number(row["expected_excess"])
        return (s.CHANCE_ONE.format(chance=chance, excess=excess, step=words.period_word(facts.freq)),)
    chances = {name: words.percent(row[f"chance_{name}"]) for name in ("moderate", "high", "very_high")}
    return () if words.missing(row["chance_moderate"]) else (s.CHANCES.format(**chances),)


def _part(box: DeltaGenerator, title: str, level: str, notes: Sequence[str]) -> None:
    lines = "  \n".join(words.escaped(n) for n in notes)
    box.markdown(f"{title}: **{level}**  \n{lines}")


def draw_four_ps(facts: Facts, row: pd.Series) -> None:
    """What the figures of this place mean for prevention, protection, prosecution and partnership."""
    if not facts.of_all_nationalities:
        return
    found = made(_four_ps, facts, str(row["unit"]), datetime.now(tz=UTC).date())
    if found:
        st.markdown(f"**{texts.FOUR_PS}**")
        st.markdown(found)


def _four_ps(facts: Facts, unit: str, today: date) -> str:
    row = facts.row(unit)
    found = [] if row is None else four_ps(facts, row, links(facts.edition), today=today)
    return "\n".join(f"- {words.escaped(sentence.text)}" for sentence in found)


def protection_line(facts: Facts) -> str:
    """The places that are expected to lack most, and deaths and missing, for the first page; empty without figures."""
    table = risk.places_short(facts)
    if table.empty and facts.edition.table("deaths").empty:
        return ""
    worst = "" if facts.edition.manifest.get("profile") else s.PROTECTION_NONE  # a profile may lack the level
    if len(table):
        row = table.iloc[0]
        lacks = row["shortfall"] >= risk.WORTH
        told = [places_sentence(facts, row)] if lacks else places_sentences(facts)
        worst = " ".join(one.text.removeprefix(s.PLACES.partition("{")[0]) for one in told)
    return f"{worst[:1].upper()}{worst[1:]} {deaths_sentence(facts).text}".strip()


def draw_blocks(facts: Facts, blocks: Sequence[Block], *, name: str) -> None:
    """The briefing's blocks on a page, the same words and numbers, tables with their files (called `name`)."""
    for block in blocks:
        if isinstance(block, Heading):
            st.markdown(f"**{block.text}**")
        elif isinstance(block, Table):
            table = pd.DataFrame([[c.text for c in row] for row in block.rows], columns=list(block.headers))
            st.caption(words.escaped(block.caption))
            draw_table(table)
            offer_table(facts, table.copy, name)
        elif isinstance(block, Bullets):
            st.markdown("\n".join(f"- {words.escaped(item.text)}" for item in block.items))
        elif isinstance(block, Paragraph):
            st.markdown(words.escaped(block.sentence.text))
