"""`routecast ingest`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from geo.load import load_region
from pipelines.files import exclusive
from pipelines.ingest import ingest as ingest_files
from pipelines.sources.registry import SOURCES
from pipelines.store import open_store
from routecast.errors import UsageError
from routecast.options import DEFAULT_REGION, RegionOption, StoreOption
from routecast.progress import console

SOURCE_HELP = f"Which source the files are from: {', '.join(sorted(SOURCES))}."


def ingest(
    source: Annotated[str, typer.Argument(help=SOURCE_HELP)],
    paths: Annotated[list[Path], typer.Argument(help="Files of that source.")],
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
) -> None:
    """Take a source's files into the store; refused rows go to quarantine with their reason."""
    if source not in SOURCES:
        raise UsageError(f"ingest: no source '{source}'. There are: {', '.join(sorted(SOURCES))}.")
    place = open_store(store)
    pack = load_region(region)
    with exclusive(place.root / ".lock"):
        report = ingest_files(source, paths, region=pack, store=place, today=datetime.now(tz=UTC).date())
    for line in report.lines():
        console.print(line, highlight=False, markup=False)
