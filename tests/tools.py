"""Validators that tests ask and the lock does not hold: they lie in a folder of their own, filled by `.ci/run`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(os.environ.get("ROUTECAST_TEST_TOOLS") or Path.home() / ".cache" / "routecast-tests" / "python")


def run_tool(package: str, code: str, *words: str) -> str:
    """What a few lines of Python print, with a validator at hand; the test skips where it is not there."""
    if not (TOOLS / package).is_dir():
        pytest.skip(f"{package} is not in {TOOLS} (.ci/run installs it)")
    environment = {**os.environ, "PYTHONPATH": str(TOOLS)}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
