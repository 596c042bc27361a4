"""Where a border is cut into segments (design §5): midway between crossing points, 15 to 75 km long."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from pyproj import Geod

LONGEST_M = 75_000.0
SHORTEST_M = 15_000.0
TOGETHER_M = 8_000.0  # crossing points nearer than this along the line belong together (road and rail of one town)
CLEARANCE_M = 2_500.0  # of a cut from the next crossing point
GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Line:
    """One part of a border, measured along its length."""

    coords: np.ndarray  # (vertex, 2) degrees

    @property
    def positions_m(self) -> np.ndarray:
        """Distance from the start at each vertex, metres, (vertex,)."""
        lon, lat = self.coords.T
        steps = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
        return np.concatenate([[0.0], np.cumsum(steps)])

    @property
    def length_m(self) -> float:
        """Geodesic length on WGS 84."""
        return float(self.positions_m[-1])

    def project(self, lon: float, lat: float) -> tuple[float, float]:
        """Position of the nearest point on the line and the distance to it, metres."""
        squeeze = np.array([math.cos(math.radians(lat)), 1.0])
        start, end = self.coords[:-1] * squeeze, self.coords[1:] * squeeze
        point, along = np.array([lon, lat]) * squeeze, end - start
        share = np.clip(((point - start) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-18), 0, 1)
        nearest = self.coords[:-1] + share[:, None] * (self.coords[1:] - self.coords[:-1])
        best = int(np.argmin((((nearest * squeeze) - point) ** 2).sum(axis=1)))
        distance = GEOD.inv(lon, lat, *nearest[best])[2]
        at = self.positions_m
        return float(at[best] + share[best] * (at[best + 1] - at[best])), float(distance)

    def between(self, start_m: float, end_m: float) -> np.ndarray:
        """Vertices of a stretch, its ends interpolated, (vertex, 2) degrees."""
        at = self.positions_m
        inside = (at > start_m) & (at < end_m)
        ends = [[np.interp(m, at, self.coords[:, axis]) for axis in (0, 1)] for m in (start_m, end_m)]
        return np.vstack([ends[0], self.coords[inside], ends[1]])


def cut_positions(length_m: float, points_m: list[float]) -> list[float]:
    """Positions that bound the segments of one line, 0 and its length among them.

    Args:
        length_m: Length of the line.
        points_m: Positions of its crossing points, in any order.
    """
    cuts = [0.0, *_midways(sorted(points_m)), length_m]
    return _split_long(_join_short(cuts), points_m)


def _midways(points_m: list[float]) -> list[float]:
    """Midway between neighbouring points that do not belong together."""
    pairs = itertools.pairwise(points_m)
    return [(one + other) / 2 for one, other in pairs if other - one > TOGETHER_M]


def _join_short(cuts: list[float]) -> list[float]:
    """Join the shortest piece with its shorter neighbour until none is too short."""
    cuts = list(cuts)
    while len(cuts) > 2:
        lengths = np.diff(cuts)
        shortest = int(np.argmin(lengths))
        if lengths[shortest] >= SHORTEST_M:
            break
        before = lengths[shortest - 1] if shortest > 0 else math.inf
        after = lengths[shortest + 1] if shortest + 1 < len(lengths) else math.inf
        del cuts[shortest if before <= after else shortest + 1]
    return cuts


def _split_long(cuts: list[float], points_m: list[float]) -> list[float]:
    """Split pieces that are too long into equal ones; a cut keeps clear of crossing points."""
    result = [cuts[0]]
    for start, end in itertools.pairwise(cuts):
        pieces = math.ceil((end - start) / LONGEST_M)
        inner = [_clear(cut, points_m) for cut in np.linspace(start, end, pieces + 1)[1:-1]]
        if pieces > 1 and max(np.diff([start, *inner, end])) > LONGEST_M:
            inner = [_clear(cut, points_m) for cut in np.linspace(start, end, pieces + 2)[1:-1]]
        result += [*inner, end]
    return result


def _clear(cut: float, points_m: list[float]) -> float:
    """The nearest position, in steps of 1 km, that keeps clear of every crossing point."""
    for shift in sorted((1000.0 * step for step in range(-10, 11)), key=lambda s: (abs(s), s)):
        if all(abs(cut + shift - point) >= CLEARANCE_M for point in points_m):
            return cut + shift
    return cut
