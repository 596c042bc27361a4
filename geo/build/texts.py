"""The derived files of a pack as texts: segments, crossing points, and the light map around them."""

import csv
import io
import itertools
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from shapely import set_precision
from shapely.geometry import LineString, box, mapping
from shapely.geometry.base import BaseGeometry

from geo.build.atlas import Atlas
from geo.build.segments import DIGITS, BorderPiece

CONTEXT_TOLERANCE = 0.012  # degrees
SMALLEST_ISLAND = 0.0015  # square degrees, about 14 km²


def segments_text(pieces: Sequence[BorderPiece]) -> str:
    """GeoJSON, one feature a line."""
    features = []
    for piece in pieces:
        properties: dict[str, Any] = {"id": piece.id, "name": piece.name, "border": piece.border, "kind": piece.kind}
        properties |= {"length_m": piece.length_m} if piece.length_m else {}
        features.append(_feature(properties | {"neighbours": list(piece.neighbours)}, piece.geometry))
    return _collection(features)


def _feature(properties: Mapping[str, Any], geometry: BaseGeometry) -> str:
    shape = mapping(geometry)
    shape = {"type": shape["type"], "coordinates": _rounded(shape["coordinates"])}
    content = {"type": "Feature", "properties": properties, "geometry": shape}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _rounded(coordinates: float | Sequence[Any]) -> float | list[Any]:
    if isinstance(coordinates, float):
        return round(coordinates, DIGITS)
    return [_rounded(part) for part in coordinates]


def _collection(features: Sequence[str]) -> str:
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"


def points_text(pieces: Sequence[BorderPiece]) -> str:
    """`crossing_points.csv`: the list with ids and the segment that each point lies in."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "name", "border", "segment", "lon", "lat", "mode", "aliases"])
    for piece in pieces:
        for point in piece.points:
            where = [point.border, piece.id, point.lon, point.lat, point.mode]
            writer.writerow([_slug(point.name), point.name, *where, point.aliases])
    return out.getvalue()


_LETTERS = str.maketrans({"đ": "d", "Đ": "D", "ı": "i", "ł": "l", "ß": "ss"})


def _slug(name: str) -> str:
    """A name as an id: `Horgoš–Röszke` → `horgos-roszke`."""
    plain = name.translate(_LETTERS).replace("–", "-")
    ascii_name = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")


def context_text(
    atlas: Atlas,
    own_names: Mapping[str, str],
    names: Mapping[str, str],
    bounds: Sequence[float],
    *,
    tolerance: float = CONTEXT_TOLERANCE,
) -> str:
    """Light country shapes of the wider map, and the land borders between them as lines.

    `own_names` (code → name): the region's countries, `names`: the others; `bounds`: west, south, east, north, degrees.
    """
    names = {**own_names, **names}
    frame = box(*bounds)
    features = []
    for code in sorted(names):
        whole = atlas.country(code, tolerance=tolerance, smallest=SMALLEST_ISLAND)
        shape = set_precision(whole.intersection(frame), 10.0**-DIGITS)
        if shape.is_empty:
            continue
        label = largest_part(shape).representative_point()
        properties = {"id": code, "name": names[code], "kind": "country", "in_region": code in own_names}
        properties |= {"label_lon": round(label.x, 2), "label_lat": round(label.y, 2)}
        features.append(_feature(properties, shape.normalize()))
    for one, other in itertools.combinations(sorted(names), 2):
        for part in atlas.border(one, other):
            line = set_precision(LineString(part).simplify(tolerance).intersection(frame), 10.0**-DIGITS)
            if not line.is_empty:
                kind = "boundary_line" if {one, other} == {"SRB", "XKX"} else "border"
                own = one in own_names and other in own_names
                features.append(_feature({"id": f"{one}-{other}", "kind": kind, "in_region": own}, line))
    return _collection(features)


def largest_part(shape: BaseGeometry) -> BaseGeometry:
    """The part of greatest area."""
    return max(getattr(shape, "geoms", [shape]), key=lambda part: part.area)
