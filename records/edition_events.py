"""What people did with an edition outside its folder; nothing is overwritten, the last word counts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import insert, select

from records.audit import append_on
from records.database import Database
from records.tables import EDITION_EVENTS

# `rolled_back`: readers were led back to it; `set_aside`: they were led away from it, and no run leads them there again
Kind = Literal["approved", "withdrawn", "rolled_back", "set_aside", "held", "released", "deleted"]


@dataclass(frozen=True)
class EditionEvent:
    """One thing that somebody did with an edition, and why."""

    region: str
    edition: str
    kind: Kind
    user: str
    note: str
    at: datetime


def add_event(
    database: Database, region: str, edition: str, kind: Kind, *, user: str, note: str, at: datetime | None = None
) -> EditionEvent:
    """Record that somebody did something with an edition; `at` is now where it is left out.

    Raises:
        DatabaseError: the database can't be written.
    """
    event = EditionEvent(region, edition, kind, user, note, at or datetime.now(tz=UTC))
    with database.writing() as connection:
        connection.execute(insert(EDITION_EVENTS).values(**vars(event)))
        append_on(connection, kind, user=user, region=region, edition=edition, detail={"note": note}, at=event.at)
    return event


def list_events(database: Database, region: str, edition: str | None = None) -> list[EditionEvent]:
    """All events of a region's editions, or of one of them, oldest first."""
    columns = [c for c in EDITION_EVENTS.c if c.name != "id"]
    asked = select(*columns).where(EDITION_EVENTS.c.region == region).order_by(EDITION_EVENTS.c.id)
    if edition is not None:
        asked = asked.where(EDITION_EVENTS.c.edition == edition)
    with database.reading() as connection:
        return [EditionEvent(**row) for row in connection.execute(asked).mappings()]


def last_of(database: Database, region: str, kinds: tuple[Kind, ...]) -> dict[str, EditionEvent]:
    """Edition → its last event among some kinds: `("approved", "withdrawn")` says what is approved now."""
    return {e.edition: e for e in list_events(database, region) if e.kind in kinds}
