"""The embedded sample: made-up figures in the canonical columns; whatever rests on them is marked synthetic."""

from dataclasses import replace

from pipelines.ingest.sources import csv

SOURCE = replace(
    csv.SOURCE,
    id="sample",
    description="Synthetic figures, made by a seeded script for demonstration; they describe nothing real.",
    licence="part of Routecast",
)
