"""How past forecasts did."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboards.briefing.past_skill import location
from dashboards.components.cached_editions import at_any_lead, made
from dashboards.components.downloads import offer_table
from dashboards.components.draw_figure import draw
from dashboards.components.draw_table import draw_table
from dashboards.components.page_frame import close_view, open_view, palette
from dashboards.components.selection import choice
from dashboards.edition_view.facts import Facts
from dashboards.figures import past_skill as skill
from dashboards.wording import formats as words, pages as texts
from dashboards.wording.palette import Palette

MISSES, MOST_NAMED = 10, 3
CAME_TRUE = {  # chances of what → the edition's table, and what stands at the figure's side
    "capacity": ("exceedance_reliability", texts.RELIABILITY_CAPACITY),
    "surge": ("surge_reliability", texts.RELIABILITY_SURGE),
}


def main() -> None:
    """Error, coverage and calibration by lead time, model and place; misses; what warnings and words were worth."""
    facts = at_any_lead(open_view(whole=True, titled=("indicator",)))  # skill is told for all lead times
    title, box = st.columns([8, 3], vertical_alignment="bottom")
    title.header(texts.SKILL_TITLE)
    levels = made(_levels, facts)
    if levels is None:
        st.info(texts.SKILL_NONE)
    else:
        with box:
            level = choice("level", texts.LEVEL, levels, default=next(iter(levels)))
        st.markdown("\n".join(f"- {line}" for line in made(_leading, facts, level)))
        _charts(facts, level)
        _tables(facts, level)
        _chances(facts, level)
        _warnings(facts, level)
    close_view(facts)


def _levels(facts: Facts) -> dict[str, str] | None:
    """The levels that have scores; None without any score of the indicator."""
    scored = set(facts.scores["location"])
    if not scored:
        return None
    units = facts.mine[["unit", "level"]].drop_duplicates()
    held = set(units[units["unit"].map(location).isin(scored)]["level"])
    return {level: text for level, text in texts.LEVELS.items() if level in held}


def _scores(facts: Facts, level: str) -> pd.DataFrame:
    return facts.scores[facts.scores["location"].isin(set(_names(facts, level)))]


def _past(facts: Facts, level: str) -> pd.DataFrame:
    return facts.backtest[facts.backtest["location"].isin(set(_names(facts, level)))]


def _names(facts: Facts, level: str) -> dict[str, str]:
    mine = facts.mine[facts.mine["level"].eq(level)]
    if level == "segment" and facts.chosen_route is not None:
        mine = facts.ranked
    return {location(r["unit"]): facts.place_with_direction(r) for _, r in mine.drop_duplicates("unit").iterrows()}


def _leading(facts: Facts, level: str) -> tuple[str, str, str]:
    """How good, how well calibrated, where not to trust: a sentence each, as Markdown."""
    scores = _scores(facts, level)
    ours = scores[scores["model"].eq(skill.OURS)].dropna(subset=["wis_log1p"])
    ratio, dates = skill.overall_ratio(scores), words.counted(ours["origin_date"].nunique(), "past date")
    good = texts.SKILL_GOOD if ratio < 1 else texts.SKILL_NOT_GOOD
    said = {"level": texts.LEVELS[level], "ratio": words.ratio(ratio), "n": f"{len(ours):,}", "dates": dates}
    shares = [float(ours[column].mean()) for column in skill.NOMINAL]
    held = dict(zip(("c50", "c95"), map(words.share, shares), strict=True))
    verdict = texts.SKILL_RANGES[skill.range_verdict(*shares)]
    return good.format(**said), texts.SKILL_HELD_ALL.format(verdict=verdict, **held), _doubtful(facts, level, scores)


def _doubtful(facts: Facts, level: str, scores: pd.DataFrame) -> str:
    """Places and lead times at which we were no better than the baseline."""
    places = skill.by_place(scores, _names(facts, level))
    worse = places[places["ratio"] >= 1]["place"].tolist()
    leads = skill.ratios(scores, "horizon").get(skill.OURS, pd.Series(dtype=float))
    late = [str(h) for h in leads.index[leads >= 1]]
    told = []
    if worse:
        named = words.escaped(words.listed(worse, MOST_NAMED))
        told.append(texts.DOUBT_PLACES.format(n=len(worse), all=len(places), places=named))
    if late:
        told.append(texts.DOUBT_LEADS.format(leads=words.joined(late), steps=facts.steps))
    return texts.SKILL_DOUBT.format(what="; ".join(told)) if told else texts.SKILL_NO_DOUBT.format(n=len(places))


def _charts(facts: Facts, level: str) -> None:
    figures = (
        (_ratio_figure, "ratio", texts.RATIO, texts.RATIO_NOTE),
        (_coverage_figure, "coverage", texts.COVERAGE, texts.COVERAGE_NOTE),
        (_calibration_figure, "calibration", texts.CALIBRATION, texts.CALIBRATION_NOTE),
    )
    for box, (figure, name, title, note) in zip(st.columns([5, 3, 3], gap="medium"), figures, strict=True):
        with box:
            st.markdown(f"**{title}**")
            draw(made(figure, facts, level, palette()), facts, name=name, alt=title)
            st.caption(note)
    if made(_has_pseudo_vintages, facts, level):
        st.caption(texts.SKILL_PSEUDO)


def _ratio_figure(facts: Facts, level: str, palette: Palette) -> go.Figure:
    return skill.ratio_figure(_scores(facts, level), texts.MODEL_NAMES, palette)


def _coverage_figure(facts: Facts, level: str, palette: Palette) -> go.Figure:
    return skill.coverage_figure(_scores(facts, level), palette)


def _calibration_figure(facts: Facts, level: str, palette: Palette) -> go.Figure:
    return skill.calibration_figure(_past(facts, level), palette)


def _has_pseudo_vintages(facts: Facts, level: str) -> bool:
    return bool(_scores(facts, level)["vintages"].eq("pseudo").any())


def _tables(facts: Facts, level: str) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        models = made(_by_model, facts, level)
        _table(facts, texts.BY_MODEL_TITLE, models, texts.BY_MODEL, "models")
        if len(models):
            st.caption(texts.BY_MODEL_NOTE.format(n=f"{int(models['forecasts'].iloc[0]):,}"))
        few = made(_ran_at_few, facts, level)
        if few:
            st.caption(words.escaped(few))
    with right:
        _table(facts, texts.SKILL_TABLE, made(_by_place, facts, level), texts.BY_PLACE, "places")
    table = made(_misses, facts, level)
    st.markdown(f"**{texts.MISSES}**")
    if table.empty:
        st.caption(texts.MISSES_NONE)
        return
    draw_table(table)
    offer_table(facts, lambda: table, "misses")


def _by_model(facts: Facts, level: str) -> pd.DataFrame:
    return skill.by_model(_scores(facts, level), texts.MODEL_NAMES)


def _ran_at_few(facts: Facts, level: str) -> str:
    """The models that can't be ranked with the others, in words; empty where there are none."""
    rows = skill.ran_at_few(_scores(facts, level), texts.MODEL_NAMES).itertuples()
    few = [
        texts.RAN_AT_FEW.format(
            model=row.model, ratio=words.ratio(row.ratio), ours=words.ratio(row.ours), n=f"{row.forecasts:,}"
        )
        for row in rows
    ]
    return texts.RAN_AT_FEW_NOTE.format(models="; ".join(few)) if few else ""


def _by_place(facts: Facts, level: str) -> pd.DataFrame:
    return skill.by_place(_scores(facts, level), _names(facts, level))


def _misses(facts: Facts, level: str) -> pd.DataFrame:
    misses, names = skill.worst_misses(_past(facts, level), most=MISSES), _names(facts, level)
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
    return pd.DataFrame(rows, columns=list(texts.MISSES_COLUMNS))


def _table(facts: Facts, title: str, table: pd.DataFrame, heads: dict[str, str], name: str) -> None:
    """A table of skill, two decimals and whole per cents, with its files."""
    st.markdown(f"**{title}**")
    ratios = {c: table[c].map(words.ratio) for c in table if c.startswith("ratio")}
    shares = {c: table[c].map(words.share) for c in ("covered_50", "covered_95")}
    draw_table(table.assign(**ratios, **shares).rename(columns=heads), height=300)
    offer_table(facts, lambda: table.rename(columns=heads), name)


def _chances(facts: Facts, level: str) -> None:
    st.header(texts.CHANCES_TITLE)
    if _of_level(facts, "exceedance_reliability", level).empty:
        st.info(texts.CHANCES_NONE)
        return
    st.caption(texts.CHANCES_NOTE)
    _came_true(facts, level, texts.CHANCES_RELIABILITY, "capacity")


def _of_level(facts: Facts, name: str, level: str) -> pd.DataFrame:
    """Rows of one of the edition's tables; none where it has none of the indicator."""
    table = facts.edition.table(name)
    return table[table["indicator"].eq(facts.indicator) & table["level"].eq(level)] if len(table) else table


def _reliability_figure(facts: Facts, level: str, name: str, palette: Palette) -> go.Figure:
    bins, came = CAME_TRUE[name]
    return skill.reliability_figure(_of_level(facts, bins, level), palette, came=came)


def _words_table(facts: Facts, level: str, name: str) -> pd.DataFrame:
    return skill.words_table(_of_level(facts, CAME_TRUE[name][0], level))


def _came_true(facts: Facts, level: str, title: str, name: str) -> None:
    """Chances against what came, as a figure and by probability word."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{title}**")
        figure = made(_reliability_figure, facts, level, name, palette())
        draw(figure, facts, name=f"reliability-{name}", alt=title)
        st.caption(texts.RELIABILITY_NOTE)
    with right:
        st.markdown(f"**{texts.WORDS_TITLE}**")
        table = made(_words_table, facts, level, name)
        draw_table(table.rename(columns=texts.WORDS_TABLE))
        offer_table(facts, lambda: table.rename(columns=texts.WORDS_TABLE), f"words-{name}")
        st.caption(texts.WORDS_NOTE)


def _warnings(facts: Facts, level: str) -> None:
    st.header(texts.SURGE_TITLE)
    scores = facts.edition.table("surge_scores")
    if scores.empty or not scores["indicator"].eq(facts.indicator).any():
        st.info(texts.SURGE_NONE)
        return
    st.caption(texts.SURGE_NOTE.format(steps=f"{words.period_word(facts.freq)}s"))
    _came_true(facts, level, texts.RELIABILITY_TITLE, "surge")
    st.markdown(f"**{texts.SURGE_SCORES}**")
    ours = skill.surge_table(_of_level(facts, "surge_scores", level))
    draw_table(ours.assign(brier=ours["brier"].map("{:.3f}".format)).rename(columns=texts.SURGE_TABLE))
    offer_table(facts, lambda: ours.rename(columns=texts.SURGE_TABLE), "surges")


main()
