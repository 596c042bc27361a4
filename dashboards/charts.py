"""Drawing a figure on a page: the look is the figure's own, and a button saves it as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from dashboards.briefing.facts import Facts


def draw(figure: go.Figure, facts: Facts, *, name: str, alt: str) -> None:
    """Draw a figure with a button that saves it as PNG, twice as fine as the screen.

    Args:
        figure: What to draw.
        facts: Whose edition stands in the file's name.
        name: What the chart is, unique on its page.
        alt: What a screen reader says.
    """
    file = f"routecast-{facts.edition.region_id}-{facts.edition.id}-{name}"
    config = {
        "displaylogo": False,
        "displayModeBar": "hover",
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "scale": 2, "filename": file},
    }
    st.plotly_chart(figure, theme=None, config=config, key=name, alt=alt)
