"""What a retention rule deletes, and what it never touches."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pipelines.editions.edition import latest_edition, list_editions
from pipelines.publish.release.set_aside import (
    LEFT_OVER,
    Fate,
    delete_editions,
    plan_retention,
    published_at,
    roll_back,
)
from pipelines.store.paths import Store
from records.database import Database, open_database
from records.decisions import add_event, list_events
from tests.small_editions import REGION, make_content, put, put_weeks

NOW = datetime(2026, 11, 25, tzinfo=UTC)
WEEKS = (41, 42, 43, 44, 45, 46)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def database(store: Store) -> Database:
    return open_database(store.database)


def plan(store: Store, *, keep: int | None = None, days: int | None = None) -> list[Fate]:
    return plan_retention(store, REGION, database=database(store), now=NOW, keep=keep, days=days)


def going(store: Store, *, keep: int | None = None, days: int | None = None) -> list[str]:
    return [f.edition for f in plan(store, keep=keep, days=days) if f.kept_because is None]


def delete(store: Store, *, keep: int) -> list[str]:
    options = {"database": database(store), "user": "ana", "rule": f"--keep {keep}", "at": NOW}
    return delete_editions(store, REGION, plan(store, keep=keep), **options)


def why(store: Store, edition: str, *, keep: int) -> str | None:
    return next(f.kept_because for f in plan(store, keep=keep) if f.edition == edition)


def test_the_newest_editions_and_the_one_they_are_compared_with_are_kept(store: Store) -> None:
    put_weeks(store, *WEEKS)
    assert going(store, keep=2) == ["2026-W41", "2026-W42", "2026-W43"]
    assert why(store, "2026-W44", keep=2) == "2026-W45 is compared with it"


def test_days_count_from_when_an_edition_was_made(store: Store) -> None:
    put_weeks(store, *WEEKS, compared=False)  # week 46 was made on 17 November, week 45 on the 10th
    assert going(store, days=15) == ["2026-W41", "2026-W42", "2026-W43", "2026-W44"]


def test_an_edition_without_a_run_file_is_dated_by_its_manifest(store: Store) -> None:
    folder = put(make_content(), store).folder
    (folder / "run.json").unlink()
    assert published_at(folder).timestamp() == pytest.approx((folder / "manifest.json").stat().st_mtime)


def test_what_readers_see_is_kept_however_old(store: Store) -> None:
    put_weeks(store, *WEEKS, compared=False)
    roll_back(store, REGION, "2026-W42", database=database(store), user="ana", reason="wrong", at=NOW)
    assert why(store, "2026-W42", keep=1) == "readers see it"


def test_a_held_edition_is_kept_until_released(store: Store) -> None:
    put_weeks(store, *WEEKS, compared=False)
    add_event(database(store), REGION, "2026-W41", "held", user="ana", note="court case")
    assert why(store, "2026-W41", keep=1) == "held: court case"
    add_event(database(store), REGION, "2026-W41", "released", user="ana", note="closed")
    assert "2026-W41" in going(store, keep=1)


def test_an_approved_edition_is_kept_and_a_withdrawn_one_is_not(store: Store) -> None:
    put_weeks(store, *WEEKS, compared=False)
    for week in (41, 42):
        add_event(database(store), REGION, f"2026-W{week}", "approved", user="ana", note="")
    add_event(database(store), REGION, "2026-W42", "withdrawn", user="ana", note="wrong")
    assert going(store, keep=1) == ["2026-W42", "2026-W43", "2026-W44", "2026-W45"]


def test_an_edition_given_out_under_a_profile_is_kept(store: Store) -> None:
    put_weeks(store, *WEEKS, compared=False)
    (store.root / "profiles" / "partner" / REGION / "2026-W43").mkdir(parents=True)
    assert why(store, "2026-W43", keep=1) == "given out under a profile"


def test_deletion_removes_the_folders_and_leaves_the_others_whole(store: Store) -> None:
    put_weeks(store, *WEEKS, compared=False)
    assert delete(store, keep=4) == ["2026-W41", "2026-W42"]
    assert list_editions(store, REGION) == ["2026-W43", "2026-W44", "2026-W45", "2026-W46"]
    assert list(store.editions(REGION).glob(f"{LEFT_OVER}*")) == []


def test_deletion_is_recorded_with_user_and_rule(store: Store) -> None:
    put_weeks(store, *WEEKS, compared=False)
    delete(store, keep=5)
    (event,) = list_events(database(store), REGION)
    assert (event.edition, event.kind, event.user, event.note) == ("2026-W41", "deleted", "ana", "--keep 5")


def test_an_id_once_given_is_never_given_again(store: Store) -> None:
    for fingerprint in "abc":
        put(make_content(fingerprint=fingerprint, period="2026-W41"), store)
    put_weeks(store, 45, 46)
    assert delete(store, keep=2) == ["2026-W41", "2026-W41.2", "2026-W41.3"]
    assert put(make_content(fingerprint="d", period="2026-W41"), store).id == "2026-W41.4"


def test_what_a_killed_deletion_left_goes_with_the_next(store: Store) -> None:
    put_weeks(store, 45, 46)
    left = store.editions(REGION) / f"{LEFT_OVER}2026-W44-1"
    shutil.copytree(store.editions(REGION) / "2026-W45", left)
    assert list_editions(store, REGION) == ["2026-W45", "2026-W46"]
    delete(store, keep=2)
    assert not left.exists()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keep=st.integers(1, 4),
    held=st.sets(st.sampled_from(WEEKS)),
    approved=st.sets(st.sampled_from(WEEKS)),
    shown=st.sampled_from(WEEKS),
)
def test_no_rule_deletes_what_is_shown_held_or_approved(
    tmp_path_factory: pytest.TempPathFactory, keep: int, held: set[int], approved: set[int], shown: int
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    put_weeks(store, *WEEKS)
    for kind, weeks in (("held", held), ("approved", approved)):
        for week in weeks:
            add_event(database(store), REGION, f"2026-W{week}", kind, user="ana", note="x")
    (store.editions(REGION) / "latest").write_text(f"2026-W{shown}\n")
    delete(store, keep=keep)
    left = set(list_editions(store, REGION))
    assert {f"2026-W{w}" for w in {shown, *held, *approved}} <= left
    assert latest_edition(store, REGION) == f"2026-W{shown}"
