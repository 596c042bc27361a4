"""What the shapes of a pack say about each other: a projected CRS to measure in, and nothing drawn twice."""

from collections.abc import Iterator

import numpy as np
from shapely import STRtree

from geo.pack.pack import Pack
from geo.pack.problems import Problem

TOUCH_DEGREES = 0.005  # neighbouring segments may share their ends' last few hundred metres (rounded coordinates)
TOUCH_SQUARE_DEGREES = 1e-4


def check_shapes(pack: Pack) -> Iterator[Problem]:
    """A missing CRS, and pairs of segments that overlap."""
    drawn = [
        i for i, shape in enumerate(pack.geometries) if shape is not None and shape.is_valid and not shape.is_empty
    ]
    if drawn and pack.settings and pack.settings.spec.crs is None:
        message = "crs: expected a projected CRS such as 'EPSG:3035' because segments have geometry, got none."
        yield pack.settings.problem(message)
    shapes = np.array([pack.geometries[i] for i in drawn], dtype=object)
    for one, other in STRtree(shapes).query(shapes, predicate="intersects").T:
        a, b = drawn[one], drawn[other]
        if a < b and _overlap(pack, a, b):
            ids = pack.segments[a].spec.id, pack.segments[b].spec.id
            message = f"segment '{ids[1]}': overlaps segment '{ids[0]}'. Each stretch belongs to one segment."
            yield pack.segments[b].problem(message)


def _overlap(pack: Pack, a: int, b: int) -> bool:
    one, other = pack.geometries[a], pack.geometries[b]
    if one is None or other is None:
        return False
    areas = ["Polygon" in shape.geom_type for shape in (one, other)]
    if any(areas) and not all(areas):
        return False  # a border may run along, or end in, a sea area
    common = one.intersection(other)
    return bool(common.area > TOUCH_SQUARE_DEGREES if all(areas) else common.length > TOUCH_DEGREES)
