"""`routecast editions rollback|hold|release|retain` as a person types them."""

from pathlib import Path

import pytest

from pipelines.editions.edition import latest_edition, list_editions
from pipelines.store.atomic import exclusive
from pipelines.store.paths import Store
from records.database import open_database
from records.decisions import add_event, list_events
from routecast.cli import run_command
from tests.small_editions import REGION, put_weeks


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.delenv("ROUTECAST_DATABASE", raising=False)
    store = Store(tmp_path)
    put_weeks(store, 44, 45, 46, compared=False)
    return store


def editions(store: Store, *words: str) -> int:
    return run_command(["editions", *words, "--region", REGION, "--store", str(store.root)])


def test_rollback_says_where_readers_are_now(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert editions(store, "rollback", "--reason", "doubled figures") == 0
    assert "Readers see 2026-W45 now (before: 2026-W46)." in capsys.readouterr().out
    assert editions(store, "list") == 0
    assert capsys.readouterr().out.split("\n")[:3] == ["2026-W44", "2026-W45  (latest)", "2026-W46  (set aside)"]


def test_rollback_warns_of_an_approved_edition_that_others_still_see(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    add_event(open_database(store.database), REGION, "2026-W46", "approved", user="ana", note="looked at")
    editions(store, "rollback", "--reason", "doubled figures")
    assert "2026-W46 is approved: partners and the public see it still." in capsys.readouterr().out


@pytest.mark.parametrize("words", [("rollback",), ("hold", "2026-W44"), ("release", "2026-W44")])
def test_a_decision_without_a_reason_is_refused(store: Store, words: tuple[str, ...]) -> None:
    assert editions(store, *words) == 2
    assert editions(store, *words, "--reason", "  ") == 2
    assert list_events(open_database(store.database), REGION) == []


def test_hold_retain_and_release_in_turn(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert editions(store, "hold", "2026-W44", "--reason", "asked for by the court") == 0
    assert editions(store, "retain", "--keep", "1") == 0
    assert "2026-W44: kept (held: asked for by the court)" in capsys.readouterr().out
    assert list_editions(store, REGION) == ["2026-W44", "2026-W46"]
    assert editions(store, "release", "2026-W44", "--reason", "closed") == 0
    assert editions(store, "retain", "--keep", "1") == 0
    assert list_editions(store, REGION) == ["2026-W46"]


def test_a_dry_run_deletes_nothing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert editions(store, "retain", "--keep", "1", "--dry-run") == 0
    assert "2 would go" in capsys.readouterr().out
    assert list_editions(store, REGION) == ["2026-W44", "2026-W45", "2026-W46"]
    assert list_events(open_database(store.database), REGION) == []


@pytest.mark.parametrize("words", [(), ("--keep", "1", "--days", "3"), ("--keep", "0")])
def test_retain_needs_one_rule(store: Store, words: tuple[str, ...]) -> None:
    assert editions(store, "retain", *words) == 2
    assert len(list_editions(store, REGION)) == 3


def test_an_edition_that_is_not_there_can_not_be_held(store: Store) -> None:
    assert editions(store, "hold", "2026-W01", "--reason", "x") == 3


def test_what_is_not_held_can_not_be_released(store: Store) -> None:
    assert editions(store, "release", "2026-W44", "--reason", "x") == 3


@pytest.mark.parametrize("words", [("rollback", "--reason", "x"), ("retain", "--keep", "1")])
def test_nothing_is_decided_while_a_run_is_at_work(store: Store, words: tuple[str, ...]) -> None:
    with exclusive(store.root / ".lock"):
        assert editions(store, *words) == 5
    assert latest_edition(store, REGION) == "2026-W46"
    assert len(list_editions(store, REGION)) == 3
