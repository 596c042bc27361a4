"""`routecast fetch`, `routecast weekly`: what runs every week with nobody watching."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from dashboards.briefing import render_briefing
from geo.pack.load import load_region
from pipelines.editions.edition import Edition
from pipelines.ingest.inbox.drop_folder import DropFolderResult, SourceProblem, source_problems, take_dropped
from pipelines.ingest.inbox.fetch import FetchOutcome, fetch_sources
from pipelines.ingest.inbox.settings import FILE, SourcesFile, read_sources_file
from pipelines.ingest.ingest_files import take_files
from pipelines.ingest.reading.personal_data import file_for_message
from pipelines.jobs.run import RunResult, RunSettings, run_edition
from pipelines.jobs.weekly_report import keep_report, notify, weekly_report
from pipelines.publish.release.audit_heads import require_trail
from pipelines.store.ledger import writing
from pipelines.store.paths import Store, open_store
from routecast.commands.run import CapacitiesOption, with_capacities
from routecast.terminal import options
from routecast.terminal.errors import BUSY, DEGRADED, OWN_FAULT, REFUSED, UsageError, exit_code_of
from routecast.terminal.progress import console, progress_bars, say
from routecast.terminal.summaries import pressure_table, run_lines
from routecast.terminal.trail import say_head

SettingsOption = Annotated[
    Path | None, typer.Option("--settings", help=f"Addresses of sources (default {FILE} in the store, if it is there).")
]
DropOption = Annotated[
    Path | None, typer.Option("--drop", help="Folder of new files, one folder a source (default drop in the store).")
]
WaitOption = Annotated[
    float, typer.Option("--wait", min=0, help="Minutes to wait for another run on this store (0: leave, exit code 5).")
]
WEBHOOK_VARIABLE = "ROUTECAST_WEBHOOK"


def fetch(
    sources: Annotated[list[str] | None, typer.Argument(help="Only these sources (default: all in the file).")] = None,
    store: options.StoreOption = None,
    settings: SettingsOption = None,
    drop: DropOption = None,
    wait: WaitOption = 0,
    again: Annotated[bool, typer.Option("--again", help="Fetch even what has not changed.")] = False,
) -> int:
    """Fetch sources' files from the internet into the drop folder; 'routecast weekly' takes them from there."""
    place = open_store(store)
    known = _sources_file(place, settings)
    wanted = [a for a in known.fetch if not sources or a.source in sources]
    named = {a.source for a in known.fetch}
    unknown = [s for s in sources or [] if s not in named]
    if unknown or not wanted:
        raise UsageError(
            f"fetch: no address of {', '.join(repr(s) for s in unknown) or 'any source'} in "
            f"{settings or place.root / FILE}. Write it there: docs/operations.md."
        )
    with writing(place, wait_seconds=60 * wait, waits=_waiting):
        at = datetime.now(tz=UTC)
        outcomes = fetch_sources(wanted, drop=drop or place.drop, at=at, again=again)
    say(o.line() for o in outcomes)
    return fetch_code(outcomes)


def fetch_code(outcomes: list[FetchOutcome]) -> int:
    """0: all there · 4: some · of none: 3 if an answer was refused, else 1."""
    failed = [o for o in outcomes if o.failed]
    if not failed:
        return 0
    if len(failed) < len(outcomes):
        return DEGRADED
    return REFUSED if any(o.state == "refused" for o in failed) else OWN_FAULT


@dataclass
class _Job:
    """How far the weekly job has come: what its report is made of, however it ends."""

    region: str
    outcomes: list[FetchOutcome] = field(default_factory=list)
    dropped: DropFolderResult | None = None
    problems: tuple[SourceProblem, ...] = ()
    result: RunResult | None = None
    audit_head: str | None = None

    @property
    def exit_code(self) -> int:
        """0, or 4 where the edition rests on less than it should."""
        astray = self.dropped is not None and self.dropped.files.astray
        run = self.result is not None and (self.result.degraded or self.result.published.set_aside)
        return DEGRADED if self.problems or astray or run else 0


def weekly(
    region: options.RegionOption = options.DEFAULT_REGION,
    store: options.StoreOption = None,
    settings: SettingsOption = None,
    drop: DropOption = None,
    fetch_them: Annotated[
        bool, typer.Option("--fetch/--no-fetch", help="Fetch what the settings name before looking at the folder.")
    ] = True,
    wait: WaitOption = 0,
    settle: Annotated[
        float, typer.Option("--settle", min=0, max=600, help="Seconds that a file must not have changed.")
    ] = 5,
    horizon: options.HorizonOption = None,
    seed: options.SeedOption = 1,
    scheduler: options.SchedulerOption = None,
    workers: options.WorkersOption = None,
    capacities: CapacitiesOption = None,
    expect: Annotated[
        str | None,
        typer.Option("--expect", help="Hash of an audit entry, kept elsewhere: stop if it is gone."),
    ] = None,
) -> int:
    """Fetch, take new files from the drop folder, run and publish; for cron, a systemd timer or a CronJob."""
    place, job = open_store(store), _Job(Path(region).name)
    known: SourcesFile | None = None
    try:
        known = _sources_file(place, settings)
        pack = with_capacities(load_region(region), capacities)
        job.region = pack.id
        run = RunSettings(region=pack, horizon=horizon, seed=seed, scheduler=scheduler, workers=workers)
        with writing(place, wait_seconds=60 * wait, waits=_waiting):
            require_trail(place, expected={expect} if expect else frozenset())
            _week(job, run, place, addresses=known if fetch_them else None, drop=drop or place.drop, settle=settle)
    except Exception as error:
        _tell(job, place, exit_code_of(error), known)
        raise
    _tell(job, place, job.exit_code, known)
    return job.exit_code


def _week(
    job: _Job, run: RunSettings, store: Store, *, addresses: SourcesFile | None, drop: Path, settle: float
) -> None:
    at = datetime.now(tz=UTC)
    if addresses is not None and addresses.fetch:
        job.outcomes = fetch_sources(addresses.fetch, drop=drop, at=at)
        say(o.line() for o in job.outcomes)
    shared: dict[str, Any] = {"region": run.region, "scheduler": run.scheduler, "workers": run.workers}
    with progress_bars() as bars:
        shared |= {"store": store, "today": at.date(), "progress": bars}
        job.dropped = take_dropped(
            drop,
            store,
            run.region.id,
            take=lambda source, path: take_files(source, [path], **shared),
            at=at,
            settle_seconds=settle,
        )
    say(job.dropped.lines)
    say(job.dropped.files.astray)
    say(
        f"{d.source} {file_for_message(d.path.name)}: still being written, left for the next time"
        for d in job.dropped.files.growing
    )
    if not (job.dropped.taken or job.dropped.refusals or job.outcomes):
        say([f"No new file in {drop} (it takes them by source, e.g. {drop / 'csv' / 'figures.csv'})."])
    job.problems = source_problems(store, run.region.id, job.outcomes)
    with progress_bars() as bars:
        run = replace(run, source_problems=job.problems)
        job.result = run_edition(run, store, render=render_briefing, progress=bars)
    edition = job.result.published.edition
    say([pressure_table(edition), *run_lines(job.result), *_stand_ins(edition)])
    job.audit_head = say_head(store)


def _stand_ins(edition: Edition) -> Iterator[str]:
    """What serves in place of the sources that gave nothing."""
    for row in edition.quality.get("source_problems", []):
        day, words = row["as_of_newest"], row["problem"].replace("_", " ")
        newest = f"its figures up to {day} serve" if day else "there are no figures of it"
        yield f"Nothing new from {row['source']} ({words}): {newest}. The edition says so."


def _tell(job: _Job, store: Store, code: int, known: SourcesFile | None) -> None:
    """Keep the report and send it; neither can make the job fail."""
    published = job.result.published if job.result else None
    parts: dict[str, Any] = {"outcomes": job.outcomes, "intake": job.dropped, "problems": job.problems}
    parts |= {"published": published, "audit_head": job.audit_head}
    report = weekly_report(job.region, code, at=datetime.now(tz=UTC), **parts)
    if code != BUSY:  # the one at work keeps its own
        try:
            keep_report(store, job.region, report)
        except OSError as error:
            say([f"The report could not be kept: {error.strerror}."])
    url = os.environ.get(WEBHOOK_VARIABLE) or (known.webhook if known else None)
    problem = notify(url, report) if url else None
    if problem:
        say([f"{problem}. The edition is not touched by that."])


def _sources_file(store: Store, named: Path | None) -> SourcesFile:
    return read_sources_file(named or store.root / FILE, must_be=named is not None)


def _waiting() -> None:
    console.print("Another run is at work on this store: waiting for it.")
