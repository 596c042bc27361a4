"""What could be a person's is nowhere after a delivery: not in the store, the logs, the messages or the drop folder."""

import logging
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.ingest.inbox.drop_folder import take_dropped
from pipelines.ingest.ingest_files import take_files
from pipelines.store.paths import Store
from tests.person_files import FIELDS, WAYS, bytes_under, marked_files
from tests.regions import make_region

TODAY, REGION = date(2026, 11, 23), make_region()
OPTIONS: dict[str, Any] = {"region": REGION, "today": TODAY, "progress": lambda *_: None}
SOURCES = ("csv", "frontex", "csv", "missing_migrants", "csv")  # a file may also be given to a wrong source


def found(marks: list[str], told: str, kept: bytes) -> list[str]:
    return [m for m in marks if m in told or m.encode() in kept or m.encode("utf-16-le") in kept]


def deliver_each(folder: Path, *, every: int, told: list[str]) -> tuple[Store, list[str]]:
    """Give every marked file to a source by command; returns the store and the marks."""
    store, marks = Store(folder / "store"), []
    for number, file in enumerate(marked_files(folder, every=every)):
        marks += file.marks
        try:
            told += take_files(SOURCES[number % len(SOURCES)], [file.path], store=store, **OPTIONS)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            told += [str(error), *getattr(error, "lines", ())]
    return store, marks


def drop_each(folder: Path, *, every: int) -> tuple[Store, list[str], list[str]]:
    """Put every marked file into the drop folder; returns the store, what was told, and the marks."""
    store, marks, told = Store(folder / "store"), [], []
    for number, file in enumerate(marked_files(folder, every=every)):
        marks += file.marks
        place = store.drop / SOURCES[number % len(SOURCES)]
        place.mkdir(parents=True, exist_ok=True)
        file.path.replace(place / file.path.name)
        result = take_dropped(
            store.drop,
            store,
            REGION.id,
            take=lambda source, path: take_files(source, [path], store=store, **OPTIONS),
            at=datetime(2026, 11, 23, 6, tzinfo=UTC),
            settle_seconds=0,
        )
        told += [*result.lines, *result.taken, *(r.message + r.file for r in result.refusals)]
    return store, told, marks


def test_marked_files_leave_no_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    store, marks = deliver_each(tmp_path, every=7, told=told)
    assert found(marks, "\n".join([*told, caplog.text, *capfd.readouterr()]), bytes_under(store.root)) == []


@pytest.mark.slow
def test_every_marked_file_leaves_no_trace_at_the_command(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    store, marks = deliver_each(tmp_path, every=1, told=told)
    assert len(marks) == 2 * len(FIELDS) * len(WAYS) > 600
    assert found(marks, "\n".join([*told, caplog.text, *capfd.readouterr()]), bytes_under(store.root)) == []


def test_what_is_taken_from_the_drop_folder_leaves_only_figures(tmp_path: Path) -> None:
    store, told, marks = drop_each(tmp_path, every=11)
    taken = [p for p in (store.drop / "refused").rglob("*") if p.suffix != ".txt" and p.is_file()]
    for path in taken:  # refused for its form, and nothing in it was recognised: the sender mends it
        path.unlink()
    assert found(marks, "\n".join(told), bytes_under(store.root)) == []
