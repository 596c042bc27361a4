"""The account page: who looks and may what, approval with a note, the audit trail for administrators."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.server.doors import Doors, open_doors
from dashboards.server.roles import Role
from dashboards.server.visitor import Visitor
from dashboards.wording import access as told
from pipelines.publish.release.profiles import approvals, list_profile
from pipelines.store.paths import Store
from records.audit import append_entry, list_entries
from records.database import open_database
from routecast.terminal.page_doors import page_doors
from tests.editions import write_edition

APP = Path(__file__).resolve().parents[4] / "dashboards" / "app.py"
REGION, EDITION = "western_balkans", "2026-W46"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    write_edition(tmp_path)
    monkeypatch.setenv("ROUTECAST_STORE", str(tmp_path))
    monkeypatch.setenv("ROUTECAST_REGION", REGION)
    open_doors(page_doors(Store(tmp_path)))
    yield Store(tmp_path)
    open_doors(Doors())


def as_role(monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    monkeypatch.setattr("dashboards.server.visitor.LOCAL", Visitor("ana", role, "internal"))


def open_account() -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=400).run().switch_page("views/account.py").run()


def shown(app: AppTest) -> str:
    return "\n".join(str(p.value) for p in [*app.markdown, *app.caption, *app.error, *app.subheader, *app.metric])


@pytest.mark.usefixtures("store")
def test_page_says_who_looks_and_what_the_role_may(monkeypatch: pytest.MonkeyPatch) -> None:
    as_role(monkeypatch, "analyst")
    text = shown(open_account())
    may, may_not = text.index(f"**{told.YOU_MAY}**"), text.index(f"**{told.YOU_MAY_NOT}**")
    assert may < text.index(told.ACTIONS["run_scenario"]) < may_not < text.index(told.ACTIONS["approve"])
    assert told.APPROVAL not in text
    assert told.TRAIL not in text


@pytest.mark.asvs("V2.3.1")
@pytest.mark.slow
def test_edition_is_approved_and_withdrawn_with_a_note_by_those_who_may(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_role(monkeypatch, "planner")
    app = open_account()
    assert told.DRAFT in shown(app)
    app.button(key="approval_decide").click().run()
    assert told.NOTE_NEEDED in [e.value for e in app.error]
    assert approvals(store, REGION) == {}
    app.text_area(key="approval_note").input("figures checked").run()
    app.button(key="approval_decide").click().run()
    assert not app.exception
    assert (approvals(store, REGION)[EDITION].kind, approvals(store, REGION)[EDITION].user) == ("approved", "ana")
    assert list_profile(store, REGION, "partner") == [EDITION]
    assert not [b for b in app.button if b.key == "approval_decide"]  # a planner approves and does not withdraw
    as_role(monkeypatch, "admin")
    app.run()
    assert not [a for a in app.text_area if a.key == "approval_note"]  # else its words would stand as the reason
    app.text_area(key="withdrawal_note").input("a wrong source").run()
    app.button(key="approval_decide").click().run()
    assert list_profile(store, REGION, "partner") == []
    trail = [(e.action, e.user) for e in list_entries(open_database(store.database)) if e.edition == EDITION]
    assert [t for t in trail if t[0] in ("approved", "withdrawn")] == [("approved", "ana"), ("withdrawn", "ana")]


@pytest.mark.asvs("V8.3.1")
def test_decision_is_refused_when_the_role_was_taken_away_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_role(monkeypatch, "planner")
    app = open_account()
    app.text_area(key="approval_note").input("checked").run()
    as_role(monkeypatch, "viewer")
    app.button(key="approval_decide").click().run()
    assert approvals(store, REGION) == {}


def test_administrator_reads_the_trail_and_leaves_an_entry(store: Store) -> None:
    append_entry(open_database(store.database), "exported", user="ben", edition=EDITION)
    app = open_account()
    assert "The trail is whole: " in shown(app)
    assert "exported" in list(app.table[0].value["What"])
    assert [e.action for e in list_entries(open_database(store.database))][-1] == "audit_read"
