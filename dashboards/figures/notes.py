"""Notes on a chart over time: a mark at the foot of their period, the text where one points at it."""

from collections.abc import Sequence
from datetime import date

import plotly.graph_objects as go

from dashboards.wording.actions import NOTE_TRACE
from dashboards.wording.palette import Palette


def with_notes(figure: go.Figure, notes: Sequence[tuple[date, str]], palette: Palette) -> go.Figure:
    """A copy of the figure with a mark for each note; the figure itself, which readers share, stays as it is.

    Args:
        figure: Counts over time.
        notes: First day of the period, and the text.
        palette: Colours.
    """
    if not notes:
        return figure
    marked = go.Figure(figure)
    mark = {"symbol": "diamond", "size": 10, "color": palette.ink, "line": {"color": palette.paper, "width": 1}}
    days, texts = zip(*notes, strict=True)
    return marked.add_scatter(
        x=days,
        y=[0] * len(days),
        mode="markers",
        marker=mark,
        name=NOTE_TRACE,
        cliponaxis=False,
        text=texts,
        hovertemplate="%{text}<extra></extra>",
    )
