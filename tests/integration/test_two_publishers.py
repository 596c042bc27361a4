"""Two runs on one store at once: one wins, the other is told, and no reader sees either half."""

import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from pipelines.editions.edition import EditionError, list_editions, open_edition
from pipelines.store.paths import Store
from tests.small_runs import RUN, command, finish, write_small_region

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


class Reader(threading.Thread):
    """Opens the latest edition and checks its every byte until it is told to end."""

    def __init__(self, store: Store) -> None:
        super().__init__(daemon=True)
        self.store, self.ended, self.seen = store, threading.Event(), Counter[str]()
        self.problems: list[str] = []

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                edition = open_edition(self.store, "pack")
                self.problems += edition.verify()
                self.seen[edition.id] += 1
            except EditionError as error:
                if self.seen:  # before the first edition there is none
                    self.problems.append(str(error))
            time.sleep(0.02)

    def finish(self) -> None:
        self.ended.set()
        self.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = write_small_region(tmp_path)
    finish(command("ingest", "csv", str(made / "figures.csv"), folder=made, store=made / "store"))
    return made


def test_of_two_runs_at_once_one_publishes_and_the_other_is_told(folder: Path) -> None:
    store = Store(folder / "store")
    reader = Reader(store)
    reader.start()
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    both = [
        subprocess.Popen(command(*RUN, "--seed", seed, folder=folder, store=store.root), **options)  # type: ignore[call-overload]
        for seed in ("1", "2")
    ]
    said = [process.communicate(timeout=600)[0] for process in both]
    codes = sorted(process.returncode for process in both)
    loser = next(text for process, text in zip(both, said, strict=True) if process.returncode == 5)
    assert codes == [0, 5]
    assert "another run is at work here" in loser
    assert list_editions(store, "pack") == ["2022-12"]
    again = finish(command(*RUN, "--seed", "3", folder=folder, store=store.root))
    reader.finish()
    assert again.returncode == 0
    assert list_editions(store, "pack") == ["2022-12", "2022-12.2"]
    assert reader.problems == []
    assert set(reader.seen) == {"2022-12", "2022-12.2"}


def test_a_run_whose_twin_was_killed_has_the_store_to_itself(folder: Path) -> None:
    words = command(*RUN, folder=folder, store=folder / "store")
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        time.sleep(12)
        first.kill()
    assert finish(words).returncode == 0
