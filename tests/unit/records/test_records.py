"""What people decide and say: kept by user and edition, nothing overwritten that others rely on."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from records.database import Database
from records.decisions import (
    AlertKey,
    StatedAssessment,
    add_event,
    assessment_history,
    current_assessments,
    current_edits,
    edit_briefing,
    is_dismissed,
    last_of,
    list_actions,
    list_events,
    record_action,
    state_assessment,
)
from records.scenarios import delete_scenario, list_scenarios, save_scenario

ALERT = AlertKey("surge", "irregular_crossings", "segment:HUN-SRB-02", date(2026, 11, 9))
STAFF = StatedAssessment("vulnerability", "segment:A", "staff", "high", 0.6, "planning unit", date(2026, 11, 1))


def test_scenario_is_read_back_as_it_was_saved(database: Database) -> None:
    text = "name: Затворено\nassumptions: []\n"
    save_scenario(database, "ana", "wb", name="Затворено", text=text)
    assert [(s.name, s.text) for s in list_scenarios(database, "ana", "wb")] == [("Затворено", text)]


def test_scenario_gives_way_to_one_of_the_same_name(database: Database) -> None:
    for text in ("one", "two"):
        save_scenario(database, "ana", "wb", name="A", text=text)
    assert [s.text for s in list_scenarios(database, "ana", "wb")] == ["two"]


def test_scenarios_belong_to_their_user_and_region(database: Database) -> None:
    save_scenario(database, "ana", "wb", name="A", text="hers")
    save_scenario(database, "ben", "wb", name="A", text="his")
    save_scenario(database, "ana", "eu", name="A", text="elsewhere")
    assert delete_scenario(database, "ben", "wb", "A")
    assert [s.text for s in list_scenarios(database, "ana", "wb")] == ["hers"]


def test_scenarios_come_newest_first(database: Database) -> None:
    for name in ("A", "B"):
        save_scenario(database, "ana", "wb", name=name, text="")
    assert [s.name for s in list_scenarios(database, "ana", "wb")] == ["B", "A"]


def test_scenario_deletion_says_so_when_there_is_none(database: Database) -> None:
    assert not delete_scenario(database, "ana", "wb", "A")


def test_alert_keeps_who_saw_and_who_dismissed_it(database: Database) -> None:
    record_action(database, "wb", ALERT, "seen", user="ana")
    record_action(database, "wb", ALERT, "dismissed", user="ben", note="known works on the road")
    done = list_actions(database, "wb", date(2026, 11, 1))[ALERT]
    assert [(a.action, a.user, a.note) for a in done] == [
        ("seen", "ana", ""),
        ("dismissed", "ben", "known works on the road"),
    ]


def test_alert_is_open_again_when_reopened_or_raised_anew(database: Database) -> None:
    record_action(database, "wb", ALERT, "dismissed", user="ben")
    record_action(database, "wb", ALERT, "seen", user="ana")
    assert is_dismissed(list_actions(database, "wb", date(2026, 1, 1))[ALERT])
    record_action(database, "wb", ALERT, "reopened", user="ana")
    assert not is_dismissed(list_actions(database, "wb", date(2026, 1, 1))[ALERT])
    assert not is_dismissed([])


def test_alert_actions_leave_out_earlier_ones_when_asked_since_a_day(database: Database) -> None:
    record_action(database, "wb", ALERT, "seen", user="ana")
    assert list_actions(database, "wb", date(2026, 11, 10)) == {}


def test_later_assessment_counts_and_earlier_stays_in_the_history(database: Database) -> None:
    state_assessment(database, "wb", STAFF, user="ana")
    later = StatedAssessment("vulnerability", "segment:A", "staff", "low", 0.1, "planning unit", date(2026, 11, 20))
    state_assessment(database, "wb", later, user="ben")
    assert [(a.level, a.user) for a in current_assessments(database, "wb")] == [("low", "ben")]
    assert [a.level for a in assessment_history(database, "wb")] == ["high", "low"]


def test_assessment_without_level_withdraws_the_earlier_one(database: Database) -> None:
    state_assessment(database, "wb", STAFF, user="ana")
    gone = StatedAssessment("vulnerability", "segment:A", "staff", None, None, "planning unit", date(2026, 11, 20))
    state_assessment(database, "wb", gone, user="ana")
    assert current_assessments(database, "wb") == []


def test_last_text_of_a_part_counts_and_an_empty_one_takes_it_back(database: Database) -> None:
    for text in ("first", "second\nline\x0b"):
        edit_briefing(database, "wb", "2026-W46", "judgement:1", text, generated="as made", user="ana")
    edit_briefing(database, "wb", "2026-W46", "comment:points", "gone", user="ben")
    edit_briefing(database, "wb", "2026-W46", "comment:points", " ", user="ben")
    edit_briefing(database, "wb", "2026-W45", "judgement:2", "another edition's", user="ana")
    found = current_edits(database, "wb", "2026-W46")
    assert [(e.part, e.generated, e.text, e.user) for e in found.values()] == [
        ("judgement:1", "as made", "second line", "ana")
    ]


def test_text_written_after_a_moment_does_not_count_up_to_it(database: Database) -> None:
    first = edit_briefing(database, "wb", "2026-W46", "judgement:1", "before", user="ana")
    edit_briefing(database, "wb", "2026-W46", "judgement:1", "after", user="ana")
    assert current_edits(database, "wb", "2026-W46", until=first.at)["judgement:1"].text == "before"


def test_text_that_is_too_long_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="at most 1500 characters, got 1501"):
        edit_briefing(database, "wb", "2026-W46", "judgement:1", "x" * 1_501, user="ana")
    edit_briefing(database, "wb", "2026-W46", "judgement:1", "жж" * 750, generated="жж" * 750, user="ana")


def test_last_event_of_an_edition_counts(database: Database) -> None:
    for kind in ("approved", "withdrawn", "approved"):
        add_event(database, "wb", "2026-W46", kind, user="ana", note="")  # type: ignore[arg-type]
    add_event(database, "wb", "2026-W47", "approved", user="ana", note="")
    add_event(database, "wb", "2026-W47", "withdrawn", user="ben", note="a wrong figure")
    add_event(database, "wb", "2026-W47", "held", user="ben", note="")
    state = last_of(database, "wb", ("approved", "withdrawn"))
    assert {e: s.kind for e, s in state.items()} == {"2026-W46": "approved", "2026-W47": "withdrawn"}


@pytest.mark.asvs("V16.2.2")
def test_moment_is_kept_in_utc_whatever_its_zone(database: Database) -> None:
    noon = datetime(2026, 11, 25, 12, tzinfo=timezone(timedelta(hours=2)))
    add_event(database, "wb", "a", "held", user="ana", note="", at=noon)
    assert list_events(database, "wb")[0].at == datetime(2026, 11, 25, 10, tzinfo=UTC)


def test_moment_without_a_zone_is_our_own_fault(database: Database) -> None:
    with pytest.raises(Exception, match="expected a moment with a time zone"):
        add_event(database, "wb", "a", "held", user="ana", note="", at=datetime(2026, 11, 25))  # noqa: DTZ001
