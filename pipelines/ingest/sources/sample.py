"""The embedded sample: made-up figures in the canonical columns; whatever rests on them is marked synthetic."""

from pathlib import Path

from geo.region.region import Region
from pipelines.ingest.sources import csv
from pipelines.observations.schema import Reading

ID = "sample"
ABSENCE = csv.ABSENCE
INDICATORS = csv.INDICATORS
DESCRIPTION = "Synthetic figures, made by a seeded script for demonstration; they describe nothing real."
LICENCE = "part of Routecast"


def read(path: Path, region: Region) -> Reading:
    """As `pipelines.ingest.sources.csv.read`."""
    return csv.read(path, region)
