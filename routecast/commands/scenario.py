"""`routecast scenario …`: what follows from stated assumptions."""

from pathlib import Path
from typing import Annotated

import typer

from dashboards.wording.scenarios import CAVEAT
from pipelines.scenarios.compare import Compared, displacement_matrix, displacement_of, movement_table
from pipelines.scenarios.scenario_edition import ScenarioEdition
from pipelines.store.paths import open_store
from routecast.commands.edition import EditionOption
from routecast.terminal.audited import note_done
from routecast.terminal.displacement_output import displacement_lines, write_displacement
from routecast.terminal.options import DEFAULT_REGION, RegionOption, StoreOption
from routecast.terminal.progress import console
from routecast.terminal.scenario_files import compare_files, open_base
from routecast.terminal.scenario_output import (
    about,
    ledger_lines,
    pair_table,
    reception_table,
    scenario_table,
    write_comparison,
)

app = typer.Typer(help="Scenarios: what follows from stated assumptions, against the baseline.", no_args_is_help=True)
FilesArgument = Annotated[list[Path], typer.Argument(help="Scenario files (YAML).")]
ScenarioSchedulerOption = Annotated[
    str | None, typer.Option("--scheduler", help="Address of a Dask scheduler; without it, this process works alone.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Folder for tables (Parquet, CSV), map and charts (SVG).")
]


@app.command("run")
def run(
    files: FilesArgument,
    edition: EditionOption = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    scheduler: ScenarioSchedulerOption = None,
    out: OutOption = None,
) -> None:
    """Set each scenario beside the edition's baseline."""
    base = open_base(edition, region, store)
    _note(base, files, store)
    _tell(compare_files(base, files, scheduler=scheduler), out=out, pairs=False)


@app.command("compare")
def compare(
    files: FilesArgument,
    edition: EditionOption = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    scheduler: ScenarioSchedulerOption = None,
    out: OutOption = None,
) -> None:
    """Set scenarios beside the baseline and beside each other."""
    base = open_base(edition, region, store)
    _note(base, files, store)
    _tell(compare_files(base, files, scheduler=scheduler), out=out, pairs=True)


@app.command("displacement")
def displacement(
    segment: Annotated[
        str | None,
        typer.Argument(help="Segment id: if it tightens, where does the flow go? None: all segments."),
    ] = None,
    edition: EditionOption = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for matrix (CSV) and flow map (SVG).")] = None,
) -> None:
    """Say where the flow of a segment would be diverted to, with what lag and how surely: the displacement matrix."""
    base = open_base(edition, region, store)
    matrix = displacement_matrix(base, None if segment is None else [segment])
    for line in displacement_lines(base, matrix, segment):
        console.print(line, highlight=False)
    for path in write_displacement(base, matrix, segment, out) if out is not None else ():
        console.print(str(path), highlight=False, markup=False)


def _note(base: ScenarioEdition, files: list[Path], store: Path | None) -> None:
    note_done(open_store(store), "scenario_run", base.edition, files=[path.name for path in files][:20])


def _tell(compared: Compared, *, out: Path | None, pairs: bool) -> None:
    for scenario in compared.scenarios:
        console.print(scenario_table(compared, scenario.name, "segment"))
        console.print(scenario_table(compared, scenario.name, "route"))
        for line in ledger_lines(compared, scenario.name):
            console.print(line, highlight=False, markup=False)
    if len(compared.reception):
        console.print(reception_table(compared))
    if pairs and len(compared.pairs):
        console.print(pair_table(compared))
    for line in about(compared).splitlines()[1:]:
        console.print(line, highlight=False, markup=False, style="bold" if line == CAVEAT else "")
    for path in [] if out is None else _written(compared, out):
        console.print(str(path), highlight=False, markup=False)


def _written(compared: Compared, out: Path) -> list[Path]:
    extra = {
        "displacement": displacement_of(compared.base, compared.scenarios),
        "movement": movement_table(compared.base),
    }
    return write_comparison(compared, extra, out)
