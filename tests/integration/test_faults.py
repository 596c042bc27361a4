"""A disk that fills up, a process that is killed: the store stays readable and the next run finishes the job."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.regions import write_pack

PACK = """
name: Two segments
freq: M
indicators: {irregular_crossings: {unit: persons, sensitivity: public}}
segments: [{id: a, name: A, border: AAA-BBB}, {id: b, name: B, border: AAA-BBB, neighbours: [a]}]
"""
RUN = ["run", "--horizon", "2", "--workers", "1"]


def routecast(*words: str, folder: Path, file_limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a user gives it; `file_limit`: no file may grow beyond so many bytes, as on a full disk."""

    def limited() -> None:
        if file_limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    return subprocess.run(
        [sys.executable, "-m", "routecast", *words, "--region", str(folder / "pack"), "--store", str(folder / "store")],
        capture_output=True, text=True, check=False, timeout=300, preexec_fn=limited,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_pack(tmp_path / "pack", PACK)
    months = pd.date_range("2019-01-01", periods=48, freq="MS")
    table = pd.DataFrame(
        {"indicator": "irregular_crossings", "place_kind": "segment", "place": place, "period_start": month,
         "period": "M", "count": 40 + 3 * number % 50}
        for number, month in enumerate(months) for place in ("a", "b")
    )  # fmt: skip
    table.to_csv(tmp_path / "figures.csv", index=False)
    return tmp_path


def editions(folder: Path) -> list[Path]:
    return [p for p in (folder / "store" / "editions").rglob("manifest.json") if not p.parent.name.startswith(".")]


def test_a_full_disk_at_the_door_is_told_and_leaves_nothing_half(folder: Path) -> None:
    done = routecast("ingest", "csv", str(folder / "figures.csv"), folder=folder, file_limit=1000)
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "Storage:" in told
    assert "Traceback" not in told
    assert not list((folder / "store").rglob("*.p*"))
    again = routecast("ingest", "csv", str(folder / "figures.csv"), folder=folder)
    assert "accepted 96" in again.stdout


@pytest.mark.slow
def test_a_full_disk_while_publishing_shows_no_edition_and_the_next_run_does(folder: Path) -> None:
    routecast("ingest", "csv", str(folder / "figures.csv"), folder=folder)
    full = routecast(*RUN, folder=folder, file_limit=20_000)
    assert full.returncode == 1
    assert "Storage:" in full.stdout + full.stderr
    assert "Traceback" not in full.stdout + full.stderr
    assert editions(folder) == []
    assert routecast(*RUN, folder=folder).returncode == 0
    assert len(editions(folder)) == 1
    assert routecast("editions", "verify", folder=folder).returncode == 0


@pytest.mark.slow
def test_a_run_killed_while_publishing_shows_no_edition_and_the_next_run_does(folder: Path) -> None:
    routecast("ingest", "csv", str(folder / "figures.csv"), folder=folder)
    command = [sys.executable, "-m", "routecast", *RUN, "--region", str(folder / "pack"), "--store",
               str(folder / "store")]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          start_new_session=True) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("publish"):
                break
        os.killpg(process.pid, 9)
    assert editions(folder) == []
    assert routecast("editions", "list", folder=folder).returncode in (0, 3)
    assert routecast(*RUN, folder=folder).returncode == 0
    assert routecast("editions", "verify", folder=folder).returncode == 0
    assert not [p for p in (folder / "store" / "editions").rglob(".*") if p.is_dir()]
