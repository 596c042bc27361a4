"""Who looks at a page: one user on the own machine, and nobody from elsewhere without a log-in."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboards.server import visitor as module
from dashboards.server.audit_trail import recorded, stamp
from dashboards.server.visitor import (
    LOCAL,
    NotAdmittedError,
    Visitor,
    asked_once,
    is_local_visit,
    require,
    visitor,
)
from pipelines.store.paths import open_store
from records.audit import append_entry, list_entries
from records.database import open_database
from tests.unit.dashboards.server.test_login_settings import GIVEN


def log_in(monkeypatch: pytest.MonkeyPatch, store: Path, **changed: Any) -> datetime:
    """What Streamlit knows of a visitor after the log-in; when it was."""
    since = datetime.now(tz=UTC).replace(microsecond=0) - timedelta(minutes=5)
    told = {
        "is_logged_in": True,
        "aud": "routecast",
        "iat": since.timestamp(),
        "email": "ana@example.org",
        "roles": ["analyst"],
        **changed,
    }
    monkeypatch.setattr(module, "_claims", lambda: told)
    monkeypatch.setenv("ROUTECAST_STORE", str(store))
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    return since


@pytest.mark.parametrize(
    ("headers", "peer"),
    [
        ({}, None),
        ({"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}, None),
        ({"Host": "localhost:8501"}, "127.0.0.1"),
        ({"Host": "[::1]:8501"}, None),
    ],
    ids=str,
)
def test_visit_on_the_own_machine_is_local(headers: dict[str, str], peer: str | None) -> None:
    assert is_local_visit(headers, peer)


@pytest.mark.asvs("V4.1.3", "V15.3.4")
@pytest.mark.parametrize(
    ("headers", "peer"),
    [
        ({"Host": "127.0.0.1"}, "192.0.2.7"),  # another machine that borrows the name
        ({"Host": "dashboard.example.org"}, None),  # a proxy, or a name bound to 127.0.0.1
        ({"Host": "127.0.0.1:8501", "Origin": "https://dashboard.example.org"}, None),
        ({"Host": "127.0.0.1:8501", "X-Forwarded-For": "192.0.2.7"}, None),
        ({"host": "127.0.0.1:8501", "forwarded": "for=192.0.2.7"}, None),
        ({"Host": "127.0.0.1.example.org"}, None),
    ],
    ids=str,
)
def test_visit_from_elsewhere_is_not_local(headers: dict[str, str], peer: str | None) -> None:
    assert not is_local_visit(headers, peer)


def test_without_log_in_the_single_user_may_everything() -> None:
    assert visitor() == LOCAL
    assert LOCAL.may("approve")


@pytest.mark.asvs("V4.1.3")
def test_without_log_in_a_forwarded_visit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_headers", lambda: {"Host": "127.0.0.1", "X-Forwarded-For": "192.0.2.7"})
    with pytest.raises(NotAdmittedError, match="not_local"):
        visitor()


def test_visitor_is_who_logged_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    since = log_in(monkeypatch, tmp_path)
    assert visitor() == Visitor("ana@example.org", "analyst", "internal", since, since + timedelta(hours=8))


def test_nobody_is_let_in_with_the_log_in_set_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log_in(monkeypatch, tmp_path, is_logged_in=False)
    with pytest.raises(NotAdmittedError, match="not_logged_in"):
        visitor()


def test_role_that_changes_between_two_runs_counts_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log_in(monkeypatch, tmp_path)
    assert require("run_scenario").role == "analyst"
    log_in(monkeypatch, tmp_path, roles=["viewer"])
    with pytest.raises(NotAdmittedError, match="no_role"):
        require("run_scenario")


@pytest.mark.asvs("V8.2.2")
def test_profile_is_no_wider_than_the_servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log_in(monkeypatch, tmp_path)
    monkeypatch.setenv("ROUTECAST_PROFILE", "partner")
    assert visitor().profile == "partner"
    assert not visitor().may("run_scenario")
    monkeypatch.setenv("ROUTECAST_PROFILE", "everything")
    assert visitor().profile == "public"


def test_logging_out_ends_what_was_opened_before_and_nothing_later(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    since = log_in(monkeypatch, tmp_path)
    database = open_database(open_store(tmp_path).database)
    append_entry(database, "log_out", user="ana@example.org", detail={"since": since.isoformat()})
    with pytest.raises(NotAdmittedError, match="logged_out"):
        visitor()
    log_in(monkeypatch, tmp_path, iat=since.timestamp() + 1)
    assert visitor().user == "ana@example.org"
    log_in(monkeypatch, tmp_path, email="ben@example.org")
    assert visitor().user == "ben@example.org"


def test_file_is_recorded_with_its_hash_when_it_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log_in(monkeypatch, tmp_path)
    make = recorded(lambda mark: mark.encode(), "a.csv")
    database = open_database(open_store(tmp_path).database)
    assert list_entries(database) == []
    assert make().decode().startswith("Profile: internal. Downloaded by ana@example.org on ")
    (entry,) = list_entries(database)
    assert (entry.action, entry.user, entry.role, entry.profile) == (
        "exported",
        "ana@example.org",
        "analyst",
        "internal",
    )
    assert json.loads(entry.detail)["file"] == "a.csv"


def test_file_is_not_made_once_the_log_in_is_too_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    since = log_in(monkeypatch, tmp_path)
    make = recorded(lambda mark: mark.encode(), "a.csv")
    monkeypatch.setattr("dashboards.server.audit_trail.now", lambda: since + timedelta(hours=9))
    with pytest.raises(NotAdmittedError, match="expired"):
        make()


@pytest.mark.asvs("V16.5.3")
def test_file_that_can_not_be_recorded_is_not_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from records.database import DatabaseError  # noqa: PLC0415

    log_in(monkeypatch, tmp_path)
    (tmp_path / "database.sqlite").mkdir()
    monkeypatch.setattr(module, "_has_logged_out", lambda _: False)
    with pytest.raises(DatabaseError):
        recorded(lambda mark: mark.encode(), "a.csv")()


def test_stamp_names_profile_user_and_time() -> None:
    who = Visitor("ana@example.org", "viewer", "public")
    told = stamp(who, datetime(2026, 11, 16, 9, 30, tzinfo=UTC))
    assert told == "Profile: public. Downloaded by ana@example.org on 2026-11-16 09:30 UTC."


def test_who_looks_is_asked_once_while_a_page_runs_and_anew_after_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log_in(monkeypatch, tmp_path)
    with asked_once():
        assert visitor().role == "analyst"
        log_in(monkeypatch, tmp_path, roles=["viewer"])
        assert visitor().role == "analyst"
    assert visitor().role == "viewer"
