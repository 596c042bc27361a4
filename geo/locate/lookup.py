"""From a point to its segment, or to what is probably wrong with its coordinates."""

import numpy as np
from pyproj import Transformer
from shapely import (
    constrained_delaunay_triangles,
    distance as shapely_distance,
    get_coordinates,
    linestrings,
    points,
    transform,
)

from geo.locate.raster import CLOSER, Pieces, Raster, build_raster
from geo.region.region import Region

NONE = -1
FEW = 50_000  # points, up to which looking closely at each takes less time than to draw the raster
UNSET = np.iinfo(np.int16).max
METRES_A_DEGREE = 111_000.0
SLIPS = (  # hint, and how to take the slip back: swapped or not, signs of longitude and latitude
    ("longitude and latitude are probably swapped", True, (1, 1)),
    ("the sign of the longitude is probably wrong", False, (-1, 1)),
    ("the sign of the latitude is probably wrong", False, (1, -1)),
    ("coordinates are probably swapped, with a wrong sign", True, (-1, 1)),
)


class SegmentIndex:
    """Finds the nearest segment of points: most from a raster at once, the rest from a tree of the borders' pieces.

    Build it once (`segment_index`), draw its raster and send it to where it is needed: what was built travels with it.

    Attributes:
        region: The region pack; its geometry is WGS 84.
        max_distance_m: Points farther from every segment belong to none.
    """

    def __init__(self, region: Region, max_distance_m: float = 25_000) -> None:
        if not region.has_geometry or region.crs is None:
            raise ValueError(f"{region.id}: expected geometry and a projected crs to place points, got none.")
        self.region = region
        self.max_distance_m = max_distance_m
        self._transformer = Transformer.from_crs("EPSG:4326", region.crs, always_xy=True)
        placed = [i for i, segment in enumerate(region.segments) if segment.geometry is not None]
        shapes = np.array([region.segments[i].geometry for i in placed])
        stretches, owner = _pieces(transform(shapes, self._project, interleaved=False))
        self._pieces = Pieces(stretches, np.array(placed, dtype=np.int16)[owner])
        self._pieces.sample()
        self._bounds = _bounds(shapes, max_distance_m)
        self._raster: Raster | None = None

    def draw_raster(self) -> Raster:
        """The raster, drawn at the first call: `locate` does so for many points."""
        if self._raster is None:
            self._raster = build_raster(
                self._pieces, bounds=self._bounds, reach_m=self.max_distance_m, project=self._project
            )
        return self._raster

    def locate(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Segment of each point.

        Args:
            lon: Degrees, WGS 84, shape (point,).
            lat: Degrees, WGS 84, shape (point,).

        Returns:
            Position in `region.segments` (int16), -1 = none within reach, or coordinates that are not on Earth; of
            segments equally near the first one.
        """
        lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
        on_earth = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # False for NaN
        if not on_earth.all():
            found = np.full(len(lon), NONE, dtype=np.int16)
            found[on_earth] = self.locate(lon[on_earth], lat[on_earth])
            return found
        if self._raster is None and len(lon) <= FEW:
            west, south, east, north = self._bounds
            inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
            found = np.where(inside, CLOSER, NONE).astype(np.int16)
        else:
            found = self.draw_raster().at(lon, lat)
        unsure = np.flatnonzero(found == CLOSER)
        found[unsure] = self._nearest(lon[unsure], lat[unsure])
        return found

    def distance_m(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Distance of each point on Earth to the nearest segment, metres, however far."""
        places = points(*self._project(lon, lat))
        return np.asarray(self._pieces.tree.query_nearest(places, all_matches=False, return_distance=True)[1])

    def _nearest(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Exact answer: the nearest of the pieces that are no farther than the nearest sampled point."""
        x, y = self._project(lon, lat)
        bound, _ = self._pieces.samples.query(np.stack([x, y], axis=-1), workers=-1)
        places, within = points(x, y), np.minimum(bound, self.max_distance_m)
        which, piece = self._pieces.tree.query(places, predicate="dwithin", distance=within * (1 + 1e-9) + 1e-6)
        distance = shapely_distance(places[which], self._pieces.shapes[piece])
        nearest = np.full(len(lon), float(self.max_distance_m))
        np.minimum.at(nearest, which, distance)
        best = distance <= nearest[which]
        found = np.full(len(lon), UNSET, dtype=np.int16)
        np.minimum.at(found, which[best], self._pieces.owner[piece[best]])
        return np.where(found == UNSET, NONE, found)

    def _project(self, lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, y = self._transformer.transform(lon, lat)
        return np.asarray(x), np.asarray(y)


def segment_index(region: Region) -> SegmentIndex:
    """The region's index, built at the first call."""
    index: SegmentIndex | None = region.derived.get("segment_index")
    if index is None:
        index = region.derived["segment_index"] = SegmentIndex(region)
    return index


def coordinate_hints(region: Region, lon: np.ndarray, lat: np.ndarray) -> list[str]:
    """A hint for each point that only a slip puts outside the region.

    Args:
        region: A region pack with geometry.
        lon: As given, (point,); may be out of range.
        lat: As given, (point,).

    Returns:
        One text per point; "" where the point lies within reach of a segment, or where no slip would bring it there.
    """
    index = segment_index(region)
    hints = np.full(len(lon), "", dtype=object)
    lost = np.flatnonzero(index.locate(lon, lat) == NONE)
    for hint, swapped, (east, north) in SLIPS:
        x, y = (lat[lost], lon[lost]) if swapped else (lon[lost], lat[lost])
        found = index.locate(east * x, north * y) != NONE
        hints[lost[found]] = hint
        lost = lost[~found]
    return [str(hint) for hint in hints]


def _pieces(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lines as their single stretches, areas as triangles of their own vertices; and the shape each comes from."""
    pieces, owner = [], []
    for number, shape in enumerate(shapes):
        for part in getattr(shape, "geoms", [shape]):
            if part.geom_type == "LineString":
                coords = get_coordinates(part)
                own = linestrings(np.stack([coords[:-1], coords[1:]], axis=1))
            else:
                own = np.array(constrained_delaunay_triangles(part).geoms)
            pieces.append(own)
            owner.append(np.full(len(own), number))
    return np.concatenate(pieces), np.concatenate(owner)


def _bounds(shapes: np.ndarray, reach_m: float) -> tuple[float, float, float, float]:
    """West, south, east, north of everything within reach, degrees."""
    west, south = np.min([shape.bounds[:2] for shape in shapes], axis=0)
    east, north = np.max([shape.bounds[2:] for shape in shapes], axis=0)
    up = 1.05 * reach_m / METRES_A_DEGREE
    side = up / np.cos(np.radians(min(max(abs(south), abs(north)) + up, 89.0)))
    return west - side, max(south - up, -90.0), east + side, min(north + up, 90.0)
