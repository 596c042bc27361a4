"""What analysts stated on the dashboard counts in a run beside the region pack's own statements."""

from datetime import date
from pathlib import Path

from geo.region.risk_inputs import Assessment
from pipelines.jobs.run import assessed_region
from pipelines.risk.bands import with_assessments
from pipelines.store.paths import Store
from records.database import open_database
from records.decisions import StatedAssessment, state_assessment
from tests.regions import make_region

DAY = date(2026, 1, 31)
PACKED = Assessment("vulnerability", "segment:a-1", "staff", "low", "planning unit", DAY)


def stated(level: str | None = "high", *, as_of: date = DAY, place: str = "segment:a-1") -> StatedAssessment:
    return StatedAssessment("vulnerability", place, "staff", level, None, "analysis", as_of)


def test_statement_of_the_dashboard_joins_the_packs() -> None:
    other = stated(place="border:AAA-BBB")
    found = with_assessments(make_region(assessments=(PACKED,)), [other]).assessments
    assert [(a.place, a.level, a.owner) for a in found] == [
        ("border:AAA-BBB", "high", "analysis"),
        ("segment:a-1", "low", "planning unit"),
    ]


def test_later_date_counts_whoever_stated_it() -> None:
    region = make_region(assessments=(PACKED,))
    assert with_assessments(region, [stated(as_of=date(2026, 1, 30))]).assessments == (PACKED,)
    assert [a.level for a in with_assessments(region, [stated()]).assessments] == ["high"]


def test_last_entry_of_the_dashboard_counts() -> None:
    region = make_region()
    assert [a.level for a in with_assessments(region, [stated("high"), stated("moderate")]).assessments] == ["moderate"]


def test_withdrawn_statement_is_gone() -> None:
    assert with_assessments(make_region(), [stated("high"), stated(None)]).assessments == ()


def test_place_that_the_pack_lacks_is_left_out() -> None:
    assert with_assessments(make_region(), [stated(place="segment:gone")]).assessments == ()


def test_run_as_of_a_day_leaves_out_what_was_stated_for_later(tmp_path: Path) -> None:
    store = Store(tmp_path)
    state_assessment(open_database(store.database), "small", stated(as_of=date(2026, 3, 1)), user="ana")
    assert assessed_region(make_region(), store.database, as_of=date(2026, 2, 28)).assessments == ()
    assert len(assessed_region(make_region(), store.database, as_of=date(2026, 3, 1)).assessments) == 1


def test_no_database_is_made_where_nobody_kept_anything(tmp_path: Path) -> None:
    region = make_region()
    assert assessed_region(region, Store(tmp_path).database, as_of=None) is region
    assert list(tmp_path.iterdir()) == []
