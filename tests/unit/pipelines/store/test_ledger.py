"""The ledger: what was taken in and given out is there as it was, or is named."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pipelines.ingest.door.ingest import ingest
from pipelines.observations.batches import load_observations
from pipelines.observations.schema import DataRefusedError
from pipelines.observations.vintages import known_by
from pipelines.store.checksums import DamagedError
from pipelines.store.ledger import (
    FILE,
    entered,
    forget,
    head,
    missing_or_changed,
    require_complete,
    writing,
)
from pipelines.store.paths import Store
from tests.regions import make_region
from tests.small_editions import REGION, make_content, put

HEADER = "indicator,place_kind,place,period_start,period,count\n"
ROW = "irregular_crossings,segment,a-1,2026-11-02,W,"
TODAY = date(2026, 11, 23)


def take(store: Store, name: str, *counts: int, today: date = TODAY) -> None:
    """Take a file of one figure a count, each of another place, into the store."""
    path = store.root.parent / name
    rows = "".join(f"{ROW.replace('a-1', f'a-{i}')}{count}\n" for i, count in enumerate(counts, 1))
    path.write_text(HEADER + rows, encoding="utf-8")
    with writing(store):
        ingest("csv", [path], region=make_region(), store=store, today=today)


def newest(store: Store, place: str = "a-1") -> float:
    """The newest vintage of a place's figure, as a reader takes it."""
    rows = load_observations(store, "small")
    rows = rows[rows["place"].eq(place)].sort_values("as_of", kind="stable")
    return float(rows["count"].iloc[-1])


def batches(store: Store) -> list[Path]:
    return sorted(store.observations("small").glob("*.parquet"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store")
    take(made, "january.csv", 39)
    take(made, "february.csv", 999)
    with writing(made):
        put(make_content(), made)
    return made


def test_a_store_that_is_as_it_was_is_whole(store: Store) -> None:
    kinds = {path.partition("/")[0] for path in entered(store)}
    assert kinds == {"observations", "accounts", "snapshots", "editions"}
    assert missing_or_changed(store) == []
    require_complete(store, "small")


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda s: [p.unlink() for p in (batches(s)[0], batches(s)[0].with_suffix(".sha256"))], "observations/small/0"),
        (lambda s: batches(s)[0].unlink(), "observations/small/0"),
        (lambda s: batches(s)[0].with_suffix(".sha256").write_text("0" * 64), "observations/small/0"),
        (lambda s: batches(s)[0].with_suffix(".sha256").write_bytes(b"\xff\xfe"), "observations/small/0"),
        (lambda s: shutil.rmtree(s.editions(REGION) / "2026-W46"), "editions/somewhere/2026-W46"),
        (lambda s: (s.editions(REGION) / "2026-W46" / "manifest.json").unlink(), "editions/somewhere/2026-W46"),
        (lambda s: next(s.accounts("small").glob("*.json")).unlink(), "accounts/small/0"),
        (lambda s: next(s.accounts("small").glob("*.json")).write_text("{}"), "accounts/small/0"),
        (lambda s: shutil.rmtree(next(s.snapshots.glob("*"))), "snapshots/"),
    ],
)
def test_what_is_missing_or_changed_is_named_with_what_to_do(
    store: Store, damage: Callable[[Store], object], named: str
) -> None:
    damage(store)
    (problem,) = missing_or_changed(store)
    assert problem.startswith(named)
    assert "Put it back from a backup, or give it up: 'routecast store forget " in problem


def test_a_run_is_refused_where_a_batch_of_its_region_is_missing_and_no_other(store: Store) -> None:
    for path in (batches(store)[0], batches(store)[0].with_suffix(".sha256")):
        path.unlink()
    with pytest.raises(DamagedError, match="observations/small/000001"):
        require_complete(store, "small")
    require_complete(store, "elsewhere")


@pytest.mark.parametrize("cut", ["a line changed", "the last lines gone", "all of it gone", "two lines swapped"])
def test_a_ledger_that_was_cut_or_changed_is_told(store: Store, cut: str) -> None:
    with writing(store):
        folder = put(make_content(fingerprint="b"), store).folder
    (folder / "run.json").write_text(json.dumps({"ledger": head(store)}))
    path, before = store.root / FILE, entered(store)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if cut == "all of it gone":
        path.unlink()
    else:
        changed = {
            "a line changed": [lines[0].replace("small", "large"), *lines[1:]],
            "the last lines gone": lines[:-2],
            "two lines swapped": [lines[1], lines[0], *lines[2:]],
        }[cut]
        path.write_text("".join(changed), encoding="utf-8")
    (told,) = missing_or_changed(store)
    assert "'routecast store forget ledger.jsonl --reason WHY'" in told
    with writing(store):
        forget(store, FILE, "no backup")
    assert missing_or_changed(store) == []
    assert len(entered(store)) == len(before)


def test_a_line_that_was_not_written_to_its_end_is_written_again(store: Store) -> None:
    before, path = head(store), store.root / FILE
    data = path.read_bytes()
    path.write_bytes(data[:-20])
    take(store, "march.csv", 40)
    assert missing_or_changed(store) == []
    assert head(store)["entries"] > before["entries"]


def test_what_a_killed_command_left_unentered_is_entered_by_the_next(store: Store) -> None:
    path = store.root.parent / "march.csv"
    path.write_text(HEADER + ROW + "41\n", encoding="utf-8")
    ingest("csv", [path], region=make_region(), store=store, today=TODAY)
    before = len(entered(store))
    with writing(store):
        pass
    assert len(entered(store)) > before
    assert missing_or_changed(store) == []


def test_a_batch_that_is_given_up_is_moved_aside_and_no_longer_missed(store: Store) -> None:
    lost = batches(store)[0]
    with writing(store):
        given = forget(store, str(lost.relative_to(store.root)), "a wrong file")
    assert given == [str(lost.with_suffix(".sha256").relative_to(store.root))]
    assert not lost.exists()
    assert (store.root / "given_up" / lost.relative_to(store.root)).is_file()
    assert missing_or_changed(store) == []


def test_editions_that_are_there_and_what_was_never_taken_are_not_given_up(store: Store) -> None:
    with pytest.raises(DamagedError, match="editions retain"):
        forget(store, f"editions/{REGION}/2026-W46", "why not")
    with pytest.raises(DamagedError, match="expected the path"):
        forget(store, "observations/small/000009-csv-0", "why not")


@pytest.mark.parametrize("days", [(23, 23, 23), (10, 15, 23)])
def test_old_figures_never_return_as_the_newest(tmp_path: Path, days: tuple[int, int, int]) -> None:
    store = Store(tmp_path / "store")
    for name, count, day in zip(("january.csv", "february.csv", "january.csv"), (39, 999, 39), days, strict=True):
        take(store, name, count, today=date(2026, 11, day))
    assert newest(store) == 999
    assert len(batches(store)) == 2


def test_a_lost_batch_that_is_ingested_again_takes_its_old_place(store: Store) -> None:
    before = load_observations(store, "small")
    lost = batches(store)[0]
    with writing(store):
        forget(store, str(lost), "lost")
    take(store, "january.csv", 39, today=date(2026, 11, 30))
    assert batches(store)[0] == lost
    assert newest(store) == 999
    known = known_by(load_observations(store, "small"), make_region(), before["as_of"].max())
    assert sorted(known["count"]) == sorted(before["count"])


def test_what_was_taken_with_a_clock_of_the_future_is_given_up_as_the_message_says(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    take(store, "january.csv", 39, today=date(2035, 1, 1))
    with pytest.raises(DataRefusedError, match="routecast store forget observations/small/000001") as refused:
        take(store, "february.csv", 40)
    said = str(refused.value).partition("routecast store forget ")[2].split(" --reason")[0]
    with writing(store):
        forget(store, said, "clock")
    take(store, "january.csv", 39)
    take(store, "february.csv", 40)
    assert newest(store) == 40
    assert load_observations(store, "small")["as_of"].max().year == 2026
