"""The door before every page: nobody passes unknown, and a page that a role has no right to says so."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboards.components.page_frame import STYLE, draw_limits
from dashboards.server.audit_trail import note, note_once, note_refused
from dashboards.server.claims import Refusal
from dashboards.server.login_settings import AccessError
from dashboards.server.return_address import keep_wanted
from dashboards.server.roles import LEAST_ROLE, Action
from dashboards.server.visitor import NotAdmittedError, Visitor, visitor
from dashboards.wording import access as told
from dashboards.wording import formats as words
from dashboards.wording import pages as texts

NEEDS: dict[str, Action] = {"scenarios": "run_scenario"}  # pages that a visitor who may only read has no use for
NEVER_KNOWN = {"not_logged_in", "not_local"}


def admit() -> Visitor | Callable[[], None]:
    """The visitor; where there is none, the page that says why and offers the button that helps."""
    try:
        found = visitor()
    except AccessError as error:
        return partial(_say_not_set_up, str(error))
    except NotAdmittedError as refused:
        return partial(_refuse, refused.reason)
    if found.since is not None:
        note_once("log_in", since=found.since.isoformat())
    return found


def _say_not_set_up(problem: str) -> None:
    st.error(told.NOT_SET_UP.format(problem=words.escaped(problem)))


def _refuse(reason: Refusal) -> None:
    st.html(STYLE)
    st.title(texts.PRODUCT)
    if reason not in NEVER_KNOWN:
        note_refused(reason, str(st.user.get("email") or st.user.get("sub") or ""))
    show = st.info if reason == "not_logged_in" else st.warning
    show(told.REFUSED[reason])
    if reason != "not_local":
        keep_wanted()
        st.button(told.LOG_IN, type="primary", on_click=st.login)
        st.caption(told.LOG_IN_NOTE)
    draw_limits()


def page_for(name: str, who: Visitor | Callable[[], None]) -> Callable[[], None] | None:
    """A page that says why it is not open to a visitor; None where the page itself is."""
    if not isinstance(who, Visitor):
        return who
    needed = NEEDS.get(name)
    if needed is None or who.may(needed):
        return None

    def refused() -> None:
        """The page that says which role it needs."""
        st.info(words.escaped(told.PAGE_REFUSED.format(page=texts.PAGES[name], role=told.ROLES[LEAST_ROLE[needed]])))
        draw_limits()

    return refused


def log_out() -> None:
    """End all of the visitor's log-ins here, and the one at the provider where it can be ended."""
    who = visitor()
    if who.since is not None:
        note("log_out", who, since=who.since.isoformat())
    st.logout()
