"""Scenario files: what is understood, and what is refused with its line and the nearest known name."""

from pathlib import Path

import pandas as pd
import pytest

from forecasting.scenarios.assumption import USUAL_DIVERSION, Diversion
from forecasting.scenarios.assumptions import (
    CapacityChange,
    Inflow,
    NewEdge,
    PolicyDate,
    Scenario,
    SeasonShift,
    SegmentFlow,
)
from pipelines.scenarios.read_file import ScenarioError, Scope, load_scenario, parse_scenario
from tests.regions import make_region

STARTS = pd.date_range("2026-11-16", periods=12, freq="7D")
SCOPE = Scope(make_region(), STARTS, STARTS + pd.Timedelta(days=6), ("SYR", "AFG"), frozenset({"a-1", "a-2"}))
EXAMPLE = """
name: Segment closed for eight weeks
assumptions:
  - {kind: segment_flow, segment: a-2, factor: 0.1, from_horizon: 2, ramp_periods: 2}
  - {kind: inflow, entry: a-1, factor: [1.1, 1.4], from_horizon: 3, until_horizon: 10}
diversion: {divert: 0.7, wait: 0.2, leave: 0.1}
"""


def one(line: str) -> Scenario:
    return parse_scenario(f"name: x\nassumptions:\n  - {line}\n", SCOPE)


def refused(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, SCOPE)
    return str(caught.value)


def test_example_of_the_design_is_understood() -> None:
    found = parse_scenario(EXAMPLE, SCOPE)
    assert found == Scenario(
        name="Segment closed for eight weeks",
        assumptions=(
            SegmentFlow(segment="a-2", factor=(0.1, 0.1), from_horizon=2, ramp_periods=2),
            Inflow(factor=(1.1, 1.4), entry="a-1", from_horizon=3, until_horizon=10),
        ),
        diversion=USUAL_DIVERSION,
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "{kind: edge, from_segment: a-1, to_segment: b-1, share: [0.1, 0.2], lag: 2}",
            NewEdge(from_segment="a-1", to_segment="b-1", share=(0.1, 0.2), lag=2),
        ),
        (
            "{kind: event, name: Visa rule, routes: [south], factor: 0.8, from: 2026-12-01}",
            PolicyDate(name="Visa rule", factor=(0.8, 0.8), segments=(), routes=("south",), from_horizon=3),
        ),
        ("{kind: capacity, segment: b-1, value: 200}", CapacityChange(segment="b-1", value=200.0)),
        ("{kind: season_shift, periods: -3}", SeasonShift(periods=(-3, -3))),
        ("{kind: inflow, nationality: SYR, factor: 2}", Inflow(factor=(2, 2), nationality="SYR")),
    ],
    ids=["edge", "event", "capacity", "season_shift", "inflow"],
)
def test_each_kind_is_understood(line: str, expected: object) -> None:
    assert one(line).assumptions == (expected,)


@pytest.mark.parametrize(
    ("days", "horizons"),
    [
        ("from: 2026-11-16, until: 2026-11-22", (1, 1)),
        ("from: 2026-11-25", (2, None)),
        ("from: 2020-01-01, until: 2030-01-01", (1, 12)),
    ],
)
def test_dates_become_horizons(days: str, horizons: tuple[int, int | None]) -> None:
    read = one("{kind: segment_flow, segment: a-2, factor: 0, " + days + "}").assumptions[0]
    assert (read.from_horizon, read.until_horizon, read.from_date, read.until_date) == (*horizons, None, None)


def test_scenario_without_assumptions_is_one() -> None:
    assert parse_scenario("name: nothing\nassumptions: []\n", SCOPE).assumptions == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{kind: segment_flow, segment: a-22, factor: 0}", "unknown segment 'a-22'. Did you mean 'a-2'?"),
        ("{kind: segment_flow, segment: b-2, factor: 0}", "unknown segment 'b-2'"),  # on no route
        ("{kind: inflow, entry: a11, factor: 2}", "unknown segment 'a11'"),
        ("{kind: inflow, nationality: SYRR, factor: 2}", "unknown nationality 'SYRR'. Did you mean 'SYR'?"),
        ("{kind: event, name: x, routes: [sooth], factor: 2}", "unknown route 'sooth'. Did you mean 'south'?"),
        ("{kind: edge, from_segment: a-1, to_segment: b_1, share: 0.1}", "to_segment: unknown segment 'b_1'"),
        ("{kind: segment_flo, segment: a-2, factor: 0}", "Did you mean 'segment_flow'?"),
        ("{kind: segment_flow, segment: a-2, factr: 0}", "factr: unknown key. Did you mean 'factor'?"),
        ("{kind: segment_flow, segment: a-2, factor: 1.2}", "less than or equal to 1"),
        ("{kind: segment_flow, segment: a-2, factor: [0.5, 0.2]}", "lower end of a range first"),
        ("{kind: inflow, factor: .nan}", "factor"),
        ("{kind: inflow, factor: -1}", "greater than or equal to 0"),
        ("{kind: segment_flow, segment: a-2, factor: 0, from: 2026-12-01, from_horizon: 2}", "not both"),
        ("{kind: segment_flow, segment: a-2, factor: 0, from: 2030-01-01}", "from 2026-11-16 to 2027-02-07"),
        ("{kind: segment_flow, segment: a-2, factor: 0, until: 2020-01-01}", "until"),
        ("{kind: segment_flow, segment: a-2, factor: 0, from_horizon: 13}", "expected 1 … 12, got 13"),
        ("{kind: segment_flow, segment: a-2, factor: 0, from_horizon: 4, until_horizon: 2}", "end after it begins"),
        ("{kind: capacity, segment: b-1}", "'value' or 'factor'"),
        ("just text", "expected a known 'kind'"),
    ],
)
def test_what_can_not_be_meant_is_refused(line: str, words: str) -> None:
    message = refused(f"name: x\nassumptions:\n  - {line}\n")
    assert words in message
    assert message.startswith("scenario.yaml:3:")


def test_every_problem_is_told_at_once() -> None:
    message = refused(
        "name: x\nassumptions:\n  - {kind: segment_flow, segment: zz, factor: 0}\n  - {kind: inflow, factor: x}\n"
    )
    assert "scenario.yaml:3" in message
    assert "scenario.yaml:4" in message


def test_shares_that_do_not_sum_to_one_are_refused() -> None:
    message = refused("name: x\nassumptions: []\ndiversion: {divert: 0.7, wait: 0.7, leave: 0.1}\n")
    assert "they sum to 1.500" in message


def test_ranges_of_shares_sum_to_one_by_their_middles() -> None:
    text = "name: x\nassumptions: []\ndiversion: {divert: [0.5, 0.9], wait: [0.1, 0.3], leave: 0.1}\n"
    assert parse_scenario(text, SCOPE).diversion == Diversion(divert=(0.5, 0.9), wait=(0.1, 0.3), leave=(0.1, 0.1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- 1\n",
        "name: [",
        "name: x\nassumptions: {a: 1}\n",
        "name: x\nname: y\nassumptions: []\n",
        "name: !!python/object/apply:os.system [echo]\n",
        "name: &a x\nassumptions: [*a]\n",
        "name: " + "[" * 3000,
        "name: x\nassumptions: [" + "{kind: inflow, factor: 1}," * 300 + "]\n",
        "x" * 200_000,
        "assumptions: []\n",
    ],
    ids=["empty", "list", "syntax", "mapping", "twice", "object", "alias", "deep", "many", "long", "nameless"],
)
def test_text_that_is_no_scenario_is_refused_and_nothing_runs(text: str) -> None:
    assert refused(text)


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.yaml.*no such file"):
        load_scenario(tmp_path / "nowhere.yaml", SCOPE)


def test_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(EXAMPLE, encoding="utf-8-sig")
    assert load_scenario(path, SCOPE).name == "Segment closed for eight weeks"


def test_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes("name: Žabljak\n".encode("utf-16"))
    with pytest.raises(ScenarioError, match="UTF-8"):
        load_scenario(path, SCOPE)


@pytest.mark.parametrize(
    "text",
    [
        "name: x\nfirst_name: Somebody\nassumptions: []\n",
        "name: x\nassumptions:\n  - {kind: inflow, factor: 2, name: someone@example.org}\n",
        "name: x\nassumptions:\n  - {kind: inflow, factor: 2, passport: AB1234567}\n",
    ],
)
def test_person_fields_are_refused_and_not_repeated(text: str) -> None:
    message = refused(text)
    assert "person-level fields" in message
    assert not any(value in message for value in ("Somebody", "someone@", "AB1234567"))
