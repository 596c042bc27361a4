"""Runs and ingests killed with SIGKILL at random moments, while a reader looks at the latest edition all the time.

    python benchmarks/bench_kills.py --kills 200

A region of two segments. Most runs use a Dask scheduler and worker that were started apart and live on, and start from
a process that has imported everything, so that the moments fall into the work and not into the start of Python; every
twentieth run is the command as a user gives it, with workers of its own that are killed with it. After every kill
nothing that was taken in may be missing; at the end every edition must have the bytes of those of an undisturbed store.
Ends with 1 if a reader ever saw a broken edition, a figure was lost, or a byte differs. `--quick`: five kills.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipelines.editions.edition import EditionError, list_editions, open_edition
from pipelines.observations.batches import load_observations
from pipelines.store.paths import Store
from routecast.cli import run_command
from tests.clusters import WORKER_HOSTS, free_port, processes
from tests.small_runs import PACK, bytes_of

FIRST_MONTHS, SEED = 30, 20261125
AS_A_USER = 20  # every so many kills
LOOK_SECONDS = 0.2  # between two looks of the reader, who would else take the runs' processor
START_SECONDS = 15.0  # that a command takes to start, with workers of its own
REGION = "pack"


@dataclass(frozen=True)
class Place:
    """Where the commands work."""

    folder: Path
    scheduler: str

    def words(self, command: str, store: str, *more: str) -> list[str]:
        """A command on one of the stores."""
        return [command, *more, "--region", str(self.folder / REGION), "--store", str(self.folder / store)]

    def run_words(self, store: str, *, own_workers: bool = False) -> list[str]:
        """A run, on the scheduler or with workers of its own."""
        where = ["--workers", "1"] if own_workers else ["--scheduler", self.scheduler]
        return self.words("run", store, "--horizon", "2", *where)

    def ingest_words(self, store: str, batch: int) -> list[str]:
        """Take a batch in."""
        return self.words("ingest", store, "csv", str(self.folder / f"figures-{batch}.csv"))


def write_batch_file(folder: Path, batch: int) -> None:
    """The first months, or one more; seeded by the batch, so that both stores get the same."""
    rng = np.random.default_rng(SEED + batch)
    months = range(FIRST_MONTHS) if batch == 0 else [FIRST_MONTHS + batch - 1]
    lines = ["indicator,place_kind,place,period_start,period,count"]
    for n in months:
        for place in "ab":
            count = rng.negative_binomial(8, 8 / (8 + 60 + 20 * np.sin(n / 2)))
            lines.append(f"irregular_crossings,segment,{place},{2016 + n // 12}-{n % 12 + 1:02d}-01,M,{count}")
    (folder / f"figures-{batch}.csv").write_text("\n".join(lines) + "\n")


def in_child(work: Callable[[], int]) -> int:
    """Start a function in a process group of its own; its id."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    code = 70
    try:
        code = work()
    finally:
        os._exit(code)


def ended(child: int, *, within: float | None = None) -> int | None:
    """Exit code of a child; where it has not ended in time, it and all it started are killed: None."""
    until = time.monotonic() + (within if within is not None else 600)
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def started(words: list[str], *, as_a_user: bool = False) -> int:
    """Start a command; its process id, which is its group's as well."""
    if as_a_user:
        return in_child(lambda: os.execv(sys.executable, [sys.executable, "-m", "routecast", *words]))
    return in_child(lambda: run_command(words))


def read_on(store: Store, out: Path) -> int:
    """Open the latest edition and check its every byte, again and again; what was seen, when told to end."""
    seen: Counter[str] = Counter()
    ids: set[str] = set()
    going = True

    def stop(*_: object) -> None:
        """Let the loop end after this round."""
        nonlocal going
        going = False

    signal.signal(signal.SIGTERM, stop)
    while going:
        seen["looks"] += 1
        try:
            edition = open_edition(store, REGION)
            seen["broken"] += bool(edition.verify()) or not len(edition.forecasts)
            ids.add(edition.id)
        except EditionError:
            seen["broken"] += bool(ids)  # before the first edition there is none
        except Exception:  # noqa: BLE001 - whatever a reader meets is what this is for
            seen["broken"] += 1
        time.sleep(LOOK_SECONDS)
    out.write_text(json.dumps({**seen, "editions": len(ids)}))
    return 0


@contextmanager
def reading(store: Store, out: Path) -> Iterator[None]:
    """A reader beside the block, which leaves what it has seen in a file."""
    child = in_child(lambda: read_on(store, out))
    try:
        yield
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def stage_of(store: Path) -> str:
    """What the newest log says that the run was doing."""
    logs = sorted((store / "logs").glob("run-*.jsonl"), key=lambda p: p.stat().st_mtime)
    lines = [json.loads(line) for line in logs[-1].read_text().splitlines() if line.endswith("}")] if logs else []
    stages = [line["stage"] for line in lines if line["event"] == "stage"]
    if not lines or lines[-1]["event"] == "done":
        return "start"
    return str(stages[-1]) if stages else "start"


@dataclass
class Disturber:
    """Ingests and runs that are killed at random; what happened is counted."""

    place: Place
    moments: random.Random
    batch: int = 0
    taken: bool = False  # whether the batch is in the store
    whole: float = 8.0  # seconds that an undisturbed run takes here
    killed: Counter[str] = field(default_factory=Counter)  # by stage
    ended: int = 0
    lost: int = 0
    failed: list[str] = field(default_factory=list)
    published: list[int] = field(default_factory=list)  # batches after which an edition was published

    @property
    def kills(self) -> int:
        """How many so far."""
        return sum(self.killed.values())

    def step(self) -> None:
        """Take the batch in, start a run, kill either or neither; see that nothing is lost."""
        store = Store(self.place.folder / "disturbed")
        if not self.taken:
            self._ingest()
        before = list_editions(store, REGION)
        self._run()
        figures = 2 * (FIRST_MONTHS + self.batch)
        self.lost += in_other(lambda: len(load_observations(store, REGION)) != figures)
        if list_editions(store, REGION) != before:
            self.published.append(self.batch)
            self.batch, self.taken = self.batch + 1, False
            write_batch_file(self.place.folder, self.batch)

    def _ingest(self) -> None:
        words = self.place.ingest_words("disturbed", self.batch)
        if self.moments.random() < 0.5:
            self.killed["ingest"] += ended(started(words), within=self.moments.uniform(0, 0.25)) is None
        code = ended(started(words))
        self.failed += [f"ingest ended with {code}"] if code else []
        self.taken = True

    def _run(self) -> None:
        own = self.kills % AS_A_USER == AS_A_USER - 1
        limit = self.moments.uniform(0, 0.5 * self.whole + (START_SECONDS if own else 0))
        child = started(self.place.run_words("disturbed", own_workers=own), as_a_user=own)
        code = ended(child, within=limit)
        stage = stage_of(self.place.folder / "disturbed")
        if code is None:
            self.killed["as a user: " * own + stage] += 1
            return
        self.ended += 1
        self.failed += [f"run ended with {code}: {stage}"] if code else []


def timed(place: Place) -> float:
    """Seconds of an undisturbed run, on a store of its own."""
    ended(started(place.ingest_words("timing", 0)))
    began = time.monotonic()
    ended(started(place.run_words("timing")))
    return time.monotonic() - began


def in_other(question: Callable[[], bool]) -> bool:
    """Ask in a child: this process stays free of threads, so that it can fork."""
    return ended(in_child(lambda: int(question()))) != 0


def settle(place: Place, published: list[int]) -> tuple[int, int]:
    """A plain run of the disturbed store, and the same editions in an undisturbed one; editions, files that differ."""
    last = max(int(p.stem.partition("-")[2]) for p in place.folder.glob("figures-*.csv"))
    ended(started(place.ingest_words("disturbed", last)))
    ended(started(place.run_words("disturbed")))
    for batch in range(last + 1):
        ended(started(place.ingest_words("undisturbed", batch)))
        if batch in published or batch == last:
            ended(started(place.run_words("undisturbed")))
    ours, theirs = (bytes_of(place.folder / name) for name in ("disturbed", "undisturbed"))
    differing = [name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)]
    return len(list_editions(Store(place.folder / "undisturbed"), REGION)), len(differing)


def main() -> int:
    """Kill, count, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=600.0, help="stop killing after so many, and compare")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    kills, until = 5 if options.quick else options.kills, time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder, processes(port=free_port()) as dask:
        dask.start_scheduler()
        dask.start_worker(WORKER_HOSTS[0])
        place = Place(Path(folder), dask.address)
        (place.folder / REGION).mkdir()
        (place.folder / REGION / "region.yaml").write_text(PACK)
        write_batch_file(place.folder, 0)
        disturber = Disturber(place, random.Random(SEED), whole=timed(place))
        with reading(Store(place.folder / "disturbed"), place.folder / "reader.json"):
            while disturber.kills < kills and time.monotonic() < until:
                disturber.step()
        editions, differing = settle(place, disturber.published)
        seen = json.loads((place.folder / "reader.json").read_text())
        leftover = [p for p in (place.folder / "disturbed").rglob("*") if p.name.startswith(".staging")]
    return told(disturber, seen, editions=editions, differing=differing, leftover=len(leftover))


def told(disturber: Disturber, seen: dict[str, int], *, editions: int, differing: int, leftover: int) -> int:
    """Print the counts; 1 where anything was broken."""
    print(f"killed {disturber.kills} times, {disturber.ended} runs ended by themselves")
    for stage, number in disturber.killed.most_common():
        print(f"  {number:4} in: {stage}")
    broken, lost, failed = seen.get("broken", 0), disturber.lost, disturber.failed
    print(f"reader: {seen['looks']:,} looks at {seen['editions']} editions, broken {broken}")
    print(f"figures missing after a kill: {lost} times; commands that failed otherwise: {len(failed)}")
    print(f"editions compared with those of an undisturbed store: {editions}; files that differ: {differing}")
    print(f"staging folders left over: {leftover}")
    for text in failed[:5]:
        print(f"  {text}")
    return int(bool(broken or lost or failed or differing or leftover))


if __name__ == "__main__":
    sys.exit(main())
