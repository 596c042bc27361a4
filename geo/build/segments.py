"""Segments of the borders: cut by length (design §5), numbered, named after crossing points, with their neighbours."""

import itertools
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pyproj import Geod
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

LONGEST_M = 75_000.0
SHORTEST_M = 15_000.0
TOGETHER_M = 8_000.0  # crossing points nearer than this along the line belong together (road and rail of one town)
CLEARANCE_M = 2_500.0  # of a cut from the next crossing point
GEOD = Geod(ellps="WGS84")
FARTHEST_POINT_M = 6_000.0
SEA_REACH_DEGREES = 0.25  # a border that ends this near to a sea area neighbours it
DIGITS = 3  # of published coordinates: about 100 m, finer than the atlas is


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


@dataclass(frozen=True)
class RawPoint:
    """A crossing point as listed."""

    name: str
    border: str
    lon: float
    lat: float
    mode: str
    aliases: str = ""  # "|" between names


@dataclass(frozen=True)
class BorderPiece:
    """A segment to be: a stretch of one part of a border, or a sea area."""

    id: str
    border: str
    geometry: BaseGeometry
    length_m: int | None = None
    name: str = ""
    kind: str = "land"
    points: tuple[RawPoint, ...] = ()  # most important first, as in the list
    ends: tuple[tuple[float, float], ...] = ()
    neighbours: tuple[str, ...] = ()

    @property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude halfway along, or inside."""
        line = self.geometry.geom_type == "LineString"
        point = self.geometry.interpolate(0.5, normalized=True) if line else self.geometry.representative_point()
        return point.x, point.y


def land_pieces(borders: Mapping[str, list[np.ndarray]], points: Sequence[RawPoint]) -> list[BorderPiece]:
    """The segments of all borders: id of each → its parts; the points of all of them, more important ones first."""
    own = {border: [point for point in points if point.border == border] for border in borders}
    return [piece for border, parts in borders.items() for piece in border_pieces(border, parts, own[border])]


def border_pieces(border: str, parts: list[np.ndarray], points: Sequence[RawPoint]) -> list[BorderPiece]:
    """Cut one border into segments, numbered from its western end (its northern end if it runs north to south).

    Raises:
        ValueError: a crossing point lies farther than 6 km from the border.
    """
    lines = _oriented(parts)
    stands: list[list[tuple[float, RawPoint]]] = [[] for _ in lines]
    for point in points:
        found = [line.project(point.lon, point.lat) for line in lines]
        nearest = min(range(len(lines)), key=lambda i: found[i][1])
        if found[nearest][1] > FARTHEST_POINT_M:
            raise ValueError(f"{border}: expected '{point.name}' within 6 km, it is {found[nearest][1]:.0f} m away.")
        stands[nearest].append((found[nearest][0], point))
    pieces = [piece for line, here in zip(lines, stands, strict=True) for piece in _cut(border, line, here)]
    return [replace(piece, id=f"{border}-{number:02d}") for number, piece in enumerate(pieces, start=1)]


def _cut(border: str, line: Line, stands: list[tuple[float, RawPoint]]) -> list[BorderPiece]:
    cuts = cut_positions(line.length_m, [position for position, _ in stands])
    whole = [round(cut) for cut in cuts]
    owner = [max(0, bisect_right(cuts, position, hi=len(cuts) - 1) - 1) for position, _ in stands]
    pieces = []
    for i, (start, end) in enumerate(itertools.pairwise(cuts)):
        coords = line.between(start, end)
        inside = tuple(point for here, (_, point) in zip(owner, stands, strict=True) if here == i)
        rounded = LineString(_thinned(np.round(coords, DIGITS)))
        ends = (tuple(coords[0].round(6)), tuple(coords[-1].round(6)))
        pieces.append(BorderPiece("", border, rounded, whole[i + 1] - whole[i], points=inside, ends=ends))
    return _named(pieces)


def _thinned(coords: np.ndarray) -> np.ndarray:
    """Without vertices that repeat the one before."""
    keep = np.concatenate([[True], (np.diff(coords, axis=0) != 0).any(axis=1)])
    return coords[keep]


def _oriented(parts: list[np.ndarray]) -> list[Line]:
    """Parts of a border, each from its western (northern) end, in the order of their beginnings."""
    everything = np.vstack(parts)
    east_west, _ = _runs_east(everything.min(axis=0), everything.max(axis=0))
    turned = []
    for part in parts:
        along_lon, forward = _runs_east(part[0], part[-1])
        turned.append(part if forward == along_lon or (not along_lon and part[0][1] > part[-1][1]) else part[::-1])
    turned.sort(key=lambda part: part[0][0] if east_west else -part[0][1])
    return [Line(part) for part in turned]


def _runs_east(start: np.ndarray, end: np.ndarray) -> tuple[bool, bool]:
    """Whether a line runs rather east–west than north–south, and whether it begins in the west (north)."""
    squeeze = math.cos(math.radians((start[1] + end[1]) / 2))
    east_west = abs(end[0] - start[0]) * squeeze >= abs(end[1] - start[1])
    return east_west, bool(start[0] < end[0] if east_west else start[1] > end[1])


def _named(pieces: list[BorderPiece]) -> list[BorderPiece]:
    """Name segments after their crossing points, or after those on either side; equal names are counted."""
    own = [" / ".join(_short(point.name) for point in piece.points[:2]) for piece in pieces]
    names = []
    for i in range(len(pieces)):
        before = next((j for j in range(i - 1, -1, -1) if own[j]), None)
        after = next((j for j in range(i + 1, len(pieces)) if own[j]), None)
        names.append(own[i] or _between(pieces, i, before=before, after=after))
    totals, seen = Counter(names), Counter[str]()
    named = []
    for piece, name in zip(pieces, names, strict=True):
        seen[name] += 1
        count = f" ({seen[name]} of {totals[name]})" if totals[name] > 1 else ""
        named.append(replace(piece, name=name + count))
    return named


def _between(pieces: list[BorderPiece], at: int, *, before: int | None, after: int | None) -> str:
    if before is not None and after is not None:
        return f"between {_short(pieces[before].points[0].name)} and {_short(pieces[after].points[0].name)}"
    near = before if before is not None else after
    if near is None:
        lon, lat = pieces[at].middle
        north, east = "N" if lat >= 0 else "S", "E" if lon >= 0 else "W"
        return f"{pieces[at].border} at {abs(lat):.2f} {north}, {abs(lon):.2f} {east}"
    return f"{_compass(pieces[near].middle, pieces[at].middle)} of {_short(pieces[near].points[0].name)}"


def _short(name: str) -> str:
    """`Gevgelija–Idomeni`, and one name where both sides bear the same."""
    one, _, other = name.partition("–")
    return one if one == other else name


def _compass(start: tuple[float, float], end: tuple[float, float]) -> str:
    east = (end[0] - start[0]) * math.cos(math.radians(start[1]))
    north = end[1] - start[1]
    sector = round(math.degrees(math.atan2(east, north)) / 45) % 8
    return ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")[sector]


def with_neighbours(land: Sequence[BorderPiece], seas: Sequence[BorderPiece]) -> list[BorderPiece]:
    """Segments that meet in an end are neighbours, and so are a sea area and a border that ends beside it."""
    at_end: dict[tuple[float, float], list[str]] = {}
    for piece in land:
        for end in piece.ends:
            at_end.setdefault(end, []).append(piece.id)
    found: dict[str, set[str]] = {piece.id: set() for piece in (*land, *seas)}
    for end, names in at_end.items():
        near = [s.id for s in seas if len(names) == 1 and s.geometry.distance(Point(end)) < SEA_REACH_DEGREES]
        for name in (*names, *near):
            found[name] |= {*names, *near} - {name}
    for a, b in itertools.permutations(seas, 2):
        if a.geometry.distance(b.geometry) < 0.01:
            found[a.id].add(b.id)
    return [replace(piece, neighbours=tuple(sorted(found[piece.id]))) for piece in (*land, *seas)]


def with_kinds(pieces: Sequence[BorderPiece], rivers: Mapping[str, Sequence[float]]) -> list[BorderPiece]:
    """Mark the segments whose middle lies in their border's river box: west, south, east, north, degrees."""
    nowhere = (1, 1, 0, 0)
    return [replace(p, kind="river") if inside(p.middle, rivers.get(p.border, nowhere)) else p for p in pieces]


def inside(place: tuple[float, float], box: Sequence[float]) -> bool:
    """Whether a place lies in a box: west, south, east, north, degrees."""
    west, south, east, north = box
    return bool(west <= place[0] <= east and south <= place[1] <= north)
