"""The dashboard's entry point: who may enter, and which pages there are. `dashboards.serve` starts it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards import texts
from dashboards.gate import admit, page_for
from dashboards.trail import PAGE
from dashboards.visitor import Visitor

VIEWS = Path(__file__).parent / "views"  # not "pages": Streamlit would open a link into it without this frame
FILES = {
    "overview": "",
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
    pages = [
        st.Page(
            page_for(name, who) or VIEWS / f"{name}.py", title=texts.PAGES[name], url_path=path,
            default=name == "overview",
        )
        for name, path in FILES.items()
    ]  # fmt: skip
    page = st.navigation(pages, position="top" if isinstance(who, Visitor) else "hidden")
    st.session_state[PAGE] = page.url_path or "overview"
    page.run()


main()
