"""The dashboard's entry point: who may enter, and which pages there are. `dashboards.server.serve` starts it."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboards.gate import admit, page_for
from dashboards.server.audit_trail import FIRST, PAGE
from dashboards.server.return_address import open_wanted
from dashboards.server.visitor import Visitor
from dashboards.wording import pages as texts

VIEWS = Path(__file__).parent / "views"  # not "pages": Streamlit would open a link into it without this frame
FILES = {
    FIRST: "",
    "place": "place",
    "protection": "protection",
    "scenarios": "scenarios",
    "briefing": "briefing",
    "skill": "skill",
    "quality": "quality",
    "help": "help",
    "account": "account",
}


def main() -> None:
    """Set the frame, look who comes, and run the chosen page."""
    st.set_page_config(page_title=texts.PRODUCT, page_icon="🧭", layout="wide", initial_sidebar_state="collapsed")
    who = admit()
    pages = [_page(name, path, who) for name, path in FILES.items()]
    page = st.navigation(pages, position="top" if isinstance(who, Visitor) else "hidden")
    st.session_state[PAGE] = page.url_path or FIRST
    plain = not page.url_path and not st.query_params  # asked before the page writes its choices into the address
    page.run()
    if plain and isinstance(who, Visitor) and who.since is not None:  # perhaps straight from a log-in
        open_wanted()


def _page(name: str, path: str, who: Visitor | Callable[[], None]) -> st.Page:
    """A page; where it is not open to the visitor its address says so, and it isn't offered."""
    refused = page_for(name, who)
    return st.Page(
        refused or VIEWS / f"{name}.py",
        title=texts.PAGES[name],
        url_path=path,
        default=name == FIRST,
        visibility="visible" if refused is None else "hidden",
    )


main()
