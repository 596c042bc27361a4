"""Which files of the drop folder are ready, and where they go."""

import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.ingest.inbox.drop_folder import REFUSED, Dropped, find_files, put_away

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


def drop_file(drop: Path, name: str, text: str = "a,b\n1,2\n", *, hours_ago: float = 1) -> Path:
    path = drop / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    moment = time.time() - 3600 * hours_ago
    os.utime(path, (moment, moment))
    return path


def ready(drop: Path, *, settle_seconds: float = 5) -> list[str]:
    return [str(d.path.relative_to(drop)) for d in find_files(drop, settle_seconds=settle_seconds).ready]


def test_no_folder_means_no_file(tmp_path: Path) -> None:
    assert ready(tmp_path / "drop") == []


def test_files_come_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    drop_file(tmp_path, "csv/b.csv", hours_ago=3)
    drop_file(tmp_path, "frontex/a.xlsx", hours_ago=2)
    drop_file(tmp_path, "csv/a.csv", hours_ago=1)
    assert ready(tmp_path) == ["csv/b.csv", "frontex/a.xlsx", "csv/a.csv"]


def test_files_of_one_moment_come_by_name(tmp_path: Path) -> None:
    for name in ("csv/b.csv", "csv/a.csv"):
        os.utime(drop_file(tmp_path, name), (1_700_000_000, 1_700_000_000))
    assert ready(tmp_path) == ["csv/a.csv", "csv/b.csv"]


@pytest.mark.parametrize("name", ["a.csv.part", "a.csv.tmp", "A.CSV.PART", "a.csv.crdownload", "a.csv~"])
def test_an_unfinished_download_is_left_alone_and_told(tmp_path: Path, name: str) -> None:
    drop_file(tmp_path, f"csv/{name}")
    found = find_files(tmp_path, settle_seconds=5)
    assert found.ready == ()
    assert [d.path.name for d in found.growing] == [name]


def test_hidden_files_are_nobodys_business(tmp_path: Path) -> None:
    drop_file(tmp_path, "csv/.a.csv.part")
    drop_file(tmp_path, ".DS_Store")
    found = find_files(tmp_path, settle_seconds=5)
    assert (found.ready, found.growing, found.astray) == ((), (), ())


def test_a_file_that_grows_is_left_alone(tmp_path: Path) -> None:
    path, stop = drop_file(tmp_path, "csv/a.csv"), threading.Event()

    def write() -> None:
        with path.open("a") as stream:
            while not stop.wait(0.02):
                stream.write("1,2\n")
                stream.flush()

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.1)
    try:
        found = find_files(tmp_path, settle_seconds=0.3)
    finally:
        stop.set()
        writer.join()
    assert found.ready == ()
    assert [d.path.name for d in found.growing] == ["a.csv"]


def test_a_file_written_just_now_is_ready_once_it_rests(tmp_path: Path) -> None:
    drop_file(tmp_path, "csv/a.csv", hours_ago=0)
    assert ready(tmp_path, settle_seconds=0.2) == ["csv/a.csv"]


def test_old_files_are_not_waited_for(tmp_path: Path) -> None:
    drop_file(tmp_path, "csv/a.csv")
    started = time.monotonic()
    assert ready(tmp_path, settle_seconds=60) == ["csv/a.csv"]
    assert time.monotonic() - started < 10


def test_a_folder_of_no_source_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    drop_file(tmp_path, "frontx/a.csv")
    found = find_files(tmp_path, settle_seconds=5)
    assert found.ready == ()
    assert "no source 'frontx', its files were not taken. Did you mean 'frontex'?" in found.astray[0]


def test_a_loose_file_a_folder_and_a_link_are_told_and_not_taken(tmp_path: Path) -> None:
    drop_file(tmp_path, "loose.csv")
    drop_file(tmp_path, "csv/folder/a.csv")
    (tmp_path / "csv" / "link.csv").symlink_to("/etc/hostname")
    found = find_files(tmp_path, settle_seconds=5)
    assert found.ready == ()
    assert len(found.astray) == 3


def test_what_lies_astray_is_not_called_after_a_person(tmp_path: Path) -> None:
    for path in ("Hosseini_P01234567.csv", "Hosseini list/a.csv", "csv/Hosseini/a.csv"):
        drop_file(tmp_path, path)
    found = find_files(tmp_path, settle_seconds=5)
    assert len(found.astray) == 3
    assert "Hosseini" not in " ".join(found.astray)


def test_done_and_refused_files_are_not_looked_at(tmp_path: Path) -> None:
    drop_file(tmp_path, "done/csv/a.csv")
    drop_file(tmp_path, "refused/csv/a.csv")
    found = find_files(tmp_path, settle_seconds=5)
    assert (found.ready, found.astray) == ((), ())


def test_a_done_file_keeps_its_bytes_under_a_dated_name(tmp_path: Path) -> None:
    path = drop_file(tmp_path, "csv/a.csv", "x")
    assert put_away(tmp_path, Dropped("csv", path), at=NOW) == []
    target = tmp_path / "done" / "csv" / "20261125T060000Z-a.csv"
    assert (target.read_text(), path.exists()) == ("x", False)


def test_a_refused_file_has_its_reason_beside_it(tmp_path: Path) -> None:
    put_away(
        tmp_path, Dropped("csv", drop_file(tmp_path, "csv/a.csv", "x")), at=NOW, folder=REFUSED, note="a.csv: no\n"
    )
    target = tmp_path / "refused" / "csv" / "20261125T060000Z-a.csv"
    assert target.read_text() == "x"
    assert target.with_name(target.name + ".txt").read_text() == "a.csv: no\n"


def test_two_files_of_one_name_and_moment_are_both_kept(tmp_path: Path) -> None:
    for text in "xy":
        put_away(
            tmp_path,
            Dropped("csv", drop_file(tmp_path, "csv/a.csv", text)),
            at=NOW,
            folder=REFUSED,
            note=f"not {text}\n",
        )
    kept = {p.read_text() for p in (tmp_path / "refused" / "csv").iterdir()}
    assert kept == {"x", "y", "not x\n", "not y\n"}


def test_a_file_that_somebody_took_away_is_told(tmp_path: Path) -> None:
    told = put_away(tmp_path, Dropped("csv", tmp_path / "csv" / "a.csv"), at=NOW)
    assert told == ["csv a.csv: somebody took it away meanwhile"]


def test_a_file_that_must_not_be_kept_leaves_only_its_reason(tmp_path: Path) -> None:
    path = drop_file(tmp_path, "csv/people.csv")
    put_away(tmp_path, Dropped("csv", path), at=NOW, folder=REFUSED, note="persons\n", delete=True)
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["20261125T060000Z-people.csv.txt"]
