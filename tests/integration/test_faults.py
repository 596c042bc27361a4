"""A disk that fills up, a process that is killed: the store stays readable and the next run finishes the job."""

import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.observation_store import load_observations, load_quarantine
from pipelines.store import Store
from tests.small_runs import RUN, bytes_of, command, killed_after, killed_at, write_small_region


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
    return write_small_region(tmp_path)


def editions(folder: Path) -> list[Path]:
    return [p for p in (folder / "store" / "editions").rglob("manifest.json") if not p.parent.name.startswith(".")]


@pytest.mark.slow
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
    killed_at("publish", command(*RUN, folder=folder, store=folder / "store"))
    assert editions(folder) == []
    assert routecast("editions", "list", folder=folder).returncode in (0, 3)
    assert routecast(*RUN, folder=folder).returncode == 0
    assert routecast("editions", "verify", folder=folder).returncode == 0
    assert not [p for p in (folder / "store" / "editions").rglob(".*") if p.is_dir()]


@pytest.mark.slow
@pytest.mark.timeout(1800)  # six runs
def test_a_run_killed_at_any_moment_leaves_no_half_edition_and_the_next_gives_the_same_bytes(folder: Path) -> None:
    routecast("ingest", "csv", str(folder / "figures.csv"), folder=folder)
    undisturbed = folder / "undisturbed"
    shutil.copytree(folder / "store", undisturbed)
    started = time.monotonic()
    subprocess.run(command(*RUN, folder=folder, store=undisturbed), check=True, capture_output=True)
    seconds = time.monotonic() - started
    moments = random.Random(20261124)
    # one moment in each third, and one while the edition is being written
    for number, (low, high) in enumerate([(0.05, 0.35), (0.35, 0.7), (0.7, 0.9), (0.9, 0.99)]):
        store = folder / f"killed-{number}"
        shutil.copytree(folder / "store", store)
        killed = killed_after(moments.uniform(low, high) * seconds, command(*RUN, folder=folder, store=store))
        state = subprocess.run(command("editions", "verify", folder=folder, store=store), check=False,
                               capture_output=True, text=True)  # fmt: skip
        published = [p for p in (store / "editions").rglob("manifest.json") if not p.parent.name.startswith(".")]
        assert (state.returncode == 0) == bool(published), state.stdout
        assert killed or published
        subprocess.run(command(*RUN, folder=folder, store=store), check=True, capture_output=True)
        assert bytes_of(store) == bytes_of(undisturbed)


KILLED_AT_FLUSH = """
import os, sys
left, flush = int(sys.argv.pop(1)), os.fsync
def fsync(descriptor):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)
    flush(descriptor)
os.fsync = fsync
from routecast.cli import main
main()
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)  # some twenty commands
def test_ingest_killed_before_any_of_its_flushes_is_finished_by_the_next(folder: Path) -> None:
    """Every file is flushed before it is renamed, and its folder after: these are all the moments that matter."""
    with (folder / "figures.csv").open("a") as figures:
        figures.write("irregular_crossings,segment,nowhere,2019-01-01,M,5\n")
    words = ["ingest", "csv", str(folder / "figures.csv"), "--region", str(folder / "pack"), "--store"]
    for flushes in range(100):
        store = folder / f"store-{flushes}"
        driver = [sys.executable, "-c", KILLED_AT_FLUSH, str(flushes), *words, str(store)]
        done = subprocess.run(driver, check=False, capture_output=True, text=True)
        assert done.returncode in (0, -9), done.stderr
        again = subprocess.run([sys.executable, "-m", "routecast", *words, str(store)], check=True, capture_output=True,
                               text=True)  # fmt: skip
        assert "quarantined 1" in again.stdout
        assert (len(load_observations(Store(store), "pack")), len(load_quarantine(Store(store), "pack"))) == (96, 1)
        assert load_observations(Store(store), "pack")["count"].sum() == sum(2 * (40 + 3 * n % 50) for n in range(48))
        if done.returncode == 0:
            break
    assert flushes >= 8  # the provider's bytes, where they came from, refused rows, figures: file and folder of each
