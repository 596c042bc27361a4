"""`routecast region …`."""

from __future__ import annotations

from typing import Annotated

import typer

from geo.check import check_region
from geo.load import builtin_regions, load_region
from geo.units import unit_table
from routecast.errors import REFUSED
from routecast.progress import console

app = typer.Typer(help="Region packs: check one, or show what it holds.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(help="Built-in region or the folder of a region pack.")]


@app.command("check")
def check(name: NameArgument) -> int:
    """Say what is wrong with a region pack, all of it at once, with file and line."""
    problems = check_region(name)
    for problem in problems:
        console.print(str(problem), highlight=False, markup=False)
    if problems:
        console.print(f"{name}: {len(problems)} problem{'s' if len(problems) > 1 else ''}.", highlight=False)
        return REFUSED
    region = load_region(name)
    console.print(
        f"{region.name}: good. {len(region.segments)} segments, {len(region.routes)} routes, "
        f"{len(region.cells)} cells, {len(region.indicators)} indicators.",
        highlight=False,
    )
    return 0


@app.command("show")
def show(name: NameArgument) -> None:
    """List a region's units."""
    region = load_region(name)
    console.print(f"{region.name} ({region.id}), pack {region.pack_version}; built in: {', '.join(builtin_regions())}")
    for row in unit_table(region).itertuples():
        console.print(f"  {row.unit:<40} {row.name}", highlight=False, markup=False)
    if region.footnote:
        console.print(region.footnote, highlight=False, markup=False)
