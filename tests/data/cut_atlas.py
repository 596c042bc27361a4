"""Cut a few countries out of world-atlas 2.0.2: `python tests/data/cut_atlas.py countries-10m.json MEX USA …`.

Rings that share no arc with a kept neighbour (islands, coasts) are left out, and so are the coasts of what remains but
for one vertex in `EVERY`: a test needs the borders, not the coast lines. Arc ends stay, so that rings close.
"""

import itertools
import json
import sys
from collections import Counter
from pathlib import Path

from geo.build.any_region import atlas_codes

EVERY = 40
OUT = Path(__file__).parent / "world_atlas_cut.json"


def main(file: str, codes: list[str]) -> None:
    """Write the cut."""
    topology = json.loads(Path(file).read_text(encoding="utf-8"))
    known = atlas_codes()
    kept = [
        shape
        for shape in topology["objects"]["countries"]["geometries"]
        if known.get(shape.get("id", "")) in codes or known.get(shape["properties"]["name"]) in codes
    ]
    for shape in kept:
        shape["arcs"] = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        shape["type"] = "MultiPolygon"
    used = Counter(plain(a) for shape in kept for polygon in shape["arcs"] for ring in polygon for a in ring)
    for shape in kept:
        shape["arcs"] = [[p[0]] for p in shape["arcs"] if any(used[plain(a)] > 1 for a in p[0])]
    numbers = sorted({plain(a) for shape in kept for polygon in shape["arcs"] for ring in polygon for a in ring})
    new = {old: number for number, old in enumerate(numbers)}
    for shape in kept:
        shape["arcs"] = [
            [[new[a] if a >= 0 else ~new[~a] for a in ring] for ring in polygon] for polygon in shape["arcs"]
        ]
    arcs = [topology["arcs"][n] if used[n] > 1 else thinned(topology["arcs"][n]) for n in numbers]
    objects = {"countries": {"type": "GeometryCollection", "geometries": kept}}
    cut = {"type": "Topology", "transform": topology["transform"], "objects": objects, "arcs": arcs}
    OUT.write_text(json.dumps(cut, separators=(",", ":")) + "\n", encoding="utf-8")


def plain(arc: int) -> int:
    """The arc's number, whichever way it runs."""
    return arc if arc >= 0 else ~arc


def thinned(deltas: list[list[int]]) -> list[list[int]]:
    """Every 40th vertex and both ends of an arc of steps."""
    places, here = [], [0, 0]
    for step in deltas:
        here = [here[0] + step[0], here[1] + step[1]]
        places.append(here)
    chosen = [*places[:-1:EVERY], places[-1]]
    return [chosen[0], *([b[0] - a[0], b[1] - a[1]] for a, b in itertools.pairwise(chosen))]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
