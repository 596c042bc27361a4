"""Every benchmark runs, small and untimed, so that none can rot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = sorted((ROOT / "benchmarks").glob("bench_*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda path: path.stem)
def test_benchmark_runs(benchmark: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "ROUTECAST_REAL_DATA"}
    done = subprocess.run(
        [sys.executable, str(benchmark), "--quick"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
