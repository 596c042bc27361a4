"""The page on scenarios by Streamlit's AppTest: from the first click to the tables, and what it refuses."""

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.components.scenarios import session
from dashboards.components.scenarios.assumption_fields import JOINER
from dashboards.scenarios.assumptions_in_words import scenario_text
from dashboards.wording import scenarios as texts
from forecasting.scenarios.assumptions import KINDS
from pipelines.editions.edition import Edition
from pipelines.scenarios.compare import compare_scenarios
from pipelines.scenarios.read_file import parse_scenario
from pipelines.scenarios.scenario_edition import open_scenario_edition
from tests.regions import make_region
from tests.scenario_editions import PACK, put_edition, put_small, risk_of

APP = Path(__file__).resolve().parents[4] / "dashboards" / "app.py"
TODAY = date(2026, 11, 25)  # in the second of the six weeks ahead: the first, from 16 November, is over
CLOSED = "name: Closed\nassumptions:\n  - {kind: segment_flow, segment: a-1, factor: 0.1}\n"
MORE = "name: More\nassumptions:\n  - {kind: inflow, factor: [1.1, 1.4]}\n"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return put_small(tmp_path_factory.mktemp("scenarios"))


@pytest.fixture
def page(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    pack, store = folders
    monkeypatch.setenv("ROUTECAST_STORE", str(store))
    monkeypatch.setenv("ROUTECAST_REGION", str(pack))
    monkeypatch.setattr("dashboards.components.scenarios.compute.today", lambda: TODAY)
    return AppTest.from_file(str(APP), default_timeout=60).switch_page("views/scenarios.py")


def with_scenarios(page: AppTest, *scenarios: str, **query: str) -> AppTest:
    page.query_params["scenarios"] = session.encoded(scenarios)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def shown(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.info, *page.error, *page.warning]
    return "\n".join(str(part.value) for part in parts)


def plain(page: AppTest) -> str:
    return shown(page).replace("\\", "")


def problems(page: AppTest) -> str:
    return "\n".join(str(e.value) for e in page.error).replace("\\", "")


def test_page_says_that_a_scenario_is_no_prediction(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert texts.CAVEAT in shown(page)
    assert texts.NOTHING_YET in shown(page)


def test_one_click_runs_a_ready_scenario(page: AppTest) -> None:
    page.run()
    page.button(key=f"start_{texts.STARTERS['more']}").click().run()
    assert not page.exception
    assert page.dataframe[0].value.iloc[0, 0] == texts.STARTERS["more"]


def test_form_folds_away_after_a_run(page: AppTest) -> None:
    with_scenarios(page, CLOSED)
    page.button(key="scenario_new").click().run()
    assert [b for b in page.button if b.key == "f_add"]
    page.button(key=f"start_{texts.STARTERS['more']}").click().run()
    assert not [b for b in page.button if b.key == "f_add"]


def test_address_opens_the_same_comparison(page: AppTest) -> None:
    with_scenarios(page, CLOSED, MORE, horizon="5")
    assert not page.exception
    assert page.dataframe[0].value.iloc[:, 0].tolist() == ["Closed", "More"]
    assert "week 51" in page.dataframe[0].value.columns[0]
    assert session.decoded(page.query_params["scenarios"]) == [CLOSED, MORE]


def test_numbers_are_those_of_the_command_line(page: AppTest, folders: tuple[Path, Path]) -> None:
    from dashboards.scenarios.tables import difference_rows, summary_rows  # noqa: PLC0415
    from geo.pack.load import load_region  # noqa: PLC0415

    with_scenarios(page, CLOSED, horizon="2")
    edition = Edition(next((folders[1] / "editions" / "small").glob("2026-*")))
    base = open_scenario_edition(edition, load_region(str(folders[0])))
    expected = compare_scenarios(base, [parse_scenario(CLOSED, base.scope)])
    assert page.dataframe[0].value.iloc[0].tolist() == list(summary_rows(expected, horizon=2)[0].values())
    page.session_state["scenario_tab"] = texts.TABS["table"]
    page.run()
    wanted = difference_rows(expected, level="segment", horizon=2, countries={})
    assert page.table[0].value["Difference (80 %)"].tolist() == wanted["difference"].tolist()


@pytest.mark.parametrize("tab", list(texts.TABS))
def test_every_tab_opens(page: AppTest, tab: str) -> None:
    page.session_state["scenario_tab"] = texts.TABS[tab]
    with_scenarios(page, CLOSED, MORE)
    assert not page.exception
    assert page.get("download_button") if tab == "table" else True


@pytest.fixture(scope="module")
def two_routes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    south = "  - id: south\n    name: Southern route\n    segments: [{id: b-1, from: CCC, to: BBB}]\n"
    return put_small(tmp_path_factory.mktemp("two_routes"), PACK + south)


@pytest.mark.parametrize("tab", list(texts.TABS))
def test_chosen_route_leaves_its_places_only(
    two_routes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tab: str
) -> None:
    monkeypatch.setenv("ROUTECAST_REGION", str(two_routes[0]))
    monkeypatch.setenv("ROUTECAST_STORE", str(two_routes[1]))
    page = AppTest.from_file(str(APP), default_timeout=60).switch_page("views/scenarios.py")
    page.session_state["scenario_tab"] = texts.TABS[tab]
    with_scenarios(page, MORE, route="south")
    assert not page.exception
    assert "Southern route: difference (80 %)" in page.dataframe[0].value.columns
    if tab == "table":
        assert page.table[0].value["Place"].tolist() == ["The pass (b-1)"]


def test_form_builds_what_the_fields_say(page: AppTest) -> None:
    page.run()
    page.multiselect(key="f_SegmentFlow_segment").set_value(["border:AAA-BBB"]).run()
    page.selectbox(key="f_last").set_value(4).run()
    page.button(key="f_add").click().run()
    page.text_input(key="scenario_name").set_value("Both bridges").run()
    page.button(key="f_run").click().run()
    assert not page.exception
    kept = page.session_state[session.KEPT]
    held = [
        {"kind": "segment_flow", "segment": s, "factor": [0.0, 0.1], "from_horizon": 2, "until_horizon": 4}
        for s in ("a-1", "a-2")
    ]
    assert [k.text for k in kept] == [scenario_text("Both bridges", held)]


@pytest.mark.parametrize(
    ("typed", "found", "segments"),
    [
        ("Bland: all", "Bland: all ways in (2 places)", ["a-1", "a-2"]),
        ("Aland → Bland", "Aland → Bland: the whole border (AAA-BBB, 2 places)", ["a-1", "a-2"]),
        ("north", "north: the whole route (3 places)", ["a-1", "a-2", "b-1"]),
        ("pass", f"The pass · b-1 (Bland → {JOINER}Cland)", ["b-1"]),
    ],
)
def test_places_are_found_by_country_border_route_and_name_and_run_at_once(
    page: AppTest, typed: str, found: str, segments: list[str]
) -> None:
    page.run()
    page.button(key="f_run").click().run()
    lacking = f"{texts.MISSING_ASSUMPTION} and {texts.MISSING_NAME}"
    assert [str(t.value) for t in page.toast] == [texts.MISSING.format(what=lacking)]
    box = page.multiselect(key="f_SegmentFlow_segment")
    assert next(option for option in box.options if typed in option) == found
    box.select(found).run()
    page.text_input(key="scenario_name").set_value("It closes").run()
    page.button(key="f_run").click().run()
    held = [{"kind": "segment_flow", "segment": s, "factor": [0.0, 0.1], "from_horizon": 2} for s in segments]
    assert [k.text for k in page.session_state[session.KEPT]] == [scenario_text("It closes", held)]


def test_countries_stand_first_and_nothing_takes_all_that_matches(page: AppTest) -> None:
    page.run()
    box = page.multiselect(key="f_SegmentFlow_segment")
    assert box.options[:2] == ["Bland: all ways in (2 places)", "Cland: all ways in (1 place)"]
    assert box.proto.select_all == 0


def test_whole_border_is_one_line_of_the_form_and_is_dropped_as_one(page: AppTest) -> None:
    page.run()
    page.multiselect(key="f_SegmentFlow_segment").set_value(["border:AAA-BBB"]).run()
    page.button(key="f_add").click().run()
    (line,) = (str(m.value) for m in page.markdown if "lets 0–10 % through" in str(m.value))
    assert line.replace("\\", "").startswith("The whole border Aland → Bland (AAA-BBB, 2 places) lets")
    page.button(key="f_drop_0").click().run()
    assert page.session_state["scenario_draft"] == []


def test_the_result_opens_with_a_sentence_that_answers(page: AppTest) -> None:
    with_scenarios(page, CLOSED, horizon="3")
    (said,) = [str(m.value) for m in page.markdown if str(m.value).startswith("**Closed.**")]
    assert "If Upper bridge \\(a-1\\) lets 10 % through" in said or "If Upper bridge (a-1) lets 10 % through" in said
    assert "in week 49 (from 30 Nov): −" in said
    assert "; then Lower bridge (+" in said
    assert "Headline" in said or "Whole region" in said


def test_answer_and_summary_give_the_sum_over_all_weeks_and_what_comes_after(page: AppTest) -> None:
    with_scenarios(page, CLOSED.replace("factor: 0.1", "factor: 0.1, until_horizon: 4"), horizon="3")
    assert "All 4 weeks of it together: −" in plain(page)
    assert "In the 2 weeks after its end that the forecast still reaches: +" in plain(page)
    told = page.dataframe[0].value["The same, all weeks together (80 %)"].iloc[0]
    assert told.endswith("), 4 weeks")


def test_answer_says_that_what_has_no_end_is_summed_as_far_as_the_forecast_reaches(page: AppTest) -> None:
    with_scenarios(page, CLOSED, horizon="3")
    assert "All 6 weeks of it together that the forecast reaches: −" in plain(page)
    assert "after its end" not in plain(page)


def test_no_tab_has_the_name_of_a_page_of_the_menu(page: AppTest) -> None:
    with_scenarios(page, CLOSED)
    told = [tab.label for tab in page.tabs]
    assert "Balance of the flow" in told
    assert "Account" not in told


@pytest.fixture
def with_headline(page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A region whose headline is counted at the pass alone, behind both bridges."""
    pack, store = put_small(tmp_path, PACK.replace("to: CCC}", "to: CCC, headline: true}"))
    monkeypatch.setenv("ROUTECAST_REGION", str(pack))
    monkeypatch.setenv("ROUTECAST_STORE", str(store))
    return page


MORE_AT_A_BRIDGE = MORE.replace("kind: inflow,", "kind: inflow, entry: a-1, from_horizon: 3,")


def test_headline_that_does_not_move_while_places_do_has_all_segments_beside_it(with_headline: AppTest) -> None:
    page = with_scenarios(with_headline, MORE_AT_A_BRIDGE, horizon="3")
    assert "though places change; all segments together: +10 (+4" in plain(page)
    row = page.dataframe[0].value.iloc[0]
    assert row["Headline: difference (80 %)"] == "0 (0 … 0)"
    assert row["All segments together (80 %)"].startswith("+")
    assert "The headline figure is the sum at those places alone" in plain(page)


LATER = "name: Later\nassumptions:\n  - {kind: segment_flow, segment: a-1, factor: 0.1, from_horizon: 4}\n"


def test_scenario_that_begins_after_the_week_shown_says_so_and_offers_the_first_week_of_effect(page: AppTest) -> None:
    with_scenarios(page, LATER, horizon="3")
    assert "nothing changes yet: it begins in week 50 (from 7 Dec), and the week shown is before it" in plain(page)
    (offered,) = [b for b in page.button if b.key == "first_change_Later"]
    assert offered.label == "First change: week 50 (from 7 Dec)"
    offered.click().run()
    assert page.query_params["horizon"] == "4"
    assert "in week 50 (from 7 Dec): −" in plain(page)
    assert not [b for b in page.button if b.key == "first_change_Later"]


def test_scenario_that_ended_before_the_week_shown_says_so(page: AppTest) -> None:
    with_scenarios(page, LATER.replace("a-1", "b-1").replace("from_horizon: 4", "until_horizon: 1"), horizon="6")
    assert "nothing changes any more: it ends with week 47 (from 16 Nov), and the week shown is after it" in plain(page)


def test_form_offers_no_week_that_is_over(page: AppTest) -> None:
    page.run()
    assert page.selectbox(key="f_first").options[0] == "week 48 (from 23 Nov)"
    assert len(page.selectbox(key="f_first").options) == 5


def test_form_offers_every_week_of_an_outlook_that_is_over_as_a_whole(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.components.scenarios.compute.today", lambda: date(2027, 1, 25))
    page.run()
    assert len(page.selectbox(key="f_first").options) == 6


def test_answer_names_only_places_whose_figure_is_told_to_change(page: AppTest) -> None:
    with_scenarios(page, CLOSED.replace("factor: 0.1", "factor: 0.99"), horizon="3")
    assert "detections at Upper bridge" in plain(page)
    assert "(0)" not in plain(page)


@pytest.mark.parametrize(("begin", "said"), [("", True), (", from_horizon: 1", True), (", from: 2026-11-24", False)])
def test_scenario_that_begins_in_a_week_that_is_over_says_so(page: AppTest, begin: str, said: bool) -> None:
    with_scenarios(page, CLOSED.replace("factor: 0.1", f"factor: 0.1{begin}"))
    assert ("Week 47 (from 16 Nov), in which it begins, is over" in plain(page)) is said


@pytest.mark.parametrize("kind", list(KINDS))
def test_form_states_an_assumption_of_every_kind_that_is_understood(page: AppTest, kind: str) -> None:
    page.run()
    page.selectbox(key="f_kind").set_value(kind).run()
    if kind == "segment_flow":
        page.multiselect(key="f_SegmentFlow_segment").set_value(["a-1"]).run()
    if kind == "event":
        page.text_input(key="f_PolicyDate_name").set_value("Visa rule").run()
    page.button(key="f_add").click().run()
    page.text_input(key="scenario_name").set_value("One").run()
    page.button(key="f_run").click().run()
    assert not page.exception
    assert not page.error
    assert len(page.session_state[session.KEPT]) == 1


def test_scenario_taken_back_leaves_list_and_address(page: AppTest) -> None:
    with_scenarios(page, CLOSED)
    page.button(key="scenario_remove").click().run()
    assert session.KEY not in page.query_params
    assert texts.NOTHING_YET in shown(page)


def test_newest_scenario_is_read_first_and_no_other_under_its_name(page: AppTest) -> None:
    with_scenarios(page, CLOSED)
    assert "name: Closed" in page.code[0].value
    page.button(key="scenario_new").click().run()
    page.button(key=f"start_{texts.STARTERS['more']}").click().run()
    assert [box.value for box in page.selectbox if box.label == texts.SHOWN] == [texts.STARTERS["more"]]
    assert texts.STARTERS["more"] in page.code[0].value


def test_copy_goes_into_the_form_under_another_name(page: AppTest) -> None:
    with_scenarios(page, CLOSED)
    page.button(key="scenario_copy").click().run()
    assert page.session_state["scenario_draft"] == [{"kind": "segment_flow", "segment": "a-1", "factor": 0.1}]
    assert page.text_input(key="scenario_name").value == "Closed (copy)"


def test_unknown_place_is_named_with_the_nearest_known(page: AppTest) -> None:
    with_scenarios(page, CLOSED.replace("a-1", "a-11"))
    assert "Did you mean 'a-1'?" in problems(page)


def test_assumption_that_the_figures_can_not_meet_is_told(page: AppTest) -> None:
    edge = "  - {kind: edge, from_segment: a-1, to_segment: b-1, share: 0.7}\n"
    with_scenarios(page, f"name: Greedy\nassumptions:\n{edge}{edge}")
    assert "take more than all who pass it" in problems(page)


@pytest.mark.parametrize("link", ["!!!", "AAAA", "eJwr"])
def test_broken_address_is_left_out(page: AppTest, link: str) -> None:
    page.query_params["scenarios"] = link
    page.run()
    assert not page.exception
    assert texts.LINK_BROKEN in [w.value for w in page.warning]


def test_edition_without_draws_says_so(page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_edition(tmp_path, with_draws=False, tables={"risk": risk_of(make_region())})
    monkeypatch.setenv("ROUTECAST_STORE", str(tmp_path))
    page.run()
    assert not page.exception
    assert "routecast run" in shown(page)
