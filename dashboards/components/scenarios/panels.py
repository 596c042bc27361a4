"""What a comparison shows: summary, maps, small multiples, tables, and what they rest on."""

import re
from collections.abc import Mapping, Sequence
from textwrap import shorten

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboards.components.cached_editions import ground
from dashboards.components.downloads import offer_map
from dashboards.components.draw_figure import draw
from dashboards.components.draw_table import draw_table
from dashboards.components.page_frame import palette
from dashboards.components.scenarios.assumption_fields import segment_names
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.file_notes import file_stem
from dashboards.edition_view.headline import headline_in_words
from dashboards.edition_view.scenario_changes import MATTERS
from dashboards.figures.displacement import displacement_map, displacement_svg
from dashboards.figures.scenario_map import changed_segments, largest_difference, scenario_map
from dashboards.figures.scenario_panels import hue, scenario_panel
from dashboards.figures.svg.differences import difference_map
from dashboards.scenarios.tables import (
    account_rows,
    band_grid,
    changed_units,
    coloured_bands,
    difference_rows,
    displacement_rows,
    exceedance_table,
    matrix_csv,
    movement_rows,
    place_of,
    reception_rows,
    rows_at,
    summary_rows,
    widest,
)
from dashboards.server.audit_trail import recorded
from dashboards.wording import formats as words, scenarios as texts
from dashboards.wording.palette import Palette
from forecasting.scenarios.assumptions import Scenario
from geo.region.region import Region
from pipelines.scenarios.compare import Compared, displacement_matrix, movement_table
from pipelines.scenarios.scenario_edition import ScenarioEdition

TITLE_LETTERS = 48  # of a scenario's name over its map
MAPS_A_ROW, PANELS, PANELS_A_ROW = 3, 6, 3


def draw_summary(compared: Compared, facts: Facts, period: str) -> None:
    """One row a scenario: the whole region, bands, places, who leaves."""
    rows = summary_rows(compared, horizon=facts.horizon)
    step = words.period_word(facts.freq)
    whole = texts.WIDEST.get(widest(compared)) or facts.routes[str(facts.chosen_route)]
    said = {
        "unit": whole,
        "period": period,
        "steps": f"{step}s",
        "reach": words.periods(compared.base.setting.horizon, facts.freq),
    }
    shown = {k: head.format(**said) for k, head in texts.SUMMARY.items() if k in rows[0]}
    config = {
        shown[k]: st.column_config.TextColumn(help=h.format(step=step, steps=f"{step}s"))
        for k, h in texts.SUMMARY_HELP.items()
        if k in shown
    }
    table = pd.DataFrame(rows)[list(shown)].rename(columns=shown)
    draw_table(table, column_config=config, key="scenario_summary")
    if widest(compared) == "headline":
        st.caption(words.escaped(headline_in_words(compared.base.region, facts.countries)))


def draw_maps(compared: Compared, facts: Facts, period: str) -> None:
    """A map for each scenario, on one scale."""
    at = rows_at(compared, level="segment", horizon=facts.horizon)
    names = [s.name for s in compared.scenarios]
    region, scale, focus = compared.base.region, largest_difference(at), changed_segments(at)
    if not region.has_geometry:
        st.caption(texts.NO_MAP)
        return
    for first in range(0, len(names), MAPS_A_ROW):
        row = names[first : first + MAPS_A_ROW]
        for box, name in zip(st.columns(max(len(row), 2), gap="small"), row, strict=False):
            key = (str(facts.edition.folder), repr(compared.scenarios), name, facts.horizon, facts.chosen_route)
            figure = _map(key, palette(), _rows=at[at["scenario"] == name], _region=region, _scale=scale, _focus=focus)
            box.markdown(f"{_dot(names.index(name))} **{words.escaped(name)}**", unsafe_allow_html=True)
            alt = texts.MAP_ALT.format(region=region.name, scenario=name, period=period)
            draw(
                figure, facts, name=f"scenario-map-{names.index(name) + 1}", alt=alt, box=box, is_map=True, saved=False
            )
            with box:
                _offer_differences(compared, facts, name)
    st.caption(texts.MAP_NOTE.format(period=period))


def _offer_differences(compared: Compared, facts: Facts, name: str) -> None:
    """The briefing's map of a scenario at the reader's period."""
    at = compared.table[compared.table["horizon"].eq(facts.horizon)]
    told, region = at.assign(difference_mean=at["difference_q50"]), compared.base.region
    short = shorten(name, TITLE_LETTERS, placeholder="…")
    what = texts.DIFFERENCE_PICTURE.format(name=short, period=facts.lead_period())
    offer_map(facts, file_stem(name), what, draw=lambda title: difference_map(told, region, scenario=name, title=title))


@st.cache_resource(max_entries=60, show_spinner=False)
def _map(
    key: tuple[object, ...],  # noqa: ARG001 - the cache's key
    colours: Palette,
    *,
    _rows: pd.DataFrame,
    _region: Region,
    _scale: float,
    _focus: set[str],
) -> go.Figure | None:
    return scenario_map(_rows, _region, ground(_region.id), palette=colours, largest=_scale, focus=_focus)


def _dot(number: int) -> str:
    """The scenario's colour, as in the charts."""
    return f'<span style="color:{hue(number)}">●</span>'


def draw_multiples(compared: Compared, facts: Facts, periods: Mapping[int, str]) -> None:
    """Baseline and scenarios over time, for the places that change most or those chosen."""
    level = _level("multiples", compared)
    units = ["total"] if level == "total" else changed_units(compared, level=level)
    if not units:
        st.caption(texts.NOTHING_CHANGES)
        return
    by_unit = dict(iter(compared.table[compared.table["level"] == level].groupby("unit", sort=False)))
    names = {u: place_of(by_unit[u].iloc[0]) for u in units}
    chosen = st.multiselect(texts.SHOW_PLACES, units, format_func=names.__getitem__, key=f"multiples_{level}")
    scenarios = [s.name for s in compared.scenarios]
    legend = [f"{_dot(i)} {words.escaped(name)}" for i, name in enumerate(scenarios)]
    st.markdown(" &emsp; ".join([f"┄ {texts.BASELINE}", *legend]), unsafe_allow_html=True)
    shown = (chosen or units[:PANELS])[:24]
    for first in range(0, len(shown), PANELS_A_ROW):
        for box, unit in zip(st.columns(PANELS_A_ROW), shown[first : first + PANELS_A_ROW], strict=False):
            figure = scenario_panel(
                by_unit[unit], scenarios, palette(), horizon=facts.horizon, periods=periods, freq=facts.freq
            )
            box.markdown(f"**{words.escaped(names[unit])}**")
            alt = texts.MULTIPLES_ALT.format(place=names[unit], steps=words.periods(len(periods), facts.freq))
            draw(figure, facts, name=f"scenarios-{unit}", alt=alt, box=box)
    st.caption(texts.MULTIPLES_NOTE.format(step=words.period_word(facts.freq)))


def _level(key: str, compared: Compared) -> str:
    known = set(compared.table["level"])
    levels = [level for level in texts.LEVELS if level in known]
    named, box = texts.LEVELS.__getitem__, f"level_{key}"
    found = st.segmented_control(
        texts.LEVEL, levels, format_func=named, default="segment", key=box, label_visibility="collapsed"
    )
    return str(found or "segment")


def draw_differences(compared: Compared, facts: Facts, period: str) -> None:
    """The table of differences, and who exceeds whom at one place."""
    level = _level("table", compared)
    table = difference_rows(compared, level=level, horizon=facts.horizon, countries=facts.countries)
    if table.empty:
        st.caption(texts.NOTHING_CHANGES)
    else:
        height = min(36 * (len(table) + 1) + 2, 330)
        draw_table(table.rename(columns=texts.TABLE), key="scenario_table", height=height)
    st.caption(texts.TABLE_NOTE.format(period=period))
    at = compared.table[compared.table["horizon"] == facts.horizon].drop_duplicates("unit").set_index("unit")
    units = changed_units(compared, level=level) or at.index.tolist()[:1]
    left, right = st.columns([2, 5], gap="medium")
    unit = left.selectbox(texts.EXCEEDS, units, format_func=lambda u: place_of(at.loc[u]), key=f"exceeds_{level}")
    left.caption(texts.EXCEEDS_NOTE.format(period=period))
    shares = exceedance_table(compared, unit, horizon=facts.horizon).reset_index(names=texts.TABLE["scenario"])
    draw_table(shares, box=right)


def draw_bands(compared: Compared, facts: Facts, periods: Mapping[int, str]) -> None:
    """Bands by period, baseline and scenarios beneath each other."""
    level = _level("bands", compared)
    grid = band_grid(compared, level=level)
    if grid.empty:
        st.caption(texts.BANDS_NONE)
        return
    short = [_short(periods[h]) for h in grid.columns]
    column, heads = st.column_config.TextColumn, zip(short, grid.columns, strict=True)
    config = {c: column(width=38, help=periods[h]) for c, h in heads}
    config |= {c: column(texts.TABLE[c]) for c in ("place", "scenario")}
    draw_table(coloured_bands(grid, short), column_config=config, key="scenario_bands")
    st.caption(texts.BANDS_NOTE.format(step=words.period_word(facts.freq)))


def draw_places(compared: Compared, facts: Facts, period: str) -> None:
    """Need against capacity of reception and referral places."""
    table = reception_rows(compared, horizon=facts.horizon)
    if table.empty:
        st.caption(texts.RECEPTION_NONE)
        return
    if compared.reception["difference"].abs().max() < MATTERS:
        st.caption(texts.RECEPTION_SAME)
    draw_table(table.rename(columns=texts.RECEPTION))
    carry = words.share(compared.reception["carry_over"].mean())
    st.caption(texts.RECEPTION_NOTE.format(period=period, carry=carry, step=words.period_word(facts.freq)))


def _short(period: str) -> str:
    """A period's name for a narrow column.

    >>> _short("week 1 of 2027 (from 4 Jan)"), _short("May 2025")
    ('W1', 'May 2025')
    """
    return re.sub(r"^week (\d+).*", r"W\1", period)


def draw_account(compared: Compared, facts: Facts) -> None:
    """Sources and sinks, and what the movement rests on."""
    steps = words.periods(compared.base.setting.horizon, facts.freq)
    draw_table(account_rows(compared))
    st.caption(texts.ACCOUNT_NOTE.format(steps=steps))
    st.markdown(f"**{texts.MOVEMENT}**")
    draw_table(movement_rows(movement_table(compared.base)), height=250, key="scenario_movement")
    st.caption(texts.MOVEMENT_NOTE.format(step=words.period_word(facts.freq)))


def draw_turn(base: ScenarioEdition, facts: Facts, scenarios: Sequence[Scenario] = ()) -> None:
    """Choose a place, first those that the scenarios hold back; its row as flow map and table."""
    names = segment_names(base)
    held = [segment for s in scenarios for segment in s.held_segments]
    options = list(dict.fromkeys([*held, *names]))
    segment = st.selectbox(texts.TIGHTENS, options, format_func=lambda s: f"{names[s]} ({s})", key="turn_segment")
    own, figure = _turn((str(facts.edition.folder), facts.edition.seal, segment), palette(), _base=base)
    if own.empty:
        st.caption(texts.TURN_NONE)
        return
    left, right = st.columns([5, 8], gap="medium")
    if figure is None:
        left.caption(texts.NO_MAP)
    else:
        alt = texts.TURN_ALT.format(place=names[segment])
        draw(figure, facts, name=f"turn-{segment}", alt=alt, box=left, is_map=True, saved=False)
        what = texts.TURN_PICTURE.format(place=names[segment])
        with left:
            offer_map(
                facts,
                f"turn-{segment}",
                what,
                draw=lambda title: displacement_svg(own, base.region, segment=segment, title=title),
            )
    rows = displacement_rows(own, freq=facts.freq)
    rows["alternative"] = [f"{names.get(s, '')} ({s})" for s in rows["alternative"]]
    rows = rows[list(texts.TURN_TABLE)].rename(columns=texts.TURN_TABLE)
    draw_table(rows, box=right, key="turn_table")
    right.caption(texts.TURN_NOTE)
    name = f"routecast-{facts.edition.region_id}-{facts.edition.id}-displacement.csv"
    make = recorded(lambda _: matrix_csv(displacement_matrix(base)), name)
    right.download_button(texts.TURN_CSV, make, name, "text/csv")


@st.cache_resource(max_entries=60, show_spinner=False)
def _turn(
    key: tuple[str, str, str], colours: Palette, *, _base: ScenarioEdition
) -> tuple[pd.DataFrame, go.Figure | None]:
    """Where movement turns to when the last part of the key, a segment, tightens; and its map."""
    own = displacement_matrix(_base, [key[-1]])
    region = _base.region
    if own.empty:
        return own, None
    return own, displacement_map(own, region, ground(region.id), segment=key[-1], palette=colours)
