"""Scenarios to compare: ready ones to start with, the form, the upload, and those that a user keeps for good."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboards.components.database import keep, read
from dashboards.components.scenarios import session
from dashboards.components.scenarios.assumption_fields import read_fields
from dashboards.components.scenarios.compute import compared_on, first_open
from dashboards.components.scenarios.session import DIVERT_BOX, NAME_BOX, WAIT_BOX
from dashboards.components.typed_text import UNSENT, tell_lacking, typed
from dashboards.scenarios.assumptions_in_words import (
    DIVERSION,
    Draft,
    assumptions_as_one,
    read_draft,
    scenario_text,
    starters,
)
from dashboards.server.visitor import visitor
from dashboards.wording import formats as words, records, scenarios as texts
from forecasting.scenarios.assumptions import KINDS
from pipelines.scenarios.read_file import ScenarioError, parse_scenario
from pipelines.scenarios.scenario_edition import ScenarioEdition
from records.scenarios import delete_scenario, list_scenarios, save_scenario

ASSUMED, PROBLEMS, FORM_OPEN = "scenario_draft", "scenario_problems", "scenario_form_open"
PRESSED = "scenario_pressed"  # name and text of what the form is to run
MAX_KB = 100
CHOSEN, NOTICE = "scenario_saved", "scenario_saved_notice"


def try_scenario(base: ScenarioEdition, text: str, file: str) -> None:
    """Keep a scenario if the edition can run it; what is wrong with it stands on the page until the next try."""
    try:
        scenario = parse_scenario(text, base.scope, name=file)
        compared_on(base.edition, (text,))
    except ScenarioError as error:
        st.session_state[PROBLEMS] = [str(p) for p in error.problems]
        return
    full = not session.put(scenario.name, text)
    st.session_state[FORM_OPEN] = full
    st.session_state[PROBLEMS] = [texts.TOO_MANY.format(n=session.MAX_KEPT)] if full else []


def run_pressed(base: ScenarioEdition) -> None:
    """Run what the form's button left: before any box is drawn, as what stands side by side is one of them."""
    name, text = st.session_state.pop(PRESSED, ("", ""))
    if text:
        try_scenario(base, text, name)
        if not st.session_state[PROBLEMS]:
            _clear()


def draw_problems() -> None:
    """What was wrong with the last scenario that was tried."""
    problems = st.session_state.get(PROBLEMS)
    if problems:
        listed = "\n".join(f"- {words.escaped(p)}" for p in problems[:12])
        st.error(f"{texts.PROBLEMS}\n{listed}")


def draw_starters(base: ScenarioEdition) -> None:
    """Ready scenarios, a click each."""
    found = starters(base, begin=first_open(base))
    for box, (name, text) in zip(st.columns(len(found)), found.items(), strict=True):
        box.button(name, key=f"start_{name}", on_click=try_scenario, args=(base, text, name), width="stretch")


def draw_new(base: ScenarioEdition, periods: Mapping[int, str]) -> None:
    """The form and the upload, side by side in tabs."""
    build, upload = st.tabs([texts.FORM, texts.UPLOAD])
    with build:
        _form(base, periods)
    with upload:
        _upload(base)


def _form(base: ScenarioEdition, periods: Mapping[int, str]) -> None:
    left, right = st.columns([6, 5], gap="large")
    with left:
        kind = st.selectbox(texts.KIND, list(KINDS), format_func=lambda k: KINDS[k].title, key="f_kind")
        found = read_fields(kind, base, periods)
        if st.button(texts.ADD, key="f_add"):
            _add(found)
    with right:
        st.text_input(texts.NAME, key=NAME_BOX, placeholder=texts.NAME_HINT, max_chars=120, **UNSENT)
        _assumed(base)
        step = words.period_word(base.region.freq)
        divert_box, wait_box, rest = st.columns(3, vertical_alignment="bottom")
        for box, usual in ((DIVERT_BOX, "divert"), (WAIT_BOX, "wait")):
            st.session_state.setdefault(box, round(100 * DIVERSION[usual]))
        divert = int(divert_box.number_input(f"{texts.HELD}: {texts.DIVERT}", 0, 100, step=5, key=DIVERT_BOX))
        label, most = texts.WAIT.format(step=step), 100 - divert
        st.session_state[WAIT_BOX] = min(st.session_state[WAIT_BOX], most)
        wait = int(wait_box.number_input(label, 0, most, step=5, key=WAIT_BOX))
        rest.markdown(texts.LEAVE.format(share=100 - divert - wait))
        run, clear = st.columns(2)
        draft = _draft()
        if run.button(texts.DONE, key="f_run", type="primary", width="stretch"):
            _run(draft or found)
        clear.button(texts.CLEAR, key="f_clear", on_click=_clear, width="stretch", disabled=not draft)
        st.caption(texts.NEEDS)


def _draft() -> list[Draft]:
    return list(st.session_state.get(ASSUMED, ()))


def _assumed(base: ScenarioEdition) -> None:
    if not _draft():
        st.caption(texts.DRAFT_EMPTY)
    for number, (said, alike) in enumerate(assumptions_as_one(base, _draft())):
        line, drop = st.columns([12, 1], vertical_alignment="center")
        line.markdown(words.escaped(f"{said}."))
        key, args = f"f_drop_{number}", (alike,)
        drop.button(texts.DROP, key=key, on_click=_drop, args=args, type="tertiary", help=texts.REMOVE)


def _add(found: Sequence[Draft]) -> None:
    """Put what the fields say now to what is assumed."""
    if found:
        st.session_state[ASSUMED] = [*_draft(), *found]
    else:
        tell_lacking(texts.MISSING.format(what=texts.MISSING_ASSUMPTION))


def _drop(alike: Sequence[Draft]) -> None:
    left = _draft()
    for one in alike:
        left.remove(one)
    st.session_state[ASSUMED] = left


def _clear() -> None:
    st.session_state[ASSUMED] = []
    st.session_state[PROBLEMS] = []
    st.session_state[NAME_BOX] = ""


def _run(assumed: Sequence[Draft]) -> None:
    """What is assumed becomes a scenario, in the run that follows; what it lacks is said."""
    name = typed(NAME_BOX)
    lacking = [*([] if assumed else [texts.MISSING_ASSUMPTION]), *([] if name else [texts.MISSING_NAME])]
    if lacking:
        tell_lacking(texts.MISSING.format(what=words.joined(lacking)))
        return
    divert, wait = (st.session_state[k] / 100 for k in (DIVERT_BOX, WAIT_BOX))
    stated = {"divert": divert, "wait": wait, "leave": round(1 - divert - wait, 4)}
    st.session_state[PRESSED] = name, scenario_text(name, assumed, None if stated == DIVERSION else stated)
    st.rerun()


def copy_to_form(text: str) -> None:
    """Go on from a scenario in the form, under a name of its own."""
    name, assumptions, diversion = read_draft(text)
    st.session_state[ASSUMED], st.session_state[FORM_OPEN] = assumptions, True
    st.session_state[NAME_BOX] = f"{name} (copy)"[:120]
    for box, key in ((DIVERT_BOX, "divert"), (WAIT_BOX, "wait")):
        value = (diversion or DIVERSION)[key]
        middle = sum(value) / 2 if isinstance(value, list) else value
        st.session_state[box] = round(100 * middle)


def _upload(base: ScenarioEdition) -> None:
    st.caption(texts.UPLOAD_NOTE)
    given = st.file_uploader(
        texts.UPLOAD_LABEL.format(kb=MAX_KB), type=["yaml", "yml"], key="scenario_file", max_upload_size=1
    )
    if given is not None:
        args = (base, given.name, given.getvalue())
        st.button(texts.UPLOAD_BUTTON, key="scenario_take", type="primary", on_click=read_upload, args=args)


def read_upload(base: ScenarioEdition, name: str, content: bytes) -> None:
    """Take an uploaded file, if it is a scenario of a size that one has."""
    if len(content) > 1_000 * MAX_KB:
        kb = -(-len(content) // 1_000)
        st.session_state[PROBLEMS] = [texts.TOO_LARGE.format(name=name, kb=MAX_KB, got=f"{kb:,}")]
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        st.session_state[PROBLEMS] = [texts.NOT_TEXT.format(name=name)]
        return
    try_scenario(base, text, name)


def draw_save(region: str, name: str, text: str) -> None:
    """The button that keeps a scenario of the visit for good."""
    if visitor().may("save_scenario"):
        st.button(records.SAVE, key="scenario_keep", on_click=_save, args=(region, name, text), width="stretch")
        notice = st.session_state.pop(NOTICE, None)
        if notice:
            st.caption(notice)


def draw_saved(base: ScenarioEdition) -> None:
    """The user's saved scenarios, to open or delete."""
    if not visitor().may("save_scenario"):
        return
    found = {s.name: s for s in read([], list_scenarios, visitor().user, base.region.id)}
    if not found:
        st.caption(records.SAVED_NONE)
        return
    box, use, drop = st.columns([6, 2, 2], vertical_alignment="bottom")
    if st.session_state.get(CHOSEN) not in found:
        st.session_state.pop(CHOSEN, None)
    labels = {n: records.SAVED_ON.format(name=n, day=words.long_date(s.changed_at.date())) for n, s in found.items()}
    name = box.selectbox(records.SAVED, list(found), format_func=labels.__getitem__, key=CHOSEN)
    use.button(
        records.OPEN, key="scenario_open", on_click=try_scenario, args=(base, found[name].text, name), width="stretch"
    )
    drop.button(records.FORGET, key="scenario_forget", on_click=_forget, args=(base.region.id, name), width="stretch")
    st.caption(records.SAVED_NOTE.format(user=visitor().user))


def _save(region: str, name: str, text: str) -> None:
    earlier = {s.name: s.text for s in read([], list_scenarios, visitor().user, region)}
    if keep(save_scenario, visitor().user, region, name=name, text=text):
        again = name in earlier and earlier[name] != text
        st.session_state[NOTICE] = (records.SAVED_AGAIN if again else records.SAVED_AS).format(name=words.escaped(name))


def _forget(region: str, name: str) -> None:
    keep(delete_scenario, visitor().user, region, name)
