"""What moved a forecast: its parts as bars that add up."""

import plotly.graph_objects as go

from dashboards.edition_view.facts import Attribution
from dashboards.figures.fan import plain
from dashboards.wording import formats as words, pages as texts
from dashboards.wording.palette import Palette

LEAST = 0.5  # % of the reference; smaller parts are drawn together


def attribution_figure(moved: Attribution, palette: Palette) -> go.Figure:
    """One bar a part in per cent of the last periods' mean, the largest first; the last bar is their sum.

    Args:
        moved: Parts in counts; the reference must be positive.
        palette: Colours.
    """
    parts = bars(moved)
    names = [texts.WHY_PARTS[name] for name, _ in parts]
    effects = [words.effect(value, moved.reference) for _, value in parts]
    colours = [palette.ink if name == "together" else palette.shade(0.85 if v > 0 else 0.4) for name, v in parts]
    figure = go.Figure(
        go.Bar(
            x=[value / moved.reference for _, value in parts],
            y=names,
            orientation="h",
            text=effects,
            textposition="outside",
            cliponaxis=False,
            marker={"color": colours},
            showlegend=False,
            customdata=effects,
            hovertemplate="%{y}: %{customdata}<extra></extra>",
        )
    )
    figure = plain(figure, palette, height=70 + 30 * len(parts)).update_layout(hovermode="closest", bargap=0.35)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    reach = [value / moved.reference for _, value in parts] + [0.0]
    room = 0.18 * (max(reach) - min(reach)) or 0.05
    span = [min(reach) - (room if min(reach) < 0 else 0.0), max(reach) + (room if max(reach) > 0 else 0.0)]
    return figure.update_xaxes(range=span, tickformat="+.0%", showgrid=True, zeroline=True, zerolinecolor=palette.muted)


def bars(moved: Attribution) -> list[tuple[str, float]]:
    """Parts in counts by size, small ones summed as "small"; at the end "together", the whole change."""
    floor = LEAST / 100 * moved.reference
    large = [part for part in moved.parts.items() if abs(part[1]) >= floor]
    ordered = sorted(large, key=lambda part: -abs(part[1]))
    small = moved.median - moved.reference - sum(value for _, value in large)
    rest = [("small", small)] if abs(small) >= floor else []
    return [*ordered, *rest, ("together", moved.median - moved.reference)]
