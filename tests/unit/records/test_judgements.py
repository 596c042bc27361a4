"""Judgements: before the outcome alone, never changed, the last word counts, and all of it in the audit trail."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text

from records.audit import list_entries
from records.database import Database
from records.judgements import JudgementRefusedError, StatedJudgement, judgement_history, standing, state_judgement
from records.verify import verify_trail

FIRST = StatedJudgement(
    "irregular_crossings", "segment:A", date(2026, 11, 23), 20, 30, 50, "road opens", "ana", user="ana"
)
ENDS = date(2026, 11, 29)


def state(
    database: Database, one: StatedJudgement = FIRST, *, day: int = 17, reported_until: date | None = None
) -> StatedJudgement:
    now = datetime(2026, 11, day, 12, tzinfo=UTC)
    return state_judgement(database, "wb", one, ends=ENDS, reported_until=reported_until, now=now)


def test_later_one_of_the_same_owner_takes_its_place_and_the_old_one_stays(database: Database) -> None:
    state(database)
    state(database, replace(FIRST, q50=40.0), day=19)
    state(database, replace(FIRST, owner="ben", group="desk"), day=20)
    everything = judgement_history(database, "wb")
    assert [(j.owner, j.q50) for j in everything] == [("ana", 30.0), ("ana", 40.0), ("ben", 30.0)]
    assert [(j.speaker, j.q50) for j in standing(everything)] == [("ana", 40.0), ("desk", 30.0)]
    assert [j.q50 for j in standing(judgement_history(database, "wb", until=date(2026, 11, 18)))] == [30.0]
    assert judgement_history(database, "elsewhere") == []


def test_last_day_of_the_period_is_still_before_the_outcome(database: Database) -> None:
    assert state(database, day=29).day == ENDS


@pytest.mark.parametrize(
    ("changes", "when", "expected"),
    [
        ({}, {"day": 30}, "ended on 2026-11-29. State it before the outcome"),
        ({}, {"reported_until": date(2026, 11, 23)}, "is reported already"),
        ({"q10": -1.0}, {}, "three counts of 0 or more"),
        ({"q90": float("nan")}, {}, "three counts of 0 or more"),
        ({"q50": 60.0}, {}, "10 % ≤ 50 % ≤ 90 %"),
        ({"q10": 30.0, "q90": 30.0}, {}, "a range between them"),
        ({"reason": " \n"}, {}, "a reason and an owner"),
        ({"owner": ""}, {}, "a reason and an owner"),
        ({"reason": "x" * 501}, {}, "at most 500 characters"),
        ({"group": "the desk"}, {}, "letters, digits"),
    ],
)
def test_what_is_no_judgement_before_the_outcome_is_refused(
    database: Database, changes: dict[str, Any], when: dict[str, Any], expected: str
) -> None:
    with pytest.raises(JudgementRefusedError, match=expected):
        state(database, replace(FIRST, **changes), **when)
    assert judgement_history(database, "wb") == []
    assert list_entries(database) == []


@pytest.mark.asvs("V16.4.2")
def test_each_stands_in_the_trail_and_a_changed_number_is_named(database: Database) -> None:
    state(database)
    assert [(e.action, e.user, e.region) for e in list_entries(database)] == [("judged", "ana", "wb")]
    assert verify_trail(database).problems == ()
    with database.writing() as connection:
        connection.execute(text("UPDATE judgements SET q50 = 31"))
    assert "judgements, row 1 (wb irregular_crossings segment:A" in "\n".join(verify_trail(database).problems)
