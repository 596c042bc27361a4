"""Vulnerability, impact, alert rules and budgets of a pack."""

from datetime import date
from pathlib import Path

import pytest

from geo.pack.load import PackError, load_region
from geo.region.risk_inputs import Assessment, level_of
from geo.region.units import assessments_of, deciding
from tests.regions import USER_PACK, make_region, write_pack

DAY = date(2026, 1, 31)
STATED = """\
vulnerability:
  - {segment: yuma, kind: staff, level: high, owner: planning unit, as_of: 2026-01-31}
  - {border: MEX-USA, kind: response_time, value: 0.1, owner: planning unit, as_of: 2026-01-31}
impact:
  - {route: south_west, kind: reception_shortfall, value: 0.8, owner: agency, as_of: 2026-01-31}
alerts:
  - {id: over, measure: exceedance, probability: 0.55, min_count: 50, owner: planning unit, as_of: 2026-01-31}
budgets:
  - {indicator: irregular_crossings, places: 100, owner: planning unit, as_of: 2026-01-31}
"""


def problems(folder: Path, more: str) -> str:
    with pytest.raises(PackError) as raised:
        load_region(str(write_pack(folder / "my_region", USER_PACK + more)))
    return str(raised.value)


def test_pack_reads_what_is_stated(tmp_path: Path) -> None:
    region = load_region(str(write_pack(tmp_path / "my_region", USER_PACK + STATED)))
    assert region.assessments == (
        Assessment("vulnerability", "segment:yuma", "staff", "high", "planning unit", DAY),
        Assessment("vulnerability", "border:MEX-USA", "response_time", "low", "planning unit", DAY, 0.1),
        Assessment("impact", "route:south_west", "reception_shortfall", "very_high", "agency", DAY, 0.8),
    )
    assert [r.id for r in region.alert_rules] == ["over"]
    assert region.budgets[0].places == 100


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            "vulnerability: [{segment: yumma, kind: staff, level: low, owner: a, as_of: 2026-01-31}]",
            "Did you mean 'yuma'",
        ),
        (
            "vulnerability: [{segment: yuma, kind: staff, owner: a, as_of: 2026-01-31}]",
            "a value from 0 to 1 or a level",
        ),
        ("vulnerability: [{kind: staff, level: low, owner: a, as_of: 2026-01-31}]", "one segment, border or route"),
        ("impact: [{segment: yuma, kind: staff, value: 1.2, owner: a, as_of: 2026-01-31}]", "less than or equal to 1"),
        ("impact: [{segment: yuma, kind: staff, level: low, as_of: 2026-01-31}]", "owner: expected a value"),
        ("impact: [{segment: yuma, kind: staff, level: low, owner: a}]", "as_of: expected a value"),
        ("impact_levels: [{border: MEX-USA, level: high, owner: a, as_of: 2026-01-31}]", "neither side of MEX-USA"),
        ("budgets: [{indicator: beds, places: 5, owner: a, as_of: 2026-01-31}]", "indicator 'beds' is unknown"),
        ("risk: {hysteresis_margin: 0.2}", "no band could fall again"),
        ("risk: {raise_by_impact: critical}", "raise_by_impact"),
    ],
)
def test_wrong_input_is_named(tmp_path: Path, more: str, message: str) -> None:
    assert message in problems(tmp_path, more + "\n")


def test_same_statement_twice_is_refused(tmp_path: Path) -> None:
    one = "  - {segment: yuma, kind: staff, level: high, owner: a, as_of: 2026-01-31}\n"
    assert "given twice" in problems(tmp_path, "vulnerability:\n" + one + one)


def stated(place: str, level: str = "high", kind: str = "staff") -> Assessment:
    return Assessment("vulnerability", place, kind, level, "owner", DAY)  # type: ignore[arg-type]


def test_segment_takes_its_own_statement_before_its_borders() -> None:
    region = make_region(assessments=(stated("border:AAA-BBB", "low"), stated("segment:a-1")))
    assert [a.place for a in assessments_of(region, "segment:a-1", "vulnerability")] == ["segment:a-1"]
    assert [a.place for a in assessments_of(region, "segment:a-2", "vulnerability")] == ["border:AAA-BBB"]
    assert [a.place for a in assessments_of(region, "cell:north/a-1", "vulnerability")] == ["segment:a-1"]


def test_nothing_is_added_up_from_parts() -> None:
    region = make_region(assessments=(stated("segment:a-1"),))
    assert assessments_of(region, "border:AAA-BBB", "vulnerability") == ()
    assert assessments_of(region, "total", "vulnerability") == ()
    assert assessments_of(region, "segment:a-1", "impact") == ()


def test_highest_statement_decides() -> None:
    found = deciding((stated("segment:a-1", "low"), stated("segment:a-1", "very_high", "response_time")))
    assert found is not None
    assert found.kind == "response_time"
    assert deciding(()) is None


@pytest.mark.parametrize(("value", "level"), [(0.0, "low"), (0.2499, "low"), (0.5, "high"), (1.0, "very_high")])
def test_value_is_a_level_by_quarters(value: float, level: str) -> None:
    assert level_of(value) == level


def test_built_in_pack_states_no_vulnerability_of_its_own() -> None:
    assert load_region("western_balkans").assessments == ()
