"""Segments of the borders: cut, numbered, named after their crossing points, with who neighbours whom."""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from geo.build.cuts import Line, cut_positions

FARTHEST_POINT_M = 6_000.0
SEA_REACH_DEGREES = 0.25  # a border that ends this near to a sea area neighbours it
DIGITS = 3  # of published coordinates: about 100 m, finer than the atlas is


@dataclass(frozen=True)
class RawPoint:
    """A crossing point as listed."""

    name: str
    border: str
    lon: float
    lat: float
    mode: str


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
    neighbours: tuple[str, ...] = field(default=())

    @property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude halfway along, or inside."""
        line = self.geometry.geom_type == "LineString"
        point = self.geometry.interpolate(0.5, normalized=True) if line else self.geometry.representative_point()
        return point.x, point.y


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
    for i, (start, end) in enumerate(pairwise(cuts)):
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
    for sea in near_seas(seas):
        found[sea[0]].add(sea[1])
    return [replace(piece, neighbours=tuple(sorted(found[piece.id]))) for piece in (*land, *seas)]


def near_seas(seas: Sequence[BorderPiece]) -> list[tuple[str, str]]:
    """Pairs of sea areas that touch, both ways."""
    return [(a.id, b.id) for a in seas for b in seas if a is not b and a.geometry.distance(b.geometry) < 0.01]


def with_kinds(pieces: Sequence[BorderPiece], rivers: Mapping[str, Sequence[float]]) -> list[BorderPiece]:
    """Mark the segments whose middle lies in their border's river box."""

    def is_river(piece: BorderPiece) -> bool:
        """Whether the piece's middle lies in its border's river box."""
        west, south, east, north = rivers.get(piece.border, (1, 1, 0, 0))
        lon, lat = piece.middle
        return bool(west <= lon <= east and south <= lat <= north)

    return [replace(piece, kind="river") if is_river(piece) else piece for piece in pieces]
