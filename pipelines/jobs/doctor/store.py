"""The store: may it be written, what was left behind, the database, the sources, the editions, the weekly job."""

import os
import stat
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.editions.edition import LATEST, EditionError, latest_edition, list_editions, open_edition
from pipelines.ingest.inbox.drop_folder import REFUSED, find_files
from pipelines.jobs.doctor.finding import Finding
from pipelines.jobs.doctor.stored_inputs import damaged_inputs
from pipelines.jobs.weekly_report import last_report
from pipelines.observations.batches import load_observations
from pipelines.publish.release.retention import LEFT_OVER
from pipelines.store.atomic import BusyError, exclusive
from pipelines.store.paths import Store
from records.database import DatabaseError, newest_revision, open_database, revision

_WEEKLY_DAYS = 8  # a weekly job that was silent for longer has missed its turn


def check_store(store: Store) -> Finding:
    """Whether the store can be written, and by whom else."""
    root = store.root
    if not root.exists():
        parent = next(p for p in root.parents if p.exists())
        if os.access(parent, os.W_OK):
            return Finding("store", "ok", f"{root}: not there yet, the first command makes it")
        return Finding("store", "fail", f"{root}: not there, and {parent} can't be written", "Name another --store.")
    try:
        with tempfile.NamedTemporaryFile(dir=root, prefix=".doctor-") as probe:
            probe.write(b"?")
            os.fsync(probe.fileno())
    except OSError as error:
        advice = "Check owner and permissions, or whether the disk is mounted read-only or full."
        return Finding("store", "fail", f"{root}: can't be written ({error.strerror})", advice)
    if root.stat().st_mode & stat.S_IWOTH:
        return Finding("store", "warn", f"{root}: every user of this machine can write here", f"chmod o-w {root}")
    return Finding("store", "ok", f"{root}: can be written")


def check_left_over(store: Store) -> Finding:
    """What killed runs left: harmless, and cleared by the next run."""
    patterns = ("editions/*/.staging-*", f"editions/*/{LEFT_OVER}*", "daily/*/.staging-*", "*/*/.*.part")
    left = [p for pattern in patterns for p in store.root.glob(pattern)]
    if not left:
        kept = any(store.root.glob("work/*/*/*"))
        words = "work of a run that did not end: the next one goes on from there" if kept else "nothing of killed runs"
        return Finding("left over", "ok", words)
    try:
        with exclusive(store.root / ".lock"):
            pass
    except BusyError:
        return Finding("left over", "ok", "a run is at work")
    seen = f"unfinished of killed runs: {len(left)}, e.g. {left[0].relative_to(store.root)}"
    return Finding("left over", "warn", seen, "The next run clears its own; what stays can be deleted by hand.")


def check_database(store: Store) -> Finding:
    """Whether the database answers, and whether its tables are this program's."""
    if store.database.startswith("sqlite") and not (store.root / "database.sqlite").exists():
        return Finding("database", "ok", "SQLite in the store, made when first needed")
    try:
        database = open_database(store.database)
        return Finding("database", "ok", f"{database.name}: step {revision(database)} of {newest_revision()}")
    except DatabaseError as error:
        return Finding("database", "fail", str(error))


def check_sources(store: Store, region: str, *, watch: Mapping[str, int], now: datetime) -> list[Finding]:
    """How old each source's newest figure is; a warning where that is more than its watch allows."""
    figures = load_observations(store, region)
    newest = figures.groupby("source")["as_of"].max() if len(figures) else pd.Series(dtype="datetime64[ns]")
    today = pd.Timestamp(now.date())
    found = []
    for source in sorted({*newest.index, *watch}):
        days = (today - newest[source]).days if source in newest else None
        limit = watch.get(source)
        seen = "no figures" if days is None else f"newest figure known on {newest[source]:%Y-%m-%d}, {days} days ago"
        late = limit is not None and (days is None or days > limit)
        advice = f"Expected within {limit} days: ask the sender, or look into drop/refused." if late else ""
        found.append(Finding(f"source {source}", "warn" if late else "ok", seen, advice))
    if not found:
        advice = "'routecast ingest SOURCE FILE', or files in the drop folder and 'routecast weekly'."
        found.append(Finding("sources", "warn", f"no figures of region '{region}'", advice))
    return found


def check_editions(store: Store, region: str) -> Finding:
    """Whether every byte of every edition is as published, and where `latest` points."""
    known = list_editions(store, region)
    if not known:
        return Finding("editions", "ok", f"none of region '{region}' yet")
    try:
        problems = [p for e in known for p in open_edition(store, region, e).verify()]
        latest = latest_edition(store, region)
    except EditionError as error:
        return Finding("editions", "fail", str(error))
    if problems:
        advice = "Lead readers to a whole one ('routecast editions rollback'), and put back a copy."
        return Finding("editions", "fail", f"damaged files: {len(problems)}, e.g. {problems[0]}", advice)
    pointer = store.editions(region) / LATEST
    if not pointer.is_file():
        return Finding("editions", "warn", f"'latest' is missing: readers see {latest}", "The next run writes it.")
    return Finding("editions", "ok", f"{len(known)} as published, readers see {latest}")


def check_inputs(store: Store) -> Finding:
    """Whether every byte that was taken in is as it was taken in."""
    if not store.root.is_dir():
        return Finding("inputs", "ok", "none yet")
    damaged = damaged_inputs(store)
    if damaged:
        advice = "A run refuses damaged figures: put back a copy before the next one."
        return Finding("inputs", "fail", f"damaged: {len(damaged)}, e.g. {damaged[0]}", advice)
    return Finding("inputs", "ok", "every byte as it was taken in")


def check_weekly(store: Store, region: str, *, now: datetime) -> Finding:
    """How the last weekly job ended, and whether one is overdue."""
    last = last_report(store, region)
    if last is None:
        return Finding("weekly", "ok", "never run here")
    days = (pd.Timestamp(now) - pd.Timestamp(last["finished"])).days
    seen = f"{last['outcome']} {days} days ago (exit code {last['exit_code']})"
    if days > _WEEKLY_DAYS:
        return Finding("weekly", "warn", seen, "Overdue: look at the timer and its log.")
    if last["exit_code"]:
        return Finding("weekly", "warn", f"{seen}{_named(last)}", "Look at its log, and into drop/refused.")
    return Finding("weekly", "ok", seen)


def _named(report: dict[str, Any]) -> str:
    names = [f"{p['source']} {p['problem'].replace('_', ' ')}" for p in report.get("source_problems", [])]
    names += ["its edition was rolled back from"] if report.get("rolled_back_from") else []
    return f": {', '.join(names)}" if names else ""


def check_drop(drop: Path) -> Finding:
    """How many files wait, how many were refused, and what lies where nobody looks."""
    found = find_files(drop, settle_seconds=0)
    refused = sum(1 for _ in (drop / REFUSED).rglob("*.txt")) if drop.is_dir() else 0
    seen = f"{drop}: waiting {len(found.ready) + len(found.growing)}, refused so far {refused}"
    if found.astray:
        return Finding("drop folder", "warn", f"{seen}, astray {len(found.astray)}", found.astray[0])
    return Finding("drop folder", "ok", seen if drop.is_dir() else f"{drop}: not there yet")
