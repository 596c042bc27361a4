"""The dashboard's entry point: who may enter, and which pages there are. `dashboards.server.serve` starts it."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboards.components.scenarios import session
from dashboards.gate import admit, refusal_of
from dashboards.server.audit_trail import PAGE, PAGE_TITLE
from dashboards.server.return_address import open_return_address
from dashboards.server.visitor import Visitor, asked_once
from dashboards.views import PAGES, Page
from dashboards.wording import pages as texts

VIEWS = Path(__file__).parent / "views"  # not "pages": Streamlit would open a link into it without this frame


def main() -> None:
    """Set the frame, look who comes, and run the chosen page."""
    st.set_page_config(page_title=texts.PRODUCT, page_icon="🧭", layout="wide", initial_sidebar_state="collapsed")
    with asked_once():
        _run()


def _run() -> None:
    who = admit()
    offered = [_offered(page, who) for page in PAGES]
    page = st.navigation(offered, position="top" if isinstance(who, Visitor) else "hidden")
    st.session_state[PAGE], st.session_state[PAGE_TITLE] = page.url_path or PAGES[0].id, page.title
    plain = not page.url_path and not st.query_params  # asked before the page writes its choices into the address
    st.set_page_config(page_title=texts.TAB.format(page=page.title))
    session.stay()
    page.run()
    if plain and isinstance(who, Visitor) and who.since is not None:  # perhaps straight from a log-in
        open_return_address()


def _offered(page: Page, who: Visitor | Callable[[], None]) -> st.Page:
    """A page; where it is not open to the visitor its address says so, and it isn't offered."""
    refused, first = refusal_of(page, who), page is PAGES[0]
    return st.Page(
        refused or VIEWS / f"{page.id}.py",
        title=page.title,
        url_path="" if first else page.id,
        default=first,
        visibility="hidden" if refused else "visible",
    )


if __name__ == "__main__":  # not in a process that Dask starts from this one
    main()
