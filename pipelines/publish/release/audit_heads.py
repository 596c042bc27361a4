"""The audit trail's last hash, kept outside the database: with it a trail that was cut or rewritten is found.

A line of `audit-heads.txt` in the store is a moment, the number of entries then, and the last one's hash. Whoever can
write both the database and the store can change both; so the line is printed too, to be mailed or kept elsewhere.
"""

import os
from collections.abc import Set
from datetime import UTC, datetime

from pipelines.store.atomic import flush_folder
from pipelines.store.checksums import DamagedError
from pipelines.store.ledger import GIVEN_UP
from pipelines.store.paths import Store
from records.audit import START, TrailState, append_entry, hashes_of, list_entries
from records.database import exists, open_database
from records.verify import verify_trail

FILE = "audit-heads.txt"
_ADVICE = (
    "Put the database back from a backup that is whole and has it. Is only the end lost, and for good, look at what is "
    "there, and let it count from now on: 'routecast audit accept --reason WHY'."
)


def keep_head(store: Store) -> str | None:
    """Write down the trail's last hash, and return it: to be printed or mailed. None where there is no entry yet."""
    last = list_entries(open_database(store.database), last=1) if exists(store.database) else []
    if not last:
        return None
    if last[0].hash not in _heads(store):
        with (store.root / FILE).open("a", encoding="ascii") as stream:
            stream.write(f"{datetime.now(tz=UTC):%Y-%m-%dT%H:%M:%SZ} {last[0].id} {last[0].hash}\n")
            stream.flush()
            os.fsync(stream.fileno())
        flush_folder(store.root)
    return last[0].hash


def check_trail(store: Store, *, expected: Set[str] = frozenset()) -> TrailState:
    """Look at the whole trail, also for every hash that was written down.

    Args:
        store: The store.
        expected: Hashes that were kept elsewhere.

    Raises:
        DatabaseError: the database can't be read.
    """
    kept = expected | _heads(store)
    if exists(store.database):
        return verify_trail(open_database(store.database), expected=kept)
    lost = ("A hash that was kept speaks of an audit trail, and there is no database.",) if kept else ()
    return TrailState(0, START, lost)


def require_trail(store: Store, *, expected: Set[str] = frozenset()) -> None:
    """Refuse to go on where the trail was cut or rewritten, or decisions are not what it says.

    Raises:
        DamagedError: says what is wrong.
        DatabaseError: the database can't be read.
    """
    problems = check_trail(store, expected=expected).problems
    if problems:
        more = f" ({len(problems) - 1} more: 'routecast audit verify')" if len(problems) > 1 else ""
        raise DamagedError(f"audit trail: {problems[0]}{more} {_ADVICE}")


def require_heads(store: Store) -> None:
    """Refuse the decisions of a database without entries that it had: an older backup knows no later withdrawal.

    Looks at the entries alone whose hash was written down, so it can be asked whenever somebody reads.

    Raises:
        DamagedError: says what is wrong, and what to do.
        DatabaseError: the database can't be read.
    """
    told = {int(line[1]) if line[1:2] and line[1].isdecimal() else 0: line[-1] for line in _lines(store)}
    there = hashes_of(open_database(store.database), told) if told else {}
    if any(there.get(number) != digest for number, digest in told.items()):
        raise DamagedError(
            f"{FILE} speaks of entries that the audit trail does not have: which editions were approved or withdrawn "
            f"last is not sure. {_ADVICE}"
        )


def accept(store: Store, *, user: str, reason: str) -> None:
    """Let the trail that is there count from now on: earlier hashes are moved aside, and an entry says so."""
    file, aside = store.root / FILE, store.root / GIVEN_UP / FILE
    append_entry(open_database(store.database), "trail_accepted", user=user, detail={"reason": reason})
    if file.exists():
        aside.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("ab") as stream:
            stream.write(file.read_bytes())
        file.unlink()
    keep_head(store)


def _heads(store: Store) -> Set[str]:
    """The last word of every line; a spoilt one fits no entry, and is named so."""
    return {line[-1] for line in _lines(store)}


def _lines(store: Store) -> list[list[str]]:
    """The words of every line."""
    file = store.root / FILE
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    return [line.split() for line in lines if line.strip()]
