"""`routecast scenario …`, `routecast allocation`: what follows from stated assumptions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dashboards.wording.scenarios import CAVEAT
from forecasting.base.contracts import ContractError
from geo.pack.load import load_region
from pipelines.editions.edition import open_edition
from pipelines.ingest.reading.personal_data import file_for_message
from pipelines.publish.export.spreadsheets import csv_text
from pipelines.scenarios.compare import (
    Compared,
    compare_scenarios,
    displacement_matrix,
    displacement_of,
    movement_table,
)
from pipelines.scenarios.read_file import load_scenario
from pipelines.scenarios.reception import share_out
from pipelines.scenarios.scenario_edition import ScenarioEdition, open_scenario_edition
from pipelines.store.atomic import write_atomically
from pipelines.store.paths import open_store
from routecast.terminal import scenario_output as output
from routecast.terminal.errors import UsageError
from routecast.terminal.options import DEFAULT_REGION, EditionOption, RegionOption, StoreOption
from routecast.terminal.progress import console, say
from routecast.terminal.trail import note_done

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
    _compared(open_base(edition, region, store), files, store, scheduler=scheduler, out=out)


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
    _compared(open_base(edition, region, store), files, store, scheduler=scheduler, out=out, pairs=True)


@app.command("displacement")
def displacement(
    segment: Annotated[
        str | None, typer.Argument(help="Segment id: if it tightens, where does the flow go? None: all segments.")
    ] = None,
    edition: EditionOption = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for matrix (CSV) and flow map (SVG).")] = None,
) -> None:
    """Say where the flow of a segment would be diverted to, with what lag and how surely: the displacement matrix."""
    base = open_base(edition, region, store)
    matrix = displacement_matrix(base, None if segment is None else [segment])
    say(output.displacement_lines(base, matrix, segment))
    say(output.write_displacement(base, matrix, segment, out) if out is not None else ())


def _compared(
    base: ScenarioEdition,
    files: list[Path],
    store: Path | None,
    *,
    scheduler: str | None,
    out: Path | None,
    pairs: bool = False,
) -> None:
    named = [file_for_message(path.name) for path in files[:20]]
    note_done(open_store(store), "scenario_run", base.edition, files=named)
    compared = compare_files(base, files, scheduler=scheduler)
    for scenario in compared.scenarios:
        say(output.scenario_table(compared, scenario.name, level) for level in ("segment", "route"))
        say(output.ledger_lines(compared, scenario.name))
    if len(compared.reception):
        console.print(output.reception_table(compared))
    if pairs and len(compared.pairs):
        console.print(output.pair_table(compared))
    for line in output.about(compared).splitlines()[1:]:
        console.print(line, style="bold" if line == CAVEAT else "")
    if out is not None:
        displaced = displacement_of(compared.base, compared.scenarios)
        extra = {"displacement": displaced, "movement": movement_table(compared.base)}
        say(output.write_comparison(compared, extra, out))


def open_base(edition: str, region: str, store: Path | None) -> ScenarioEdition:
    """An edition of a store made ready for scenarios."""
    pack = load_region(region)
    return open_scenario_edition(open_edition(open_store(store), pack.id, edition).require_intact(), pack)


def compare_files(base: ScenarioEdition, files: Sequence[Path], *, scheduler: str | None = None) -> Compared:
    """The scenarios of some files beside the baseline and each other.

    Args:
        base: The edition.
        files: Scenarios as YAML.
        scheduler: Address of a Dask scheduler whose workers work them out; None: this process.

    Raises:
        UsageError: two have the same name.
        ScenarioError: a file can't be read or says what can't be meant.
        ClusterError: the scheduler does not answer, or was lost.
    """
    scenarios = [load_scenario(path, base.scope) for path in files]
    names = [s.name for s in scenarios]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise UsageError(f"scenarios: expected a name of its own for each, '{twice[0]}' is there twice. Rename one.")
    return compare_scenarios(base, scenarios, scheduler=scheduler)


def allocation(
    places: Annotated[int, typer.Option("--places", min=0, help="Budget of further places.")],
    indicator: Annotated[str | None, typer.Option("--indicator", help="Which places, e.g. reception_occupied.")] = None,
    horizon: Annotated[int | None, typer.Option("--horizon", help="Periods ahead; default: where most lack.")] = None,
    scenario: Annotated[Path | None, typer.Option("--scenario", help="Share out on a scenario's need (YAML).")] = None,
    edition: EditionOption = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the whole table (CSV).")] = None,
) -> None:
    """Share out further reception or referral places to where they save most expected shortfall."""
    base = open_base(edition, region, store)
    assumed = load_scenario(scenario, base.scope) if scenario else None
    if not base.needs:
        raise UsageError(
            f"{base.edition.id}: expected an edition that forecasts places, this one forecasts none. "
            "Name another --edition."
        )
    try:
        table = share_out(base, places, indicator=indicator, horizon=horizon, scenario=assumed)
    except ContractError as error:
        raise UsageError(str(error)) from error
    console.print(output.allocation_table(base, table, assumed.name if assumed else ""))
    say(output.allocation_sums(table, places))
    if assumed:
        console.print(CAVEAT, style="bold")
    if base.edition.manifest.get("footnote"):
        console.print(base.edition.manifest["footnote"])
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        path = out / "allocation.csv"
        write_atomically(path, csv_text(table, float_format="%.6g").encode())
        say([path])
