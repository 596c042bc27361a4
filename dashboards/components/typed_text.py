"""Boxes whose text goes with the next press of a button: leaving one sends nothing, so no click beside it is lost.

A box that sends what was typed when it is left has the page drawn anew under the click that left it. The buttons of
such forms are never greyed out: what they lack is known only once the text has come.
"""

from typing import Any

import streamlit as st

UNSENT: dict[str, Any] = {"on_change": "ignore"}  # of a box


def typed(key: str) -> str:
    """What stands in a box as its button is pressed, without blanks around it."""
    return str(st.session_state.get(key) or "").strip()


def tell_lacking(what: str) -> None:
    """Say over the page what a form lacks, in place of doing what its button does."""
    st.toast(what, icon=":material/edit:", duration="short")  # gone by the time it is written


def tell_kept(what: str) -> None:
    """Say over the page that what a form holds was kept."""
    st.toast(what, icon=":material/check:", duration="short")
