"""Scenarios that a user keeps: one text per user, region and name."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, insert, select

from records.audit import append_on
from records.database import Database
from records.tables import SCENARIOS


@dataclass(frozen=True)
class SavedScenario:
    """A scenario as its author wrote it."""

    name: str
    text: str
    changed_at: datetime


def list_scenarios(database: Database, user: str, region: str) -> list[SavedScenario]:
    """A user's scenarios of a region, the one changed last first."""
    asked = select(SCENARIOS.c.name, SCENARIOS.c.text, SCENARIOS.c.changed_at).where(_own(user, region))
    with database.reading() as connection:
        rows = connection.execute(asked.order_by(SCENARIOS.c.changed_at.desc(), SCENARIOS.c.id.desc())).mappings()
        return [SavedScenario(**row) for row in rows]


def save_scenario(database: Database, user: str, region: str, *, name: str, text: str) -> SavedScenario:
    """Keep a scenario; the user's one of the same name gives way.

    Raises:
        DatabaseError: the database can't be written.
    """
    saved = SavedScenario(name, text, datetime.now(tz=UTC))
    with database.writing() as connection:
        connection.execute(delete(SCENARIOS).where(_own(user, region, name)))
        connection.execute(insert(SCENARIOS).values(user=user, region=region, **vars(saved)))
        append_on(connection, "scenario_saved", user=user, region=region, detail={"name": name}, at=saved.changed_at)
    return saved


def delete_scenario(database: Database, user: str, region: str, name: str) -> bool:
    """Forget a scenario; False where the user has none of that name."""
    with database.writing() as connection:
        gone = connection.execute(delete(SCENARIOS).where(_own(user, region, name))).rowcount > 0
        if gone:
            append_on(connection, "scenario_deleted", user=user, region=region, detail={"name": name})
        return gone


def _own(user: str, region: str, name: str | None = None) -> ColumnElement[bool]:
    own = (SCENARIOS.c.user == user) & (SCENARIOS.c.region == region)
    return own if name is None else own & (SCENARIOS.c.name == name)
