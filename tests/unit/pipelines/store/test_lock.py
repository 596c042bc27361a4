"""Two at once: the second waits, or leaves. What killed processes left goes."""

import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest

from pipelines.store.atomic import BusyError, exclusive, scratch


def test_a_busy_lock_is_left_at_once_without_waiting(tmp_path: Path) -> None:
    with exclusive(tmp_path / ".lock"), pytest.raises(BusyError), exclusive(tmp_path / ".lock", wait_seconds=0):
        pytest.fail("two hold one lock")


def test_the_second_works_when_the_first_is_done(tmp_path: Path) -> None:
    order: list[str] = []
    first_holds = threading.Event()

    def first() -> None:
        with exclusive(tmp_path / ".lock"):
            first_holds.set()
            time.sleep(0.3)
            order.append("first")

    worker = threading.Thread(target=first)
    worker.start()
    assert first_holds.wait(5)
    with exclusive(tmp_path / ".lock", wait_seconds=20, waits=lambda: order.append("waits")):
        order.append("second")
    worker.join()
    assert order == ["waits", "first", "second"]


def test_waiting_ends_after_its_time(tmp_path: Path) -> None:
    started = time.monotonic()
    with exclusive(tmp_path / ".lock"), pytest.raises(BusyError), exclusive(tmp_path / ".lock", wait_seconds=0.2):
        pytest.fail("two hold one lock")
    assert 0.2 <= time.monotonic() - started < 10


def test_a_failure_in_the_block_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path / ".lock", wait_seconds=0):
        raise ZeroDivisionError
    with exclusive(tmp_path / ".lock"):
        pass


def leave_a_folder(folder: Path) -> None:
    with scratch(folder) as made:
        (made / "secret").write_text("?")
        os._exit(9)  # as by kill -9


def test_folders_that_killed_processes_left_go_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    killed = multiprocessing.get_context("fork").Process(target=leave_a_folder, args=(tmp_path,))
    killed.start()
    killed.join()
    (left,) = tmp_path.iterdir()
    with scratch(tmp_path) as first, scratch(tmp_path) as second:
        assert not left.exists()
        assert first.is_dir()
        assert second.is_dir()
        assert first.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []
