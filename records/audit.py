"""The audit trail: who saw, exported, approved or ran what. Append-only, each entry chained to the one before.

An entry's hash is the SHA-256 of its canonical JSON, which holds the hash of the entry before it: a changed, removed,
inserted or moved entry breaks the chain at its place. Entries cut off at the end leave a whole chain behind, so the
last hash is to be kept elsewhere. `records.verify` walks the chain, and holds what was decided against it.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, insert, select, text

from records.database import Database
from records.tables import AUDIT

# `rolled_back`: readers were led back to it; `set_aside`: they were led away from it, and no run leads them there again
EventKind = Literal["approved", "withdrawn", "rolled_back", "set_aside", "held", "released", "deleted"]
_PageAction = Literal["log_in", "log_out", "refused", "viewed", "exported", "table_taken"]
_ScenarioAction = Literal["scenario_run", "scenario_saved", "scenario_deleted"]
_RiskAction = Literal["assessment_stated", "alert_seen", "alert_dismissed", "alert_reopened"]
_BriefingAction = Literal["briefing_edited"]
_LineAction = Literal["line_taken", "line_given_back", "line_commented", "line_closed", "line_reopened"]
_PlaceAction = Literal["noted", "place_followed", "place_unfollowed", "judged"]
AuditAction = Literal[
    _PageAction,
    _ScenarioAction,
    _RiskAction,
    _BriefingAction,
    _LineAction,
    _PlaceAction,
    EventKind,
    "audit_read",
    "trail_accepted",
]
ACTIONS: Final[tuple[AuditAction, ...]] = get_args(AuditAction)
START: Final = "0" * 64  # what the first entry follows
_LOCK = 7_262_402  # any number: PostgreSQL's advisory lock while one process appends
MOST_PROBLEMS = 20
_MOST_DETAIL = 4_000  # characters; a trail is no store of files


@dataclass(frozen=True)
class AuditEntry:
    """One thing that somebody did; `detail` is canonical JSON."""

    id: int
    at: datetime
    user: str
    role: str
    action: str
    region: str
    edition: str
    profile: str
    detail: str
    previous: str
    hash: str


@dataclass(frozen=True)
class TrailState:
    """What a look at the whole trail found."""

    entries: int
    head: str  # hash of the last entry
    problems: tuple[str, ...]


def append_entry(database: Database, action: AuditAction, **facts: Any) -> AuditEntry:  # noqa: ANN401 - as below
    """Add an entry to the end of the chain; see `append_on` for what there is to say.

    Raises:
        DatabaseError: the database can't be written.
    """
    with database.writing() as connection:
        return append_on(connection, action, **facts)


def append_on(
    connection: Connection,
    action: AuditAction,
    *,
    user: str,
    role: str = "",
    region: str = "",
    edition: str = "",
    profile: str = "",
    detail: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """The same on a connection that also writes what the entry speaks of: both are kept, or neither.

    Writers queue until the other's transaction has ended, so there is one chain whatever their number.

    Args:
        connection: From `Database.writing`.
        action: What was done.
        user: Name or e-mail address as the identity provider gives it; nothing else about the person.
        role: The person's role then.
        region: Region id, where it applies.
        edition: Edition id, where it applies.
        profile: Profile that was shown, where it applies.
        detail: What else is to be known: names of pages, files, scenarios.
        at: When; now where it is left out.
    """
    told = _canonical(dict(detail or {}))
    if len(told) > _MOST_DETAIL:
        raise ValueError(f"audit: expected a detail of at most {_MOST_DETAIL} characters, got {len(told)}.")
    if connection.dialect.name == "postgresql":  # SQLite's own lock is held since BEGIN IMMEDIATE
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = connection.execute(select(AUDIT.c.id, AUDIT.c.hash).order_by(AUDIT.c.id.desc()).limit(1)).first()
    number, previous = (last.id + 1, last.hash) if last else (1, START)
    moment = (at or datetime.now(tz=UTC)).astimezone(UTC)
    entry = AuditEntry(number, moment, user[:200], role, action, region, edition, profile, told, previous, "")
    entry = replace(entry, hash=entry_hash(entry))
    connection.execute(insert(AUDIT).values(**vars(entry)))
    return entry


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over everything in an entry but its own hash."""
    content = {**vars(entry), "at": entry.at.isoformat(timespec="microseconds")}
    del content["hash"]
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def list_entries(
    database: Database,
    *,
    user: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
    last: int | None = None,
) -> list[AuditEntry]:
    """Entries, oldest first: of a user, an action, since a moment, before one, or the last few of these."""
    asked = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(last)
    for column, value in ((AUDIT.c.user, user), (AUDIT.c.action, action)):
        asked = asked if value is None else asked.where(column == value)
    asked = asked if since is None else asked.where(AUDIT.c.at >= since)
    asked = asked if before is None else asked.where(AUDIT.c.at < before)
    with database.reading() as connection:
        return [AuditEntry(**row) for row in connection.execute(asked).mappings()][::-1]


def hashes_of(database: Database, numbers: Collection[int]) -> dict[int, str]:
    """Number → hash of those entries of some numbers that are there."""
    asked = select(AUDIT.c.id, AUDIT.c.hash).where(AUDIT.c.id.in_(numbers))
    with database.reading() as connection:
        return {int(number): str(digest) for number, digest in connection.execute(asked)}


def check_chain(entries: Iterable[AuditEntry], *, expected: Set[str] = frozenset()) -> TrailState:
    """Walk a chain from its first entry; entries from anywhere, in the order in which they are said to have been made.

    Args:
        entries: All entries.
        expected: Hashes of what was the last entry at earlier looks; without one, entries cut off at the end go unseen.

    Returns:
        Number of entries, last hash, and what is wrong with which entries (the first twenty).
    """
    problems: list[str] = []
    count, head, number, unseen = 0, START, 0, {*expected} - {START}
    for entry in entries:
        problems += _faults(entry, number, head)
        count, head, number = count + 1, entry.hash, entry.id
        unseen.discard(entry.hash)
    problems += (
        f"expected an entry with hash {one}, there is none: the end was cut off, or the trail was rewritten."
        for one in sorted(unseen)
    )
    return TrailState(count, head, tuple(problems[:MOST_PROBLEMS]))


def _faults(entry: AuditEntry, number: int, head: str) -> Iterator[str]:
    if entry.id != number + 1:
        yield f"entry {number + 1}: expected it after entry {number}, got entry {entry.id}: removed, inserted or moved."
    elif entry.previous != head:
        yield f"entry {entry.id}: does not follow the entry before it: one of the two was replaced."
    if entry.hash != entry_hash(entry):
        yield f"entry {entry.id}: its content was changed after it was written."


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
