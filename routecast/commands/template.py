"""`routecast template`: a workbook with the region's indicators and places, to fill in and ingest as it is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from geo.pack.load import load_region
from geo.region.region import Freq
from pipelines.regions.template import GRAINS, template_bytes
from pipelines.store.atomic import write_atomically
from routecast.terminal.errors import UsageError
from routecast.terminal.options import DEFAULT_REGION, RegionOption
from routecast.terminal.progress import console


def template(
    region: RegionOption = DEFAULT_REGION,
    out: Annotated[Path, typer.Option("--out", help="The workbook to write.")] = Path("template.xlsx"),
    period: Annotated[Freq | None, typer.Option(help="W: a column a week, M: a month (default: the region's).")] = None,
    places: Annotated[str, typer.Option(help="Kinds of places with a line each.")] = ",".join(GRAINS),
    last: Annotated[int, typer.Option(min=0, max=520, help="Columns of periods that are over.")] = 6,
    ahead: Annotated[int, typer.Option(min=0, max=520, help="Columns from the present period on.")] = 6,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a workbook to fill in: a sheet per indicator, the region's places; 'routecast ingest template' takes it."""
    asked = [kind.strip() for kind in places.split(",") if kind.strip()]
    grains = [kind for kind in GRAINS if kind in asked]
    if not grains or set(asked) - set(grains):
        raise UsageError(f"template: --places: expected some of {', '.join(GRAINS)}; got '{places}'.")
    if last + ahead == 0:
        raise UsageError("template: expected at least one period, got --last 0 and --ahead 0.")
    if out.exists() and not force:
        raise UsageError(f"template: {out} is there already, maybe filled in. Name another --out, or say --force.")
    pack, today = load_region(region), pd.Timestamp(datetime.now(tz=UTC).date())
    command = f"routecast ingest template {out}" + (f" --region {region}" if region != DEFAULT_REGION else "")
    freq = period or pack.freq
    made = template_bytes(pack, today=today, freq=freq, grains=grains, last=last, ahead=ahead, how_to_ingest=command)
    write_atomically(out, made)
    console.print(f"{out}: {len(pack.indicators)} indicators. Fill it in, then: {command}")
