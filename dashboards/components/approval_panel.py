"""Approving and withdrawing an edition on the page: who decided what, and the form for those who may."""

import os
from collections.abc import Callable

import streamlit as st

from dashboards.components.cached_editions import editions_shown, first_region, pack, store
from dashboards.components.database import read
from dashboards.components.typed_text import UNSENT, typed
from dashboards.edition_view.facts import Facts
from dashboards.server.doors import doors
from dashboards.server.serve import REGION_VARIABLE
from dashboards.server.visitor import Visitor, require, visitor
from dashboards.wording import access as told, formats as words
from pipelines.editions.edition import EditionError
from pipelines.publish.release.approval import withdraw
from pipelines.publish.release.profiles import approvals
from records.database import DatabaseError
from records.decisions import EditionEvent, last_of

NOTE, WITHDRAWAL, PROBLEM = "approval_note", "withdrawal_note", "approval_problem"


def draw_approval(who: Visitor, region: str) -> None:
    """The last decision on a chosen edition, and the form that makes the next one."""
    known = list(reversed(editions_shown(region)))
    if not known or not (who.may("approve") or who.may("withdraw")):
        return
    st.header(told.APPROVAL)
    edition = st.selectbox(told.APPROVAL_EDITION, known, key="approval_edition")
    try:
        last = approvals(store(), region).get(edition)
    except DatabaseError as error:
        st.warning(words.escaped(str(error)))
        return
    st.markdown(words.escaped(_state(last)))
    problem = st.session_state.pop(PROBLEM, None)
    if problem:
        st.error(words.escaped(problem))
    approved = last is not None and last.kind == "approved"
    if who.may("withdraw" if approved else "approve"):
        _form(region, edition, approved=approved)


def draw_draft(facts: Facts) -> None:
    """Where an edition that nobody has approved is approved, for those who may."""
    if not visitor().may("approve") or facts.edition.manifest.get("profile"):
        return
    nothing: dict[str, EditionEvent] = {}
    last = read(nothing, last_of, facts.edition.region_id, ("approved", "withdrawn")).get(facts.edition.id)
    if last is None or last.kind != "approved":
        st.page_link("views/account.py", label=told.APPROVE_HERE, icon=":material/approval:")


def _state(last: EditionEvent | None) -> str:
    if last is None:
        return told.DRAFT
    text = told.APPROVED if last.kind == "approved" else told.WITHDRAWN
    return text.format(user=last.user, day=words.long_date(last.at.date()), note=last.note)


def _form(region: str, edition: str, *, approved: bool) -> None:
    if not approved and doors().approve is None:
        st.caption(words.escaped(told.NO_APPROVER.format(edition=edition, region=region)))
        return
    # a key each: under one alone the browser would show the note of the approval as the reason to withdraw it
    note, asked = (WITHDRAWAL, told.WITHDRAW_NOTE) if approved else (NOTE, told.APPROVE_NOTE)
    st.text_area(asked, key=note, max_chars=2_000, height=80, **UNSENT)
    st.caption(told.NOTE_NEEDED if approved else f"{told.NOTE_NEEDED} {told.APPROVE_TAKES}")
    do, label = (_withdraw, told.WITHDRAW) if approved else (_approve, told.APPROVE)
    if st.button(label, key="approval_decide"):
        with st.spinner(label, show_time=True):
            try:
                do(region, edition, _stages())
            except (EditionError, DatabaseError) as error:
                st.session_state[PROBLEM] = str(error)
            else:
                del st.session_state[note]
        st.rerun()


def _stages() -> Callable[[str, str], None]:
    """Shows the stages of long work, each with how far it is."""
    box, told_of = st.empty(), dict[str, str]()

    def tell(stage: str, far: str) -> None:
        """Say that a stage has begun, or how far it is."""
        known = {begins: said for begins, said in told.APPROVE_STAGES.items() if stage.startswith(begins)}
        said = next((said.format(of=stage.removeprefix(begins)) for begins, said in known.items()), stage)
        told_of[stage] = f"- {words.escaped(said)}{f': {words.escaped(far)}' if far else ''}"
        box.markdown("\n".join(told_of.values()))

    return tell


def _approve(region: str, edition: str, progress: Callable[[str, str], None]) -> None:
    who, approver, started = require("approve"), doors().approve, os.environ.get(REGION_VARIABLE, "")
    if pack(region) is None or approver is None:
        raise EditionError(told.NO_PACK.format(region=region))
    note = typed(NOTE)
    if not note:
        raise EditionError(told.NOTE_NEEDED)
    approver(started if first_region() == region else region, edition, user=who.user, note=note, progress=progress)


def _withdraw(region: str, edition: str, _: Callable[[str, str], None]) -> None:
    withdraw(store(), region, edition, user=require("withdraw").user, note=typed(WITHDRAWAL))
