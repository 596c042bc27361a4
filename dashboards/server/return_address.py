"""The view that a visitor asked for before the log-in: kept in the browser's tab, opened after it."""

from pathlib import Path

import streamlit as st

_LOOKED = "looked_for_return_address"
_draw = st.components.v2.component(
    "routecast_return_address", js=(Path(__file__).parent / "assets" / "return_address.js").read_text(encoding="utf-8")
)


def keep_return_address() -> None:
    """Before the log-in: keep this address."""
    _draw(data={"keep": True}, key="return_address")


def open_return_address() -> None:
    """After it, once a visit: open the address that was kept."""
    if not st.session_state.get(_LOOKED):
        st.session_state[_LOOKED] = True
        _draw(data={"keep": False}, key="return_address")
