"""The view that a visitor asked for before the log-in: kept in the browser's tab, opened after it."""

from pathlib import Path

import streamlit as st

from dashboards.server.audit_trail import FIRST, PAGE

_LOOKED = "looked_for_wanted"
_draw = st.components.v2.component(
    "routecast_wanted", js=(Path(__file__).parent / "assets" / "wanted.js").read_text(encoding="utf-8")
)


def keep_wanted() -> None:
    """Before the log-in: keep this address, unless it is the first page's own."""
    if st.session_state.get(PAGE) != FIRST or st.query_params:
        _draw(data={"keep": True}, key="wanted")


def open_wanted() -> None:
    """After it, once a visit: open the address that was kept."""
    if not st.session_state.get(_LOOKED):
        st.session_state[_LOOKED] = True
        _draw(data={"keep": False}, key="wanted")
