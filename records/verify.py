"""Whether the audit trail is whole, and whether what was decided is what it says: no approval comes, goes or changes.

Each row of the tables of decisions has its entry in the chain, made in the same transaction. Whoever writes into these
tables past the program leaves a row without an entry, or an entry without a row.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, inspect, select

from records.audit import MOST_PROBLEMS, AuditEntry, TrailState, check_chain
from records.database import Database
from records.decided import Decided
from records.decisions import DECIDED as ON_EDITIONS
from records.judgements import DECIDED as ON_OUTCOMES
from records.lines_and_notes import DECIDED as ON_PLACES
from records.tables import AUDIT

DECIDED = (*ON_EDITIONS, *ON_PLACES, *ON_OUTCOMES)
ADOPTED = "adopted"  # in an entry's detail: the row was there before the trail spoke of it
_Said = tuple[str, str, str, str, str, str]  # what an entry says of a row; two that say the same are alike


def verify_trail(database: Database, *, expected: Set[str] = frozenset()) -> TrailState:
    """Walk the chain from its first entry, and hold the tables of decisions against it.

    Args:
        database: Where the trail lies.
        expected: Hashes of what was the last entry at earlier looks; without one, entries cut off at the end go unseen.

    Returns:
        Number of entries, last hash, and what is wrong with which entries or rows (the first twenty).
    """
    deciding: list[AuditEntry] = []
    with database.reading() as connection:
        state = check_chain(_collected(_entries(connection), deciding), expected=expected)
        problems = [*state.problems, *(p for d in DECIDED for p in _differences(d, _rows(connection, d), deciding))]
    return TrailState(state.entries, state.head, tuple(problems[:MOST_PROBLEMS]))


def rows_without_entry(connection: Connection) -> list[tuple[Decided, dict[str, Any]]]:
    """Rows of decisions that the trail does not speak of, in the order in which they were made."""
    entries, found = list(_entries(connection)), []
    there = [d for d in DECIDED if inspect(connection).has_table(d.table.name)]  # a later step makes the others
    for decided in there:
        known = Counter(_said(entry) for entry in entries)
        for row in _rows(connection, decided):
            said = _said_of(decided, row)
            known[said] -= 1
            if known[said] < 0:
                found.append((decided, row))
    return found


def _entries(connection: Connection) -> Iterator[AuditEntry]:
    asked = select(AUDIT).order_by(AUDIT.c.id)
    rows = connection.execute(asked, execution_options={"yield_per": 1_000}).mappings()
    return (AuditEntry(**row) for row in rows)


def _rows(connection: Connection, decided: Decided) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(decided.table).order_by(decided.table.c.id)).mappings()]


def _collected(entries: Iterable[AuditEntry], deciding: list[AuditEntry]) -> Iterator[AuditEntry]:
    """The entries as they come; those of decisions are kept."""
    actions = {action for decided in DECIDED for action in decided.entries.values()}
    for entry in entries:
        if entry.action in actions:
            deciding.append(entry)
        yield entry


def _differences(decided: Decided, rows: list[dict[str, Any]], deciding: list[AuditEntry]) -> Iterator[str]:
    table, own = decided.table.name, [e for e in deciding if e.action in decided.entries.values()]
    told, there = [_said(e) for e in own], [_said_of(decided, row) for row in rows]
    for entry in _left_over(zip(told, own, strict=True), there):
        yield (
            f"entry {entry.id}: '{entry.action}' {entry.region} {entry.edition} by {entry.user} is not in "
            f"{table} any more: its row was removed or changed."
        )
    for row in _left_over(zip(there, rows, strict=True), told):
        about = " ".join(str(row[column]) for column in decided.subject)
        yield f"{table}, row {row['id']} ({about}): no entry speaks of it: it was added or changed past the program."
    if Counter(told) == Counter(there):
        adopted = {said for said, entry in zip(told, own, strict=True) if ADOPTED in json.loads(entry.detail)}
        named = zip(there, rows, strict=True)
        subjects = {said: tuple(row[c] for c in decided.subject) for said, row in named if said not in adopted}
        for subject in _in_other_order(told, there, subjects):
            yield f"{table}: the rows of {' '.join(map(str, subject))} were put into another order."


def _left_over(named: Iterable[tuple[_Said, Any]], others: list[_Said]) -> Iterator[Any]:
    """What has no like among the others, each of which serves once."""
    left = Counter(others)
    for said, what in named:
        left[said] -= 1
        if left[said] < 0:
            yield what


def _in_other_order(told: list[_Said], there: list[_Said], subjects: Mapping[_Said, tuple[Any, ...]]) -> list[Any]:
    """Subjects whose rows stand otherwise than they were told; between subjects no order matters."""
    orders: tuple[dict[Any, list[_Said]], dict[Any, list[_Said]]] = (defaultdict(list), defaultdict(list))
    for order, sequence in zip(orders, (told, there), strict=True):
        for said in (s for s in sequence if s in subjects):
            order[subjects[said]].append(said)
    return [subject for subject, said in orders[0].items() if orders[1][subject] != said]


def _said(entry: AuditEntry) -> _Said:
    try:
        detail = {k: v for k, v in json.loads(entry.detail).items() if k != ADOPTED}
    except (ValueError, AttributeError):  # changed: the chain says so
        detail = {}
    return _alike(entry.action, vars(entry), detail)


def _said_of(decided: Decided, row: Mapping[str, Any]) -> _Said:
    action, facts, detail = decided.entry_of(row)
    return _alike(action, facts, detail)


def _alike(action: str, facts: Mapping[str, Any], detail: Mapping[str, Any]) -> _Said:
    moment = facts["at"].astimezone(UTC).isoformat(timespec="microseconds")
    numbers = {key: float(v) if isinstance(v, int) else v for key, v in detail.items()}  # 1 and 1.0 are one value
    told = json.dumps(numbers, sort_keys=True, default=str)
    return action, facts["user"][:200], facts["region"], facts.get("edition", ""), moment, told
