"""Scenarios in an address and in files: read back equal, bounded, and no formula in a spreadsheet."""

import base64
import io
import zlib
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from dashboards.components.scenarios.form import read_upload
from dashboards.components.scenarios.session import MAX_TEXT, LinkError, decoded, encoded
from dashboards.scenarios.assumptions_in_words import in_words, read_draft, scenario_text, starters
from dashboards.scenarios.tables import (
    alone,
    band_grid,
    changed_units,
    difference_rows,
    differences_csv,
    differences_workbook,
    exceedance_table,
    summary_rows,
)
from dashboards.wording import scenarios as texts
from forecasting.scenarios.assumptions import CapacityChange, Inflow, Scenario, SegmentFlow
from pipelines.scenarios.compare import Compared, compare_scenarios
from pipelines.scenarios.read_file import parse_scenario
from pipelines.scenarios.scenario_edition import ScenarioEdition, open_scenario_edition
from tests.regions import make_region
from tests.scenario_editions import put_edition

FORMULA = "=HYPERLINK(1)"
CLOSED = {"kind": "segment_flow", "segment": "a-1", "factor": 0.0}
WRITTEN = [
    scenario_text(FORMULA, [CLOSED], {"divert": [0.5, 0.6], "wait": 0.3, "leave": 0.1}),
    scenario_text("More", [{"kind": "inflow", "factor": 1.2}]),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ScenarioEdition:
    return open_scenario_edition(put_edition(tmp_path_factory.mktemp("store")), make_region())


@pytest.fixture(scope="module")
def compared(base: ScenarioEdition) -> Compared:
    closed = Scenario(name=FORMULA, assumptions=(SegmentFlow(segment="a-1", factor=(0.0, 0.0)),))
    more = Scenario(name="More", assumptions=(Inflow(factor=(1.2, 1.2)), CapacityChange(segment="b-1", factor=0.5)))
    return compare_scenarios(base, [closed, more])


@given(st.lists(st.text(max_size=60), max_size=4))
def test_texts_come_back_from_an_address(texts: list[str]) -> None:
    assert decoded(encoded(texts)) == texts


def test_address_that_unpacks_without_end_is_refused() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b"x" * (10 * MAX_TEXT), 9)).decode().rstrip("=")
    with pytest.raises(LinkError):
        decoded(bomb)


def test_text_of_the_form_is_read_back_as_it_was_stated() -> None:
    stated = [{"kind": "inflow", "factor": [1.1, 1.4], "from_horizon": 2}, {"kind": "season_shift", "periods": 3}]
    shares = {"divert": 0.5, "wait": 0.5, "leave": 0.0}
    assert read_draft(scenario_text("A: b #c", stated, shares)) == ("A: b #c", stated, shares)


def test_starters_are_understood_and_change_something(base: ScenarioEdition) -> None:
    for text in starters(base, begin=2).values():
        scenario = parse_scenario(text, base.scope)
        assert (compare_scenarios(base, [scenario]).table["difference_mean"] != 0).any()


@pytest.mark.parametrize(
    ("assumption", "expected"),
    [
        ({"kind": "segment_flow", "segment": "a-1", "factor": 0}, "Bridge (a-1) lets 0 % through"),
        (
            {
                "kind": "inflow",
                "entry": "a-1",
                "nationality": "SYR",
                "factor": 0.8,
                "from_horizon": 2,
                "until_horizon": 4,
            },
            "Arrivals of nationality SYR at Bridge (a-1): −20 %, from May to July",
        ),
        (
            {"kind": "edge", "from_segment": "a-1", "to_segment": "b", "share": [0.05, 0.1], "lag": 2},
            "New way from Bridge (a-1) to b: 5–10 % take it, 2 weeks long",
        ),
        (
            {"kind": "event", "name": "Visa", "routes": ["n"], "factor": 0.9, "from": "2026-12-01"},
            "Visa: arrivals −10 % at route n, from 2026-12-01 on",
        ),
        ({"kind": "capacity", "segment": "a-1", "factor": 1.5}, "Capacity at Bridge (a-1): 150 % of the planned one"),
        (
            {"kind": "season_shift", "periods": [-3, -1], "ramp_periods": 2},
            "The season comes 3–1 weeks earlier, coming in over 2 weeks",
        ),
    ],
)
def test_assumption_in_words(assumption: dict[str, object], expected: str) -> None:
    assert in_words(assumption, freq="W", named={"a-1": "Bridge"}, periods={2: "May", 4: "July"}) == expected


def test_spreadsheets_hold_no_formula(compared: Compared) -> None:
    lines = differences_csv(compared).decode().splitlines()
    assert lines[1].startswith(f"'{FORMULA}")
    book = openpyxl.load_workbook(io.BytesIO(differences_workbook(compared, WRITTEN)))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type == "f"]
    assert any(c.value == f"'{FORMULA}" for c in cells)


def test_workbook_says_what_is_assumed_of_which_edition_and_what_each_column_means(compared: Compared) -> None:
    book = openpyxl.load_workbook(io.BytesIO(differences_workbook(compared, WRITTEN, mark="Profile: internal.")))
    rows = [[cell.value for cell in row] for row in book["Read me"].iter_rows()]
    notes = [row[0] for row in rows]
    assert {texts.CAVEAT, "Profile: internal.", "Arrivals at every entry: +20 %"} <= set(notes)
    assert "Of those held back, 50–60 % turn elsewhere, 30 % wait for the next week, 10 % leave the region." in notes
    assert any(compared.base.edition.id in str(note) for note in notes)
    sheet = book["Differences"]
    heads = [cell.value for cell in sheet[1]]
    described = {row[0]: row[1] for row in rows if row[1]}
    assert not set(heads) - set(described)
    median = sheet.cell(2, heads.index("difference_q50") + 1)
    assert isinstance(median.value, float)


def test_download_holds_every_row_and_the_numbers_as_computed(compared: Compared) -> None:
    table = pd.read_csv(io.BytesIO(differences_csv(compared)))
    assert len(table) == len(compared.table)
    assert table["difference_mean"].to_numpy() == pytest.approx(compared.table["difference_mean"], rel=1e-5, abs=1e-9)


def test_summary_counts_bands_that_rise_and_fall(compared: Compared) -> None:
    closed, more = summary_rows(compared, horizon=2)
    at = compared.table.query("level == 'segment' and horizon == 2")
    moved = at[at["pressure_band"].notna() & (at["pressure_band"] != at["baseline_pressure_band"])]
    assert int(closed["up"]) + int(closed["down"]) == (moved["scenario"] == FORMULA).sum()
    assert int(more["up"]) + int(more["down"]) == (moved["scenario"] == "More").sum() > 0


def test_place_that_no_scenario_changes_is_not_listed(base: ScenarioEdition) -> None:
    same = compare_scenarios(base, [Scenario(name="same")])
    assert changed_units(same, level="segment") == []
    assert difference_rows(same, level="segment", horizon=1, countries={}).empty
    assert band_grid(same, level="segment").empty


def test_places_stand_in_the_order_of_the_difference_that_is_shown(compared: Compared) -> None:
    one = alone(compared, "More")
    own = one.table.query("level == 'segment' and horizon == 2").set_index("unit")["difference_q50"].abs()
    assert changed_units(one, level="segment", horizon=2) == own.sort_values(ascending=False).index.tolist()
    first = changed_units(one, level="segment", horizon=2)[0]
    told = one.table.assign(difference_mean=one.table["difference_mean"].where(one.table["unit"].eq(first), 1e6))
    assert changed_units(replace(one, table=told), level="segment", horizon=2)[0] == first


def test_changed_capacity_alone_is_a_change(base: ScenarioEdition) -> None:
    tight = compare_scenarios(base, [Scenario(name="tight", assumptions=(CapacityChange(segment="b-1", value=1.0),))])
    assert changed_units(tight, level="segment") == ["segment:b-1"]


def test_exceedance_is_told_both_ways(compared: Compared) -> None:
    table = exceedance_table(compared, "segment:a-1", horizon=2)
    assert table.loc[FORMULA, "baseline"] == "0 %"
    assert table.loc["baseline", FORMULA] == table.loc["More", FORMULA] == "100 %"
    assert table.loc[FORMULA, FORMULA] == "–"


@pytest.mark.parametrize(
    ("content", "expected"), [(b"x" * 100_001, "at most 100 kB, got 101 kB"), (b"\xff\xfe\x00", "UTF-8")]
)
def test_upload_of_another_size_or_kind_is_refused(
    base: ScenarioEdition, monkeypatch: pytest.MonkeyPatch, content: bytes, expected: str
) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr("dashboards.components.scenarios.form.st.session_state", state)
    read_upload(base, "big.yaml", content)
    assert expected in str(state["scenario_problems"])


def test_uploaded_alias_bomb_is_refused(base: ScenarioEdition, monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr("dashboards.components.scenarios.form.st.session_state", state)
    read_upload(base, "bomb.yaml", Path(__file__).name.encode() + b": &a [x]\nname: *a\n")
    assert "alias" in str(state["scenario_problems"])
