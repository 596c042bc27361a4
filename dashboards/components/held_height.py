"""Room that is kept for what a browser draws late, so that nothing below it moves while somebody clicks there.

Tables and charts come with scripts of their own; until those have loaded Streamlit holds a line's height for them.
"""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def held(height_px: int, box: DeltaGenerator | None = None) -> DeltaGenerator:
    """A box of a height that is there before its content is.

    Args:
        height_px: The height of what will stand in it, in CSS pixels.
        box: Where; the page if not said.
    """
    return (box or st).container(height=height_px, border=False, gap=None)
