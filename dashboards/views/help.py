"""What the words and colours mean."""

from __future__ import annotations

import streamlit as st

from dashboards import texts, words
from dashboards.frame import close_view, open_view


def main() -> None:
    """The explanations, with the scale of probability words."""
    facts = open_view()
    scale = "; ".join(f"{word} {low}–{high} %" for word, low, high, _ in words.YARDSTICK)
    st.markdown(texts.HELP.format(scale=f"PHIA probability yardstick (2025): {scale}.", rule=words.GAP_RULE))
    close_view(facts)


main()
