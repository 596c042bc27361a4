"""A run goes on from what one before it completed, killed or not, and gives the bytes of one from nothing."""

import json
import shutil
from pathlib import Path

import pytest

from tests.small_runs import RUN, bytes_of, command, finish, killed_at, write_small_region

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("restart")]
STAGES = {  # the line at which the run is killed, and the kinds of work that must be there by then
    "aggregate": set(),
    "forecasts of irregular crossings: ": {"history"},
    "put together": {"history", "boosted", "endemic_epidemic", "members"},
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


def files_of(store: Path, fingerprint: str = "*") -> list[Path]:
    return sorted((store / "work").glob(f"pack/{fingerprint}/*.work"))


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
    assert files_of(store) == files_of(store, "parts")


def test_a_flipped_byte_in_kept_work_is_named_and_made_again(folder: Path, tmp_path: Path) -> None:
    store = Path(shutil.copytree(folder / "store", tmp_path / "store"))
    killed_at("put together", command(*RUN, folder=folder, store=store))
    path = sorted(store.rglob("*-members.*.work"))[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    done = finish(command(*RUN, folder=folder, store=store))
    assert done.returncode == 0, done.stderr
    assert report(store)["broken"] == [str(path)]
    assert path.name.partition(".")[0] not in report(store)["reused"]
    assert path.name in done.stdout
    assert bytes_of(store) == bytes_of(folder / "undisturbed")


def test_another_seed_takes_over_what_was_known_and_no_forecast(folder: Path, tmp_path: Path) -> None:
    store = Path(shutil.copytree(folder / "store", tmp_path / "store"))
    killed_at("put together", command(*RUN, folder=folder, store=store))
    done = finish(command(*RUN, "--seed", "2", folder=folder, store=store))
    assert done.returncode == 0, done.stderr
    assert kinds(report(store)["reused"]) == {"history"}


def test_a_new_month_on_top_takes_over_past_cutoffs_and_gives_the_bytes_of_a_run_from_nothing(
    folder: Path, tmp_path: Path
) -> None:
    more = write_small_region(tmp_path / "more", months=49)
    stores = [Path(shutil.copytree(folder / "undisturbed", tmp_path / name)) for name in ("on_top", "from_nothing")]
    shutil.rmtree(stores[1] / "work")
    for store in stores:
        finish(command("ingest", "csv", str(more / "figures.csv"), folder=folder, store=store))
        done = finish(command(*RUN, folder=folder, store=store))
        assert done.returncode == 0, done.stderr
    on_top, nothing = (json.loads((s / "editions/pack/2023-01/run.json").read_text()) for s in stores)
    assert kinds(on_top["reused"]) == {"history", "boosted", "endemic_epidemic", "members", "assembled"}
    assert nothing["reused"] == []
    assert bytes_of(stores[0]) == bytes_of(stores[1])
    of = {name for name in on_top["reused"] if name.endswith("assembled")}
    assert len(of) == 6  # all that the backtest had the month before
