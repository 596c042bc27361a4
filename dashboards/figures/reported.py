"""What was reported, by border and period."""

import plotly.graph_objects as go
import xarray as xr

from dashboards.figures.fan import plain
from dashboards.wording.formats import starred
from dashboards.wording.pages import REPORTED_AXIS
from dashboards.wording.palette import Palette

SHOWN = {"W": 104, "M": 60}
SCALE = ((0.0, "#a50026"), (0.5, "#fdae61"), (0.9, "#d9e6ee"), (1.0, "#4575b4"))


def reported_figure(forecast: xr.Dataset, indicator: str, palette: Palette, *, freq: str, level: str) -> go.Figure:
    """Share of each period that was reported, one row per border or segment.

    Args:
        forecast: An edition's forecast.
        indicator: Whose reports.
        palette: Colours.
        freq: "W" or "M".
        level: "border" or "segment".
    """
    mine = {"unit": forecast["level"].to_numpy() == level, "time": slice(-SHOWN[freq], None)}
    one = forecast["coverage"].sel(indicator=indicator).isel(mine).dropna("unit", how="all")
    units = zip(one["name"].values, one["unit"].values, strict=True)
    names = [starred(f"{name} ({str(unit).partition(':')[2]})") for name, unit in units]
    bar = {"tickformat": ".0%", "title": REPORTED_AXIS, "thickness": 12, "tickfont": {"color": palette.ink}}
    figure = go.Figure(
        go.Heatmap(
            z=one.to_numpy(),
            x=one["time"].to_numpy(),
            y=names,
            zmin=0,
            zmax=1,
            colorscale=SCALE,
            xgap=1,
            ygap=1,
            colorbar=bar,
            hovertemplate="%{y}, %{x|%d %b %Y}: %{z:.0%}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", type="category")
    return plain(figure, palette, height=max(220, 17 * len(names) + 60), hovermode="closest")
