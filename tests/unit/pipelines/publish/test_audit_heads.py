"""The trail's last hash in the store: a trail that was rewritten as a whole is found by it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from pipelines.publish.release.audit_heads import FILE, accept, check_trail, keep_head, require_heads, require_trail
from pipelines.store.checksums import DamagedError
from pipelines.store.paths import Store
from records.audit import append_entry, list_entries
from records.database import open_database


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store whose trail has two entries."""
    for user in ("ana", "ben"):
        append_entry(open_database(Store(tmp_path).database), "viewed", user=user)
    return Store(tmp_path)


def rewrite(store: Store) -> None:
    """Another trail, whole in itself, in place of the one that was there."""
    open_database.cache_clear()
    (store.root / "database.sqlite").unlink()
    append_entry(open_database(store.database), "viewed", user="eva")


def test_a_hash_is_kept_once_and_the_trail_may_grow(store: Store) -> None:
    head = keep_head(store)
    assert keep_head(store) == head == list_entries(open_database(store.database))[-1].hash
    append_entry(open_database(store.database), "viewed", user="eva")
    keep_head(store)
    lines = (store.root / FILE).read_text().splitlines()
    assert [line.split()[1] for line in lines] == ["2", "3"]
    assert check_trail(store).problems == ()


def test_nothing_is_kept_of_a_database_that_is_not_there(tmp_path: Path) -> None:
    assert keep_head(Store(tmp_path)) is None
    assert list(tmp_path.iterdir()) == []
    assert check_trail(Store(tmp_path)).problems == ()


def test_a_trail_that_was_rewritten_is_found_and_stays_found(store: Store) -> None:
    keep_head(store)
    rewrite(store)
    with pytest.raises(DamagedError, match=r"expected an entry with hash .* or the trail was rewritten.*backup"):
        require_trail(store)
    keep_head(store)  # the next approval does not hide it
    assert len(check_trail(store).problems) == 1


def test_who_reads_is_told_of_a_trail_that_was_rewritten_but_not_of_one_that_grew(store: Store) -> None:
    require_heads(store)  # nothing was written down yet
    keep_head(store)
    append_entry(open_database(store.database), "viewed", user="eva")
    require_heads(store)
    rewrite(store)
    with pytest.raises(DamagedError, match="which editions were approved or withdrawn last is not sure"):
        require_heads(store)


def test_a_spoilt_line_is_told(store: Store) -> None:
    (store.root / FILE).write_text("?\n")
    with pytest.raises(DamagedError, match="does not have"):
        require_heads(store)


def test_a_database_that_is_gone_is_found(store: Store) -> None:
    keep_head(store)
    open_database.cache_clear()
    (store.root / "database.sqlite").unlink()
    with pytest.raises(DamagedError, match="there is no database"):
        require_trail(store)
    assert not (store.root / "database.sqlite").exists()


def test_a_hash_that_was_kept_elsewhere_is_asked_for_too(store: Store) -> None:
    with pytest.raises(DamagedError, match="expected an entry with hash abc"):
        require_trail(store, expected={"abc"})


def test_a_line_that_was_spoilt_is_named(store: Store) -> None:
    keep_head(store)
    (store.root / FILE).write_text("2026-11-30T12:00:00Z 2 0f0f\n")
    assert "0f0f" in check_trail(store).problems[0]


def test_a_trail_that_is_accepted_counts_and_says_so(store: Store) -> None:
    keep_head(store)
    rewrite(store)
    accept(store, user="ana", reason="older backup")
    assert check_trail(store).problems == ()
    assert list_entries(open_database(store.database))[-1].detail == '{"reason":"older backup"}'
    assert len((store.root / "given_up" / FILE).read_text().splitlines()) == 1


def test_accepting_hides_no_changed_decision(store: Store) -> None:
    database = open_database(store.database)
    with database.writing() as connection:
        connection.execute(text("DROP TRIGGER audit_keep_update"))
        connection.execute(text("UPDATE audit SET \"user\" = 'eva' WHERE id = 1"))
    accept(store, user="ana", reason="never mind")
    assert "entry 1: its content was changed" in check_trail(store).problems[0]
