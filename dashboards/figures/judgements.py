"""What people expect, over the fan of a place: a bar from 10 to 90 % with a mark at the middle."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import plotly.graph_objects as go

from dashboards.wording.judgements import KEPT, TYPED
from dashboards.wording.palette import Palette


class DrawnRange(NamedTuple):
    """One range over a period."""

    period: date  # its first day
    low: float
    middle: float
    high: float
    said: str  # where one points at it


def with_judgements(
    figure: go.Figure, kept: Sequence[DrawnRange], typed: DrawnRange | None, palette: Palette
) -> go.Figure:
    """A copy of the figure with what was stated, and what is being typed; the figure itself stays as it is."""
    drawn = go.Figure(figure) if kept or typed else figure
    if kept:
        _add(drawn, kept, KEPT, {"color": palette.ink, "symbol": "line-ew-open", "size": 9}, palette.muted)
    if typed:
        _add(drawn, [typed], TYPED, {"color": palette.miss, "symbol": "diamond", "size": 9}, palette.miss)
    return drawn


def _add(figure: go.Figure, ranges: Sequence[DrawnRange], name: str, marker: dict[str, Any], colour: str) -> None:
    error = {
        "type": "data",
        "symmetric": False,
        "array": [r.high - r.middle for r in ranges],
        "arrayminus": [r.middle - r.low for r in ranges],
        "color": colour,
        "thickness": 2,
        "width": 5,
    }
    figure.add_scatter(
        x=[r.period for r in ranges],
        y=[r.middle for r in ranges],
        error_y=error,
        mode="markers",
        marker=marker,
        name=name,
        text=[r.said for r in ranges],
        hovertemplate="%{text}<extra></extra>",
    )
