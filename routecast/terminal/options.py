"""Options that several commands share, each said once."""

from pathlib import Path
from typing import Annotated

import typer

RegionOption = Annotated[
    str,
    typer.Option("--region", envvar="ROUTECAST_REGION", help="Built-in region or the folder of your own region pack."),
]
StoreOption = Annotated[
    Path | None,
    typer.Option("--store", envvar="ROUTECAST_STORE", help="Folder of the store (default ./routecast-store)."),
]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Use only what was known on this day (YYYY-MM-DD).")]
HorizonOption = Annotated[
    int | None,
    typer.Option("--horizon", min=1, max=52, help="Periods ahead (default: the pack's, or 12 weeks or 6 months)."),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Same seed, same numbers.")]
SchedulerOption = Annotated[
    str | None, typer.Option("--scheduler", help="Address of a Dask scheduler; without it, processes on this machine.")
]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=1, help="Local workers (default: one per core).")]
StrictOption = Annotated[
    bool, typer.Option("--strict-vintages", help="Refuse figures whose publication date is later or unknown.")
]
ProfileOption = Annotated[
    str,
    typer.Option("--profile", help="Who reads it: internal, partner or public; the latter two see approved editions."),
]
EditionArgument = Annotated[str, typer.Argument(help="Edition id, e.g. 2026-W46, or 'latest'.")]
EditionOption = Annotated[str, typer.Option("--edition", help="Edition id, or 'latest'.")]
OutFolderOption = Annotated[Path, typer.Option("--out", help="Folder to write into.")]
DEFAULT_REGION = "western_balkans"


def stored_region(region: str) -> str:
    """The id under which a region's editions lie; a folder's pack need not load to read them."""
    return Path(region).resolve().name if Path(region).is_dir() else region
