"""The audit trail: one chain whoever writes, no change by the front door, each change by the back door found."""

import hashlib
import json
import multiprocessing
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from records.audit import START, append_entry, entry_hash, list_entries
from records.database import Database, DatabaseError, open_database
from records.decisions import (
    AlertKey,
    StatedAssessment,
    add_event,
    edit_briefing,
    list_events,
    record_action,
    state_assessment,
)
from records.scenarios import delete_scenario, save_scenario
from records.verify import verify_trail

WRITERS, EACH = 4, 8
NOON = datetime(2026, 11, 16, 12, 0, 0, 250, tzinfo=UTC)


def write_trail(database: Database, entries: int = 5) -> str:
    """A trail of some entries; the hash of its last one."""
    for number in range(entries):
        last = append_entry(database, "viewed", user="ana@example.org", edition="2026-W46", detail={"page": number})
    return last.hash


def open_the_back_door(database: Database) -> None:
    """What somebody with the database's password can do: take the triggers away."""
    names = ["audit_keep_update", "audit_keep_delete", "audit_keep_insert"]
    sqlite = database.engine.dialect.name == "sqlite"
    with database.writing() as connection:
        for name in names if sqlite else ["audit_keep", "audit_keep_insert"]:
            connection.execute(text(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON audit"))


def run(database: Database, *statements: str) -> None:
    with database.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.asvs("V16.2.1")
def test_entry_is_read_back_as_it_was_written(database: Database) -> None:
    append_entry(
        database,
        "exported",
        user="Ана",
        role="planner",
        region="wb",
        edition="2026-W46",
        profile="partner",
        detail={"file": "a.csv", "rows": 3},
        at=NOON,
    )
    (entry,) = list_entries(database)
    assert (entry.id, entry.at, entry.user, entry.role, entry.action) == (1, NOON, "Ана", "planner", "exported")
    assert (entry.region, entry.edition, entry.profile) == ("wb", "2026-W46", "partner")
    assert (entry.detail, entry.previous) == ('{"file":"a.csv","rows":3}', START)


@pytest.mark.asvs("V11.4.3")
def test_hash_is_that_of_the_documented_json(database: Database) -> None:
    entry = append_entry(database, "log_in", user="Ана", role="admin", at=NOON)
    spelled = (
        '{"action":"log_in","at":"2026-11-16T12:00:00.000250+00:00","detail":"{}","edition":"","id":1,"previous":"'
        + "0" * 64
        + '","profile":"","region":"","role":"admin","user":"Ана"}'
    )
    assert entry.hash == hashlib.sha256(spelled.encode()).hexdigest()


def test_each_entry_holds_the_hash_of_the_one_before(database: Database) -> None:
    head = write_trail(database)
    entries = list_entries(database)
    assert [e.id for e in entries] == [1, 2, 3, 4, 5]
    assert [e.previous for e in entries] == [START, *(e.hash for e in entries[:-1])]
    state = verify_trail(database, expected={head})
    assert (state.entries, state.head, state.problems) == (5, head, ())


def test_trail_without_entries_is_whole(database: Database) -> None:
    assert verify_trail(database).problems == ()


@pytest.mark.asvs("V16.4.2")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET \"user\" = 'ben' WHERE id = 2",
        "DELETE FROM audit WHERE id = 5",
        'INSERT INTO audit SELECT 9, at, "user", role, action, region, edition, profile, detail, previous, hash '
        "FROM audit WHERE id = 1",
    ],
    ids=lambda s: s.split()[0],
)
def test_changes_are_refused_by_the_database(database: Database, statement: str) -> None:
    write_trail(database)
    with pytest.raises(DatabaseError, match="the audit trail takes new entries only"):
        run(database, statement)
    assert verify_trail(database).entries == 5


def test_replacing_an_entry_is_refused_by_sqlite(database: Database) -> None:
    """`INSERT OR REPLACE` deletes the old row without asking the triggers of DELETE."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("only SQLite knows INSERT OR REPLACE")
    write_trail(database)
    with pytest.raises(DatabaseError, match="takes new entries only"):
        run(
            database,
            "INSERT OR REPLACE INTO audit SELECT id, at, 'ben', role, action, region, edition, profile, detail, "
            "previous, hash FROM audit WHERE id = 2",
        )


def test_emptying_the_table_is_refused_by_postgresql(database: Database) -> None:
    if database.engine.dialect.name != "postgresql":
        pytest.skip("only PostgreSQL knows TRUNCATE")
    write_trail(database)
    with pytest.raises(DatabaseError, match="takes new entries only"):
        run(database, "TRUNCATE audit")


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["UPDATE audit SET \"user\" = 'ben' WHERE id = 3"], "entry 3: its content was changed"),
        (["UPDATE audit SET edition = '2026-W45' WHERE id = 5"], "entry 5: its content was changed"),
        (["DELETE FROM audit WHERE id = 3"], "entry 3: expected it after entry 2, got entry 4"),
        (["DELETE FROM audit WHERE id = 1"], "entry 1: expected it after entry 0, got entry 2"),
        (["DELETE FROM audit WHERE id = 3", "UPDATE audit SET id = 3 WHERE id = 4"], "entry 3: does not follow"),
        (
            [
                "UPDATE audit SET id = 90 WHERE id = 2",
                "UPDATE audit SET id = 2 WHERE id = 4",
                "UPDATE audit SET id = 4 WHERE id = 90",
            ],
            "entry 2: does not follow",
        ),
        (
            [
                "INSERT INTO audit SELECT 6, at, 'ben', role, action, region, edition, profile, detail, hash, hash "
                "FROM audit WHERE id = 5"
            ],
            "entry 6: its content was changed",
        ),
    ],
    ids=["changed", "last changed", "removed", "first removed", "removed and closed up", "moved", "made up"],
)
def test_changes_by_the_back_door_are_found(database: Database, statements: list[str], message: str) -> None:
    write_trail(database)
    open_the_back_door(database)
    run(database, *statements)
    assert message in "\n".join(verify_trail(database).problems)


def test_entry_changed_with_its_hash_is_found_by_the_next_one(database: Database) -> None:
    write_trail(database)
    open_the_back_door(database)
    entry = list_entries(database)[2]
    forged = entry_hash(type(entry)(**{**vars(entry), "user": "ben"}))
    run(database, f"UPDATE audit SET \"user\" = 'ben', hash = '{forged}' WHERE id = 3")
    assert verify_trail(database).problems == (
        "entry 4: does not follow the entry before it: one of the two was replaced.",
    )


def test_end_cut_off_is_found_with_the_last_hash_known(database: Database) -> None:
    head = write_trail(database)
    open_the_back_door(database)
    run(database, "DELETE FROM audit WHERE id > 3")
    assert verify_trail(database).problems == ()  # what is left is a whole chain
    assert "the end was cut off" in "\n".join(verify_trail(database, expected={head}).problems)


def test_trail_that_has_grown_since_is_whole(database: Database) -> None:
    head = write_trail(database)
    write_trail(database)
    assert verify_trail(database, expected={head}).problems == ()


def test_entries_are_chosen_by_user_action_and_time(database: Database) -> None:
    append_entry(database, "viewed", user="ana", at=NOON)
    append_entry(database, "exported", user="ana", at=NOON.replace(hour=13))
    append_entry(database, "viewed", user="ben", at=NOON.replace(hour=14))
    assert [e.id for e in list_entries(database, user="ana")] == [1, 2]
    assert [e.id for e in list_entries(database, action="viewed")] == [1, 3]
    assert [e.id for e in list_entries(database, since=NOON.replace(hour=13))] == [2, 3]
    assert [e.id for e in list_entries(database, last=2)] == [2, 3]


def test_detail_is_short(database: Database) -> None:
    with pytest.raises(ValueError, match="expected a detail of at most 4000 characters, got 5008"):
        append_entry(database, "viewed", user="ana", detail={"a": "x" * 5_000})


def _write(address: str, who: str) -> None:
    database = open_database(address)
    for number in range(EACH):
        append_entry(database, "viewed", user=who, detail={"n": number})


@pytest.mark.slow
def test_processes_that_write_at_once_keep_one_chain(address: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(address, f"user {n}")) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [w.exitcode for w in writers] == [0] * WRITERS
    database = open_database(address)
    state = verify_trail(database)
    assert (state.entries, state.problems) == (WRITERS * EACH, ())
    for who in {e.user for e in list_entries(database)}:
        numbers = [json.loads(e.detail)["n"] for e in list_entries(database, user=who)]
        assert numbers == list(range(EACH))


def test_decisions_leave_an_entry_in_the_same_transaction(database: Database) -> None:
    alert = AlertKey("surge", "irregular_crossings", "segment:A", date(2026, 11, 9))
    staff = StatedAssessment("impact", "segment:A", "shortfall", "high", None, "unit", date(2026, 11, 1))
    add_event(database, "wb", "2026-W46", "approved", user="ana", note="checked")
    record_action(database, "wb", alert, "dismissed", user="ben", note="known")
    state_assessment(database, "wb", staff, user="eva")
    edit_briefing(database, "wb", "2026-W46", "judgement:1", "sharper", user="eva")
    save_scenario(database, "ana", "wb", name="A", text="name: A")
    delete_scenario(database, "ana", "wb", "A")
    found = [(e.action, e.user, e.region, e.edition) for e in list_entries(database)]
    assert found == [
        ("approved", "ana", "wb", "2026-W46"),
        ("alert_dismissed", "ben", "wb", ""),
        ("assessment_stated", "eva", "wb", ""),
        ("briefing_edited", "eva", "wb", "2026-W46"),
        ("scenario_saved", "ana", "wb", ""),
        ("scenario_deleted", "ana", "wb", ""),
    ]
    assert verify_trail(database).problems == ()


@pytest.mark.asvs("V2.3.3")
def test_decision_is_undone_when_its_entry_can_not_be_made(database: Database) -> None:
    with pytest.raises(ValueError, match="expected a detail of at most"):
        add_event(database, "wb", "2026-W46", "approved", user="ana", note="x" * 5_000)
    assert list_events(database, "wb") == []
