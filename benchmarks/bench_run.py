"""What the weekly run costs on this machine: seconds, processor time, and the memory of all its processes together.

    python benchmarks/bench_run.py --store STORE

Runs `routecast run` on a copy of a store (as `make demo SERVE=0` leaves it) with a seed of its own, so that no edition
is there yet, and looks at its processes ten times a second. Pages that processes share are counted in each of them.
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


def memory_mib(process: psutil.Process) -> dict[int, float]:
    """Resident memory of a process and its children, by process."""
    held = {}
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):
            held[one.pid] = one.memory_info().rss / 2**20
    return held


def main() -> None:
    """Run it once and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=97)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = shutil.copytree(options.store, Path(folder) / "store")
        command = [sys.executable, "-m", "routecast", "run", "--store", str(store), "--seed", str(options.seed)]
        began, together, alone = time.monotonic(), 0.0, dict[int, float]()
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while run.poll() is None:
            with suppress(psutil.Error):
                held = memory_mib(psutil.Process(run.pid))
                together = max(together, sum(held.values()))
                alone = {pid: max(mib, alone.get(pid, 0.0)) for pid, mib in {**alone, **held}.items()}
            time.sleep(0.1)
        spent = os.times()
    if run.returncode:
        sys.exit(f"the run ended with {run.returncode}")
    workers = sorted((mib for pid, mib in alone.items() if pid != run.pid), reverse=True)[:2]
    print(f"seconds {time.monotonic() - began:.0f}, processor {spent.children_user + spent.children_system:.0f} s")
    print(
        f"memory at the peak, MiB: all {together:.0f}, the run {alone[run.pid]:.0f}, workers {workers[0]:.0f}", end=" "
    )
    print(" ".join(f"{mib:.0f}" for mib in workers[1:]))


if __name__ == "__main__":
    main()
