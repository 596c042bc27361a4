"""Commands on a region of two segments, as a user gives them: in processes of their own, that may be killed."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

from tests.regions import write_pack

PACK = """
name: Two segments
freq: M
indicators: {irregular_crossings: {unit: persons, sensitivity: public}}
segments: [{id: a, name: A, border: AAA-BBB}, {id: b, name: B, border: AAA-BBB, neighbours: [a]}]
"""
RUN = ["run", "--horizon", "2", "--workers", "1"]


def write_small_region(folder: Path, *, months: int = 48) -> Path:
    """A pack and a file of figures in a folder."""
    write_pack(folder / "pack", PACK)
    table = pd.DataFrame(
        {
            "indicator": "irregular_crossings",
            "place_kind": "segment",
            "place": place,
            "period_start": month,
            "period": "M",
            "count": 40 + 3 * number % 50,
        }
        for number, month in enumerate(pd.date_range("2019-01-01", periods=months, freq="MS"))
        for place in ("a", "b")
    )
    table.to_csv(folder / "figures.csv", index=False)
    return folder


def command(*words: str, folder: Path, store: Path) -> list[str]:
    """The command as a user gives it, on a store of its own."""
    return [sys.executable, "-m", "routecast", *words, "--region", str(folder / "pack"), "--store", str(store)]


def finish(words: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(words, check=False, capture_output=True, text=True, timeout=600, **options)  # type: ignore[call-overload, no-any-return]


def killed_at(line: str, words: list[str]) -> str:
    """Kill -9 a command and all that it started as it prints a line that begins so; what it had said."""
    said = []
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        for one in process.stdout:
            said.append(one)
            if one.startswith(line):
                break
        os.killpg(process.pid, 9)
    return "".join(said)


def killed_after(seconds: float, words: list[str]) -> bool:
    """Start a command, kill -9 it and all that it started after a while; False: it was done before."""
    with subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            return True
        return False


def bytes_of(store: Path) -> dict[str, bytes]:
    """Every file of the editions but the clock and timings."""
    root = store / "editions"
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file() and p.name != "run.json"}
