"""Taking files from the drop folder: each on its own, none lost, and what is remembered of a source."""

import os
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.ingest.inbox import drop_folder as job
from pipelines.ingest.inbox.drop_folder import (
    DropFolderResult,
    SourceProblem,
    problem_rows,
    source_problems,
    take_dropped,
)
from pipelines.ingest.inbox.fetch import FetchOutcome
from pipelines.ingest.ingest_files import take_files
from pipelines.observations.batches import load_observations, load_quarantine
from pipelines.store.paths import Store
from tests.regions import make_region

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
HEADER = "indicator,place_kind,place,period_start,period,count\n"
GOOD = HEADER + "irregular_crossings,segment,a-1,2026-11-09,W,12\n"
PEOPLE = "first_name,date_of_birth\nZorana,1990-02-03\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def drop_file(store: Store, name: str, text: str, *, hours_ago: float = 1) -> Path:
    path = store.drop / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    moment = time.time() - 3600 * hours_ago
    os.utime(path, (moment, moment))
    return path


def take(store: Store) -> DropFolderResult:
    def into_store(source: str, path: Path) -> list[str]:
        return take_files(
            source, [path], region=make_region(), store=store, today=date(2026, 11, 25), progress=lambda *_: None
        )

    return take_dropped(store.drop, store, "small", take=into_store, at=NOW, settle_seconds=0)


def everything(store: Store) -> bytes:
    return b"".join(p.name.encode() + p.read_bytes() for p in store.root.rglob("*") if p.is_file())


def test_a_good_file_is_in_the_store_and_in_done(store: Store) -> None:
    drop_file(store, "csv/figures.csv", GOOD)
    intake = take(store)
    assert (intake.taken, intake.refusals) == (("figures.csv",), ())
    assert load_observations(store, "small")["count"].tolist() == [12]
    assert [p.read_text() for p in (store.drop / "done" / "csv").iterdir()] == [GOOD]


def test_a_refused_file_stops_no_other(store: Store) -> None:
    drop_file(store, "csv/1.csv", "<html>log in</html>", hours_ago=3)
    drop_file(store, "frontex/2.xlsx", "no workbook", hours_ago=2)
    drop_file(store, "csv/3.csv", GOOD)
    intake = take(store)
    assert intake.taken == ("3.csv",)
    assert [(r.source, r.file) for r in intake.refusals] == [("csv", "1.csv"), ("frontex", "2.xlsx")]
    assert len(load_observations(store, "small")) == 1


def test_the_reason_beside_a_refused_file_says_what_to_do(store: Store) -> None:
    drop_file(store, "csv/figures.csv", "place,count\na-1,3\n")
    take(store)
    (reason,) = (store.drop / "refused" / "csv").glob("*.txt")
    assert "expected the columns indicator, place_kind" in reason.read_text()


def test_a_file_with_bad_rows_is_taken_and_its_rows_are_in_quarantine(store: Store) -> None:
    drop_file(store, "csv/figures.csv", GOOD + "irregular_crossings,segment,nowhere,2026-11-09,W,1\n")
    assert take(store).taken == ("figures.csv",)
    assert len(load_quarantine(store, "small")) == 1


def test_nothing_of_a_file_with_persons_stays_anywhere(store: Store) -> None:
    drop_file(store, "csv/people.csv", PEOPLE)
    (refusal,) = take(store).refusals
    assert "It was deleted from the drop folder." in refusal.message
    assert b"Zorana" not in everything(store)
    assert b"1990-02-03" not in everything(store)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing_migrants/list.csv", PEOPLE.encode()),  # refused because the region does not have the indicator
        ("csv/latin.csv", "ime;prezime;jmbg\nŽivka;Š;0102990710006\n".encode("cp1250", errors="replace")),
        ("csv/unicode.txt", PEOPLE.replace(",", "\t").encode("utf-16")),
        ("csv/nulls.csv", PEOPLE.encode() + b"\x00\x01"),
        ("hub/2026-11-09-team-model.csv", PEOPLE.encode()),
        ("daily/table.csv", PEOPLE.encode()),
        ("frontex/book.xlsx", PEOPLE.encode()),
    ],
)
def test_persons_are_found_whatever_else_a_file_is_refused_for(store: Store, name: str, content: bytes) -> None:
    path = drop_file(store, name, "")
    path.write_bytes(content)
    (refusal,) = take(store).refusals
    assert refusal.message.endswith("It was deleted from the drop folder.")
    assert [p.name for p in (store.drop / "refused").rglob("*") if p.is_file()] == [f"20261125T060000Z-{path.name}.txt"]


@pytest.mark.parametrize("content", [b"\x00\xff" * 300_000, b"x" * 600_000, b'"' + b"a," * 300_000, b"\xff\xfe\x00"])
def test_a_file_of_no_known_form_is_refused_and_kept(store: Store, content: bytes) -> None:
    drop_file(store, "csv/odd.csv", "").write_bytes(content)
    assert len(take(store).refusals) == 1
    assert (store.drop / "refused" / "csv" / "20261125T060000Z-odd.csv").read_bytes() == content


def test_a_file_on_which_we_fail_is_refused_without_quoting_it(store: Store) -> None:
    drop_file(store, "csv/figures.csv", GOOD)

    def broken(_: str, path: Path) -> list[str]:
        raise ZeroDivisionError(path.read_text())

    intake = take_dropped(store.drop, store, "small", take=broken, at=NOW, settle_seconds=0)
    (refusal,) = intake.refusals
    assert refusal.message == "figures.csv: Routecast failed on it (ZeroDivisionError). Please report that."
    assert (store.drop / "refused" / "csv" / "20261125T060000Z-figures.csv").read_text() == GOOD


def test_a_newer_file_that_came_while_the_old_one_was_read_waits_for_the_next_time(store: Store) -> None:
    path = drop_file(store, "csv/figures.csv", GOOD)

    def replaced(*_: object) -> list[str]:
        path.write_text(GOOD + "newer")
        return []

    intake = take_dropped(store.drop, store, "small", take=replaced, at=NOW, settle_seconds=0)
    assert path.read_text() == GOOD + "newer"
    assert intake.lines == ("csv figures.csv: a newer one came meanwhile, left for the next time",)


def test_a_refusal_in_one_region_is_no_problem_of_another(store: Store) -> None:
    drop_file(store, "csv/figures.csv", "x")
    take(store)
    assert source_problems(store, "other", []) == ()


def test_a_job_killed_before_it_put_a_file_away_takes_it_again_and_adds_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_file(store, "csv/figures.csv", GOOD)

    def killed(*_: object, **__: object) -> list[str]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(job, "put_away", killed)
        with pytest.raises(KeyboardInterrupt):
            take(store)
    intake = take(store)
    assert intake.lines == ("csv figures.csv: accepted 0, unchanged 1, quarantined 0",)
    assert load_observations(store, "small")["count"].tolist() == [12]
    assert len(list((store.drop / "done" / "csv").iterdir())) == 1


def test_a_full_disk_stops_the_job_and_leaves_the_file_where_it_was(store: Store) -> None:
    path = drop_file(store, "csv/figures.csv", GOOD)

    def full(*_: object) -> list[str]:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        take_dropped(store.drop, store, "small", take=full, at=NOW, settle_seconds=0)
    assert path.read_text() == GOOD


def test_a_file_dropped_twice_adds_nothing(store: Store) -> None:
    for _ in range(2):
        drop_file(store, "csv/figures.csv", GOOD)
        intake = take(store)
    assert intake.lines[0].endswith("accepted 0, unchanged 1, quarantined 0")
    assert len(load_observations(store, "small")) == 1


def test_a_source_whose_last_file_was_refused_is_a_problem_until_one_is_taken(store: Store) -> None:
    drop_file(store, "csv/figures.csv", "x")
    take(store)
    assert source_problems(store, "small", []) == (SourceProblem("csv", "refused"),)
    assert source_problems(store, "small", []) == (SourceProblem("csv", "refused"),)  # the next day too
    drop_file(store, "csv/figures.csv", GOOD)
    take(store)
    assert source_problems(store, "small", []) == ()


@pytest.mark.parametrize(
    ("states", "problem"),
    [
        (["new"], None),
        (["unchanged"], None),
        (["not_reached"], "not_reached"),
        (["refused"], "refused"),
        (["new", "not_reached"], "not_reached"),
        (["refused", "not_reached"], "refused"),
        (["not_reached", "refused"], "refused"),
    ],
)
def test_what_was_fetched_in_vain_is_a_problem_of_its_source(
    store: Store, states: list[str], problem: str | None
) -> None:
    outcomes = [FetchOutcome("frontex", f"{i}.xlsx", s) for i, s in enumerate(states)]  # type: ignore[arg-type]
    found = source_problems(store, "small", outcomes)
    assert [(p.source, p.problem) for p in found] == ([("frontex", problem)] if problem else [])


def test_problems_do_not_depend_on_messages_or_order(store: Store) -> None:
    one = [FetchOutcome("usbp", "a", "not_reached", "503"), FetchOutcome("csv", "b", "refused", "HTML")]
    two = [FetchOutcome("csv", "b", "refused", "JSON"), FetchOutcome("usbp", "a", "not_reached", "no such host")]
    assert source_problems(store, "small", one) == source_problems(store, "small", two)


def test_a_problem_names_the_newest_figures_that_stand_in() -> None:
    rows = [
        {"source": "csv", "last": "2026-11-02", "as_of_newest": "2026-11-10", "silent_days": 9},
        {"source": "csv", "last": "2026-11-09", "as_of_newest": "2026-11-19", "silent_days": 0},
    ]
    assert problem_rows([SourceProblem("csv", "refused"), SourceProblem("hub", "not_reached")], rows) == [
        {"source": "csv", "problem": "refused", "last": "2026-11-09", "as_of_newest": "2026-11-19", "silent_days": 0},
        {"source": "hub", "problem": "not_reached", "last": None, "as_of_newest": None, "silent_days": None},
    ]


def test_a_file_of_which_no_row_can_be_taken_is_refused_with_the_reason(store: Store) -> None:
    drop_file(store, "csv/figures.csv", GOOD.replace("2026-11-09", "09.11.2026"))
    intake = take(store)
    assert (intake.taken, [r.file for r in intake.refusals]) == ((), ["figures.csv"])
    assert source_problems(store, "small", ()) == (SourceProblem("csv", "refused"),)
    reason = "1 × period_start is not written as YYYY-MM-DD (first in line 2)"
    assert [reason in p.read_text() for p in sorted((store.drop / "refused" / "csv").iterdir())] == [False, True]
    assert load_quarantine(store, "small")["line"].tolist() == [2]


def test_a_file_with_one_good_row_is_taken(store: Store) -> None:
    drop_file(store, "csv/figures.csv", GOOD + "irregular_crossings,segment,nowhere,2026-11-09,W,12\n")
    assert take(store).taken == ("figures.csv",)


def test_how_numbers_are_written_is_said_beside_the_file(store: Store) -> None:
    unsure = GOOD.replace(",12", ",1.020")
    drop_file(store, "csv/figures.csv", unsure)
    refusal = take(store).refusals[0]
    assert "'thousands: \".\"' or 'decimal: \".\"'" in refusal.message
    assert "FILE.map.yaml beside the file" in refusal.message
    drop_file(store, "csv/figures.csv.map.yaml", 'thousands: "."\n')
    drop_file(store, "csv/figures.csv", unsure)
    assert take(store).taken == ("figures.csv",)
    assert load_observations(store, "small")["count"].tolist() == [1020]


@pytest.mark.parametrize("told", ["columns: {place: p}", "thousands", "- a", "- " * 3000, "thousands: '.'\ndates: {}"])
def test_what_a_source_says_itself_is_not_said_beside_its_file(store: Store, told: str) -> None:
    drop_file(store, "csv/map.yaml", told)
    drop_file(store, "csv/figures.csv", GOOD)
    assert "map.yaml: expected nothing but 'thousands' and 'decimal'" in take(store).refusals[0].message


MAPPING = (
    "source: police\ncolumns: {place: Section, period_start: Week, count: Number}\n"
    "constants: {indicator: irregular_crossings, place_kind: segment}\n"
)


@pytest.mark.parametrize("name", ["map.yaml", "delivery.csv.map.yaml"])
def test_a_table_is_taken_by_the_mapping_beside_it_which_stays(store: Store, name: str) -> None:
    drop_file(store, "table/delivery.csv", "Section;Week;Number\na-1;2026-W46;12\n")
    mapping = drop_file(store, f"table/{name}", MAPPING)
    intake = take(store)
    assert (intake.taken, intake.refusals) == (("delivery.csv",), ())
    kept = load_observations(store, "small")
    assert (kept["source"].tolist(), kept["count"].tolist()) == (["police"], [12])
    assert mapping.read_text() == MAPPING


def test_a_table_without_a_mapping_is_refused_with_the_way_to_one(store: Store) -> None:
    drop_file(store, "table/delivery.csv", "Section;Week;Number\na-1;2026-W46;12\n")
    refusal = take(store).refusals[0]
    assert "expected a mapping beside it" in refusal.message
    assert "routecast map" in refusal.message
