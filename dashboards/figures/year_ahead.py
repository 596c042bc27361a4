"""Sums by quarter with their ranges, and the same quarters a year before."""

import pandas as pd
import plotly.graph_objects as go

from dashboards.figures.fan import plain
from dashboards.wording import formats as words
from dashboards.wording.palette import Palette
from dashboards.wording.year_ahead import TRACES

RANGES = (("q025", "q975", 0.16, 95), ("q10", "q90", 0.3, 80), ("q25", "q75", 0.5, 50))  # low, high, opacity, per cent
WIDTH = 0.5  # of a bar


def quarters_figure(rows: pd.DataFrame, names: list[str], palette: Palette) -> go.Figure:
    """Ranges of each quarter's sum as bars over each other, the median a line across, last year's sum a diamond.

    Args:
        rows: Of the table of sums, one unit's quarters in order, with `baseline_q50`.
        names: What stands under each.
        palette: Colours.
    """
    figure = go.Figure()
    for low, high, opacity, level in RANGES:
        said = [words.interval(a, b, level) for a, b in zip(rows[low], rows[high], strict=True)]
        look = {"marker": {"color": palette.shade(opacity), "line": {"width": 0}}, "width": WIDTH, "customdata": said}
        shown = {"name": f"{level} %", "hovertemplate": "%{customdata}"}
        figure.add_bar(x=names, base=rows[low], y=rows[high] - rows[low], **look, **shown)
    marks = (
        (
            "median",
            "q50",
            {"symbol": "line-ew", "size": 34, "line": {"width": 3, "color": palette.shade(1)}},
            words.number,
        ),
        ("last_year", "last_year", {"symbol": "diamond", "size": 9, "color": palette.ink}, words.count),
        (
            "baseline",
            "baseline_q50",
            {"symbol": "x-thin", "size": 9, "line": {"width": 2, "color": palette.muted}},
            words.number,
        ),
    )
    for name, column, marker, form in marks:
        look = {"mode": "markers", "marker": marker, "customdata": rows[column].map(form)}
        figure.add_scatter(x=names, y=rows[column], name=TRACES[name], hovertemplate="%{customdata}", **look)
    figure.update_yaxes(rangemode="tozero")
    return plain(figure, palette, height=340, barmode="overlay")
