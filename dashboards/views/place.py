"""One place: history, fan, chance of exceeding its capacity, reasons, neighbours, past forecasts, data, skill."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboards.briefing.attribution import attribution_sentence, once_complete
from dashboards.components.assessment_form import draw_statements
from dashboards.components.cached_editions import at_any_lead, made
from dashboards.components.downloads import offer_place
from dashboards.components.draw_figure import draw
from dashboards.components.judgement_form import draw_judgements, drawn, open_here, typed
from dashboards.components.my_places import draw_follow
from dashboards.components.notes_panel import draw_notes, notes_on, on_chart
from dashboards.components.page_frame import close_view, open_view, palette
from dashboards.components.place_panels import (
    COMPARED,
    draw_compared,
    draw_data,
    draw_neighbours,
    draw_past,
    draw_skill,
)
from dashboards.components.prepare_panel import draw_prepare
from dashboards.components.risk_panels import draw_band, draw_four_ps
from dashboards.components.selection import choice, choices, chosen
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.risk_rows import after_break, highest_by_border
from dashboards.figures.attribution import attribution_figure
from dashboards.figures.fan import chance_figure, fan_figure
from dashboards.figures.judgements import with_judgements
from dashboards.figures.notes import with_notes
from dashboards.wording import formats as words, pages as texts, trends
from dashboards.wording.bands import band
from dashboards.wording.palette import Palette


def main() -> None:
    """Choose a place and draw it."""
    facts = open_view(_chosen_place)
    options = made(_options, facts)
    back, box, others, mine = st.columns([2, 4, 4, 2], vertical_alignment="bottom")
    back.page_link("views/overview.py", label=texts.BACK)
    asked = chosen("unit")
    with box:
        unit = choice("unit", texts.CHOOSE_PLACE, options, default=str(facts.ranked["unit"].iloc[0]))
    with others:
        choices("compare", texts.CHOOSE_OTHERS, {u: n for u, n in options.items() if u != unit}, most=COMPARED - 1)
    if asked and asked not in options:
        st.warning(texts.UNKNOWN_PLACE.format(unit=words.escaped(asked)))
    row = facts.row(unit)
    if row is None:
        st.info(texts.NO_FORECAST)
    else:
        with mine:
            draw_follow(facts, row)
        _draw(facts, row, options)
    close_view(facts)


def _chosen_place(facts: Facts) -> str | None:
    """The name of the place that is shown."""
    asked = facts.row(chosen("unit") or "")
    row = asked if asked is not None else facts.row(str(facts.ranked["unit"].iloc[0]))
    return None if row is None else facts.place_with_direction(row)


def _options(facts: Facts) -> dict[str, str]:
    """The ranked places first, then every other unit that is forecast."""
    mine = facts.mine[facts.mine["horizon"].eq(facts.horizon)]
    ranked = {row["unit"]: facts.place_with_direction(row) for row in facts.ranked_rows}
    others = mine[~mine["unit"].isin(set(ranked)) & mine["level"].ne("cell")]
    return {**ranked, **{r["unit"]: f"{facts.place(r)} · {texts.LEVEL_ONE[r['level']]}" for _, r in others.iterrows()}}


def _draw(facts: Facts, row: pd.Series, options: dict[str, str]) -> None:
    unit = str(row["unit"])
    _figures(facts, row)
    st.markdown(f"**{texts.HISTORY}**")
    notes = notes_on(facts, unit)
    fan = made(_fan, at_any_lead(facts), unit, palette())
    stated = open_here(facts, unit)
    fan = with_judgements(fan, drawn(facts, stated), typed(facts, unit), palette())
    draw(with_notes(fan, on_chart(facts, notes), palette()), facts, name="fan", alt=texts.HISTORY)
    st.caption(texts.HISTORY_NOTE)
    draw_notes(facts, unit, notes)
    draw_judgements(facts, unit, stated)
    draw_compared(facts, unit, options)
    draw_prepare(facts, row)
    mine = made(_ahead, at_any_lead(facts), unit)
    left, right = st.columns(2, gap="medium")
    with left:
        _why(facts, row)
    with right:
        _chances(facts, unit, mine)
    draw_neighbours(facts, row)
    draw_band(facts, row)
    draw_statements(facts, row)
    draw_four_ps(facts, row)
    left, right = st.columns(2, gap="medium")
    with left:
        if facts.of_all_nationalities:
            draw_past(facts, unit)
        draw_data(facts, row)
    with right:
        if facts.of_all_nationalities:
            draw_skill(facts, unit)
    offer_place(facts, row, mine)


def _fan(facts: Facts, unit: str, palette: Palette) -> go.Figure:
    one = facts.edition.forecast.sel(indicator=facts.indicator, nationality=facts.nationality, unit=unit)
    if not facts.of_all_nationalities:
        one = one.assign(capacity=one["capacity"] * float("nan"))  # planned for all nationalities together
    return fan_figure(one, facts, palette)


def _ahead(facts: Facts, unit: str) -> pd.DataFrame:
    """The rows of one place, all lead times."""
    return facts.mine[facts.mine["unit"].eq(unit)]


def _figures(facts: Facts, row: pd.Series) -> None:
    chance, now = row["exceedance_probability"], band(row["pressure_band"])
    ends = words.interval(row["q10"], row["q90"]).removesuffix(" (80 %)")
    shown = (
        (texts.FACTS["band"].format(period=facts.period(row["target_start"])), now.word),
        (texts.FACTS["median"], f"{words.number(row['q50'])} · {ends}"),
        (texts.FACTS["chance"], "–" if words.missing(chance) else words.percent(chance)),
        (
            texts.FACTS["trend"].format(step=words.period_word(facts.freq)),
            trends.trend(row["trend_percent"], row["last_mean"]),
        ),
    )
    for box, (label, value) in zip(st.columns(len(shown)), shown, strict=True):
        box.metric(label, value)
    window = facts.report_window
    scored = not words.missing(row["skill"])
    error = _error_line(facts, row) if scored else texts.NO_ERROR_LINE
    share = words.share(row["reported_share"])
    st.caption(texts.SKILL_LINE.format(error=error, share=share, window=window, basis=row["band_basis"]))
    if (
        row["level"] == "border"
        and (key := (row["border"], facts.horizon)) in (places := highest_by_border(facts)).index
    ):
        highest = places.loc[key]
        said = texts.HIGHEST_HERE.format(band=band(highest["pressure_band"]).word, at=facts.at(highest))
        st.caption(words.escaped(said))
    if row["no_better"]:
        st.info(texts.NO_BETTER if scored else texts.UNSCORED)
    if row["regime_break"]:
        st.warning(texts.REGIME.format(band=texts.REGIME_BAND[after_break(row)]))


def _error_line(facts: Facts, row: pd.Series) -> str:
    """The edition's skill at this lead time; of one among several alike it is drawn towards theirs."""
    alike = row["level"] in ("segment", "border", "route")
    drawn = texts.ERROR_DRAWN.format(level=texts.LEVELS[row["level"]]) if alike else ""
    return texts.ERROR_LINE.format(ahead=facts.ahead, drawn=drawn, ratio=words.ratio(row["skill"]))


def _why(facts: Facts, row: pd.Series) -> None:
    steps = f"{words.period_word(facts.freq)}s"
    st.markdown(f"**{texts.WHY.format(steps=steps, period=facts.period(row['target_start']))}**")
    found = facts.attribution(row)
    if found is None:
        st.info(texts.NO_REASONS)
        return
    sentence = attribution_sentence(facts, row).text
    st.markdown(words.escaped(sentence))
    if found.parts and trends.has_base(row["last_mean"]):
        found = once_complete(found, row)  # the sentence's base
        draw(made(_reasons, facts, str(row["unit"]), palette()), facts, name="why", alt=sentence)
        st.caption(texts.WHY_NOTE.format(steps=steps, reference=words.count(found.reference)))


def _reasons(facts: Facts, unit: str, palette: Palette) -> go.Figure | None:
    row = facts.row(unit)
    found = None if row is None else facts.attribution(row)
    return None if row is None or found is None else attribution_figure(once_complete(found, row), palette)


def _chances(facts: Facts, unit: str, rows: pd.DataFrame) -> None:
    if rows["exceedance_probability"].isna().all():
        st.info(texts.NO_CAPACITY)
        return
    capacity = words.planned(float(rows["capacity"].iloc[0]))
    title = texts.CHANCE.format(capacity=capacity, step=words.period_word(facts.freq))
    st.markdown(f"**{title}**")
    draw(made(_chance_figure, at_any_lead(facts), unit, palette()), facts, name="chance", alt=title)


def _chance_figure(facts: Facts, unit: str, palette: Palette) -> go.Figure:
    return chance_figure(_ahead(facts, unit), facts, palette)


main()
