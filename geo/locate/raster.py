"""A raster of longitude and latitude whose cells know their nearest segment, or say that one must look closely."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from shapely import STRtree, distance as shapely_distance, get_coordinates, get_type_id, points, segmentize

Project = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


NONE, CLOSER = -1, -2  # no segment within reach; the answer differs within the cell
MAX_CELLS = 9_000_000  # of two bytes
FINEST_DEGREES = 0.006  # about 600 m
SPACING_M = 200.0  # between the sampled points of a line
SPACING_INSIDE_M = 4_000.0  # and inside an area; far below every reach
POLYGON = 3  # shapely's type id
SAFETY = 1.02  # a cell's sides bend a little in the projection


@dataclass(frozen=True)
class Raster:
    """Answers (row, column), rows from the south: a position, `NONE`, or `CLOSER`."""

    west: float
    south: float
    degrees: float
    answers: np.ndarray  # int16, framed by NONE

    def at(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Answer at each point (degrees, finite); `NONE` outside."""
        rows, columns = self.answers.shape
        column = np.clip((lon - self.west) / self.degrees, 0, columns - 1).astype(np.int32)
        row = np.clip((lat - self.south) / self.degrees, 0, rows - 1).astype(np.int32)
        return self.answers.reshape(-1)[row * np.int32(columns) + column]


class Pieces:
    """What distances are measured to: straight stretches of lines and triangles of areas, in a projection, metres.

    Attributes:
        shapes: (piece,)
        owner: Segment position of each piece, int16.
        tree: Of the shapes.
        corners: (piece, 3, 2); a stretch has its end twice.
    """

    def __init__(self, shapes: np.ndarray, owner: np.ndarray) -> None:
        self.shapes, self.owner = shapes, owner
        self.tree = STRtree(shapes, node_capacity=4)
        coords, number = get_coordinates(shapes, return_index=True)
        last = np.searchsorted(number, np.arange(len(shapes)), side="right") - 1
        first = np.searchsorted(number, np.arange(len(shapes)))
        self.corners = np.stack([coords[np.minimum(first + i, last)] for i in range(3)], axis=1)

    def sample(self) -> None:
        """Spread points over the pieces, close to each other along lines and edges, wide apart inside areas."""
        dense, number = get_coordinates(segmentize(self.shapes, SPACING_M), return_index=True)
        inside, area = _inside(self.shapes, self.corners)
        self.samples = cKDTree(np.concatenate([dense, inside]))
        self.sample_owner = self.owner[np.concatenate([number, area])]


def _inside(shapes: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points inside the triangles, at most about `SPACING_INSIDE_M` apart, and the triangle of each."""
    found, number = [np.empty((0, 2))], [np.empty(0, dtype=np.int64)]
    for i in np.flatnonzero(get_type_id(shapes) == POLYGON):
        steps = int(np.ceil(np.ptp(corners[i], axis=0).max() / SPACING_INSIDE_M)) + 1
        a, b = (grid.ravel() / steps for grid in np.meshgrid(np.arange(steps + 1), np.arange(steps + 1)))
        a, b = a[a + b <= 1], b[a + b <= 1]
        found.append(np.stack([1 - a - b, a, b], axis=1) @ corners[i])
        number.append(np.full(len(a), i))
    return np.concatenate(found), np.concatenate(number)


def build_raster(
    pieces: Pieces, *, bounds: tuple[float, float, float, float], reach_m: float, project: Project
) -> Raster:
    """Divide the map until each cell has one nearest segment, or is as small as allowed.

    Args:
        pieces: Pieces of segments in the projection, sampled.
        bounds: West, south, east, north of all that is within reach, degrees.
        reach_m: Points farther from every segment belong to none.
        project: Longitude and latitude to the projection's x and y.
    """
    west, south, east, north = bounds
    levels = 7
    degrees = max(FINEST_DEGREES, np.sqrt((east - west) * (north - south) / MAX_CELLS))
    block = 2**levels
    columns, rows = (int(np.ceil(span / degrees / block)) for span in (east - west, north - south))
    answers = np.full(((rows + 2) * block, (columns + 2) * block), NONE, dtype=np.int16)
    west, south = west - block * degrees, south - block * degrees  # a frame of NONE around
    row, column = (a.ravel() + 1 for a in np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"))
    for level in range(levels, -1, -1):
        size = 2**level
        found = _nearest_in(pieces, _Squares(west, south, row, column, size * degrees), reach_m, project)
        blocks = answers.reshape(answers.shape[0] // size, size, answers.shape[1] // size, size)
        blocks[row, :, column, :] = found[:, None, None]
        open_ = found == CLOSER
        row, column = (_quartered(a[open_], part) for a, part in ((row, (0, 0, 1, 1)), (column, (0, 1, 0, 1))))
    return Raster(west, south, degrees, answers)


@dataclass(frozen=True)
class _Squares:
    west: float
    south: float
    row: np.ndarray
    column: np.ndarray
    side: float  # degrees

    def corner(self, east: float, north: float) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of a point of each cell, in cell sides from its south-west corner."""
        return self.west + (self.column + east) * self.side, self.south + (self.row + north) * self.side


def _quartered(index: np.ndarray, part: tuple[int, ...]) -> np.ndarray:
    return (2 * index[:, None] + np.array(part)).ravel()


def _nearest_in(pieces: Pieces, squares: _Squares, reach_m: float, project: Project) -> np.ndarray:
    """Answer for each square (int16)."""
    found = np.full(len(squares.row), CLOSER, dtype=np.int16)
    if not len(found):
        return found
    centres = np.stack(project(*squares.corner(0.5, 0.5)), axis=-1)
    radius = np.zeros(len(found))
    for east, north in ((0, 0), (0, 1), (1, 0), (1, 1)):
        corner = np.stack(project(*squares.corner(east, north)), axis=-1)
        radius = np.maximum(radius, np.hypot(*(corner - centres).T) * SAFETY)
    sampled, which = pieces.samples.query(centres, workers=-1)  # to a point of the nearest segment, or a little farther
    truly = np.sqrt(np.maximum(sampled**2 - (SPACING_M / 2) ** 2, 0.0))
    found[truly - radius > reach_m] = NONE
    near = np.flatnonzero(sampled + radius <= reach_m)
    rivalled = _rivalled(pieces, centres[near], which[near], sampled[near], radius[near])
    found[near[~rivalled]] = pieces.sample_owner[which[near[~rivalled]]]
    return found


def _rivalled(
    pieces: Pieces, centres: np.ndarray, sample: np.ndarray, distance: np.ndarray, radius: np.ndarray
) -> np.ndarray:
    """Whether a piece of another segment may be nearest somewhere in the square.

    With centre c, a point p of a segment at distance d, and |v| <= r, a point b stays farther from c + v than p does
    when |c - b|² - d² > 2 r |p - b|: expand both squared distances. On a piece |c - b| is at least its distance, and
    |p - b| at most that to its farthest corner. Only pieces within d + 2 r can come into question.
    """
    places = points(centres)
    which, rival = pieces.tree.query(places, predicate="dwithin", distance=distance + 2 * radius)
    other = pieces.owner[rival] != pieces.sample_owner[sample[which]]
    which, rival = which[other], rival[other]
    foot = pieces.samples.data[sample[which]]
    spread = np.hypot(*np.moveaxis(pieces.corners[rival] - foot[:, None], -1, 0)).max(axis=1)
    gap = shapely_distance(places[which], pieces.shapes[rival]) ** 2 - distance[which] ** 2
    answer = np.zeros(len(centres), dtype=bool)
    answer[which[gap <= 2 * radius[which] * spread]] = True
    return answer
