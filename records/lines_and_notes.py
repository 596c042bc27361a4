"""What people do about places: lines of preparation that they take on, notes, places that they follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal
from uuid import uuid4

from records.database import Database
from records.decided import Decided, keep, plain_text, rows
from records.tables import FOLLOWED, LINE_ACTIONS, NOTES

LineVerb = Literal["taken", "given_back", "commented", "closed", "reopened"]

LINES: Final = Decided(
    LINE_ACTIONS,
    ("region", "kind", "unit", "indicator"),
    {
        "taken": "line_taken",
        "given_back": "line_given_back",
        "commented": "line_commented",
        "closed": "line_closed",
        "reopened": "line_reopened",
    },
    "action",
)
NOTED: Final = Decided(NOTES, ("region", "label"), {"": "noted"})
FOLLOWS: Final = Decided(
    FOLLOWED, ("region", "user", "unit"), {"followed": "place_followed", "unfollowed": "place_unfollowed"}, "action"
)
DECIDED: Final = (LINES, NOTED, FOLLOWS)
MOST_NOTE: Final = 500  # characters of a comment or a note
_MOST_SAID: Final = 1_000


@dataclass(frozen=True)
class LineKey:
    """Which line of preparation: every edition that asks for it again asks for the same one."""

    kind: str  # "capacity", "places", "cases", "tell"
    unit: str
    indicator: str


@dataclass(frozen=True)
class LineAction:
    """What somebody did about a line, and what the line said then."""

    line: LineKey
    edition: str
    action: LineVerb
    said: str
    user: str
    note: str
    at: datetime


@dataclass(frozen=True)
class Note:
    """What somebody noted: of a place, of one period there, or with no place of a period everywhere."""

    label: str
    place: str  # a unit, or empty: everywhere
    period: date | None  # first day of the period; None: the place as a whole
    text: str
    user: str
    at: datetime


def act_on_line(
    database: Database,
    region: str,
    edition: str,
    line: LineKey,
    action: LineVerb,
    *,
    said: str,
    user: str,
    note: str = "",
) -> None:
    """Keep what somebody did about a line; earlier actions stay.

    Args:
        database: Where it is kept.
        region: The edition's region.
        edition: The edition that asked for it.
        line: Which line.
        action: What was done.
        said: The line in words, as that edition has it.
        user: Who did it.
        note: A comment, or why it is closed; at most `MOST_NOTE` characters.

    Raises:
        ValueError: the note is too long.
        DatabaseError: the database can't be written.
    """
    values = {**vars(line), "region": region, "edition": edition, "action": action, "said": said[:_MOST_SAID]}
    keep(database, LINES, {**values, "user": user, "note": plain_text(note, MOST_NOTE), "at": datetime.now(tz=UTC)})


def line_actions(database: Database, region: str, *, until: datetime | None = None) -> dict[LineKey, list[LineAction]]:
    """What was done about each line that anybody touched, up to a moment, oldest first."""
    found: dict[LineKey, list[LineAction]] = {}
    for row in rows(database, LINE_ACTIONS, region, *([] if until is None else [LINE_ACTIONS.c.at <= until])):
        key = LineKey(row["kind"], row["unit"], row["indicator"])
        told = (row[column] for column in ("edition", "action", "said", "user", "note", "at"))
        found.setdefault(key, []).append(LineAction(key, *told))
    return found


def owner_of(actions: Sequence[LineAction]) -> LineAction | None:
    """By what action somebody has a line now; None: nobody has it."""
    last = _last_word(actions)
    return last if last is not None and last.action == "taken" else None


def closed_last(actions: Sequence[LineAction]) -> bool:
    """Whether the last word on a line is that it was closed, in whatever edition."""
    last = _last_word(actions)
    return last is not None and last.action == "closed"


def closing_of(actions: Sequence[LineAction], edition: str) -> LineAction | None:
    """What closed a line as an edition's reader sees it; the edition of a later period asks for it anew."""
    last = _last_word(actions)
    if last is None or last.action != "closed":
        return None
    return last if edition.partition(".")[0] <= last.edition.partition(".")[0] else None


def _last_word(actions: Sequence[LineAction]) -> LineAction | None:
    return next((a for a in reversed(actions) if a.action != "commented"), None)


def add_note(database: Database, region: str, *, place: str, period: date | None, text: str, user: str) -> Note:
    """Keep a note.

    Raises:
        ValueError: the text is too long.
        DatabaseError: the database can't be written.
    """
    note = Note(uuid4().hex, place, period, plain_text(text, MOST_NOTE), user, datetime.now(tz=UTC))
    keep(database, NOTED, {"region": region, **vars(note)})
    return note


def take_note_back(database: Database, region: str, note: Note, *, user: str) -> None:
    """Take a note back; it stays on record.

    Raises:
        DatabaseError: the database can't be written.
    """
    keep(database, NOTED, {"region": region, **vars(note), "text": "", "user": user, "at": datetime.now(tz=UTC)})


def current_notes(database: Database, region: str) -> list[Note]:
    """The notes that nobody took back, oldest first."""
    columns = ("label", "place", "period", "text", "user", "at")
    last = {row["label"]: Note(*(row[c] for c in columns)) for row in rows(database, NOTES, region)}
    return [note for note in last.values() if note.text]


def follow(database: Database, region: str, unit: str, *, user: str, on: bool) -> None:
    """Put a place on a user's list, or take it off.

    Raises:
        DatabaseError: the database can't be written.
    """
    action, at = "followed" if on else "unfollowed", datetime.now(tz=UTC)
    keep(database, FOLLOWS, {"region": region, "unit": unit, "action": action, "user": user, "at": at})


def followed_places(database: Database, region: str, user: str) -> list[str]:
    """The places that a user follows, the one followed first first."""
    last: dict[str, str] = {}
    for row in rows(database, FOLLOWED, region, FOLLOWED.c.user == user):
        last.pop(row["unit"], None)
        last[row["unit"]] = row["action"]
    return [unit for unit, action in last.items() if action == "followed"]
