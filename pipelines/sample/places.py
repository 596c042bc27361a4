"""Who reports a cell, and at which grain."""

import numpy as np
import pandas as pd

from geo.region.region import Region
from pipelines.sample import settings
from pipelines.sample.shares import border_of


def reported_places(region: Region) -> pd.DataFrame:
    """How the entered country names each cell: `partner, route, place_kind, place` (cell)."""
    points: dict[str, str] = {}
    for point in region.crossing_points:
        points.setdefault(point.segment, point.id)
    rows = []
    for position, cell in enumerate(region.cells):
        kind, place = "segment", cell.segment
        if cell.to_country == settings.BORDER_REPORTER and region.segment_by_id[cell.segment].kind != "sea":
            kind, place = "border", border_of(region, position)
        elif cell.to_country == settings.POINT_REPORTER and cell.segment in points:
            kind, place = "crossing_point", points[cell.segment]
        rows.append((cell.to_country, cell.route, kind, place))
    return pd.DataFrame(rows, columns=["partner", "route", "place_kind", "place"])


def country_places(region: Region) -> pd.DataFrame:
    """The entered country as the place of each cell."""
    codes = [c.to_country for c in region.cells]
    return pd.DataFrame({"partner": codes, "route": "", "place_kind": "country", "place": codes})


def border_places(region: Region) -> pd.DataFrame:
    """The border (at sea: the area) as the place of each cell."""
    places = [border_of(region, i) for i in range(len(region.cells))]
    sea = [region.segment_by_id[c.segment].kind == "sea" for c in region.cells]
    return pd.DataFrame(
        {
            "partner": [c.to_country for c in region.cells],
            "route": [c.route for c in region.cells],
            "place_kind": np.where(sea, "segment", "border"),
            "place": places,
        }
    )


def reception_cells(region: Region, level: np.ndarray) -> list[int]:
    """The cells beside whose segment most reception places stand: the busiest of each country.

    Args:
        region: The pack.
        level: Usual weekly detections (cell).
    """
    chosen: list[int] = []
    for country, n in settings.RECEPTION.items():
        inside = [i for i, c in enumerate(region.cells) if c.to_country == country]
        chosen += sorted(inside, key=lambda i: -level[i])[:n]
    return chosen


def segment_near(region: Region, crossing_point: str) -> str:
    """The segment of a crossing point.

    Raises:
        ValueError: the pack does not know the crossing point.
    """
    for point in region.crossing_points:
        if point.id == crossing_point:
            return point.segment
    raise ValueError(f"sample: region '{region.id}' has no crossing point '{crossing_point}'. Adapt the settings.")
