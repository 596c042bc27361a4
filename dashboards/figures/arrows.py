"""Arrows of displaced flow: bent lines from one segment to others, as wide as the share that takes them."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from dashboards.figures.base_map import AREAS
from geo.region.region import Region

BEND = 0.18  # of an arrow's length, to its left
STEPS = 24
WIDTHS_PT = (1.0, 7.0)  # of a share of 0 and of the largest one
APART = (0.19, 0.04)  # of the map's width: labels nearer than this would overlap
MIN_SHARE = 0.02  # smaller ones stand in the table only


@dataclass(frozen=True)
class Arrow:
    """One bent line.

    Attributes:
        to: The segment it leads to.
        share: Of what is diverted.
        x, y: Points from start to end, metres.
        width_pt: By the share, against the largest one.
        angle_degrees: Where it points to at its end, clockwise from north.
    """

    to: str
    share: float
    x: np.ndarray
    y: np.ndarray
    width_pt: float
    angle_degrees: float


def arrows(table: pd.DataFrame, region: Region, crs: str, segment: str) -> list[Arrow]:
    """Arrows of one segment's row of the displacement matrix, the widest first; none without geometry.

    Args:
        table: Rows of `segment_displacement`.
        region: Geometry of the segments.
        crs: Projected CRS of the map.
        segment: Where they start.
    """
    at = middles(region, crs)
    mine = table[(table["segment"] == segment) & (table["share"] >= MIN_SHARE)]
    if segment not in at:
        return []
    largest = float(mine["share"].max())
    ends = zip(mine["alternative"], mine["share"], strict=True)
    return [_arrow(str(a), float(s), largest, ends=(at[segment], at[str(a)])) for a, s in ends if str(a) in at]


def middles(region: Region, crs: str) -> dict[str, tuple[float, float]]:
    """Middle of every segment that has geometry, metres."""
    shaped = [s for s in region.segments if s.geometry is not None]
    if not shaped:
        return {}
    shapes = gpd.GeoSeries([s.geometry for s in shaped], crs="EPSG:4326").to_crs(crs)
    points = [
        g.representative_point()
        if g.geom_type in AREAS
        else g.interpolate(0.5, normalized=True)
        if g.geom_type == "LineString"
        else g.representative_point()
        for g in shapes
    ]
    return {s.id: (p.x, p.y) for s, p in zip(shaped, points, strict=True)}


def _arrow(to: str, share: float, largest: float, *, ends: tuple[tuple[float, float], tuple[float, float]]) -> Arrow:
    """A quadratic Bézier curve, its control point beside the middle."""
    a, b = np.array(ends[0]), np.array(ends[1])
    way = b - a
    control = (a + b) / 2 + BEND * np.array([-way[1], way[0]])
    t = np.linspace(0.0, 1.0, STEPS)[:, None]
    points = (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
    dx, dy = points[-1] - points[-2]
    width = WIDTHS_PT[0] + share / largest * (WIDTHS_PT[1] - WIDTHS_PT[0])
    return Arrow(to, share, points[:, 0], points[:, 1], width, float(np.degrees(np.arctan2(dx, dy))))


def labelled(found: list[Arrow], *, span_m: float) -> list[Arrow]:
    """The arrows whose labels don't stand over one of a larger share, on a map of this width."""
    placed: list[Arrow] = []
    for arrow in found:
        near = (
            abs(arrow.x[-1] - p.x[-1]) < APART[0] * span_m and abs(arrow.y[-1] - p.y[-1]) < APART[1] * span_m
            for p in placed
        )
        if not any(near):
            placed.append(arrow)
    return placed
