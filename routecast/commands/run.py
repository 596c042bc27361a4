"""`routecast demo`, `run`, `backtest`: composition of the work, and what a person sees of it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from dashboards.briefing import render_briefing
from dashboards.server.serve import require_free_port, serve
from geo.pack.load import load_region
from geo.region.region import Region
from pipelines.ingest.door.capacities import read_capacities
from pipelines.ingest.door.ingest import ingest
from pipelines.jobs.backtest import BacktestSettings, run_backtest
from pipelines.jobs.run import RunResult, RunSettings, run_edition
from pipelines.sample import SEED, with_demonstration_inputs, write_sample
from pipelines.store.ledger import writing
from pipelines.store.paths import Store, open_store
from routecast.terminal import options
from routecast.terminal.errors import DEGRADED, day_of
from routecast.terminal.page_doors import page_doors
from routecast.terminal.progress import console, progress_bars, say
from routecast.terminal.summaries import backtest_tables, pressure_table, run_lines

SAMPLE_FOLDER = "sample"
_CAPACITIES = "CSV of planned capacities, in place of the pack's: segment, indicator, value, owner, as_of."
CapacitiesOption = Annotated[Path | None, typer.Option("--capacities", help=_CAPACITIES)]
ScoresOption = Annotated[Path, typer.Option("--out", help="Folder for scores, sums and forecasts (.parquet).")]


def demo(
    store: options.StoreOption = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the dashboard.")] = 8501,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the dashboard at the end.")] = True,
    workers: options.WorkersOption = None,
) -> int:
    """Run the main job on the embedded synthetic sample, publish an edition, open the dashboard."""
    place = open_store(store)
    region = load_region(options.DEFAULT_REGION)
    if serve_it:
        require_free_port(port)
    sample = write_sample(place.root / SAMPLE_FOLDER, region=region)
    with writing(place):
        for source, path in sample.files:
            report = ingest(source, [path], region=region, store=place, today=datetime.now(tz=UTC).date())
            say(report.lines())
    region = with_demonstration_inputs(with_capacities(region, sample.capacities), seed=SEED)
    result = _run(RunSettings(region=region, workers=workers), place)
    if serve_it:
        console.print(f"\nThe dashboard is at http://127.0.0.1:{port} (stop it with Ctrl+C).")
        serve(place.root, region=region.id, port=port, doors=page_doors(place))
    return DEGRADED if result.degraded else 0


def run(
    region: options.RegionOption = options.DEFAULT_REGION,
    store: options.StoreOption = None,
    as_of: options.AsOfOption = None,
    horizon: options.HorizonOption = None,
    seed: options.SeedOption = 1,
    scheduler: options.SchedulerOption = None,
    workers: options.WorkersOption = None,
    capacities: CapacitiesOption = None,
    strict_vintages: options.StrictOption = False,
) -> int:
    """Aggregate, forecast, score by a backtest, and publish an edition with its briefing."""
    pack = with_capacities(load_region(region), capacities)
    settings = RunSettings(
        region=pack,
        horizon=horizon,
        seed=seed,
        as_of=_day(as_of),
        scheduler=scheduler,
        workers=workers,
        strict_vintages=strict_vintages,
    )
    return DEGRADED if _run(settings, open_store(store)).degraded else 0


def backtest(
    region: options.RegionOption = options.DEFAULT_REGION,
    store: options.StoreOption = None,
    as_of: options.AsOfOption = None,
    horizon: options.HorizonOption = None,
    seed: options.SeedOption = 1,
    scheduler: options.SchedulerOption = None,
    workers: options.WorkersOption = None,
    cutoffs: Annotated[int, typer.Option("--cutoffs", min=1, help="How many cutoffs.")] = 10,
    step: Annotated[int, typer.Option("--step", min=1, help="Periods between cutoffs.")] = 4,
    cutoff_dates: Annotated[
        str | None, typer.Option("--cutoff-dates", help="First days of last periods seen, by comma.")
    ] = None,
    indicator: Annotated[
        str | None, typer.Option("--indicator", help="Which indicator (default: the main one).")
    ] = None,
    peers: Annotated[bool, typer.Option("--peers", help="Also run the statsforecast peers.")] = False,
    out: ScoresOption = Path("scores"),
    strict_vintages: options.StrictOption = False,
) -> None:
    """Score past forecasts honestly: each cutoff sees only what was known then."""
    settings = BacktestSettings(
        region=load_region(region),
        horizon=horizon,
        seed=seed,
        as_of=_day(as_of),
        scheduler=scheduler,
        workers=workers,
        cutoffs=cutoffs,
        step=step,
        cutoff_dates=tuple(d for d in (_day(t.strip()) for t in (cutoff_dates or "").split(",") if t.strip()) if d),
        indicator=indicator,
        peers=peers,
        strict_vintages=strict_vintages,
    )
    with progress_bars() as report:
        result = run_backtest(settings, open_store(store), out=out, progress=report)
    console.print(*backtest_tables(result), sep="\n")
    say(result.files)


def _run(settings: RunSettings, store: Store) -> RunResult:
    with writing(store), progress_bars() as report:
        result = run_edition(settings, store, render=render_briefing, progress=report)
    say([pressure_table(result.published.edition), *run_lines(result)])
    return result


def with_capacities(region: Region, path: Path | None) -> Region:
    """The region with the planned capacities of a file, where one is named."""
    return region if path is None else replace(region, capacities=read_capacities(path, region))


def _day(text: str | None) -> date | None:
    return None if text is None else day_of(text)
