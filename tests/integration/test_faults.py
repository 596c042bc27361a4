"""A disk that fills up, a process that is killed: the store stays readable and the next run finishes the job."""

import ctypes
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.observations.batches import load_observations, load_quarantine
from pipelines.store.paths import Store
from tests.small_runs import RUN, bytes_of, command, finish, killed_after, killed_at, write_small_region


def routecast(*words: str, folder: Path, file_limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a user gives it; `file_limit`: no file may grow beyond so many bytes, as on a full disk."""

    def limited() -> None:
        if file_limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    return subprocess.run(
        [sys.executable, "-m", "routecast", *words, "--region", str(folder / "pack"), "--store", str(folder / "store")],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=limited,
    )


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
    shutil.copytree(folder / "store", folder / "undisturbed")
    full = routecast(*RUN, folder=folder, file_limit=20_000)
    told = full.stdout + full.stderr
    assert full.returncode == 1
    assert "Storage:" in told
    assert not {"Traceback", "WARNING", "distributed"} & set(told.replace(".", " ").split())
    assert editions(folder) == []
    assert routecast(*RUN, folder=folder).returncode == 0
    assert len(editions(folder)) == 1
    assert finish(command(*RUN, folder=folder, store=folder / "undisturbed")).returncode == 0
    assert bytes_of(folder / "store") == bytes_of(folder / "undisturbed")
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
        state = subprocess.run(
            command("editions", "verify", folder=folder, store=store), check=False, capture_output=True, text=True
        )
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
        again = subprocess.run(
            [sys.executable, "-m", "routecast", *words, str(store)], check=True, capture_output=True, text=True
        )
        assert "quarantined 1" in again.stdout
        assert (len(load_observations(Store(store), "pack")), len(load_quarantine(Store(store), "pack"))) == (96, 1)
        assert load_observations(Store(store), "pack")["count"].sum() == sum(2 * (40 + 3 * n % 50) for n in range(48))
        if done.returncode == 0:
            break
    assert flushes >= 8  # the provider's bytes, where they came from, refused rows, figures: file and folder of each


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Callable[..., None]]:
    """A disk of its own in memory at a folder; yields a function that mounts it anew with other options."""

    def mount(*words: str) -> None:
        done = subprocess.run(["mount", *words, str(place)], check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"mounting a small disk is not allowed here: {done.stderr.strip()}")

    place.mkdir()
    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs")
    try:
        yield lambda options: mount("-o", f"remount,{options}")
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_on_a_full_disk_is_told_and_ends_well_when_there_is_room(folder: Path) -> None:
    with small_disk(folder / "store", "600k") as mount:
        assert routecast("ingest", "csv", str(folder / "figures.csv"), folder=folder).returncode == 0
        full = routecast(*RUN, folder=folder)
        said = full.stdout + full.stderr
        assert full.returncode == 1, said
        assert "no space left" in said
        assert "Traceback" not in said
        assert editions(folder) == []
        mount("size=100m")
        assert routecast(*RUN, folder=folder).returncode == 0
        assert routecast("editions", "verify", folder=folder).returncode == 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_store_that_can_only_be_read_is_told_and_stays_readable(folder: Path) -> None:
    with small_disk(folder / "store", "100m") as mount:
        routecast("ingest", "csv", str(folder / "figures.csv"), folder=folder)
        assert routecast(*RUN, folder=folder).returncode == 0
        mount("ro")
        for words in (RUN, ["ingest", "csv", str(folder / "figures.csv")]):
            done = routecast(*words, folder=folder)
            said = done.stdout + done.stderr
            assert done.returncode == 1, said
            assert "read-only" in said
            assert "Traceback" not in said
        assert routecast("editions", "verify", folder=folder).returncode == 0
        mount("rw")


PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def without_override() -> None:
    """Root's right to write where nobody may is taken from the command; others have none."""
    prctl = ctypes.CDLL(None).prctl
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["observations", "editions", "work", "snapshots"])
def test_a_folder_without_permission_is_told_and_nothing_is_lost(folder: Path, kind: str) -> None:
    store = folder / "store"
    finish(command("ingest", "csv", str(folder / "figures.csv"), folder=folder, store=store))
    shut = store / kind
    shut.mkdir(exist_ok=True)
    shut.chmod(0o500 if kind in ("editions", "work") else 0o000)
    words = RUN if kind != "snapshots" else ["ingest", "csv", str(folder / "figures.csv")]
    done = finish(command(*words, folder=folder, store=store), preexec_fn=without_override)
    shut.chmod(0o700)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "permission denied" in said
    assert "Traceback" not in said
    assert len(load_observations(Store(store), "pack")) == 96
    assert editions(folder) == []


@pytest.mark.slow
def test_a_flipped_byte_in_an_input_is_named_and_the_way_back_works(folder: Path) -> None:
    figures = str(folder / "figures.csv")
    routecast("ingest", "csv", figures, folder=folder)
    (batch,) = (folder / "store" / "observations").rglob("*.parquet")
    data = bytearray(batch.read_bytes())
    data[len(data) // 2] ^= 1
    batch.write_bytes(bytes(data))
    done = routecast(*RUN, folder=folder)
    assert done.returncode == 3, done.stderr
    assert batch.name in done.stdout
    assert editions(folder) == []
    batch.unlink()
    assert "accepted 96" in routecast("ingest", "csv", figures, folder=folder).stdout
