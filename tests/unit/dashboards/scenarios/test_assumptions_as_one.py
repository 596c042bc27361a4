"""Assumptions that are alike over a whole country, border or route: one line, as a person would say it."""

import pytest

from dashboards.scenarios.assumptions_in_words import Draft, assumptions_as_one
from geo.pack.load import load_region
from pipelines.editions.edition import Edition
from pipelines.scenarios.scenario_edition import ScenarioEdition, open_scenario_edition
from tests.scenario_editions import PACK, put_small

# "Bland" is entered over both bridges of one border, and over the pass of another
SOUTH = """  - id: south
    name: Southern route
    segments: [{id: b-1, from: CCC, to: BBB}]
"""
NORTH = PACK.replace(", {id: b-1, from: BBB, to: CCC}", "").replace("    edges: [[a-1, b-1], [a-2, b-1]]\n", "")
BORDER = "The whole border Aland → Bland (AAA-BBB, 2 places)"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ScenarioEdition:
    pack, store = put_small(tmp_path_factory.mktemp("as-one"), NORTH + SOUTH)
    return open_scenario_edition(Edition(next((store / "editions" / "small").glob("2026-*"))), load_region(str(pack)))


def held(*segments: str, factor: float = 0.0) -> list[Draft]:
    return [{"kind": "segment_flow", "segment": s, "factor": factor} for s in segments]


@pytest.mark.parametrize(
    ("drafts", "lines"),
    [
        (held("a-1", "a-2", "b-1"), ["Bland (all ways in, 3 places) lets 0 % through"]),
        (held("b-1", "a-2", "a-1"), ["Bland (all ways in, 3 places) lets 0 % through"]),
        (held("a-1", "a-2"), [f"{BORDER} lets 0 % through"]),
        (held("a-1", "b-1"), ["Upper bridge (a-1) lets 0 % through", "The pass (b-1) lets 0 % through"]),
        (
            held("a-1", "a-2") + held("b-1", factor=0.5),
            [f"{BORDER} lets 0 % through", "The pass (b-1) lets 50 % through"],
        ),
        (
            held("a-1") + held("a-2", factor=0.5),
            ["Upper bridge (a-1) lets 0 % through", "Lower bridge (a-2) lets 50 % through"],
        ),
        (held("a-1", "a-2", "a-1"), [f"{BORDER} lets 0 % through", "Upper bridge (a-1) lets 0 % through"]),
        (
            [{"kind": "inflow", "factor": 1.2}, *held("a-1", "a-2")],
            ["Arrivals at every entry: +20 %", f"{BORDER} lets 0 % through"],
        ),
    ],
    ids=["country", "any order", "border", "two of three", "rest alone", "unlike", "twice", "other kinds"],
)
def test_what_is_assumed_alike_of_a_whole_is_one_line(
    base: ScenarioEdition, drafts: list[Draft], lines: list[str]
) -> None:
    said = assumptions_as_one(base, drafts)
    assert [line for line, _ in said] == lines
    assert sum(len(alike) for _, alike in said) == len(drafts)
