"""Country shapes and shared borders from the npm package `world-atlas` (Natural Earth 1:10m as TopoJSON)."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from shapely import make_valid
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, unary_union

FILE = "countries-10m.json"


@dataclass(frozen=True)
class Atlas:
    """A TopoJSON atlas; countries are named by alpha-3 code.

    Attributes:
        topology: The parsed file.
        codes: Key of a country in the file (numeric ISO 3166 id, or its name where it has none) → alpha-3 code.
    """

    topology: dict[str, Any]
    codes: dict[str, str]

    @cached_property
    def arcs(self) -> list[np.ndarray]:
        """Longitude and latitude of each arc's vertices, degrees, each (vertex, 2)."""
        transform = self.topology["transform"]
        scale, shift = np.array(transform["scale"]), np.array(transform["translate"])
        return [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in self.topology["arcs"]]

    @cached_property
    def rings(self) -> dict[str, list[list[list[int]]]]:
        """Polygons of each country: rings of arc numbers (~n: arc n backwards)."""
        found: dict[str, list[list[list[int]]]] = {}
        for shape in self.topology["objects"]["countries"]["geometries"]:
            code = self.codes.get(shape.get("id", "")) or self.codes.get(shape["properties"]["name"])
            if code and shape.get("arcs"):
                found.setdefault(code, []).extend([shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"])
        return found

    def _arc_numbers(self, country: str) -> set[int]:
        return {arc if arc >= 0 else ~arc for polygon in self.rings[country] for ring in polygon for arc in ring}

    def border(self, one: str, other: str) -> list[np.ndarray]:
        """The line that two countries share: its parts, degrees, each (vertex, 2); empty if they share none."""
        shared = sorted(self._arc_numbers(one) & self._arc_numbers(other))
        if not shared:
            return []
        merged = linemerge([LineString(self.arcs[number]) for number in shared])
        return [np.array(part.coords) for part in getattr(merged, "geoms", [merged])]

    def country(self, code: str, *, tolerance: float, smallest: float = 0.0) -> BaseGeometry:
        """A country's shape; each arc is simplified alone, so that neighbours still meet.

        Args:
            code: Alpha-3 code.
            tolerance: Of the simplification, degrees.
            smallest: Polygons (islands) of a smaller area are left out, square degrees.
        """
        polygons = []
        for polygon in self.rings[code]:
            outer, *holes = [self._ring(ring, tolerance) for ring in polygon]
            if len(outer) >= 4 and Polygon(outer).area > smallest:
                polygons.append(Polygon(outer, [hole for hole in holes if len(hole) >= 4]))
        shapes = [make_valid(polygon) for polygon in polygons]
        return _areas_only(unary_union(shapes))

    def _ring(self, numbers: list[int], tolerance: float) -> np.ndarray:
        pieces = []
        for number in numbers:
            arc = self.arcs[number if number >= 0 else ~number]
            line = np.array(LineString(arc).simplify(tolerance).coords)
            pieces.append(line if number >= 0 else line[::-1])
        return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def _areas_only(shape: BaseGeometry) -> BaseGeometry:
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [part for part in shape.geoms if part.geom_type in ("Polygon", "MultiPolygon")]
    return MultiPolygon([p for part in parts for p in getattr(part, "geoms", [part])])


def read_atlas(path: Path, codes: dict[str, str]) -> Atlas:
    """Read the atlas from its file, or from a folder that holds it (the unpacked npm package)."""
    candidates = [path, path / FILE, path / "package" / FILE]
    for candidate in candidates:
        if candidate.is_file():
            return Atlas(json.loads(candidate.read_text(encoding="utf-8")), codes)
    raise FileNotFoundError(f"{path}: expected {FILE} of world-atlas 2.0.2. Get it with: npm pack world-atlas@2.0.2")
