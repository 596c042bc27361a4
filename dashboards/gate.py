"""The door before every page: nobody passes unknown, and a page that a role has no right to says so."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboards.components.page_frame import draw_limits
from dashboards.server.audit_trail import PAGE, note_once, note_refused
from dashboards.server.claims import Refusal
from dashboards.server.login_settings import AccessError
from dashboards.server.return_address import keep_return_address
from dashboards.server.roles import LEAST_ROLE
from dashboards.server.visitor import NotAdmittedError, Visitor, visitor
from dashboards.views import PAGES, Page
from dashboards.wording import access as texts_access, formats as words, pages as texts

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
    st.error(texts_access.NOT_SET_UP.format(problem=words.escaped(problem)))


def _refuse(reason: Refusal) -> None:
    st.title(texts.PRODUCT)
    if reason not in NEVER_KNOWN:
        note_refused(reason, str(st.user.get("email") or st.user.get("sub") or ""))
    show = st.info if reason == "not_logged_in" else st.warning
    show(texts_access.REFUSED[reason])
    if reason != "not_local":
        if st.session_state.get(PAGE) != PAGES[0].id or st.query_params:
            keep_return_address()
        st.button(texts_access.LOG_IN, type="primary", on_click=st.login)
        st.caption(texts_access.LOG_IN_NOTE)
    draw_limits()


def refusal_of(page: Page, who: Visitor | Callable[[], None]) -> Callable[[], None] | None:
    """What stands in place of a page that is not open to a visitor, and says why; None where the page itself is."""
    if not isinstance(who, Visitor):
        return who
    if who.may(page.needs):
        return None

    def refused() -> None:
        """The page that says which role it needs."""
        role = texts_access.ROLES[LEAST_ROLE[page.needs]]
        st.info(words.escaped(texts_access.PAGE_REFUSED.format(page=page.title, role=role)))
        draw_limits()

    return refused
