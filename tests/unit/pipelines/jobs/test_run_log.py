"""The log of a run: whole lines, stages with their time, and no failure that goes unwritten."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.compute.checkpoints import Checkpoints
from pipelines.jobs import run_log as module
from pipelines.jobs.run_log import LOGS_KEPT, RunLog, run_log
from pipelines.observations.schema import DataRefusedError


class Clock:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody hears."""


def lines(log: RunLog) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.path.read_text(encoding="utf-8").splitlines()]


def test_every_line_is_json_with_time_run_and_event(tmp_path: Path) -> None:
    with run_log(tmp_path / "logs", "here", listener=silent) as log:
        log.progress("aggregate", 0, 1)
    found = lines(log)
    assert [one["event"] for one in found] == ["started", "stage", "stage done", "done"]
    assert {one["run"] for one in found} == {log.run}
    assert all(datetime.fromisoformat(one["time"]) for one in found)


def test_progress_goes_on_to_the_person_who_waits(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with run_log(tmp_path / "logs", "here", listener=lambda *said: told.append(said)) as log:
        log.progress("aggregate", 0, 1)
        log.progress("forecasts", 3, 9)
    assert told == [("aggregate", 0, 1), ("forecasts", 3, 9)]


def test_progress_says_share_and_remaining_time(tmp_path: Path, clock: Clock) -> None:
    with run_log(tmp_path / "logs", "here", listener=silent) as log:
        log.progress("forecasts", 0, 40)
        clock.now += 30
        log.progress("forecasts", 10, 40)
    (told,) = [one for one in lines(log) if one["event"] == "progress"]
    assert (told["share"], told["remaining_seconds"]) == (0.25, 90)


def test_progress_is_written_at_most_every_few_seconds(tmp_path: Path, clock: Clock) -> None:
    with run_log(tmp_path / "logs", "here", listener=silent) as log:
        for done in range(100):
            clock.now += 1
            log.progress("forecasts", done, 100)
    assert sum(one["event"] == "progress" for one in lines(log)) == 10


def test_a_stage_takes_until_the_next_begins(tmp_path: Path, clock: Clock) -> None:
    with run_log(tmp_path / "logs", "here", listener=silent) as log:
        log.progress("aggregate", 0, 1)
        clock.now += 7
        log.progress("publish", 0, 1)
        clock.now += 2
        report = log.report(Checkpoints())
    assert [(s["stage"], s["seconds"]) for s in report["stages"]] == [("aggregate", 7.0), ("publish", 2.0)]
    assert report["seconds"] == 9.0


def test_a_wall_clock_that_jumps_back_changes_no_duration(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Jumping(datetime):
        year_now = 2026

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            Jumping.year_now -= 1
            return datetime(Jumping.year_now, 1, 1, tzinfo=tz)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "datetime", Jumping)
    with run_log(tmp_path / "logs", "here", listener=silent) as log:
        log.progress("aggregate", 0, 1)
        clock.now += 3
        log.progress("publish", 0, 1)
        assert log.report(Checkpoints())["seconds"] == 3.0
    assert all(one.get("seconds", 0) >= 0 for one in lines(log))


def test_a_failure_is_written_down_and_goes_on_its_way(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError), run_log(tmp_path / "logs", "here", listener=silent) as log:
        raise DataRefusedError("no figures")
    assert lines(log)[-1] | {"time": ""} == {
        "time": "",
        "run": log.run,
        "event": "failed",
        "error": "DataRefusedError",
        "message": "no figures",
    }


def test_a_log_that_can_not_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    with run_log(tmp_path / "logs", "here", listener=silent) as log:
        log.progress("aggregate", 0, 1)
    assert not log.path.exists()


def test_report_names_what_was_reused_and_what_was_broken(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path, reused=["b", "a"], broken=["c.work"])
    with run_log(tmp_path / "logs", "here", listener=silent) as log:
        report = log.report(kept)
    assert (report["reused"], report["broken"]) == (["a", "b"], ["c.work"])
    assert report["peak_memory_mib"]["run"] > 10


def test_only_the_newest_logs_are_kept(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for number in range(LOGS_KEPT + 5):
        (tmp_path / "logs" / f"run-2020-{number:04d}.jsonl").write_text("{}\n")
    with run_log(tmp_path / "logs", "here", listener=silent) as log:
        pass
    kept = sorted(p.name for p in (tmp_path / "logs").glob("*.jsonl"))
    assert len(kept) == LOGS_KEPT
    assert log.path.name == kept[-1]
    assert "run-2020-0000.jsonl" not in kept
