"""A run that was killed goes on from what is complete, and gives the bytes of an undisturbed one."""

import json
import shutil
from pathlib import Path

import pytest

from tests.small_runs import RUN, bytes_of, command, finish, killed_at, write_small_region

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("restart")]
STAGES = {  # the line at which the run is killed, and the kinds of work that must be there by then
    "aggregate": set(),
    "forecasts of irregular crossings: ": {"histories"},
    "put together": {"histories", "boosted", "endemic_epidemic", "members"},
    "publish": {"result"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write_small_region(tmp_path_factory.mktemp("restart"))
    finish(command("ingest", "csv", str(made / "figures.csv"), folder=made, store=made / "store"))
    shutil.copytree(made / "store", made / "undisturbed")
    done = finish(command(*RUN, folder=made, store=made / "undisturbed"))
    assert done.returncode == 0, done.stderr
    return made


def kinds(work: list[str]) -> set[str]:
    return {name.rpartition("-")[2] for name in work}


def report(store: Path) -> dict[str, list[str]]:
    (path,) = (store / "editions").rglob("run.json")
    return dict(json.loads(path.read_text()))


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_in_a_stage_goes_on_from_it_with_the_same_bytes(folder: Path, stage: str, tmp_path: Path) -> None:
    store = Path(shutil.copytree(folder / "store", tmp_path / "store"))
    assert stage in killed_at(stage, command(*RUN, folder=folder, store=store))
    done = finish(command(*RUN, folder=folder, store=store))
    assert done.returncode == 0, done.stderr
    assert STAGES[stage] <= kinds(report(store)["reused"])
    assert bytes_of(store) == bytes_of(folder / "undisturbed")
    assert not list(store.rglob("*.work"))


def test_a_flipped_byte_in_kept_work_is_named_and_made_again(folder: Path, tmp_path: Path) -> None:
    store = Path(shutil.copytree(folder / "store", tmp_path / "store"))
    killed_at("put together", command(*RUN, folder=folder, store=store))
    path = sorted(store.rglob("*-members.work"))[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    done = finish(command(*RUN, folder=folder, store=store))
    assert done.returncode == 0, done.stderr
    assert report(store)["broken"] == [str(path)]
    assert path.stem not in report(store)["reused"]
    assert path.name in done.stdout
    assert bytes_of(store) == bytes_of(folder / "undisturbed")


def test_another_seed_takes_nothing_over(folder: Path, tmp_path: Path) -> None:
    store = Path(shutil.copytree(folder / "store", tmp_path / "store"))
    killed_at("put together", command(*RUN, folder=folder, store=store))
    done = finish(command(*RUN, "--seed", "2", folder=folder, store=store))
    assert done.returncode == 0, done.stderr
    assert report(store)["reused"] == []
