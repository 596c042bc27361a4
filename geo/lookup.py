"""From a point to its segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyproj import Transformer
from shapely import STRtree, points, transform

if TYPE_CHECKING:
    from geo.region import Region


class SegmentIndex:
    """Finds the nearest segment of points; built once per region.

    Attributes:
        region: The region pack; its geometry is WGS 84.
        max_distance_m: Points farther from every segment belong to none.
    """

    def __init__(self, region: Region, max_distance_m: float = 25_000) -> None:
        if not region.has_geometry or region.crs is None:
            raise ValueError(f"{region.id}: expected geometry and a projected crs to place points, got none.")
        self.region = region
        self.max_distance_m = max_distance_m
        self._project = Transformer.from_crs("EPSG:4326", region.crs, always_xy=True).transform
        placed = [i for i, segment in enumerate(region.segments) if segment.geometry is not None]
        self._positions = np.array(placed, dtype=np.int64)
        shapes = np.array([region.segments[i].geometry for i in placed])
        self._tree = STRtree(transform(shapes, self._project, interleaved=False))

    def locate(self, lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Segment of each point.

        Args:
            lon: Degrees, WGS 84, shape (point,).
            lat: Degrees, WGS 84, shape (point,).

        Returns:
            Position in `region.segments` (int64, -1 = none within reach, or coordinates that are not finite) and the
            distance to that segment in metres (NaN where none); of segments equally near the first one.
        """
        lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
        found = np.full(len(lon), -1, dtype=np.int64)
        distance_m = np.full(len(lon), np.nan)
        on_earth = np.flatnonzero((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
        x, y = self._project(lon[on_earth], lat[on_earth])
        finite = np.isfinite(x) & np.isfinite(y)
        places, on_earth = points(x[finite], y[finite]), on_earth[finite]
        (which, nearest), distances = self._tree.query_nearest(
            places, max_distance=self.max_distance_m, return_distance=True, all_matches=True
        )
        order = np.lexsort((self._positions[nearest], which))
        which, nearest, distances = which[order], nearest[order], distances[order]
        _, first = np.unique(which, return_index=True)
        found[on_earth[which[first]]] = self._positions[nearest[first]]
        distance_m[on_earth[which[first]]] = distances[first]
        return found, distance_m
