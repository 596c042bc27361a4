"""Is everything in place for the next run? One finding a subject, each with what to do."""

import json
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from pipelines.compute.checkpoints import PARTS
from pipelines.compute.cluster import ClusterError, cluster
from pipelines.editions.edition import LATEST, EditionError, aside, latest_edition, list_editions, open_edition
from pipelines.ingest.inbox.drop_folder import REFUSED, find_files
from pipelines.jobs.weekly_report import last_report
from pipelines.observations.batches import PROVENANCE, batch_files
from pipelines.observations.file_accounts import MAX_REFUSED_SHARE, current_accounts
from pipelines.observations.partitions import list_partitions
from pipelines.publish.release.audit_heads import check_trail
from pipelines.publish.release.profiles import derived_editions, unrecorded
from pipelines.publish.release.set_aside import LEFT_OVER, published_at
from pipelines.store.atomic import BusyError, exclusive
from pipelines.store.checksums import checksum, damage_of
from pipelines.store.ledger import BATCHES, head, missing_or_changed
from pipelines.store.paths import Store
from records.database import DatabaseError, exists, newest_revision, open_database, require_whole, revision

State = Literal["ok", "warn", "fail"]
LOCK = Path(__file__).resolve().parents[2] / "requirements" / "lock.txt"
PYTHONS = ((3, 11), (3, 14))
_ROOM_BYTES = 500 * 2**20  # staging of a first edition, spill of the workers, logs
_SLACK = timedelta(minutes=5)  # clocks of two machines on one store
_WEEKLY_DAYS = 8  # a weekly job that was silent for longer has missed its turn


@dataclass(frozen=True)
class Finding:
    """One line: the subject, how it stands, what was seen, and what to do where something is to do."""

    subject: str
    state: State
    seen: str
    advice: str = ""


def worst(findings: list[Finding]) -> State:
    """The worst state among findings; none at all is fine.

    >>> worst([Finding("disk", "ok", ""), Finding("clock", "warn", "")])
    'warn'
    """
    order: tuple[State, ...] = ("ok", "warn", "fail")
    return max((f.state for f in findings), key=order.index, default="ok")


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Whether this Python is one that Routecast is tested with."""
    name = ".".join(str(n) for n in version)
    if PYTHONS[0] <= version[:2] <= PYTHONS[1]:
        return Finding("python", "ok", name)
    return Finding("python", "fail", name, "Use Python 3.11 to 3.14: 'make env PYTHON=/path/to/python3.12'.")


def check_libraries(lock: Path = LOCK) -> Finding:
    """Whether the installed libraries are the locked ones; other versions may give other numbers."""
    if not lock.is_file():
        return Finding("libraries", "ok", "no lock file beside the program: versions not compared")
    locked: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE):
        locked.setdefault(name, set()).add(version)  # one line for each Python where they differ
    installed = {n: v for n in locked if (v := _installed(n)) is not None}
    other = [f"{n} {v}" for n, v in sorted(installed.items()) if v not in locked[n]]
    if other:
        seen = f"{len(other)} of {len(installed)} are not the locked versions: {', '.join(other[:4])}"
        return Finding("libraries", "warn", seen, "Run 'make env', or install from requirements/lock.txt.")
    return Finding("libraries", "ok", f"{len(installed)} as locked")


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def check_disk(store: Store, region: str) -> Finding:
    """Free space against what a run writes: an edition of the size of the last one, twice, and some room."""
    folder = next(p for p in (store.root, *store.root.parents) if p.is_dir())
    free, known = shutil.disk_usage(folder).free, list_editions(store, region)
    last = store.editions(region) / known[-1] if known else None
    size = sum(p.stat().st_size for p in last.rglob("*") if p.is_file()) if last else 0
    need = 2 * size + _ROOM_BYTES
    seen = f"{free / 2**30:,.1f} GiB free, a run needs about {need / 2**30:,.1f}"
    advice = "Make room, keep fewer editions ('routecast editions retain'), or name another --store."
    if free < need:
        return Finding("disk", "fail", seen, advice)
    return Finding("disk", "warn", seen, advice) if free < 4 * need else Finding("disk", "ok", seen)


def check_clock(store: Store, region: str, *, now: datetime) -> Finding:
    """A clock behind what the store holds would date new figures before old ones."""
    newest = [(published_at(store.editions(region) / e), f"edition {e}") for e in list_editions(store, region)]
    batches = [p for f in (store.observations(region), store.quarantine(region)) if f.is_dir() for p in f.iterdir()]
    newest += [(datetime.fromtimestamp(p.stat().st_mtime, tz=UTC), p.name) for p in batches]
    moment, what = max(newest, default=(now, ""))
    if moment > now + _SLACK:
        seen = f"{now:%Y-%m-%d %H:%M} UTC, but {what} is of {moment:%Y-%m-%d %H:%M}"
        return Finding("clock", "fail", seen, "Set this machine's clock (NTP) before anything is ingested or run.")
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC")


def check_cluster(scheduler: str | None) -> Finding:
    """Whether the scheduler answers and has workers."""
    if scheduler is None:
        return Finding("cluster", "ok", "none named: runs use this machine's processes")
    try:
        with cluster(scheduler) as client:
            workers = client.scheduler_info(n_workers=-1)["workers"].values()
            threads = sum(int(w["nthreads"]) for w in workers)
            seen = f"{scheduler}: {len(workers)} workers, {threads} threads"
            if workers:
                return Finding("cluster", "ok", seen)
            return Finding("cluster", "fail", seen, f"Start some: 'dask worker {scheduler}'.")
    except ClusterError as error:
        return Finding("cluster", "fail", str(error))


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
    patterns = (
        "editions/*/.staging-*",
        "profiles/*/*/.staging-*",
        f"editions/*/{LEFT_OVER}*",
        "observations/*/.staging-*",
        "*/*/.*.part",
    )
    left = [p for pattern in patterns for p in store.root.glob(pattern)]
    if not left:
        kept = any(path.parent.name != PARTS for path in store.root.glob("work/*/*/*"))
        words = "work of a run that did not end: the next one goes on from there" if kept else "nothing of killed runs"
        return Finding("left over", "ok", words)
    try:
        with exclusive(store.root / ".lock"):
            pass
    except BusyError:
        return Finding("left over", "ok", "a run is at work")
    seen = f"unfinished of killed runs: {len(left)}, e.g. {left[0].relative_to(store.root)}"
    return Finding("left over", "warn", seen, "The next run clears its own; what stays can be deleted by hand.")


def check_database(store: Store, region: str) -> Finding:
    """Whether the database answers, is whole, has this program's tables, and knows of all that was approved."""
    if not exists(store.database) and not derived_editions(store, region):
        return Finding("database", "ok", "SQLite in the store, made when first needed")
    try:
        database = open_database(store.database)
        require_whole(database)
        lost = unrecorded(store, region)
        if lost:
            seen = f"{database.name}: no decision on {', '.join(lost)}, which were made for partners"
            advice = "Were they approved: put the database back from a backup. Was approving broken off: approve again."
            return Finding("database", "warn", seen, advice)
        return Finding("database", "ok", f"{database.name}: step {revision(database)} of {newest_revision()}")
    except DatabaseError as error:
        return Finding("database", "fail", str(error))


def check_audit(store: Store) -> Finding:
    """Whether the audit trail is whole, has every hash that was kept, and speaks of all that was decided."""
    try:
        state = check_trail(store)
    except DatabaseError as error:
        return Finding("audit trail", "fail", str(error))
    if state.problems:
        advice = "'routecast audit verify' lists them. Put the database back from a backup; docs/operations.md."
        return Finding("audit trail", "fail", f"broken: {len(state.problems)}, e.g. {state.problems[0]}", advice)
    return Finding("audit trail", "ok", f"{state.entries} entries, last hash {state.head[:12]}…")


def check_sources(store: Store, region: str, *, watch: Mapping[str, int], now: datetime) -> list[Finding]:
    """How old each source's newest figure is; a warning where that is more than its watch allows."""
    newest: dict[str, pd.Timestamp] = {}
    folder = store.observations(region)
    for batch in list_partitions(batch_files(folder)):
        source = batch.path.relative_to(folder).parts[0].split("-")[1]  # NUMBER-SOURCE-DIGEST
        last = pd.Timestamp(batch.as_of_last, unit="D")
        newest[source] = max(newest.get(source, last), last)
    today = pd.Timestamp(now.date())
    found = []
    for source in sorted({*newest, *watch}):
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


def check_files(store: Store, region: str) -> Finding:
    """Whether much of a delivered file was refused and has not been sent again since."""
    accounts = current_accounts(store, region)
    much = sorted((a for a in accounts if a.much_refused), key=lambda a: -a.refused_share)
    if not much:
        return Finding("files", "ok", f"{len(accounts)}, of none was more than {MAX_REFUSED_SHARE:.0%} refused")
    worst_one = f"{much[0].source} {much[0].file} ({much[0].refused_share:.0%} of its count)"
    advice = "'routecast quarantine' lists the rows: mend them, and send the whole file again under the same name."
    return Finding("files", "warn", f"much was refused of {len(much)} of {len(accounts)}: {worst_one}", advice)


def check_editions(store: Store, region: str) -> Finding:
    """Whether every byte of every edition is as published, and where `latest` points."""
    known = list_editions(store, region)
    if not known:
        return Finding("editions", "ok", f"none of region '{region}' yet")
    try:
        editions = [*(open_edition(store, region, e) for e in known), *derived_editions(store, region)]
        problems = [p for edition in editions for p in edition.verify()]
        latest = latest_edition(store, region)
    except EditionError as error:
        return Finding("editions", "fail", str(error))
    if problems:
        advice = "Lead readers to a whole one ('routecast editions rollback'), and put back a copy."
        return Finding("editions", "fail", f"damaged files: {len(problems)}, e.g. {problems[0]}", advice)
    pointer = store.editions(region) / LATEST
    if not pointer.is_file():
        return Finding("editions", "warn", f"'latest' is missing: readers see {latest}", "The next run writes it.")
    left_out = aside(store, region)["set_aside"]
    newest = next((e for e in reversed(known) if e not in left_out), latest)
    if latest != newest:
        advice = f"Unless a run of an earlier day was wanted, lead them there: 'routecast editions rollback {newest}'."
        return Finding("editions", "warn", f"readers see {latest}, although {newest} is newer", advice)
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


def check_ledger(store: Store) -> Finding:
    """Whether all that was taken in and given out is still there."""
    if not store.root.is_dir():
        return Finding("ledger", "ok", "none yet")
    problems = missing_or_changed(store)
    if problems:
        return Finding("ledger", "fail", f"missing or changed: {len(problems)}, e.g. {problems[0]}")
    last = head(store)
    return Finding("ledger", "ok", f"{last['entries']} entries, all there; last hash {last['head'][:16]}")


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


def damaged_inputs(store: Store) -> list[str]:
    """Every batch, delivered table and provider's file of a store that is not as it was written, each with the reason.

    Reads every byte.
    """
    folders = [f for kind in BATCHES for f in sorted((store.root / kind).glob("*"))]
    batches = [p for f in folders for p in (*batch_files(f), *sorted(f.glob(f"[!.]*/{PROVENANCE}")))]
    found = [f"{p.relative_to(store.root)}: {damage}" for p in batches if (damage := damage_of(p))]
    for provenance in sorted(store.snapshots.glob("*/provenance.json")):
        found += _damaged_snapshot(provenance.parent, store.root)
    return found


def _damaged_snapshot(folder: Path, root: Path) -> list[str]:
    """A provider's file lies in a folder that is named by its checksum."""
    files = [p for p in folder.iterdir() if p.name != "provenance.json" and not p.name.startswith(".")]
    if not files:
        told = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        if not told.get("bytes_kept", True):  # it held more than was read
            return []
        return [f"{folder.relative_to(root)}: the provider's file is missing. Put it back from a backup."]
    return [
        f"{p.relative_to(root)}: expected the provider's bytes, got others. Put the file back from a backup, or get it "
        "again from the provider; the figures taken from it are kept apart and are whole."
        for p in files
        if checksum(p) != folder.name
    ]
