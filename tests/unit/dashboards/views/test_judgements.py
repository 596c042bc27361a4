"""Judgements on the pages: stated on a place, drawn while typed, open, held against what came, for analysts alone."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.briefing.caveats import method_box
from dashboards.edition_view import judgements as judged
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.shared_tables import all_scores
from dashboards.server.roles import Profile, Role
from dashboards.server.visitor import LOCAL_USER, Visitor
from dashboards.wording import judgements as texts
from pipelines.editions.edition import Edition
from pipelines.store.paths import Store
from records.database import Database, open_database
from records.judgements import StatedJudgement, judgement_history, state_judgement
from tests.editions import seal, write_edition
from tests.unit.dashboards.views.test_kept_on_pages import PLACE, REGION, open_page, shown

INDICATOR = "irregular_crossings"
TODAY = datetime.now(tz=UTC).date()
MONDAY = TODAY - timedelta(days=TODAY.weekday())
LAST = MONDAY - timedelta(weeks=2)  # the newest week of the edition; the one before this is over, and not reported
ONE = StatedJudgement(INDICATOR, PLACE, MONDAY, 10, 20, 40, "road opens", "eva", user="eva")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = write_edition(tmp_path, last=f"{LAST}")
    monkeypatch.setenv("ROUTECAST_STORE", str(tmp_path))
    monkeypatch.setenv("ROUTECAST_REGION", REGION)
    return made


@pytest.fixture
def database(folder: Path) -> Database:
    return open_database(Store(folder.parents[2]).database)


def state(database: Database, one: StatedJudgement) -> None:
    """As if it had been stated on the first day of its period."""
    first = datetime(one.period.year, one.period.month, one.period.day, 8, tzinfo=UTC)
    now = min(first, datetime.now(tz=UTC))
    state_judgement(database, REGION, one, ends=one.period + timedelta(days=6), reported_until=None, now=now)


def as_role(monkeypatch: pytest.MonkeyPatch, role: Role, profile: Profile = "internal") -> None:
    for module in ("components.judgement_form", "components.notes_panel"):
        monkeypatch.setattr(f"dashboards.{module}.visitor", lambda: Visitor("ana", role, profile))


def fill(app: AppTest, **values: Any) -> AppTest:
    for name, value in values.items():
        boxes = app.text_input if name in ("reason", "group") else app.number_input
        boxes(key=f"judge_{name} {PLACE}").set_value(value)
    return app.run()


def traces(app: AppTest) -> dict[str, dict[str, Any]]:
    fan = json.loads(app.get("plotly_chart")[0].proto.spec)  # type: ignore[attr-defined]
    return {str(one.get("name")): one for one in fan["data"]}


def test_range_is_drawn_while_it_is_typed_and_kept_when_it_is_stated(database: Database) -> None:
    app = open_page("place", unit=PLACE)
    fill(app, q10=20, q50=30)
    assert texts.TYPED not in traces(app)
    fill(app, q90=60)
    drawn = traces(app)[texts.TYPED]
    assert (drawn["x"], drawn["y"]) == ([f"{MONDAY}"], [30])
    assert (drawn["error_y"]["array"], drawn["error_y"]["arrayminus"]) == ([30], [10])
    app.button(key="judge_keep").click().run()  # without a reason
    assert [str(t.value) for t in app.toast] == [texts.LACKING]
    assert judgement_history(database, REGION) == []
    fill(app, reason="the road opens", group="desk")
    app.button(key="judge_keep").click().run()
    assert not app.exception
    (kept,) = judgement_history(database, REGION)
    assert kept == replace(kept, period=MONDAY, q10=20, q50=30, q90=60, reason="the road opens", owner=LOCAL_USER)
    assert (kept.unit, kept.group, kept.day) == (PLACE, "desk", datetime.now(tz=UTC).date())
    assert f"30 (20–60) – {LOCAL_USER} for desk, " in shown(app)
    assert texts.TYPED not in traces(app)
    assert traces(app)[texts.KEPT]["y"] == [30]


def test_numbers_that_are_no_range_can_not_be_stated(database: Database) -> None:
    app = fill(open_page("place", unit=PLACE), q10=30, q50=20, q90=60, reason="why")
    app.button(key="judge_keep").click().run()
    assert [str(t.value) for t in app.toast] == [texts.LACKING]
    assert judgement_history(database, REGION) == []


def test_a_period_that_is_over_is_not_offered(folder: Path) -> None:
    assert folder.exists()
    app = open_page("place", unit=PLACE)
    assert app.selectbox(key=f"judge_period {PLACE}").value == f"{MONDAY}"


def test_viewers_and_partners_see_nothing_of_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    state(database, ONE)
    assert "road opens" in shown(open_page("place", unit=PLACE))
    for role, profile in (("viewer", "internal"), ("admin", "partner"), ("admin", "public")):
        as_role(monkeypatch, role, profile)  # type: ignore[arg-type]
        app = open_page("place", unit=PLACE)
        assert not app.exception
        assert "road opens" not in shown(app)
        assert texts.KEPT not in traces(app)
        assert [b for b in app.button if b.key == "judge_keep"] == []


def tables(app: AppTest) -> dict[str, pd.DataFrame]:
    """Tables of the page by their second heading."""
    return {str(one.value.columns[1]): one.value for one in [*app.dataframe, *app.table]}


def test_page_says_who_said_what_and_whose_ranges_held(folder: Path, database: Database) -> None:
    history = (
        Facts(Edition(folder)).edition.forecast["history"].sel(indicator=INDICATOR, nationality="TOTAL", unit=PLACE)
    )
    came = history.to_series().dropna().iloc[-7:-1]
    for period, count in came.items():
        one = replace(ONE, period=pd.Timestamp(period).date())
        state(database, replace(one, owner=LOCAL_USER, q10=count, q50=count + 3, q90=count + 9))
        state(database, replace(one, owner="ben", group="desk", q10=count + 5, q50=count + 8, q90=count + 9))
    state(database, ONE)
    app = open_page("judgements")
    assert not app.exception
    found = tables(app)
    assert found["For"][["Who", "When", "10–90 %", "Weight"]].to_numpy().tolist() == [
        ["eva", "this week", "10–40", texts.NEXT_EDITION]
    ]
    held = found["Outcomes"].set_index("Who")
    assert held["Inside 10–90 %"].to_dict() == {"ben": "0 %", LOCAL_USER: "100 %"}
    assert held["Ranges"].to_dict() == {"ben": "too narrow", LOCAL_USER: "about right"}
    assert held["Leaning"].to_dict() == {"ben": "expects too many", LOCAL_USER: "expects too many"}
    assert "You: of 6 outcomes, 100 % lay inside your ranges" in shown(app)
    everything = found["Who"]
    assert len(everything) == 13
    assert everything["Held"].value_counts().to_dict() == {"below the range": 6, "inside": 6, "open": 1}


@pytest.mark.usefixtures("folder")
def test_page_without_judgements_says_where_to_state_one() -> None:
    app = open_page("judgements")
    assert not app.exception
    assert texts.NONE in [str(one.value) for one in app.info]


def score(model: str, error: float, n: int, rank: float = 0.5) -> list[dict[str, Any]]:
    day = pd.Timestamp("2026-01-05")
    held = {"covered_50": 1.0, "covered_95": 1.0, "mid_rank": rank}
    return [
        {"model": model, "location": "a", "horizon": 1, "origin_date": day + pd.Timedelta(weeks=i), "wis_log1p": error}
        | held
        for i in range(n)
    ]


def test_record_compares_on_the_very_same_forecasts() -> None:
    scores = pd.DataFrame(
        [
            *score("judgement:ana", 0.2, 6, rank=0.2),
            *score("judgement:desk", 0.6, 3),
            *score("routecast", 0.3, 4),
            *score("routecast", 9.0, 8)[4:],
            *score("baseline", 0.4, 8),
        ]
    )
    table = judged.record(scores).set_index("member")
    assert table.index.tolist() == ["judgement:ana", "judgement:desk"]
    assert table["error"].to_list() == pytest.approx([0.5, 1.5])
    assert table["ours"].to_list() == pytest.approx([(4 * 0.3 + 2 * 9) / 6 / 0.4, 0.75])
    assert table["leaning"].to_list() == ["high", "few"]
    assert judged.record(scores[scores["model"] == "baseline"]).empty


def test_names_of_people_stand_on_their_page_alone(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["members"][INDICATOR]["segment"].append("judgement:ana")
    one = Edition(folder).scores.query("model == 'routecast'").assign(model="judgement:ana")
    pd.concat([Edition(folder).scores, one]).to_parquet(folder / "scores.parquet", index=False)
    seal(folder, manifest)
    facts = Facts(Edition(folder))
    assert not facts.scores["model"].str.contains("judgement").any()
    assert "judgement:ana" in set(all_scores(facts.edition, INDICATOR)["model"])
    told = str(method_box(facts))
    assert "people's judgements" in told
    assert "judgement:ana" not in told


def test_outcome_is_what_was_reported_and_no_estimate(folder: Path) -> None:
    facts = Facts(Edition(folder))
    here = {"indicator": INDICATOR, "nationality": "TOTAL", "unit": PLACE}
    reported = facts.edition.forecast["history"].sel(here).to_series().dropna()
    earlier, last = (date.fromisoformat(f"{reported.index[i]:%Y-%m-%d}") for i in (-9, -8))
    facts.edition.forecast["nowcast"].loc[here | {"time": pd.Timestamp(last)}] += 5  # more is expected of it
    settled = judged.settled_counts(facts)
    assert judged.outcome(settled, replace(ONE, period=earlier)) == reported.iloc[-9]
    assert pd.isna(judged.outcome(settled, replace(ONE, period=last)))
    assert pd.isna(judged.outcome(settled, ONE))
    assert pd.isna(judged.outcome(settled, replace(ONE, unit="segment:nowhere", period=earlier)))


def test_few_outcomes_are_said_to_be_few() -> None:
    few = judged.calibration([(ONE, 20.0), (ONE, 50.0), (ONE, float("nan"))])
    assert few == (2, 0.5, 0.75, "few", "few")
    assert judged.calibration([(ONE, float("nan"))]) is None
    assert [judged.held(ONE, came) for came in (9.0, 10.0, 40.0, 41.0)] == ["below", "inside", "inside", "above"]


def test_weights_go_by_member_unit_and_period(folder: Path) -> None:
    rows = {"member": ["judgement:eva"], "unit": [PLACE], "horizon": [2], "weight": [0.25], "indicator": [INDICATOR]}
    pd.DataFrame(rows).to_parquet(folder / "judged.parquet")
    assert judged.weights(Facts(Edition(folder))) == {("judgement:eva", PLACE, pd.Timestamp(MONDAY)): 0.25}
