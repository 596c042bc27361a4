"""Python and its libraries, the disk, the clock, the cluster."""

import re
import shutil
import sys
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

from pipelines.compute.cluster import ClusterError, cluster
from pipelines.editions.edition import list_editions
from pipelines.jobs.doctor.finding import Finding
from pipelines.publish.release.retention import published_at
from pipelines.store.paths import Store

LOCK = Path(__file__).resolve().parents[3] / "requirements" / "lock.txt"
PYTHONS = ((3, 11), (3, 14))
_ROOM_BYTES = 500 * 2**20  # staging of a first edition, spill of the workers, logs
_SLACK = timedelta(minutes=5)  # clocks of two machines on one store


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
