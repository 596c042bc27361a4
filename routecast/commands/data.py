"""`routecast ingest`, `routecast quarantine`, `routecast revisions`."""

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.pack.load import load_region
from pipelines.ingest.ingest_files import TABLE, TAKEN, Stated, take_files
from pipelines.ingest.partners.store import SOURCE as HUB
from pipelines.ingest.reading.mapping import load_mapping
from pipelines.observations.batches import load_observations, load_quarantine
from pipelines.observations.file_accounts import current_accounts, mark_of
from pipelines.observations.schema import DataRefusedError, NumberForm
from pipelines.observations.vintages import revised_between
from pipelines.publish.export.spreadsheets import csv_text
from pipelines.store.atomic import write_atomically
from pipelines.store.ledger import writing
from pipelines.store.paths import open_store
from routecast.terminal.errors import DEGRADED, UsageError, day_of
from routecast.terminal.options import DEFAULT_REGION, RegionOption, SchedulerOption, StoreOption, WorkersOption
from routecast.terminal.progress import console, progress_bars, say

SHOWN = 20  # refused rows or revisions on the terminal
NAMES = ", ".join(TAKEN)
SOURCE_HELP = f"Which source the files are from: {NAMES} ({HUB}: a partner's forecasts, files or the hub's folder)."
TableOption = Annotated[Path | None, typer.Option("--out", help="CSV for all of them.")]
TeamOption = Annotated[
    str | None,
    typer.Option("--team", help=f"With '{HUB}': name of the partner, in place of the one in the files' names."),
]
ThousandsOption = Annotated[
    str | None,
    typer.Option("--thousands", help="The mark that the files write between thousands, where it can't be seen: . or ,"),
]
DecimalOption = Annotated[
    str | None, typer.Option("--decimal", help="The mark that the files write before decimals: . or ,")
]
MapOption = Annotated[
    Path | None,
    typer.Option("--map", help=f"With '{TABLE}': the mapping file (default: FILE.map.yaml or map.yaml beside it)."),
]


def ingest(
    source: Annotated[str, typer.Argument(help=SOURCE_HELP)],
    paths: Annotated[list[Path], typer.Argument(help="Files of that source.")],
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    scheduler: SchedulerOption = None,
    workers: WorkersOption = None,
    team: TeamOption = None,
    thousands: ThousandsOption = None,
    decimal: DecimalOption = None,
    map_file: MapOption = None,
) -> int:
    """Take a source's files into the store; refused rows go to quarantine with their reason.

    Exit code 4: more than 5 % of the count of a file was refused.
    """
    if source not in TAKEN:
        raise UsageError(f"ingest: no source '{source}'. There are: {NAMES}.")
    if team is not None and source != HUB:
        raise UsageError(f"ingest: --team belongs to source '{HUB}', got '{source}'. Leave it out.")
    if map_file is not None and source != TABLE:
        raise UsageError(f"ingest: --map belongs to source '{TABLE}', got '{source}'. Leave it out.")
    form = NumberForm(thousands=thousands, decimal=decimal)
    if form != NumberForm(thousands=None, decimal=None) and source == HUB:
        raise UsageError(f"ingest: source '{source}' takes no --thousands or --decimal. Leave it out.")
    place, pack, today = open_store(store), load_region(region), datetime.now(tz=UTC).date()
    with writing(place), progress_bars() as bars:
        options: dict[str, Any] = {
            "progress": bars,
            "stated": Stated(team, form, load_mapping(map_file) if map_file else None),
            "scheduler": scheduler,
            "workers": workers,
        }
        try:
            lines = take_files(source, paths, region=pack, store=place, today=today, **options)
        except DataRefusedError as error:
            say(error.lines)  # what became of the other files
            raise
    say(lines)
    names = {mark_of(p.name) for p in paths}
    return DEGRADED if any(a.much_refused and a.name_mark in names for a in current_accounts(place, pack.id)) else 0


def _count(value: float) -> str:
    return "unknown" if math.isnan(value) else f"{value:,.0f}"


def quarantine(region: RegionOption = DEFAULT_REGION, store: StoreOption = None, out: TableOption = None) -> None:
    """List the rows of files that could not be taken, with the line and the reason."""
    pack = load_region(region)
    found = load_quarantine(open_store(store), pack.id).sort_values(["source", "file", "line"], ignore_index=True)
    console.print(f"{len(found):,} row{'' if len(found) == 1 else 's'} in quarantine.")
    for row in found.head(SHOWN).itertuples(index=False):
        column = f" ({row.column})" if row.column else ""
        figure = f": {row.indicator} {_count(row.count)}" if row.indicator else ""
        console.print(f"  {row.source} {row.file}, line {row.line}{column}{figure}: {row.reason}")
    _say_more(len(found))
    if out is not None:
        write_atomically(out, csv_text(found).encode())


def revisions(
    since: Annotated[str, typer.Option("--from", help="The earlier day of knowledge (YYYY-MM-DD).")],
    until: Annotated[str, typer.Option("--to", help="The later day of knowledge (YYYY-MM-DD).")],
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    out: TableOption = None,
) -> None:
    """List the figures that their sources changed between two days, the largest change first."""
    pack = load_region(region)
    found = revised_between(load_observations(open_store(store), pack.id), day_of(since), day_of(until))
    console.print(f"{len(found):,} figures revised between {since} and {until}.")
    for row in found.head(SHOWN).itertuples(index=False):
        values = f"{_count(row.count_before)} → {_count(row.count_after)}"
        period = f"{row.period_start:%Y-%m-%d} ({row.period})"
        console.print(f"  {row.source} {row.indicator} {row.place} {row.nationality} {period}: {values}")
    _say_more(len(found))
    if out is not None:
        write_atomically(out, csv_text(found).encode())


def _say_more(rows: int) -> None:
    if rows > SHOWN:
        console.print(f"  … and {rows - SHOWN:,} more; --out FILE.csv has all of them.")
