"""`routecast region …`."""

from collections.abc import Sized
from pathlib import Path
from typing import Annotated

import typer

from dashboards.wording.formats import starred
from geo.build.any_region import BuildError
from geo.pack.load import builtin_regions, check_region, load_region, region_warnings
from geo.region.region import Freq
from geo.region.units import unit_table
from pipelines.regions.draw_map import draw_region
from pipelines.regions.write_pack import write_region
from routecast.terminal.errors import REFUSED
from routecast.terminal.progress import console, say

app = typer.Typer(help="Region packs: build one, check it, show what it holds.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(help="Built-in region or the folder of a region pack.")]


@app.command("check")
def check(name: NameArgument) -> int:
    """Say what is wrong with a region pack, all of it at once, with file and line."""
    problems = check_region(name)
    say(problems)
    if problems:
        console.print(f"{name}: {len(problems)} problem{'s' if len(problems) > 1 else ''}.")
        return REFUSED
    region = load_region(name)
    console.print(
        f"{region.name}: good. {_counted(region.segments, 'segment')}, {_counted(region.routes, 'route')}, "
        f"{_counted(region.cells, 'cell')}, {_counted(region.indicators, 'indicator')}."
    )
    for warning in region_warnings(region):
        console.print(f"Note: {warning}")
    return 0


def _counted(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'s' if len(things) != 1 else ''}"


@app.command("build")
def build(
    folder: Annotated[Path, typer.Argument(help="Folder of the new pack; its name becomes the region's id.")],
    *,
    countries: Annotated[str, typer.Option(help="Alpha-3 codes, e.g. MEX,USA: the land borders among them.")],
    freq: Annotated[Freq, typer.Option(help="W: weeks from Monday, M: months.")] = "W",
    natural_earth: Annotated[
        Path | None, typer.Option(help="countries-10m.json of the npm package world-atlas 2.0.2, or its folder.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The region's name (default: from the folder).")] = None,
    crossing_points: Annotated[Path | None, typer.Option(help="CSV: name, border, lon, lat.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over the files of a pack.")] = False,
) -> int:
    """Make a pack for any countries of the world: their land borders, cut into segments."""
    codes = tuple(code.strip().upper() for code in countries.split(",") if code.strip())
    try:
        files = write_region(
            folder,
            countries=codes,
            freq=freq,
            natural_earth=natural_earth,
            name=name,
            crossing_points=crossing_points,
            force=force,
        )
    except BuildError as error:
        console.print(str(error))
        return REFUSED
    for file in files:
        console.print(f"{file}: {file.stat().st_size:,} bytes")
    return check(str(folder))


@app.command("show")
def show(
    name: NameArgument,
    out: Annotated[Path | None, typer.Option(help="Draw the region into this .png, .svg or .html file.")] = None,
) -> int:
    """List a region's units, or draw it."""
    region = load_region(name)
    if out is not None:
        try:
            draw_region(region, out)
        except ValueError as error:
            console.print(str(error))
            return REFUSED
        console.print(f"Drawn: {out}")
        return 0
    console.print(f"{region.name} ({region.id}), pack {region.pack_version}; built in: {', '.join(builtin_regions())}")
    for row in unit_table(region).itertuples():
        console.print(f"  {row.unit:<40} {starred(row.name)}")
    if region.footnote:
        console.print(region.footnote)
    return 0
