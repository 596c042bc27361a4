"""`routecast doctor`: is everything in place, and what to do where it is not."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from geo.pack.load import PackError, load_region
from pipelines.ingest.inbox.settings import FILE, SourcesFile, read_sources_file
from pipelines.jobs import doctor as checks
from pipelines.jobs.doctor import Finding, worst
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store, open_store
from routecast.terminal.errors import DEGRADED, OWN_FAULT
from routecast.terminal.options import DEFAULT_REGION, RegionOption, SchedulerOption, StoreOption, stored_region
from routecast.terminal.progress import console

CODES = {"ok": 0, "warn": DEGRADED, "fail": OWN_FAULT}
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    scheduler: SchedulerOption = None,
    settings: Annotated[Path | None, typer.Option("--settings", help=f"Default: {FILE} in the store.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a monitor.")] = False,
) -> int:
    """Check environment, store, database, region, sources, disk, clock, cluster and editions; say what to do."""
    place, now = open_store(store), datetime.now(tz=UTC)
    findings = examine(place, region, settings=settings, scheduler=scheduler, now=now)
    state = worst(findings)
    if as_json:
        told = {"state": state, "at": now.isoformat(timespec="seconds"), "findings": [asdict(f) for f in findings]}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return CODES[state]
    for f in findings:
        console.print(f"{f.state:<5}", style=_COLOURS[f.state], end="")
        console.print(f"{f.subject:<18} {f.seen}")
        if f.advice:
            console.print(f"{'':<23} → {f.advice}")
    todo = sum(f.state != "ok" for f in findings)
    console.print(f"\n{len(findings)} checks, {todo or 'nothing'} to look at.")
    return CODES[state]


def examine(store: Store, region: str, *, settings: Path | None, scheduler: str | None, now: datetime) -> list[Finding]:
    """Every check, in the order in which one would mend what they find."""
    region_id = stored_region(region)
    known, sources_file = _sources_file(store, settings)
    return [
        checks.check_python(),
        checks.check_libraries(),
        checks.check_clock(store, region_id, now=now),
        checks.check_disk(store, region_id),
        checks.check_store(store),
        checks.check_left_over(store),
        checks.check_database(store, region_id),
        checks.check_audit(store),
        _region(region),
        sources_file,
        *checks.check_sources(store, region_id, watch=known.watch, now=now),
        checks.check_drop(store.drop),
        checks.check_files(store, region_id),
        checks.check_inputs(store),
        checks.check_ledger(store),
        checks.check_editions(store, region_id),
        checks.check_weekly(store, region_id, now=now),
        checks.check_cluster(scheduler),
    ]


def _region(region: str) -> Finding:
    try:
        pack = load_region(region)
    except PackError as error:
        return Finding("region", "fail", str(error), f"'routecast region check {region}' says all that is wrong.")
    return Finding("region", "ok", f"{pack.name}, {len(pack.segments)} segments, version {pack.pack_version}")


def _sources_file(store: Store, settings: Path | None) -> tuple[SourcesFile, Finding]:
    path = settings or store.root / FILE
    try:
        known = read_sources_file(path, must_be=settings is not None)
    except DataRefusedError as error:
        return SourcesFile(), Finding("settings", "fail", str(error))
    if not path.is_file():
        return known, Finding("settings", "ok", f"no {FILE}: nothing is fetched, files come by the drop folder")
    told = "with" if known.webhook else "without"
    return known, Finding("settings", "ok", f"{path.name}: addresses to fetch from: {len(known.fetch)}, {told} webhook")
