"""Scenarios: state assumptions, and see them beside the baseline and beside each other."""

from collections.abc import Callable

import streamlit as st

from dashboards.components.downloads import XLSX, offer_comparison, offer_scenario
from dashboards.components.page_frame import close_view, open_view
from dashboards.components.scenarios import panels, session
from dashboards.components.scenarios.compute import base_of, compared_on, first_open, on_route
from dashboards.components.scenarios.form import (
    FORM_OPEN,
    copy_to_form,
    draw_new,
    draw_problems,
    draw_save,
    draw_saved,
    draw_starters,
    run_pressed,
    try_scenario,
)
from dashboards.components.selection import choose
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.file_notes import file_stem
from dashboards.edition_view.scenario_changes import MATTERS
from dashboards.scenarios.answer import answer, begins, first_change
from dashboards.scenarios.tables import alone, differences_csv, differences_workbook, rows_at
from dashboards.server.audit_trail import recorded
from dashboards.wording import formats as words, scenarios as texts
from pipelines.editions.edition import EditionError
from pipelines.scenarios.compare import Compared
from pipelines.scenarios.read_file import ScenarioError
from pipelines.scenarios.scenario_edition import ScenarioEdition

UNBROKEN = "\u00a0…\u00a0"  # between the ends of a range


def main() -> None:
    """Choose or make scenarios, then compare them."""
    facts = open_view(titled=("horizon",))  # of what scenarios move
    try:
        base = base_of(facts.edition)
    except EditionError as error:
        st.info(texts.NO_DRAWS.format(problem=words.escaped(str(error))))
        close_view(facts)
        return
    _read_link(base)
    run_pressed(base)
    periods = {h: facts.period(start) for h, start in enumerate(base.scope.starts, start=1)}
    st.markdown(f":blue-badge[:material/balance: {texts.CAVEAT}]")
    if facts.indicator != base.indicator:
        names = {"main": facts.indicator_name(base.indicator), "chosen": facts.indicator_name(facts.indicator)}
        st.caption(texts.OTHER_INDICATOR.format(**names))
    chosen = _choose(base, periods)
    draw_problems()
    compared = _compared(facts, chosen)
    if compared is not None:
        _draw(compared, facts, periods, chosen)
    else:
        with st.expander(texts.TIGHTENS):
            panels.draw_turn(base, facts)
    close_view(facts)


def _read_link(base: ScenarioEdition) -> None:
    """Take the scenarios that stand in the address of a view that someone sent."""
    try:
        for text in session.linked():
            try_scenario(base, text, texts.SHOWN.lower())
    except session.LinkError:
        st.warning(texts.LINK_BROKEN)


def _choose(base: ScenarioEdition, periods: dict[int, str]) -> list[session.Kept]:
    """The list of the visit, and the form under it."""
    names = [k.name for k in session.kept()]
    if not names:
        st.markdown(f"**{texts.TITLE}** {texts.INTRO}")
        st.caption(texts.NOTHING_YET)
        draw_starters(base)
    else:
        left, middle, right = st.columns([8, 2, 2], vertical_alignment="bottom")
        left.pills(texts.COMPARE, names, selection_mode="multi", key=session.COMPARED, wrap=True)
        with middle.popover(texts.MANAGE, width="stretch"):
            _manage(base, names)
        is_open = bool(st.session_state.get(FORM_OPEN))
        right.button(texts.CLOSE if is_open else texts.NEW, key="scenario_new", on_click=_toggle, width="stretch")
    if not names or st.session_state.get(FORM_OPEN):
        with st.container(border=True):
            draw_saved(base)
            draw_new(base, periods)
            if names:
                st.caption(texts.READY)
                draw_starters(base)
    return session.compared()


def _toggle() -> None:
    st.session_state[FORM_OPEN] = not st.session_state.get(FORM_OPEN)


def _manage(base: ScenarioEdition, names: list[str]) -> None:
    # a key for each list: under one alone the browser shows the newest and the server keeps the one before
    name = st.selectbox(texts.SHOWN, names, index=len(names) - 1, key="scenario_managed " + "|".join(names))
    text = next(k.text for k in session.kept() if k.name == name)
    st.code(text, language="yaml", wrap_lines=True)
    draw_save(base.region.id, name, text)
    st.download_button(texts.SAVE_YAML, text.encode(), f"{file_stem(name)}.yaml", "application/yaml", width="stretch")
    st.button(texts.COPY, key="scenario_copy", on_click=copy_to_form, args=(text,), width="stretch")
    st.button(texts.REMOVE, key="scenario_remove", on_click=session.remove, args=(name,), width="stretch")
    st.caption(texts.SESSION_ONLY)


def _compared(facts: Facts, chosen: list[session.Kept]) -> Compared | None:
    if not session.write_link(chosen):
        st.caption(texts.LINK_LONG)
    if not chosen:
        return None
    try:
        return on_route(compared_on(facts.edition, tuple(k.text for k in chosen)), facts)
    except ScenarioError as error:  # another edition or region than the one that the scenario was made on
        st.error(f"{texts.PROBLEMS} {words.escaped(str(error))}")
        return None


def _draw(compared: Compared, facts: Facts, periods: dict[int, str], chosen: list[session.Kept]) -> None:
    period = periods[facts.horizon]
    for scenario, kept in zip(compared.scenarios, chosen, strict=True):
        told = words.escaped(answer(compared, facts, name=scenario.name, text=kept.text)).replace(" … ", UNBROKEN)
        said, files = st.columns([9, 3], gap="medium")
        with said:
            st.markdown(f"**{words.escaped(scenario.name)}.** {told}")
            _say_when(compared, facts, scenario.name, periods)
        with files:
            _offer_first_change(compared, facts, scenario.name, periods)
            offer_scenario(facts, alone(compared, scenario.name), kept.text)
            if len(chosen) > 1 and kept is chosen[-1]:
                offer_comparison(facts, compared, [k.text for k in chosen])
    panels.draw_summary(compared, facts, period)
    draw: dict[str, Callable[[], None]] = {
        "where": lambda: panels.draw_maps(compared, facts, period),
        "time": lambda: panels.draw_multiples(compared, facts, periods),
        "table": lambda: _table(compared, facts, period, chosen),
        "bands": lambda: panels.draw_bands(compared, facts, periods),
        "places": lambda: panels.draw_places(compared, facts, period),
        "turn": lambda: panels.draw_turn(compared.base, facts, compared.scenarios),
        "account": lambda: panels.draw_account(compared, facts),
    }
    tabs = st.tabs(list(texts.TABS.values()), key="scenario_tab", on_change="rerun")
    for tab, name in zip(tabs, texts.TABS, strict=True):
        if tab.open:  # the others are drawn when they are opened
            with tab:
                draw[name]()
    st.caption(texts.SUMS)


def _say_when(compared: Compared, facts: Facts, name: str, periods: dict[int, str]) -> None:
    """That a scenario begins in a period that is over."""
    begin = begins(compared, name)
    if begin < first_open(compared.base):
        period = f"{periods[begin][:1].upper()}{periods[begin][1:]}"
        st.caption(texts.BEGINS_OVER.format(period=period, step=facts.step))


def _offer_first_change(compared: Compared, facts: Facts, name: str, periods: dict[int, str]) -> None:
    """The way to the first period in which a scenario changes a place, where it is not changed in the one shown."""
    at = rows_at(compared, level="segment", horizon=facts.horizon)
    first = first_change(compared, name)
    if first is not None and at.loc[at["scenario"].eq(name), "difference_mean"].abs().lt(MATTERS).all():
        label, key = texts.SHOW_FIRST.format(period=periods[first]), f"first_change_{name}"
        st.button(label, key=key, on_click=choose, kwargs={"horizon": first}, type="tertiary", icon=":material/event:")


def _table(compared: Compared, facts: Facts, period: str, chosen: list[session.Kept]) -> None:
    panels.draw_differences(compared, facts, period)
    stem = f"routecast-{facts.edition.region_id}-{facts.edition.id}-scenarios"
    left, right, _ = st.columns([2, 2, 5])
    table = recorded(lambda _: differences_csv(compared), f"{stem}.csv")
    book = recorded(lambda mark: differences_workbook(compared, [k.text for k in chosen], mark), f"{stem}.xlsx")
    left.download_button(texts.CSV, table, f"{stem}.csv", "text/csv", width="stretch")
    right.download_button(texts.XLSX, book, f"{stem}.xlsx", XLSX, width="stretch")


main()
