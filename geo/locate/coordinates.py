"""What is probably wrong with a point that lies near no segment: coordinates swapped, or a sign lost."""

import numpy as np

from geo.locate.lookup import NONE, segment_index
from geo.region.region import Region

SLIPS = (  # hint, and how to take the slip back: swapped or not, signs of longitude and latitude
    ("longitude and latitude are probably swapped", True, (1, 1)),
    ("the sign of the longitude is probably wrong", False, (-1, 1)),
    ("the sign of the latitude is probably wrong", False, (1, -1)),
    ("coordinates are probably swapped, with a wrong sign", True, (-1, 1)),
)


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
