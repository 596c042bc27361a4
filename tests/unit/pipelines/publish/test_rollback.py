"""One command back to an earlier edition, and what later runs make of it."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from pipelines.editions.edition import ASIDE, EditionError, aside, earlier_edition, latest_edition, list_editions
from pipelines.publish.edition.publish import publish
from pipelines.publish.release.set_aside import Rollback, roll_back
from pipelines.store.paths import Store
from records.database import Database, open_database
from records.decisions import add_event, list_events
from tests.small_editions import REGION, make_content, put, put_weeks, render

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def database(store: Store) -> Database:
    return open_database(store.database)


def back(store: Store, edition: str | None = None) -> Rollback:
    return roll_back(store, REGION, edition, database=database(store), user="ana", reason="wrong file", at=NOW)


def test_rollback_leads_readers_to_the_edition_before(store: Store) -> None:
    put_weeks(store, 44, 45, 46)
    assert back(store) == Rollback("2026-W46", "2026-W45", ("2026-W46",))
    assert latest_edition(store, REGION) == "2026-W45"


def test_rollback_keeps_the_edition_that_it_leaves(store: Store) -> None:
    put_weeks(store, 45, 46)
    back(store)
    assert list_editions(store, REGION) == ["2026-W45", "2026-W46"]


def test_rollback_over_two_editions_sets_both_aside(store: Store) -> None:
    put_weeks(store, 44, 45, 46)
    assert back(store, "2026-W44").set_aside == ("2026-W45", "2026-W46")


def test_rollback_is_recorded_with_user_and_reason(store: Store) -> None:
    put_weeks(store, 45, 46)
    back(store)
    events = [(e.edition, e.kind, e.user, e.note) for e in list_events(database(store), REGION)]
    assert events == [("2026-W46", "set_aside", "ana", "wrong file"), ("2026-W45", "rolled_back", "ana", "wrong file")]


def test_a_second_rollback_without_an_id_goes_one_further(store: Store) -> None:
    put_weeks(store, 44, 45, 46)
    back(store)
    assert back(store).now == "2026-W44"


def test_rollback_to_what_was_set_aside_brings_it_back(store: Store) -> None:
    put_weeks(store, 45, 46)
    back(store)
    back(store, "2026-W46")
    assert latest_edition(store, REGION) == "2026-W46"
    assert aside(store, REGION)["set_aside"] == []


def test_an_equal_run_after_a_rollback_leads_nobody_back(store: Store) -> None:
    put_weeks(store, 45, 46)
    back(store)
    again = publish(make_content(fingerprint="of-46", period="2026-W46"), store, render=render, run_info=dict)
    assert (again.new, again.set_aside) == (False, True)
    assert latest_edition(store, REGION) == "2026-W45"


def test_new_data_after_a_rollback_are_shown(store: Store) -> None:
    put_weeks(store, 45, 46)
    back(store)
    put(make_content(fingerprint="new", period="2026-W46"), store)
    assert latest_edition(store, REGION) == "2026-W46.2"


def test_an_equal_run_without_a_rollback_shows_its_edition_again(store: Store) -> None:
    """Killed between its rename and the pointer: the next run finishes that."""
    put_weeks(store, 45, 46)
    (store.editions(REGION) / "latest").write_text("2026-W45\n")
    publish(make_content(fingerprint="of-46", period="2026-W46"), store, render=render, run_info=dict)
    assert latest_edition(store, REGION) == "2026-W46"


def test_no_later_edition_is_compared_with_one_set_aside(store: Store) -> None:
    put_weeks(store, 44, 45, 46)
    back(store, "2026-W44")
    put_weeks(store, 47)
    earlier = earlier_edition(store, REGION, pd.Timestamp("2026-11-16"))
    assert earlier is not None
    assert earlier.id == "2026-W44"


def test_a_lost_pointer_does_not_show_what_was_set_aside(store: Store) -> None:
    put_weeks(store, 45, 46)
    back(store)
    (store.editions(REGION) / "latest").unlink()
    assert latest_edition(store, REGION) == "2026-W45"


def test_rollback_to_where_readers_are_is_refused(store: Store) -> None:
    put_weeks(store, 45, 46)
    with pytest.raises(EditionError, match="readers see this edition already"):
        back(store, "2026-W46")


def test_rollback_without_an_earlier_edition_is_refused(store: Store) -> None:
    put_weeks(store, 46)
    with pytest.raises(EditionError, match="before 2026-W46, there is none"):
        back(store)


def test_rollback_to_a_damaged_edition_is_refused_and_changes_nothing(store: Store) -> None:
    put_weeks(store, 45, 46)
    (store.editions(REGION) / "2026-W45" / "briefing.html").write_text("?")
    with pytest.raises(EditionError, match=r"briefing\.html"):
        back(store)
    assert latest_edition(store, REGION) == "2026-W46"
    assert list_events(database(store), REGION) == []


def test_rollback_to_a_withdrawn_edition_is_refused_with_who_and_why(store: Store) -> None:
    put_weeks(store, 45, 46)
    add_event(database(store), REGION, "2026-W45", "withdrawn", user="ben", note="counts were doubled")
    with pytest.raises(EditionError, match=r"withdrawn by ben \(counts were doubled\)"):
        back(store)


def test_a_damaged_list_of_what_is_set_aside_is_named(store: Store) -> None:
    put_weeks(store, 45, 46)
    path = store.editions(REGION) / ASIDE
    path.write_text("{")
    with pytest.raises(EditionError, match=r"set_aside\.json: expected a JSON file"):
        aside(store, REGION)
