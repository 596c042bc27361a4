"""Lines of preparation, notes and followed places: the last word counts, and all of it stands in the audit trail."""

from datetime import date

import pytest
from sqlalchemy import text

from records.audit import list_entries
from records.database import Database
from records.lines_and_notes import (
    LineKey,
    LineVerb,
    act_on_line,
    add_note,
    closing_of,
    current_notes,
    follow,
    followed_places,
    line_actions,
    owner_of,
    take_note_back,
)
from records.verify import verify_trail

LINE = LineKey("capacity", "segment:A", "irregular_crossings")


def act(database: Database, action: LineVerb, *, user: str = "ana", edition: str = "2026-W46", note: str = "") -> None:
    act_on_line(database, "wb", edition, LINE, action, said="plan for more than 40", user=user, note=note)


def test_line_is_somebodys_until_given_back_or_closed(database: Database) -> None:
    owners = []
    for action in ("commented", "taken", "commented", "given_back", "taken", "closed", "reopened"):
        act(database, action)
        owner = owner_of(line_actions(database, "wb")[LINE])
        owners.append(owner.user if owner else None)
    assert owners == [None, "ana", "ana", None, "ana", None, None]
    assert line_actions(database, "elsewhere") == {}


def test_closed_line_is_asked_for_anew_by_a_later_period_alone(database: Database) -> None:
    act(database, "closed", edition="2026-W46", note="two teams more")
    act(database, "commented", edition="2026-W46", note="they arrived")
    actions = line_actions(database, "wb")[LINE]
    found = [(e, closing_of(actions, e)) for e in ("2026-W45", "2026-W46", "2026-W46.2", "2026-W47", "2027-W01")]
    assert [e for e, closing in found if closing and closing.note == "two teams more"] == [
        "2026-W45",
        "2026-W46",
        "2026-W46.2",
    ]
    act(database, "reopened", edition="2026-W46")
    assert closing_of(line_actions(database, "wb")[LINE], "2026-W46") is None


def test_what_was_done_after_a_moment_is_left_out(database: Database) -> None:
    act(database, "taken")
    first = line_actions(database, "wb")[LINE][0].at
    act(database, "closed", note="done")
    assert [a.action for a in line_actions(database, "wb", until=first)[LINE]] == ["taken"]


def test_note_stands_until_it_is_taken_back(database: Database) -> None:
    kept = add_note(database, "wb", place="segment:A", period=date(2026, 11, 9), text=" road\nclosed ", user="ana")
    add_note(database, "wb", place="", period=date(2026, 11, 16), text="holiday", user="ben")
    assert [(n.place, n.text, n.user) for n in current_notes(database, "wb")] == [
        ("segment:A", "road closed", "ana"),
        ("", "holiday", "ben"),
    ]
    take_note_back(database, "wb", kept, user="ben")
    assert [n.text for n in current_notes(database, "wb")] == ["holiday"]
    with pytest.raises(ValueError, match="at most 500 characters"):
        add_note(database, "wb", place="", period=None, text="x" * 501, user="ana")


def test_followed_places_are_the_users_own_in_the_order_of_following(database: Database) -> None:
    for unit, user, on in (("A", "ana", True), ("B", "ana", True), ("C", "ben", True), ("A", "ana", False)):
        follow(database, "wb", unit, user=user, on=on)
    assert followed_places(database, "wb", "ana") == ["B"]
    follow(database, "wb", "A", user="ana", on=True)
    assert followed_places(database, "wb", "ana") == ["B", "A"]
    assert followed_places(database, "other", "ana") == []


@pytest.mark.asvs("V16.4.2")
def test_each_stands_in_the_trail_and_a_change_past_the_program_is_named(database: Database) -> None:
    act(database, "taken")
    add_note(database, "wb", place="segment:A", period=None, text="road closed", user="ana")
    follow(database, "wb", "segment:A", user="ana", on=True)
    assert [e.action for e in list_entries(database)] == ["line_taken", "noted", "place_followed"]
    assert verify_trail(database).problems == ()
    for changed in ("line_actions SET \"user\" = 'ben'", "notes SET text = 'all clear'", "followed SET unit = 'B'"):
        with database.writing() as connection:
            connection.execute(text(f"UPDATE {changed}"))
    problems = "\n".join(verify_trail(database).problems)
    assert all(f"{table}, row 1 (wb" in problems for table in ("line_actions", "notes", "followed"))
