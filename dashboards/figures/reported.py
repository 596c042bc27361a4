"""What was reported, by border and period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboards.figures.fan import plain

if TYPE_CHECKING:
    import xarray as xr

    from dashboards.figures.palette import Palette

SHOWN = {"W": 104, "M": 60}
SCALE = ((0.0, "#a50026"), (0.5, "#fdae61"), (0.999, "#d9e6ee"), (1.0, "#4575b4"))


def reported_figure(forecast: xr.Dataset, indicator: str, palette: Palette, *, freq: str) -> go.Figure:
    """Share of each period that was reported, one row per border (or route where there are no borders).

    Args:
        forecast: An edition's forecast.
        indicator: Whose reports.
        palette: Colours.
        freq: "W" or "M".
    """
    levels = forecast["level"].to_numpy()
    level = "border" if (levels == "border").sum() > 1 else "segment"
    one = forecast["coverage"].sel(indicator=indicator).isel(unit=levels == level, time=slice(-SHOWN[freq], None))
    one = one.dropna("unit", how="all")
    names = [str(u).partition(":")[2] for u in one["unit"].to_numpy()]
    figure = go.Figure(
        go.Heatmap(
            z=one.to_numpy(), x=one["time"].to_numpy(), y=names, zmin=0, zmax=1, colorscale=SCALE, xgap=1, ygap=1,
            colorbar={"tickformat": ".0%", "title": "reported", "thickness": 12, "tickfont": {"color": palette.ink}},
            hovertemplate="%{y}, %{x|%d %b %Y}: %{z:.0%}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", type="category")
    return plain(figure, palette, height=max(220, 17 * len(names) + 60)).update_layout(hovermode="closest")
