"""Small regions and pack folders for tests."""

from pathlib import Path
from typing import Any

from geo.region.region import Cell, CrossingPoint, Edge, Indicator, Region, Route, Segment

# Design §4.9, as printed (but for one comment that is shorter).
USER_PACK = """\
# my_region/region.yaml
name: US south-west sectors
freq: M                                   # W: weeks from Monday · M: months
indicators:
  irregular_crossings: {unit: encounters, sensitivity: public}
segments:
  - {id: san_diego, name: San Diego, border: MEX-USA}
  - {id: el_centro, name: El Centro, border: MEX-USA, neighbours: [san_diego]}
  - {id: yuma,      name: Yuma,      border: MEX-USA, neighbours: [el_centro]}
routes:                                   # optional: one route "all" holds every segment where absent;
  - {id: south_west, name: South-west, segments: [san_diego, el_centro, yuma]}   # without edges: neighbours
capacities:                               # optional
  - {segment: yuma, indicator: irregular_crossings, value: 3000, owner: planning unit, as_of: 2024-01-01}
"""


def write_pack(folder: Path, region_yaml: str = USER_PACK, **files: str) -> Path:
    """A pack folder; further files by name with `__` for the dot, e.g. `routes__yaml=...`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "region.yaml").write_text(region_yaml, encoding="utf-8")
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def make_region(**changes: Any) -> Region:
    """Four segments on two borders and two routes that share one segment; b-2 is on no route.

    Cells: north/a-1 (AAA → BBB, headline), north/a-2 (AAA → BBB), south/a-2 (AAA → BBB), south/b-1 (BBB → CCC).
    """
    segments = (
        Segment("a-1", "Upper bridge", "AAA-BBB", length_m=10_000.0, neighbours=("a-2",)),
        Segment("a-2", "Lower bridge", "AAA-BBB", length_m=30_000.0, neighbours=("a-1",)),
        Segment("b-1", "Žabljak pass", "BBB-CCC", length_m=20_000.0, neighbours=("b-2",)),
        Segment("b-2", "Green border", "BBB-CCC", length_m=20_000.0, neighbours=("b-1",)),
    )
    content: dict[str, Any] = {
        "id": "small",
        "name": "Small region",
        "freq": "W",
        "pack_version": "1",
        "indicators": {"irregular_crossings": Indicator("irregular_crossings", "Irregular crossings", "detections")},
        "segments": segments,
        "routes": (
            Route("north", "Northern route", ("a-1", "a-2")),
            Route("south", "Southern route", ("a-2", "b-1"), edges=(Edge("a-2", "b-1", 2),)),
        ),
        "cells": (
            Cell("north", "a-1", "AAA", "BBB", headline=True),
            Cell("north", "a-2", "AAA", "BBB"),
            Cell("south", "a-2", "AAA", "BBB"),
            Cell("south", "b-1", "BBB", "CCC"),
        ),
        "crossing_points": (CrossingPoint("pass", "Žabljak–Đala", "BBB-CCC", "b-1", 20.0, 43.0),),
        "countries": {"AAA": "Aland", "BBB": "Bland", "CCC": "Cland*"},
        "aliases": {"The big bridge": "a-2", "Old Bland": "BBB", "Small Route": "small"},
    }
    return Region(**{**content, **changes})
