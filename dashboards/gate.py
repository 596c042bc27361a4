"""The door before every page: nobody passes unknown, and a page that a role has no right to says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards import texts, words
from dashboards import texts_access as told
from dashboards.frame import STYLE
from dashboards.login_settings import AccessError
from dashboards.reader import first_region, pack
from dashboards.roles import LEAST_ROLE, Action
from dashboards.trail import note, note_once, note_refused
from dashboards.visitor import NotAdmittedError, Visitor, visitor
from geo.region import PURPOSE

if TYPE_CHECKING:
    from collections.abc import Callable

NEEDS: dict[str, Action] = {"scenarios": "run_scenario"}  # pages that a visitor who may only read has no use for
NEVER_KNOWN = {"not_logged_in", "not_local"}


def admit() -> Visitor:
    """The visitor, if there is one; else a page with the reason and the button that helps, and nothing more."""
    try:
        found = visitor()
    except AccessError as error:
        st.error(told.NOT_SET_UP.format(problem=words.escaped(str(error))))
        st.stop()
    except NotAdmittedError as refused:
        _refuse(refused)
        st.stop()
    if found.since is not None:
        note_once("log_in", since=found.since.isoformat())
    return found


def _refuse(refused: NotAdmittedError) -> None:
    st.html(STYLE)
    st.title(texts.PRODUCT)
    if refused.reason not in NEVER_KNOWN:
        note_refused(refused.reason, str(st.user.get("email") or st.user.get("sub") or ""))
    show = st.info if refused.reason == "not_logged_in" else st.warning
    show(told.REFUSED[refused.reason])
    if refused.reason == "not_local":
        return
    st.button(told.LOG_IN, type="primary", on_click=st.login)
    st.caption(told.LOG_IN_NOTE)
    draw_limits()


def draw_limits() -> None:
    """Purpose and limits, under pages that show no edition."""
    known = pack(first_region())
    purpose = told.PURPOSE.format(purpose=known.purpose if known else PURPOSE)
    st.caption(" · ".join(words.escaped(line) for line in (texts.DETECTIONS, purpose)))


def page_for(name: str, who: Visitor) -> Callable[[], None] | None:
    """A page that says why it is not open to a visitor; None where the page itself is."""
    needed = NEEDS.get(name)
    if needed is None or who.may(needed):
        return None

    def refused() -> None:
        st.info(words.escaped(told.PAGE_REFUSED.format(page=texts.PAGES[name], role=told.ROLES[LEAST_ROLE[needed]])))
        draw_limits()

    return refused


def log_out() -> None:
    """End all of the visitor's log-ins here, and the one at the provider where it can be ended."""
    who = visitor()
    if who.since is not None:
        note("log_out", who, since=who.since.isoformat())
    st.logout()
