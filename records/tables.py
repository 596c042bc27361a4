"""The tables of the database. A change here needs a step in `migrations/versions` (a test compares the two)."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeDecorator

# Constraints have names of their own, so that a later step can change them in SQLite and PostgreSQL alike.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A moment with its zone; kept as UTC, for SQLite knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """UTC on the way in; a moment without a zone is our own fault."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value}: expected a moment with a time zone.")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """UTC on the way out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def texts(**lengths: int) -> dict[str, Any]:
    """Columns of text with their greatest lengths."""
    return {name: String(length) for name, length in lengths.items()}


def _table(name: str, columns: Mapping[str, Any], *more: SchemaItem, nullable: Collection[str] = ()) -> Table:
    """A table with a number for each row; a column is filled unless it is said to be nullable."""
    made = [Column(column, kind, nullable=column in nullable) for column, kind in columns.items()]
    return Table(name, METADATA, Column("id", Integer, primary_key=True), *made, *more)


SCENARIOS = _table(
    "scenarios",
    texts(user=200, region=100, name=200) | {"text": Text, "changed_at": Moment},
    UniqueConstraint("user", "region", "name"),
)

# What somebody did with an alert (seen, dismissed, reopened). Nothing is overwritten: who, and when, stays.
ALERT_ACTIONS = _table(
    "alert_actions",
    texts(region=100, rule=100, indicator=100, unit=200, action=20, user=200)
    | {"raised_on": Date, "note": Text, "at": Moment},
    Index(None, "region", "raised_on"),
)

# Vulnerability and impact that an analyst stated on the dashboard; a later entry of the same kind and place counts.
ASSESSMENTS = _table(
    "assessments",
    texts(region=100, part=20, place=200, kind=100, level=20, owner=200, user=200)
    | {"value": Float, "as_of": Date, "at": Moment},
    Index(None, "region"),
    nullable=("level", "value"),  # no level: the earlier entry is withdrawn
)

# What an analyst made of a key judgement, or says of a section, before approval; the last text of a part counts.
BRIEFING_EDITS = _table(
    "briefing_edits",
    texts(region=100, edition=50, part=100, user=200) | {"generated": Text, "text": Text, "at": Moment},
    Index(None, "region", "edition"),
)

# What somebody did about a line of preparation (taken, given back, commented, closed, reopened), and what it said then.
LINE_ACTIONS = _table(
    "line_actions",
    texts(region=100, edition=50, kind=20, unit=200, indicator=100, action=20, user=200)
    | {"said": Text, "note": Text, "at": Moment},
    Index(None, "region"),
)

# What somebody noted of a place, a period, or both; the last text of a label counts, an empty one takes it back.
NOTES = _table(
    "notes",
    texts(region=100, label=32, place=200, user=200) | {"period": Date, "text": Text, "at": Moment},
    Index(None, "region"),
    nullable=("period",),  # none: the place as a whole
)

# Places that a user follows, or does not any more; the last word counts.
FOLLOWED = _table(
    "followed",
    texts(region=100, user=200, unit=200, action=20) | {"at": Moment},
    Index(None, "user", "region"),
)

# What somebody expects of a place in a period, stated before its outcome; the last word of an owner counts.
JUDGEMENTS = _table(
    "judgements",
    texts(region=100, indicator=100, unit=200, owner=200, group=60, user=200)
    | {"period": Date, "q10": Float, "q50": Float, "q90": Float, "reason": Text, "at": Moment},
    Index(None, "region"),
)

# What happened to an edition outside its folder: approved, withdrawn, rolled back to, held, released, deleted.
EDITION_EVENTS = _table(
    "edition_events",
    texts(region=100, edition=50, kind=20, user=200) | {"note": Text, "at": Moment},
    Index(None, "region", "edition"),
)

# Who did what, one after the other. Each entry holds the hash of the one before it; triggers refuse changes. Its
# numbers are 1, 2, 3 … without a gap, and not the database's.
_AUDIT = {"at": Moment, "detail": Text} | texts(
    user=200, role=20, action=30, region=100, edition=50, profile=20, previous=64, hash=64
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    *(Column(name, kind, nullable=False) for name, kind in _AUDIT.items()),
    Index(None, "user", "action"),
)
