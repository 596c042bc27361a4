"""Scenarios that a user keeps for good: saved, opened and deleted on the page."""

import streamlit as st

from dashboards.components.database import keep, read
from dashboards.components.scenarios.form import take
from dashboards.server.visitor import visitor
from dashboards.wording import formats as words
from dashboards.wording import records as texts
from pipelines.scenarios.scenario_edition import ScenarioEdition
from records.scenarios import SavedScenario, delete_scenario, list_scenarios, save_scenario

CHOSEN, NOTICE = "scenario_saved", "scenario_saved_notice"


def draw_save(region: str, name: str, text: str) -> None:
    """The button that keeps a scenario of the visit for good."""
    if visitor().may("save_scenario"):
        st.button(texts.SAVE, key="scenario_keep", on_click=_save, args=(region, name, text), width="stretch")
        notice = st.session_state.pop(NOTICE, None)
        if notice:
            st.caption(notice)


def draw_saved(base: ScenarioEdition) -> None:
    """The user's saved scenarios, to open or delete."""
    if not visitor().may("save_scenario"):
        return
    found = {s.name: s for s in read([], list_scenarios, visitor().user, base.region.id)}
    if not found:
        st.caption(texts.SAVED_NONE)
        return
    box, use, drop = st.columns([6, 2, 2], vertical_alignment="bottom")
    if st.session_state.get(CHOSEN) not in found:
        st.session_state.pop(CHOSEN, None)
    labels = {n: texts.SAVED_ON.format(name=n, day=words.long_date(s.changed_at.date())) for n, s in found.items()}
    name = box.selectbox(texts.SAVED, list(found), format_func=labels.__getitem__, key=CHOSEN)
    use.button(texts.OPEN, key="scenario_open", on_click=_open, args=(base, found[name]), width="stretch")
    drop.button(texts.FORGET, key="scenario_forget", on_click=_forget, args=(base.region.id, name), width="stretch")
    st.caption(texts.SAVED_NOTE.format(user=visitor().user))


def _save(region: str, name: str, text: str) -> None:
    earlier = {s.name: s.text for s in read([], list_scenarios, visitor().user, region)}
    if keep(save_scenario, visitor().user, region, name=name, text=text):
        again = name in earlier and earlier[name] != text
        st.session_state[NOTICE] = (texts.SAVED_AGAIN if again else texts.SAVED_AS).format(name=words.escaped(name))


def _open(base: ScenarioEdition, saved: SavedScenario) -> None:
    take(base, saved.text, file=saved.name)


def _forget(region: str, name: str) -> None:
    keep(delete_scenario, visitor().user, region, name)
