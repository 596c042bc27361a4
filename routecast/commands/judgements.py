"""`routecast judgements ingest`: what people expect of places, from a file."""

from pathlib import Path
from typing import Annotated

import typer

from geo.pack.load import load_region
from pipelines.ingest.judgement_file import COLUMNS, OPTIONAL, take_judgements
from pipelines.store.paths import open_store
from routecast.terminal.errors import DEGRADED, UsageError
from routecast.terminal.options import DEFAULT_REGION, RegionOption, StoreOption
from routecast.terminal.progress import console
from routecast.terminal.trail import command_user

app = typer.Typer(help="What people expect of places, stated before the outcome and scored.", no_args_is_help=True)
FileArgument = Annotated[
    Path, typer.Argument(help=f"CSV with the columns {', '.join(COLUMNS)} and, if wanted, {', '.join(OPTIONAL)}.")
]
OwnerOption = Annotated[
    str | None, typer.Option("--owner", help="Account of whoever states them (default: whoever runs the command).")
]


@app.command("ingest")
def ingest(
    file: FileArgument, owner: OwnerOption = None, region: RegionOption = DEFAULT_REGION, store: StoreOption = None
) -> int:
    """Take a file of judgements; rows that can't be taken are named with the reason, and exit code 4."""
    if owner is not None and not owner.strip():
        raise UsageError("--owner: expected an account's name, got none. Leave it out, or name one.")
    user = command_user()
    done = take_judgements(
        file, region=load_region(region), store=open_store(store), owner=(owner or user).strip(), user=user
    )
    for line in done.refused:
        console.print(f"{file.name}, {line}", markup=False)
    console.print(f"{file.name}: {done.taken} taken, {len(done.refused)} refused.")
    return DEGRADED if done.refused else 0
