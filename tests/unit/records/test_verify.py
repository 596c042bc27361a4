"""What was decided is what the trail says: a row changed, removed, added or moved past the program is found."""

from datetime import UTC, date, datetime

import pytest
from alembic import command
from sqlalchemy import text

from records.audit import append_entry, list_entries
from records.database import Database, _config, open_database
from records.decisions import AlertKey, StatedAssessment, add_event, list_events, record_action, state_assessment
from records.verify import verify_trail

ALERT = AlertKey("surge", "irregular_crossings", "segment:A", date(2026, 11, 9))


def decide(database: Database) -> None:
    """Two editions approved, one of them withdrawn; an alert dismissed; an assessment."""
    add_event(database, "wb", "2026-W46", "approved", user="Ана", note="checked")
    add_event(database, "wb", "2026-W46", "withdrawn", user="ben", note="wrong")
    add_event(database, "wb", "2026-W47", "approved", user="ana", note="checked")
    record_action(database, "wb", ALERT, "dismissed", user="ben", note="known")
    stated = StatedAssessment("impact", "segment:A", "shortfall", "high", 0.5, "unit", date(2026, 11, 1))
    state_assessment(database, "wb", stated, user="eva")


def run(database: Database, *statements: str) -> None:
    with database.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_decisions_that_nobody_touched_are_whole(database: Database) -> None:
    decide(database)
    append_entry(database, "viewed", user="ana")
    assert (verify_trail(database).entries, verify_trail(database).problems) == (6, ())


@pytest.mark.asvs("V16.4.2")
@pytest.mark.parametrize(
    ("statements", "messages"),
    [
        (["DELETE FROM edition_events WHERE id = 3"], ["entry 3: 'approved' wb 2026-W47 by ana is not in"]),
        (["UPDATE edition_events SET kind = 'approved' WHERE id = 2"], ["entry 2: 'withdrawn'", "row 2 (wb 2026-W46)"]),
        (["UPDATE edition_events SET \"user\" = 'eva' WHERE id = 3"], ["entry 3: 'approved'", "row 3 (wb 2026-W47)"]),
        (
            ["UPDATE edition_events SET edition = '2026-W48' WHERE id = 3"],
            ["row 3 (wb 2026-W48): no entry"],
        ),
        (["UPDATE edition_events SET note = '' WHERE id = 1"], ["entry 1: 'approved'"]),
        (
            [
                'INSERT INTO edition_events (id, region, edition, kind, "user", note, at) '
                "SELECT 9, region, '2026-W48', kind, \"user\", note, at FROM edition_events WHERE id = 3"
            ],
            ["edition_events, row 9 (wb 2026-W48): no entry speaks of it: it was added or changed past the program."],
        ),
        (["UPDATE edition_events SET id = 9 WHERE id = 1"], ["edition_events: the rows of wb 2026-W46 were put into"]),
        (
            ["UPDATE alert_actions SET action = 'seen'"],
            ["entry 4: 'alert_dismissed'", "alert_actions, row 1 (wb"],
        ),
        (["UPDATE assessments SET value = 0.1"], ["entry 5: 'assessment_stated'", "assessments, row 1 (wb impact"]),
    ],
    ids=["deleted", "withdrawn made approved", "user", "edition", "note", "made up", "order", "alert", "assessment"],
)
def test_decision_that_is_not_what_the_trail_says_is_named(
    database: Database, statements: list[str], messages: list[str]
) -> None:
    decide(database)
    run(database, *statements)
    problems = "\n".join(verify_trail(database).problems)
    assert [m for m in messages if m not in problems] == []


def test_decisions_from_before_the_trail_are_adopted_by_it(database: Database) -> None:
    """An old database: decisions first, then a trail, then more decisions."""
    with database.engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    old = datetime(2026, 10, 5, 12, 0, 0, 7, tzinfo=UTC)
    run(
        database,
        'INSERT INTO edition_events (region, edition, kind, "user", note, at) '
        f"VALUES ('wb', '2026-W40', 'approved', 'ana', 'old', '{old:%Y-%m-%d %H:%M:%S.%f}')",
    )
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002_audit")
    add_event(database, "wb", "2026-W40", "withdrawn", user="ben", note="wrong")
    open_database.cache_clear()
    again = open_database(str(database.engine.url.render_as_string(hide_password=False)))
    assert [(e.action, "adopted" in e.detail) for e in list_entries(again)] == [
        ("withdrawn", False),
        ("approved", True),
    ]
    assert verify_trail(again).problems == ()
    assert [e.kind for e in list_events(again, "wb")] == ["approved", "withdrawn"]
    run(again, "DELETE FROM edition_events WHERE id = 1")
    assert "entry 2: 'approved' wb 2026-W40 by ana is not in" in verify_trail(again).problems[0]
