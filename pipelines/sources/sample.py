"""The embedded sample: made-up figures in the canonical columns; whatever rests on them is marked synthetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources import csv

if TYPE_CHECKING:
    from pathlib import Path

    from geo.region import Region
    from pipelines.observations import Reading

ID = "sample"
ABSENCE = csv.ABSENCE
INDICATORS = csv.INDICATORS
DESCRIPTION = "Synthetic figures, made by a seeded script for demonstration; they describe nothing real."
LICENCE = "part of Routecast"


def read(path: Path, region: Region) -> Reading:
    """As `pipelines.sources.csv.read`."""
    return csv.read(path, region)
