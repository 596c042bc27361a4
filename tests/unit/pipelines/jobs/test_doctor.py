"""What `routecast doctor` finds, and what it says to do."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from pipelines.ingest.door.ingest import ingest
from pipelines.jobs import doctor
from pipelines.jobs.doctor import Finding, worst
from pipelines.jobs.weekly_report import keep_report, weekly_report
from pipelines.store.atomic import exclusive
from pipelines.store.ledger import writing
from pipelines.store.paths import Store
from records.database import open_database
from records.decisions import add_event
from tests.regions import make_region
from tests.servers import free_port
from tests.small_editions import REGION, put_weeks

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
FIGURES = (
    "indicator,place_kind,place,period_start,period,count,as_of\n"
    "irregular_crossings,segment,a-1,2026-11-02,W,12,2026-11-10\n"
)


class Disk(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def with_figures(store: Store) -> Store:
    store.root.mkdir(parents=True, exist_ok=True)
    path = store.root / "figures.csv"
    path.write_text(FIGURES)
    ingest("csv", [path], region=make_region(), store=store, today=date(2026, 11, 11))
    return store


def free(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    usage: Callable[[object], Disk] = lambda _: Disk(10**13, 0, number)  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", usage)


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10, 9), "fail"), ((3, 11, 0), "ok"), ((3, 14, 2), "ok"), ((3, 15, 0), "fail")]
)
def test_python_is_one_that_is_tested_with(version: tuple[int, ...], state: str) -> None:
    assert doctor.check_python(version).state == state


def test_the_installed_libraries_are_the_locked_ones() -> None:
    assert doctor.check_libraries().state == "ok"


def test_another_version_than_the_locked_one_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("numpy==0.0.1 \\\n    --hash=sha256:00\nnot-installed==1\n")
    found = doctor.check_libraries(lock)
    assert found.state == "warn"
    assert "1 of 1 are not the locked versions: numpy" in found.seen


def test_either_version_of_a_library_that_is_locked_by_python_will_do(tmp_path: Path) -> None:
    from importlib.metadata import version  # noqa: PLC0415

    lock = tmp_path / "lock.txt"
    lock.write_text(f"numpy==0.0.1 ; python_version < '3'\nnumpy=={version('numpy')} ; python_version >= '3'\n")
    assert doctor.check_libraries(lock).state == "ok"


@pytest.mark.parametrize(("gib", "state"), [(0.1, "fail"), (1, "warn"), (100, "ok")])
def test_free_space_is_held_against_what_a_run_needs(
    store: Store, monkeypatch: pytest.MonkeyPatch, gib: float, state: str
) -> None:
    free(monkeypatch, int(gib * 2**30))
    assert doctor.check_disk(store, REGION).state == state


def test_a_clock_behind_the_newest_edition_fails(store: Store) -> None:
    put_weeks(store, 46)  # made on 17 November at six
    found = doctor.check_clock(store, REGION, now=datetime(2026, 11, 17, 5, 0, tzinfo=UTC))
    assert found.state == "fail"
    assert "edition 2026-W46 is of 2026-11-17 06:00" in found.seen


def test_a_clock_behind_a_batch_of_figures_fails(store: Store) -> None:
    with_figures(store)
    (batch,) = store.observations("small").glob("*.parquet")
    os.utime(batch, (NOW.timestamp() + 86400,) * 2)
    assert doctor.check_clock(store, "small", now=NOW).state == "fail"


def test_a_clock_ahead_of_all_is_fine(store: Store) -> None:
    put_weeks(store, 46)
    assert doctor.check_clock(store, REGION, now=NOW).state == "ok"


def test_a_scheduler_that_does_not_answer_fails_and_none_named_is_fine() -> None:
    assert doctor.check_cluster(None).state == "ok"


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_fails() -> None:
    found = doctor.check_cluster(f"tcp://127.0.0.1:{free_port()}")
    assert found.state == "fail"
    assert "Start 'dask scheduler'" in found.seen


def test_a_store_that_is_not_there_yet_is_fine(store: Store) -> None:
    assert doctor.check_store(store).state == "ok"
    assert not store.root.exists()


def test_a_store_that_can_be_written_is_fine_and_left_clean(store: Store) -> None:
    store.root.mkdir()
    assert doctor.check_store(store).state == "ok"
    assert list(store.root.iterdir()) == []


def test_a_store_that_can_not_be_written_fails(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.root.mkdir()

    def read_only(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(doctor.tempfile, "NamedTemporaryFile", read_only)
    found = doctor.check_store(store)
    assert (found.state, "can't be written (Read-only file system)" in found.seen) == ("fail", True)


def test_a_store_open_to_every_user_is_told(store: Store) -> None:
    store.root.mkdir()
    store.root.chmod(0o777)
    assert doctor.check_store(store).advice == f"chmod o-w {store.root}"


def test_what_a_killed_run_left_is_told(store: Store) -> None:
    (store.editions(REGION) / ".staging-1").mkdir(parents=True)
    found = doctor.check_left_over(store)
    assert found.state == "warn"
    assert "editions/somewhere/.staging-1" in found.seen


def test_the_staging_of_a_run_at_work_is_not_told(store: Store) -> None:
    (store.editions(REGION) / ".staging-1").mkdir(parents=True)
    with exclusive(store.root / ".lock"):
        assert doctor.check_left_over(store) == Finding("left over", "ok", "a run is at work")


def test_the_kept_work_of_a_run_is_no_fault(store: Store) -> None:
    path = store.work(REGION) / "abc" / "member.work"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"?")
    found = doctor.check_left_over(store)
    assert (found.state, "goes on from there" in found.seen) == ("ok", True)


def test_parts_for_the_next_run_are_no_work_of_one_that_failed(store: Store) -> None:
    path = store.work(REGION) / "parts" / "member.abc.work"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"?")
    assert doctor.check_left_over(store) == Finding("left over", "ok", "nothing of killed runs")


def test_a_damaged_input_fails_and_is_named(store: Store) -> None:
    with_figures(store)
    assert doctor.check_inputs(store).state == "ok"
    (snapshot,) = (p for p in store.snapshots.glob("*/*") if p.name != "provenance.json")
    snapshot.write_bytes(b"?")
    found = doctor.check_inputs(store)
    assert (found.state, snapshot.name in found.seen) == ("fail", True)


def test_a_database_that_is_not_there_yet_is_not_made(store: Store) -> None:
    store.root.mkdir()
    assert doctor.check_database(store, REGION).state == "ok"
    assert list(store.root.iterdir()) == []


def test_a_database_is_named_with_its_step(store: Store) -> None:
    store.root.mkdir()
    open_database(store.database)
    assert "database.sqlite: step " in doctor.check_database(store, REGION).seen


def test_a_database_out_of_reach_fails_without_its_password(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTECAST_DATABASE", f"postgresql://ana:s3cret@127.0.0.1:{free_port()}/none")
    found = doctor.check_database(store, REGION)
    assert found.state == "fail"
    assert "s3cret" not in found.seen


@pytest.mark.parametrize(
    ("days", "state"), [({}, "ok"), ({"csv": 15}, "ok"), ({"csv": 14}, "warn"), ({"csv": 15, "frontex": 45}, "warn")]
)
def test_a_source_is_late_after_the_days_of_its_watch(store: Store, days: dict[str, int], state: str) -> None:
    found = doctor.check_sources(with_figures(store), "small", watch=days, now=NOW)
    assert worst(found) == state
    assert "newest figure known on 2026-11-10, 15 days ago" in found[0].seen


def test_a_region_without_figures_is_told_how_to_get_some(store: Store) -> None:
    (found,) = doctor.check_sources(store, "small", watch={}, now=NOW)
    assert found.state == "warn"
    assert "routecast ingest" in found.advice


def test_whole_editions_are_counted(store: Store) -> None:
    put_weeks(store, 45, 46)
    assert doctor.check_editions(store, REGION).seen == "2 as published, readers see 2026-W46"


def test_a_damaged_edition_fails_and_its_file_is_named(store: Store) -> None:
    put_weeks(store, 46)
    (store.editions(REGION) / "2026-W46" / "risk.parquet").write_bytes(b"?")
    found = doctor.check_editions(store, REGION)
    assert found.state == "fail"
    assert "2026-W46/risk.parquet" in found.seen


def test_a_lost_pointer_is_told(store: Store) -> None:
    put_weeks(store, 46)
    (store.editions(REGION) / "latest").unlink()
    assert doctor.check_editions(store, REGION).state == "warn"


def test_a_pointer_to_an_earlier_edition_is_told_unless_the_later_one_was_set_aside(store: Store) -> None:
    put_weeks(store, 45, 46)
    (store.editions(REGION) / "latest").write_text("2026-W45\n")
    found = doctor.check_editions(store, REGION)
    assert (found.state, found.seen) == ("warn", "readers see 2026-W45, although 2026-W46 is newer")
    assert "editions rollback 2026-W46" in found.advice
    (store.editions(REGION) / "set_aside.json").write_text('{"set_aside": ["2026-W46"]}')
    assert doctor.check_editions(store, REGION).state == "ok"


def test_a_file_gone_astray_in_the_drop_folder_is_told(store: Store) -> None:
    path = store.drop / "frontx" / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text("x")
    found = doctor.check_drop(store.drop)
    assert (found.state, "Did you mean 'frontex'" in found.advice) == ("warn", True)


def last_weekly(store: Store, code: int, *, finished: datetime) -> Finding:
    nothing: dict[str, Any] = {"outcomes": [], "intake": None, "problems": (), "published": None, "audit_head": None}
    report = weekly_report("small", code, at=finished, **nothing)
    keep_report(store, "small", report)
    return doctor.check_weekly(store, "small", now=NOW)


def test_a_weekly_job_that_went_well_last_week_is_fine(store: Store) -> None:
    assert last_weekly(store, 0, finished=datetime(2026, 11, 18, 6, 0, tzinfo=UTC)).state == "ok"


def test_a_weekly_job_that_missed_its_turn_is_told(store: Store) -> None:
    assert last_weekly(store, 0, finished=datetime(2026, 11, 15, 6, 0, tzinfo=UTC)).advice.startswith("Overdue")


def test_a_weekly_job_that_failed_is_told_with_its_code(store: Store) -> None:
    found = last_weekly(store, 3, finished=datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
    assert (found.state, found.seen) == ("warn", "refused 1 days ago (exit code 3)")


def test_a_ledger_that_misses_something_fails(store: Store) -> None:
    with_figures(store)
    with writing(store):
        pass
    assert doctor.check_ledger(store).state == "ok"
    next(store.observations("small").glob("*.parquet")).unlink()
    assert doctor.check_ledger(store).state == "fail"


def test_a_database_that_is_damaged_or_knows_nothing_of_what_was_approved_fails(store: Store) -> None:
    store.root.mkdir()
    database = open_database(store.database)
    derived = store.profiles("partner", REGION) / "2026-W46"
    derived.mkdir(parents=True)
    (derived / "manifest.json").write_text("{}")
    found = doctor.check_database(store, REGION)
    assert (found.state, "2026-W46" in found.seen) == ("warn", True)
    add_event(database, REGION, "2026-W46", "approved", user="ana", note="seen")
    assert doctor.check_database(store, REGION).state == "ok"
    database.engine.dispose()
    path = store.root / "database.sqlite"
    data = bytearray(path.read_bytes())
    data[4096 * 2 : 4096 * 4] = b"\xff" * 8192
    path.write_bytes(data)
    assert doctor.check_database(store, REGION).state == "fail"


def test_an_approval_that_was_deleted_in_the_database_fails(store: Store) -> None:
    store.root.mkdir()
    assert doctor.check_audit(store).state == "ok"
    database = open_database(store.database)
    add_event(database, REGION, "2026-W46", "approved", user="ana", note="seen")
    assert doctor.check_audit(store).state == "ok"
    with database.writing() as connection:
        connection.execute(text("DELETE FROM edition_events"))
    found = doctor.check_audit(store)
    assert (found.state, "'approved'" in found.seen) == ("fail", True)
