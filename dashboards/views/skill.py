"""How past forecasts did."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboards.briefing.past_skill import location
from dashboards.components.downloads import offer_table
from dashboards.components.draw_figure import draw
from dashboards.components.page_frame import close_view, open_view, palette
from dashboards.components.selection import choice
from dashboards.edition_view.facts import Facts
from dashboards.figures import past_skill as skill
from dashboards.wording import formats as words, pages as texts

MISSES = 10


def main() -> None:
    """Error, coverage and calibration by lead time, model and place; misses; what warnings and words were worth."""
    facts = open_view()
    title, box = st.columns([8, 3], vertical_alignment="bottom")
    title.header(texts.SKILL_TITLE)
    scores = facts.edition.scores
    scores = scores[scores["indicator"].eq(facts.indicator)]
    if scores.empty:
        st.info(texts.SKILL_NONE)
    else:
        with box:
            level = _level(facts, scores)
        names = _names(facts, level)
        mine = scores[scores["location"].isin(set(names))]
        past = facts.edition.backtest
        past = past[past["indicator"].eq(facts.indicator) & past["location"].isin(set(names))]
        _summary(mine, level)
        _charts(facts, mine, past)
        _tables(facts, mine, past, names)
        _chances(facts, level)
        _warnings(facts, level)
    close_view(facts)


def _level(facts: Facts, scores: pd.DataFrame) -> str:
    """The level that the reader looks at; those without scores are not offered."""
    scored = set(scores["location"])
    units = facts.risk[facts.risk["indicator"].eq(facts.indicator)][["unit", "level"]].drop_duplicates()
    held = units[units["unit"].map(location).isin(scored)]["level"].unique()
    options = {level: text for level, text in texts.LEVELS.items() if level in held}
    return choice("level", texts.LEVEL, options, default=next(iter(options)))


def _names(facts: Facts, level: str) -> dict[str, str]:
    mine = facts.risk[facts.risk["indicator"].eq(facts.indicator) & facts.risk["level"].eq(level)]
    if level == "segment" and facts.chosen_route is not None:
        mine = facts.ranked
    return {location(r["unit"]): facts.place_with_direction(r) for _, r in mine.drop_duplicates("unit").iterrows()}


def _summary(scores: pd.DataFrame, level: str) -> None:
    """The answer in one sentence."""
    ours = scores[scores["model"].eq(skill.OURS)].dropna(subset=["wis_log1p"])
    held = dict(zip(("c50", "c95"), (words.share(float(ours[c].mean())) for c in skill.NOMINAL), strict=True))
    ratio, dates = words.ratio(skill.overall_ratio(scores)), words.counted(ours["origin_date"].nunique(), "past date")
    said = {"level": texts.LEVELS[level], "ratio": ratio, "n": f"{len(ours):,}", "dates": dates}
    st.markdown(texts.SKILL_SUMMARY.format(**said, **held))


def _charts(facts: Facts, scores: pd.DataFrame, past: pd.DataFrame) -> None:
    figures = (
        ("ratio", texts.RATIO, texts.RATIO_NOTE, skill.ratio_figure(scores, texts.MODEL_NAMES, palette())),
        ("coverage", texts.COVERAGE, texts.COVERAGE_NOTE, skill.coverage_figure(scores, palette())),
        ("calibration", texts.CALIBRATION, texts.CALIBRATION_NOTE, skill.calibration_figure(past, palette())),
    )
    for box, (name, title, note, figure) in zip(st.columns([5, 3, 3], gap="medium"), figures, strict=True):
        with box:
            st.markdown(f"**{title}**")
            draw(figure, facts, name=name, alt=title)
            st.caption(note)
    if scores["vintages"].eq("pseudo").any():
        st.caption(texts.SKILL_PSEUDO)


def _tables(facts: Facts, scores: pd.DataFrame, past: pd.DataFrame, names: dict[str, str]) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        _table(facts, texts.BY_MODEL_TITLE, skill.by_model(scores, texts.MODEL_NAMES), texts.BY_MODEL, "models")
    with right:
        _table(facts, texts.SKILL_TABLE, skill.by_place(scores, names), texts.BY_PLACE, "places")
    misses = skill.worst_misses(past, most=MISSES)
    st.markdown(f"**{texts.MISSES}**")
    if misses.empty:
        st.caption(texts.MISSES_NONE)
        return
    rows = [
        (
            names[r["location"]],
            facts.period(r["target_start"]),
            words.periods(int(r["horizon"]), facts.freq),
            words.number(r["q50"]),
            words.interval(r["q025"], r["q975"], 95).removesuffix(" (95 %)"),
            words.count(r["observed"]),
        )
        for _, r in misses.iterrows()
    ]
    table = pd.DataFrame(rows, columns=list(texts.MISSES_COLUMNS))
    st.dataframe(table, hide_index=True, width="stretch")
    offer_table(facts, lambda: table, "misses")


def _table(facts: Facts, title: str, table: pd.DataFrame, heads: dict[str, str], name: str) -> None:
    """A table of skill, two decimals and whole per cents, with its files."""
    st.markdown(f"**{title}**")
    ratios = {c: table[c].map(words.ratio) for c in table if c.startswith("ratio")}
    shares = {c: table[c].map(words.share) for c in ("covered_50", "covered_95")}
    config: dict[str, Any] = {**heads}
    config["forecasts"] = st.column_config.NumberColumn(heads["forecasts"], format="localized")
    st.dataframe(table.assign(**ratios, **shares), hide_index=True, column_config=config, height=300)
    offer_table(facts, lambda: table, name)


def _chances(facts: Facts, level: str) -> None:
    st.header(texts.CHANCES_TITLE)
    bins = _of_indicator(facts, "exceedance_reliability")
    bins = bins[bins["level"].eq(level)] if len(bins) else bins
    if bins.empty:
        st.info(texts.CHANCES_NONE)
        return
    st.caption(texts.CHANCES_NOTE)
    _came_true(facts, bins, texts.CHANCES_RELIABILITY, texts.RELIABILITY_CAPACITY, "capacity")


def _of_indicator(facts: Facts, name: str) -> pd.DataFrame:
    table = facts.edition.table(name)
    return table[table["indicator"].eq(facts.indicator)] if len(table) else table


def _came_true(facts: Facts, bins: pd.DataFrame, title: str, came: str, name: str) -> None:
    """Chances against what came, as a figure and by probability word."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{title}**")
        draw(skill.reliability_figure(bins, palette(), came=came), facts, name=f"reliability-{name}", alt=title)
        st.caption(texts.RELIABILITY_NOTE)
    with right:
        st.markdown(f"**{texts.WORDS_TITLE}**")
        table = skill.words_table(bins)
        st.dataframe(table, hide_index=True, column_config=texts.WORDS_TABLE)
        offer_table(facts, lambda: table, f"words-{name}")
        st.caption(texts.WORDS_NOTE)


def _warnings(facts: Facts, level: str) -> None:
    st.header(texts.SURGE_TITLE)
    scores, bins = _of_indicator(facts, "surge_scores"), _of_indicator(facts, "surge_reliability")
    if scores.empty:
        st.info(texts.SURGE_NONE)
        return
    st.caption(texts.SURGE_NOTE.format(steps=f"{words.period_word(facts.freq)}s"))
    _came_true(facts, bins[bins["level"].eq(level)], texts.RELIABILITY_TITLE, texts.RELIABILITY_SURGE, "surge")
    st.markdown(f"**{texts.SURGE_SCORES}**")
    ours = skill.surge_table(scores[scores["level"].eq(level)])
    st.dataframe(ours, hide_index=True, column_config=texts.SURGE_TABLE)
    offer_table(facts, lambda: ours, "surges")


main()
