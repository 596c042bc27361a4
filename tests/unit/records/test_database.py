"""The database: its tables are those that the program knows, many may write, and faults are told in words."""

import multiprocessing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from records.database import Database, DatabaseError, newest_revision, open_database, revision
from records.decisions import add_event, list_events
from records.tables import METADATA

WRITERS, EACH = 4, 10


def test_database_is_at_the_newest_step_when_opened(database: Database) -> None:
    assert revision(database) == newest_revision()


def test_steps_make_exactly_the_tables_that_the_program_knows(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_database_keeps_what_was_written_when_opened_again(address: str) -> None:
    add_event(open_database(address), "wb", "2026-W46", "approved", user="ana", note="checked")
    open_database.cache_clear()
    assert [e.user for e in list_events(open_database(address), "wb")] == ["ana"]


def test_changes_are_undone_when_the_block_fails(database: Database) -> None:
    add_event(database, "wb", "2026-W46", "held", user="ana", note="")

    def fail_after_deleting() -> None:
        with database.writing() as connection:
            connection.execute(text("DELETE FROM edition_events"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_deleting()
    assert len(list_events(database, "wb")) == 1


def _write(address: str, who: str) -> None:
    database = open_database(address)
    for number in range(EACH):
        add_event(database, "wb", f"{number}", "held", user=who, note="")


@pytest.mark.slow
def test_nothing_is_lost_when_processes_write_at_once(address: str) -> None:
    """Also the first opening: each of them may be the one that makes the tables."""
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(address, f"user {n}")) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [w.exitcode for w in writers] == [0] * WRITERS
    assert len(list_events(open_database(address), "wb")) == WRITERS * EACH


def test_newer_tables_are_refused(address: str) -> None:
    database = open_database(address)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    open_database.cache_clear()
    with pytest.raises(DatabaseError, match=r"'9999', which this version does not know.*Use the newer Routecast"):
        open_database(address)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("nonsense", "expected an address like"),
        ("mysql://u:secret@127.0.0.1/x", "expected SQLite or PostgreSQL, got 'mysql'"),
        ("postgresql://u:secret@127.0.0.1:9/x", "Check ROUTECAST_DATABASE, and that the server runs"),
    ],
)
def test_wrong_address_is_told_without_its_password(wrong: str, message: str) -> None:
    with pytest.raises(DatabaseError, match=message) as caught:
        open_database(wrong)
    assert "secret" not in str(caught.value)


def test_unwritable_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "database.sqlite").mkdir()
    with pytest.raises(DatabaseError, match="unable to open database file"):
        open_database(f"sqlite:///{tmp_path / 'database.sqlite'}")


def test_database_hides_its_password_from_logs() -> None:
    from sqlalchemy import create_engine  # noqa: PLC0415 - only here

    shown = repr(Database(create_engine("postgresql+psycopg://u:secret@127.0.0.1/x")))
    assert "secret" not in shown


def test_sqlite_lets_readers_go_on_while_one_writes(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'database.sqlite'}")
    add_event(database, "wb", "a", "held", user="ana", note="")
    with database.writing() as connection:
        connection.execute(text("DELETE FROM edition_events"))
        assert len(list_events(database, "wb")) == 1
    assert list_events(database, "wb") == []
