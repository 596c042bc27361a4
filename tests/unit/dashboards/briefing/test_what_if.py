"""Scenarios in the briefing: what is assumed and what follows, in the same words as on the page."""

import pandas as pd
import pytest

from dashboards.briefing.document import comparison_document, scenario_document
from dashboards.briefing.html import render_html
from dashboards.briefing.model import Block, Bullets, Document, Heading, Paragraph
from dashboards.briefing.pdf import render_pdf
from dashboards.briefing.scenarios import scenario_blocks, with_most
from dashboards.briefing.tables import Table
from dashboards.edition_view.facts import Facts
from dashboards.scenarios.answer import answer
from dashboards.scenarios.assumptions_in_words import scenario_text
from dashboards.scenarios.tables import alone, difference_rows, summary_rows
from dashboards.wording.scenarios import CAVEAT, H_SCENARIOS
from geo.pack.load import load_region
from pipelines.editions.edition import Edition
from pipelines.scenarios.compare import Compared, compare_scenarios
from pipelines.scenarios.read_file import parse_scenario
from pipelines.scenarios.scenario_edition import open_scenario_edition
from tests.office import words_of
from tests.scenario_editions import put_small

CLOSED = "name: Closed\nassumptions:\n  - {kind: segment_flow, segment: a-1, factor: 0.1}\n"
NOTHING = "name: <Nothing>\nassumptions: []\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Block], Compared]:
    pack, store = put_small(tmp_path_factory.mktemp("what-if"))
    edition = Edition(next((store / "editions" / "small").glob("2026-*")))
    base = open_scenario_edition(edition, load_region(str(pack)))
    written = (CLOSED, NOTHING)
    compared = compare_scenarios(base, [parse_scenario(t, base.scope) for t in written])
    return scenario_blocks(Facts(edition), compared, written), compared


def test_section_begins_with_its_heading(made: tuple[list[Block], Compared]) -> None:
    assert made[0][0] == Heading(H_SCENARIOS, "scenarios")


def test_table_holds_the_summary_of_the_page(made: tuple[list[Block], Compared]) -> None:
    blocks, compared = made
    table = next(b for b in blocks if isinstance(b, Table))
    horizon = Facts(compared.base.edition).horizon
    wanted = [list(r.values()) for r in summary_rows(compared, horizon=horizon)]
    assert [[c.text for c in row] for row in table.rows] == wanted


def test_each_scenario_tells_what_it_assumes_and_moves(made: tuple[list[Block], Compared]) -> None:
    bullets = next(b for b in made[0] if isinstance(b, Bullets))
    closed, nothing = (item.text for item in bullets.items)
    assert closed.startswith("Closed. Assumed: Upper bridge (a-1) lets 10 % through")
    assert "Changes most: Upper bridge (a-1) in week" in closed
    assert nothing == "<Nothing>. Assumed: nothing. Changes most: no place by as much as one count in twenty."


def test_one_scenario_fills_one_page_with_its_answer_and_what_it_assumes(made: tuple[list[Block], Compared]) -> None:
    compared = made[1]
    document = scenario_document(Facts(compared.base.edition), alone(compared, "Closed"), CLOSED)
    said = words_of(render_pdf(document), "pdf")
    for part in (
        "Scenario: Closed",
        CAVEAT,
        "Upper bridge (a-1) lets 10 % through",
        "70 % turn elsewhere",
        "INTERNAL",
        "Article 34. 1/1",
    ):
        assert part in said
    summary, changes = (b for b in document.blocks if isinstance(b, Table))
    horizon = Facts(compared.base.edition).horizon
    (row,) = summary_rows(alone(compared, "Closed"), horizon=horizon)
    assert [c.text for c in summary.rows[0]] == list(row.values())[1:]
    assert changes.rows[0][0].text == "Upper bridge (a-1)"


def test_scenarios_side_by_side_fill_one_page_with_each_ones_answer_assumptions_and_differences(
    made: tuple[list[Block], Compared],
) -> None:
    compared = made[1]
    facts = Facts(compared.base.edition)
    document = comparison_document(facts, compared, [CLOSED, NOTHING])
    said = words_of(render_pdf(document), "pdf")
    assert "2 scenarios side by side" in said
    assert "Article 34. 1/1" in said
    texts = [b.sentence.text for b in document.blocks if isinstance(b, Paragraph)]
    for scenario, text in zip(compared.scenarios, (CLOSED, NOTHING), strict=True):
        assert f"{scenario.name}: {answer(compared, facts, name=scenario.name, text=text)}" in texts
    assumed = next(b for b in document.blocks if isinstance(b, Bullets))
    assert [item.text.partition(", 70 %")[0] for item in assumed.items] == [
        "Closed: Upper bridge (a-1) lets 10 % through",
        "<Nothing>: nothing",
        "Of those held back",  # alike in both: once
    ]


def test_many_scenarios_side_by_side_fill_one_page_too(made: tuple[list[Block], Compared]) -> None:
    base = made[1].base
    long = "A scenario with a long name that says what it is about"
    written = [CLOSED.replace("Closed", f"{long} {n}").replace("0.1", f"0.{n}") for n in range(1, 5)]
    compared = compare_scenarios(base, [parse_scenario(t, base.scope) for t in written])
    document = comparison_document(Facts(base.edition), compared, written)
    assert "Article 34. 1/1" in words_of(render_pdf(document), "pdf")


def test_of_many_scenarios_those_that_change_a_place_most_have_a_map_in_their_own_order() -> None:
    rows = [
        ("A", "segment", 3.0),
        ("B", "segment", -9.0),
        ("C", "segment", 1.0),
        ("C", "total", 99.0),
        ("D", "segment", 4.0),
    ]
    table = pd.DataFrame(rows, columns=["scenario", "level", "difference_mean"])
    assert with_most(table, ["D", "C", "B", "A"], most=3) == ["D", "B", "A"]


def test_table_side_by_side_holds_the_differences_of_each_scenario(made: tuple[list[Block], Compared]) -> None:
    compared = made[1]
    facts = Facts(compared.base.edition)
    table = [b for b in comparison_document(facts, compared, [CLOSED, NOTHING]).blocks if isinstance(b, Table)][1]
    assert table.headers[2:] == ("Closed", "<Nothing>")
    rows = difference_rows(compared, level="segment", horizon=facts.horizon, countries={})
    closed = rows[rows["scenario"] == "Closed"]
    assert [row[0].text for row in table.rows] == closed["place"].tolist()
    assert [row[2].text for row in table.rows] == closed["difference"].tolist()
    assert {row[3].text for row in table.rows} == {"0 (0 … 0)"}


def test_whole_border_is_told_as_one_in_the_answer_the_page_and_the_briefing(
    made: tuple[list[Block], Compared],
) -> None:
    base, one = made[1].base, "The whole border Aland → Bland (AAA-BBB, 2 places) lets 0–10 % through"
    closed = {"kind": "segment_flow", "factor": [0.0, 0.1]}
    text = scenario_text("Border", [{**closed, "segment": s} for s in ("a-1", "a-2")])
    compared = compare_scenarios(base, [parse_scenario(text, base.scope)])
    facts = Facts(base.edition)
    assert answer(compared, facts, name="Border", text=text).startswith(f"If t{one[1:]} – in week")
    assumed = next(b for b in scenario_document(facts, compared, text).blocks if isinstance(b, Bullets))
    assert assumed.items[0].text == one
    assert "bridge" not in " ".join(item.text for item in assumed.items)
    told = next(b for b in scenario_blocks(facts, compared, [text]) if isinstance(b, Bullets))
    assert told.items[0].text.startswith(f"Border. Assumed: {one}. Changes most: ")


def test_section_says_that_it_is_no_prediction_and_names_are_escaped(made: tuple[list[Block], Compared]) -> None:
    page = render_html(Document("Briefing", "", "2026-11-23", "", "", (), tuple(made[0]))).decode()
    assert CAVEAT in page
    assert "&lt;Nothing&gt;" in page
    assert "<Nothing>" not in page
