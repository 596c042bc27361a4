"""The tables of the database. A change here needs a step in `migrations/versions` (a test compares the two)."""

from datetime import UTC, datetime

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


SCENARIOS = Table(
    "scenarios",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("user", String(200), nullable=False),
    Column("region", String(100), nullable=False),
    Column("name", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("user", "region", "name"),
)

# What somebody did with an alert. Nothing is overwritten: who saw or dismissed it, and when, stays.
ALERT_ACTIONS = Table(
    "alert_actions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("region", String(100), nullable=False),
    Column("rule", String(100), nullable=False),
    Column("indicator", String(100), nullable=False),
    Column("unit", String(200), nullable=False),
    Column("raised_on", Date, nullable=False),
    Column("action", String(20), nullable=False),  # seen, dismissed, reopened
    Column("user", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "region", "raised_on"),
)

# Vulnerability and impact that an analyst stated on the dashboard; a later entry of the same kind and place counts.
ASSESSMENTS = Table(
    "assessments",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("region", String(100), nullable=False),
    Column("part", String(20), nullable=False),  # vulnerability, impact
    Column("place", String(200), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("level", String(20), nullable=True),  # no level: the earlier entry is withdrawn
    Column("value", Float, nullable=True),
    Column("owner", String(200), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("user", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "region"),
)

# What happened to an edition outside its folder: approved, withdrawn, rolled back to, held, released, deleted.
EDITION_EVENTS = Table(
    "edition_events",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("region", String(100), nullable=False),
    Column("edition", String(50), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("user", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "region", "edition"),
)

# Who did what, one after the other. Each entry holds the hash of the one before it; triggers refuse changes.
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 … without a gap
    Column("at", Moment, nullable=False),
    Column("user", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("action", String(30), nullable=False),
    Column("region", String(100), nullable=False),
    Column("edition", String(50), nullable=False),
    Column("profile", String(20), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "user", "action"),
)
