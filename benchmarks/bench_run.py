"""What the weekly run costs on this machine: seconds, processor time, and the memory of all its processes together.

    python benchmarks/bench_run.py

Runs `routecast demo --no-serve` in a folder of its own and looks at its processes ten times a second; `--store STORE`:
`routecast run` on a copy of that store, with a seed of its own so that no edition is there yet; `--quick`: a small
region. Pages that processes share are counted in each of them.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.small_runs import command, finish, write_small_region

SEED = "97"


def memory_mib(process: psutil.Process) -> dict[int, float]:
    """Resident memory of a process and its children, by process."""
    held = {}
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):
            held[one.pid] = one.memory_info().rss / 2**20
    return held


def processor_seconds() -> float:
    """Of all processes that were started from here and have ended."""
    return os.times().children_user + os.times().children_system


def command_of(options: argparse.Namespace, folder: Path) -> list[str]:
    """What is run."""
    if options.quick:
        write_small_region(folder)
        finish(command("ingest", "csv", str(folder / "figures.csv"), folder=folder, store=folder / "store"))
        return command("run", folder=folder, store=folder / "store")
    if options.store is None:
        return [sys.executable, "-m", "routecast", "demo", "--no-serve", "--store", str(folder / "store")]
    store = shutil.copytree(options.store, folder / "store")
    return [sys.executable, "-m", "routecast", "run", "--store", str(store), "--seed", SEED]


def main() -> None:
    """Run it once and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, help="a store with figures")
    parser.add_argument("--quick", action="store_true", help="a small region")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        words = command_of(options, Path(folder))
        before = processor_seconds()
        began, together, alone = time.monotonic(), 0.0, dict[int, float]()
        run = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while run.poll() is None:
            with suppress(psutil.Error):
                held = memory_mib(psutil.Process(run.pid))
                together = max(together, sum(held.values()))
                alone = {pid: max(mib, alone.get(pid, 0.0)) for pid, mib in {**alone, **held}.items()}
            time.sleep(0.1)
        seconds, spent = time.monotonic() - began, processor_seconds() - before
    if run.returncode:
        sys.exit(f"the run ended with {run.returncode}")
    workers = sorted((mib for pid, mib in alone.items() if pid != run.pid), reverse=True)[:2]
    print(f"seconds {seconds:.0f}, processor {spent:.0f} s")
    each = " ".join(f"{mib:.0f}" for mib in workers)
    print(f"memory at the peak, MiB: all {together:.0f}, the run {alone[run.pid]:.0f}, the largest workers {each}")


if __name__ == "__main__":
    main()
