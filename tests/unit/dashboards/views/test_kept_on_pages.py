"""What people keep and decide on the pages: alerts seen and dismissed, statements, saved scenarios."""

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.components.scenarios import session
from dashboards.server.roles import Profile, Role
from dashboards.server.visitor import LOCAL, Visitor
from dashboards.wording import actions as actions_texts, records as texts
from pipelines.store.paths import Store
from records.database import open_database
from records.decisions import assessment_history, current_assessments, list_actions
from records.lines_and_notes import LineKey, act_on_line, line_actions
from records.scenarios import list_scenarios
from tests.scenario_editions import put_small

APP = Path(__file__).resolve().parents[4] / "dashboards" / "app.py"
CLOSED = "name: Closed\nassumptions:\n  - {kind: segment_flow, segment: a-1, factor: 0.1}\n"
REGION = "western_balkans"


def open_page(name: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run().switch_page(f"views/{name}.py").run()


def as_role(monkeypatch: pytest.MonkeyPatch, role: Role, profile: Profile = "internal") -> None:
    for module in ("alert_panel", "assessment_form", "prepare_panel", "scenarios.form"):
        monkeypatch.setattr(f"dashboards.components.{module}.visitor", lambda: Visitor("ana", role, profile))


def shown(app: AppTest) -> str:
    return "\n".join(str(part.value) for part in [*app.markdown, *app.caption, *app.warning])


def keys(app: AppTest, start: str) -> list[str]:
    return [str(b.key) for b in app.button if str(b.key).startswith(start)]


def test_alert_that_was_seen_says_by_whom(store: Store) -> None:
    app = open_page("protection")
    app.button(key=keys(app, "seen")[0]).click().run()
    assert not app.exception
    assert f"seen by {LOCAL.user}" in shown(app)
    assert len(list_actions(open_database(store.database), REGION, date(2026, 1, 1))) == 1


@pytest.mark.usefixtures("store")
def test_dismissed_alert_is_folded_away_with_its_reason_and_leaves_the_notice() -> None:
    app = open_page("protection")
    before = len(keys(app, "seen"))
    name = keys(app, "dismiss")[0].removeprefix("dismiss ")
    app.text_input(key=f"why {name}").set_value("works on the road").run()
    app.button(key=f"dismiss {name}").click().run()
    assert len(keys(app, "seen")) == before - 1
    assert [str(e.label) for e in app.expander] == [texts.DISMISSED.format(n=1)]
    assert "works on the road" in shown(app)
    assert f"**{before - 1} alert" in shown(app) or before == 1
    app.button(key=f"reopen {name}").click().run()
    assert len(keys(app, "seen")) == before


def test_alert_is_not_dismissed_without_a_reason(store: Store) -> None:
    app = open_page("protection")
    app.button(key=keys(app, "dismiss")[0]).click().run()
    assert [str(t.value) for t in app.toast] == [texts.WHY_NEEDED]
    assert list_actions(open_database(store.database), REGION, date(2000, 1, 1)) == {}


@pytest.mark.usefixtures("store")
def test_limits_of_the_rules_stand_beside_the_alerts() -> None:
    assert (
        "“surge” (default of the region pack, 1 January 2026): a segment or headline with a chance of 55 % or more of "
        "more than 1.5 times its last level in one of the next 4 weeks, and 50 or more expected; told again within "
        "4 weeks only where the chance rises by 15 points or more."
    ) in shown(open_page("protection"))


@pytest.mark.usefixtures("store")
def test_limits_of_the_rules_are_for_the_institution_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    as_role(monkeypatch, "viewer", profile="partner")
    assert texts.RULES not in shown(open_page("protection"))


@pytest.mark.usefixtures("store")
def test_viewer_reads_alerts_without_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    as_role(monkeypatch, "viewer")
    app = open_page("protection")
    assert not app.exception
    assert keys(app, "seen") == []


def test_statement_is_kept_with_owner_and_user_and_counts_from_the_next_edition(store: Store) -> None:
    app = open_page("place", unit="segment:HUN-SRB-02")
    app.selectbox(key="stated_kind").set_value("response_time").run()
    app.select_slider(key="stated_level").set_value("very_high").run()
    app.text_input(key="stated_owner").set_value("planning unit").run()
    app.button(key="stated_record").click().run()
    assert not app.exception
    kept = current_assessments(open_database(store.database), REGION)
    assert [(a.place, a.kind, a.level, a.owner, a.user) for a in kept] == [
        ("segment:HUN-SRB-02", "response_time", "very_high", "planning unit", LOCAL.user)
    ]
    assert "Response time: **very high**" in shown(app)
    assert texts.PENDING.strip(" ·*") in shown(app)
    app.button(key="withdraw 0 segment:HUN-SRB-02").click().run()
    assert current_assessments(open_database(store.database), REGION) == []
    assert texts.STATED_HERE not in shown(app)


def test_statement_without_owner_is_not_taken(store: Store) -> None:
    app = open_page("place", unit="segment:HUN-SRB-02")
    app.button(key="stated_record").click().run()
    assert [str(t.value) for t in app.toast] == [texts.OWNER_NEEDED]
    assert assessment_history(open_database(store.database), REGION) == []


@pytest.mark.usefixtures("store")
def test_viewer_can_not_state_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    as_role(monkeypatch, "viewer")
    app = open_page("place", unit="segment:HUN-SRB-02")
    assert not app.exception
    assert keys(app, "stated") == []


PLACE = "segment:HUN-SRB-02"


def test_line_of_preparation_is_taken_spoken_of_and_closed_on_its_place(store: Store) -> None:
    app = open_page("place", unit=PLACE)
    (name,) = (key.removeprefix("taken ") for key in keys(app, "taken capacity"))
    app.button(key=f"taken {name}").click().run()
    assert f"taken by {LOCAL.user}, " in shown(app)
    app.button(key=f"closed {name}").click().run()
    assert [str(t.value) for t in app.toast] == [actions_texts.COMMENT_NEEDED]
    app.text_input(key=f"say {name}").set_value("two teams more").run()
    app.button(key=f"closed {name}").click().run()
    assert not app.exception
    assert [str(e.label) for e in app.expander if "Closed" in str(e.label)] == ["Closed (1)"]
    assert f"closed by {LOCAL.user}, " in shown(app)
    assert keys(app, "reopened") == [f"reopened {name}"]
    (actions,) = line_actions(open_database(store.database), REGION).values()
    assert [(a.action, a.note, a.edition) for a in actions] == [
        ("taken", "", "2026-W46"),
        ("closed", "two teams more", "2026-W46"),
    ]
    assert actions[0].said.startswith("Plan for more than the ")


@pytest.mark.usefixtures("store")
def test_open_lines_of_all_places_stand_on_the_page_of_protection(store: Store) -> None:
    database = open_database(store.database)
    key = LineKey("capacity", PLACE, "irregular_crossings")
    act_on_line(database, REGION, "2026-W46", key, "taken", said="then", user="eva")
    app = open_page("protection")
    links = [str(one.proto.label) for one in app.get("page_link")]
    assert any("Plan for more than" in label and "taken by eva" in label for label in links)


@pytest.mark.usefixtures("store")
def test_analyst_reads_lines_without_buttons_and_partners_see_none(monkeypatch: pytest.MonkeyPatch) -> None:
    as_role(monkeypatch, "analyst")
    app = open_page("place", unit=PLACE)
    assert actions_texts.PREPARE_NOTE in shown(app)
    assert keys(app, "taken") == []
    as_role(monkeypatch, "planner", profile="partner")
    assert actions_texts.PREPARE_NOTE not in shown(open_page("place", unit=PLACE))


@pytest.mark.usefixtures("store")
def test_database_out_of_reach_is_said_and_the_page_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTECAST_DATABASE", "postgresql://u:secret@127.0.0.1:9/x")
    app = open_page("protection")
    assert not app.exception
    assert "can't be read or kept now" in shown(app)
    assert "secret" not in shown(app)


@pytest.fixture
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    pack, folder = put_small(tmp_path)
    monkeypatch.setenv("ROUTECAST_STORE", str(folder))
    monkeypatch.setenv("ROUTECAST_REGION", str(pack))
    return Store(folder)


def open_scenarios(*texts_: str) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=60).switch_page("views/scenarios.py")
    if texts_:
        page.query_params["scenarios"] = session.encoded(texts_)
    return page.run()


def test_scenario_kept_for_good_is_there_on_the_next_visit(scenarios: Store) -> None:
    page = open_scenarios(CLOSED)
    page.button(key="scenario_keep").click().run()
    assert not page.exception
    assert texts.SAVED_AS.format(name="Closed") in shown(page)
    visit = open_scenarios()
    visit.button(key="scenario_open").click().run()
    assert not visit.exception
    assert [k.text for k in visit.session_state[session.KEPT]] == [CLOSED]
    assert [s.name for s in list_scenarios(open_database(scenarios.database), LOCAL.user, "small")] == ["Closed"]


def test_saved_scenario_is_gone_when_deleted(scenarios: Store) -> None:
    page = open_scenarios(CLOSED)
    page.button(key="scenario_keep").click().run()
    visit = open_scenarios()
    visit.button(key="scenario_forget").click().run()
    assert texts.SAVED_NONE in shown(visit)
    assert list_scenarios(open_database(scenarios.database), LOCAL.user, "small") == []


@pytest.mark.usefixtures("scenarios")
def test_saved_scenarios_are_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    open_scenarios(CLOSED).button(key="scenario_keep").click().run()
    as_role(monkeypatch, "analyst")
    assert texts.SAVED_NONE in shown(open_scenarios())
