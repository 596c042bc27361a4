"""Derive the pack `western_balkans`: `python -m geo.build.western_balkans --world-atlas FOLDER_OR_FILE`.

The atlas is Natural Earth 1:10m in the npm package world-atlas 2.0.2 (`npm pack world-atlas@2.0.2`, unpacked). Writes
`segments.geojson`, `routes.yaml`, `crossing_points.csv`, `crosswalk.csv` and `context.geojson`; what a person writes
(`region.yaml`, `events.yaml`, `SOURCE.md`) is left alone.
"""

import argparse
import csv
import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from shapely import set_precision
from shapely.geometry import Polygon
from shapely.ops import unary_union

from geo.build.atlas import Atlas, read_atlas
from geo.build.flows import BorderFlow, build_flow, entry_rows
from geo.build.segments import DIGITS, BorderPiece, RawPoint, land_pieces, with_kinds, with_neighbours
from geo.build.texts import context_text, largest_part, points_text, segments_text

HERE = Path(__file__).parent
PACK = HERE.parent / "packs" / "western_balkans"
DEFINITION = HERE / "western_balkans.yaml"
POINTS = HERE / "western_balkans_crossing_points.csv"
COAST_TOLERANCE = 0.02  # degrees


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
    borders = region_borders(atlas, sorted(own), definition["transit_only"])
    land = land_pieces(borders, read_points(POINTS))
    seas = sea_pieces(atlas, definition["seas"])
    pieces = with_neighbours(with_kinds(land, definition["rivers"]), seas)
    names = yaml.safe_load((PACK / "region.yaml").read_text(encoding="utf-8"))["countries"]
    flows = [build_flow(route, pieces, definition["transit_weeks"]) for route in definition["routes"]]
    return {
        "segments.geojson": segments_text(pieces),
        "routes.yaml": routes_text(flows),
        "crossing_points.csv": points_text(pieces),
        "crosswalk.csv": crosswalk_text(entry_rows(flows, definition["entry_shares"])),
        "context.geojson": context_text(atlas, names, definition["context"]["names"], definition["context"]["box"]),
    }


def read_points(path: Path) -> list[RawPoint]:
    """The list of crossing points, the more important ones of a border first."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [RawPoint(r["name"], r["border"], float(r["lon"]), float(r["lat"]), r["mode"], r["aliases"]) for r in rows]


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


def sea_pieces(atlas: Atlas, seas: Iterable[Mapping[str, Any]]) -> list[BorderPiece]:
    """Sea areas: their outlines without the mainland around."""
    mainland = unary_union(
        [largest_part(atlas.country(code, tolerance=COAST_TOLERANCE)) for code in sorted(atlas.rings)]
    )
    pieces = []
    for sea in seas:
        water = largest_part(Polygon(sea["outline"]).difference(mainland))
        outline = Polygon(largest_part(set_precision(water, 10.0**-DIGITS)).exterior).normalize()
        pieces.append(BorderPiece(sea["id"], "SEA", outline, name=sea["name"], kind="sea"))
    return pieces


def routes_text(flows: Sequence[BorderFlow]) -> str:
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


def crosswalk_text(rows: Iterable[tuple[str, str, float]]) -> str:
    """`crosswalk.csv`: which share of the entries into a country each cell takes."""
    lines = [f"country,{country},{cell},{weight:.6f}" for country, cell, weight in rows]
    return "\n".join(["place_kind,place,cell,weight", *lines]) + "\n"


if __name__ == "__main__":
    main()
