"""Derive the pack `western_balkans`: `python -m geo.build.western_balkans --world-atlas FOLDER_OR_FILE`.

The atlas is Natural Earth 1:10m in the npm package world-atlas 2.0.2 (`npm pack world-atlas@2.0.2`, unpacked). Writes
`segments.geojson`, `routes.yaml`, `crossing_points.csv`, `crosswalk.csv` and `context.geojson`; what a person writes
(`region.yaml`, `events.yaml`, `SOURCE.md`) is left alone.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from shapely import set_precision
from shapely.geometry import LineString, Polygon, box, mapping
from shapely.ops import unary_union

from geo.build.atlas import Atlas, read_atlas
from geo.build.entries import entry_rows
from geo.build.flows import Flow, build_flow
from geo.build.segments import DIGITS, Piece, RawPoint, border_pieces, with_kinds, with_neighbours

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

HERE = Path(__file__).parent
PACK = HERE.parent / "packs" / "western_balkans"
DEFINITION = HERE / "western_balkans.yaml"
POINTS = HERE / "western_balkans_crossing_points.csv"
COAST_TOLERANCE = 0.02  # degrees
CONTEXT_TOLERANCE = 0.012
SMALLEST_ISLAND = 0.0015  # square degrees, about 14 km²


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the atlas, write the pack's derived files."""
    parser = argparse.ArgumentParser(description="Derive the western_balkans pack from Natural Earth 1:10m.")
    parser.add_argument("--world-atlas", type=Path, required=True, help="countries-10m.json, or a folder with it")
    parser.add_argument("--out", type=Path, default=PACK, help="folder to write to (default: the pack itself)")
    options = parser.parse_args(arguments)
    files = build(options.world_atlas)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (options.out / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {len(text.encode()):,} bytes")


def build(world_atlas: Path) -> dict[str, str]:
    """The derived files of the pack, name → content."""
    definition = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    own = definition["countries"]
    wider = {**own, **definition["context"]["countries"]}
    atlas = read_atlas(world_atlas, {key: code for code, key in wider.items()})
    points = read_points(POINTS)
    land = [
        piece
        for border, parts in region_borders(atlas, sorted(own), definition["transit_only"]).items()
        for piece in border_pieces(border, parts, [p for p in points if p.border == border])
    ]
    seas = sea_pieces(atlas, definition["seas"])
    pieces = with_neighbours(with_kinds(land, definition["rivers"]), seas)
    flows = [build_flow(route, pieces, definition["transit_weeks"]) for route in definition["routes"]]
    names = _country_names()
    return {
        "segments.geojson": segments_text(pieces),
        "routes.yaml": routes_text(flows),
        "crossing_points.csv": points_text(pieces),
        "crosswalk.csv": crosswalk_text(entry_rows(flows, definition["entry_shares"])),
        "context.geojson": context_text(atlas, definition["context"], names),
    }


def _country_names() -> dict[str, str]:
    return dict(yaml.safe_load((PACK / "region.yaml").read_text(encoding="utf-8"))["countries"])


def read_points(path: Path) -> list[RawPoint]:
    """The list of crossing points, the more important ones of a border first."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [RawPoint(r["name"], r["border"], float(r["lon"]), float(r["lat"]), r["mode"]) for r in rows]


def region_borders(
    atlas: Atlas, countries: Sequence[str], transit_only: Mapping[str, Sequence[str]]
) -> dict[str, list[Any]]:
    """Border id → its parts, for every two countries that share a line."""
    found = {}
    for one, other in itertools.combinations(countries, 2):
        outside = [a for a, b in ((one, other), (other, one)) if a in transit_only and b not in transit_only[a]]
        parts = [] if outside else atlas.border(one, other)
        if parts:
            found[f"{one}-{other}"] = parts
    return found


def sea_pieces(atlas: Atlas, seas: Iterable[Mapping[str, Any]]) -> list[Piece]:
    """Sea areas: their outlines without the mainland around."""
    mainland = unary_union([_largest(atlas.country(code, tolerance=COAST_TOLERANCE)) for code in sorted(atlas.rings)])
    pieces = []
    for sea in seas:
        water = _largest(Polygon(sea["outline"]).difference(mainland))
        rounded = _largest(set_precision(water, 10.0**-DIGITS))
        pieces.append(Piece(sea["id"], "SEA", Polygon(rounded.exterior).normalize(), name=sea["name"], kind="sea"))
    return pieces


def _largest(shape: BaseGeometry) -> BaseGeometry:
    return max(getattr(shape, "geoms", [shape]), key=lambda part: part.area)


def segments_text(pieces: Sequence[Piece]) -> str:
    """GeoJSON, one feature a line."""
    features = [
        _feature(
            {
                "id": piece.id,
                "name": piece.name,
                "border": piece.border,
                "kind": piece.kind,
                **({"length_m": piece.length_m} if piece.length_m else {}),
                "neighbours": list(piece.neighbours),
            },
            piece.geometry,
        )
        for piece in pieces
    ]
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


def routes_text(flows: Sequence[Flow]) -> str:
    """`routes.yaml`, one segment or edge a line."""
    lines = ["# Derived by geo.build.western_balkans from its routes; edges are [from, to, typical lag in weeks]."]
    for flow in flows:
        lines += [f"- id: {flow.id}", f"  name: {flow.name}", "  segments:"]
        for step in flow.steps:
            headline = ", headline: true" if step.headline else ""
            lines.append(f"    - {{id: {step.segment.id}, from: {step.start}, to: {step.end}{headline}}}")
        lines.append("  edges:")
        lines += [f"    - [{source}, {target}, {weeks}]" for source, target, weeks in flow.edges]
        lines += [f"  entries: [{', '.join(flow.entries)}]", f"  exits: [{', '.join(flow.exits)}]"]
    return "\n".join(lines) + "\n"


def points_text(pieces: Sequence[Piece]) -> str:
    """`crossing_points.csv`: the list with ids and the segment that each point lies in."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "name", "border", "segment", "lon", "lat", "mode"])
    for piece in pieces:
        for point in piece.points:
            row = [_slug(point.name), point.name, point.border, piece.id, point.lon, point.lat, point.mode]
            writer.writerow(row)
    return out.getvalue()


def crosswalk_text(rows: Iterable[tuple[str, str, float]]) -> str:
    """`crosswalk.csv`: which share of the entries into a country each cell takes."""
    lines = [f"country,{country},{cell},{weight:.6f}" for country, cell, weight in rows]
    return "\n".join(["place_kind,place,cell,weight", *lines]) + "\n"


_LETTERS = str.maketrans({"đ": "d", "Đ": "D", "ı": "i", "ł": "l", "ß": "ss"})


def _slug(name: str) -> str:
    """A name as an id: `Horgoš–Röszke` → `horgos-roszke`."""
    plain = name.translate(_LETTERS).replace("–", "-")
    ascii_name = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")


def context_text(atlas: Atlas, context: Mapping[str, Any], own_names: Mapping[str, str]) -> str:
    """Light country shapes of the wider map, and the land borders between them as lines."""
    names = {**own_names, **context["names"]}
    frame = box(*context["box"])
    features = []
    for code in sorted(names):
        whole = atlas.country(code, tolerance=CONTEXT_TOLERANCE, smallest=SMALLEST_ISLAND)
        shape = set_precision(whole.intersection(frame), 10.0**-DIGITS)
        if shape.is_empty:
            continue
        label = _largest(shape).representative_point()
        properties = {
            "id": code,
            "name": names[code],
            "kind": "country",
            "in_region": code in own_names,
            "label_lon": round(label.x, 2),
            "label_lat": round(label.y, 2),
        }
        features.append(_feature(properties, shape.normalize()))
    for one, other in itertools.combinations(sorted(names), 2):
        for part in atlas.border(one, other):
            line = set_precision(LineString(part).simplify(CONTEXT_TOLERANCE).intersection(frame), 10.0**-DIGITS)
            if not line.is_empty:
                kind = "boundary_line" if {one, other} == {"SRB", "XKX"} else "border"
                own = one in own_names and other in own_names
                features.append(_feature({"id": f"{one}-{other}", "kind": kind, "in_region": own}, line))
    return _collection(features)


if __name__ == "__main__":
    main()
