"""Saved scenarios, what was done with alerts, stated assessments, and what happened to editions."""

import sqlalchemy as sa
from alembic import op

from records.tables import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "scenarios",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user", sa.String(200), nullable=False),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scenarios"),
        sa.UniqueConstraint("user", "region", "name", name="uq_scenarios_user_region_name"),
    )
    op.create_table(
        "alert_actions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("rule", sa.String(100), nullable=False),
        sa.Column("indicator", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(200), nullable=False),
        sa.Column("raised_on", sa.Date, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("user", sa.String(200), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_actions"),
    )
    op.create_index("ix_alert_actions_region_raised_on", "alert_actions", ["region", "raised_on"])
    op.create_table(
        "assessments",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("part", sa.String(20), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("level", sa.String(20), nullable=True),
        sa.Column("value", sa.Float, nullable=True),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("user", sa.String(200), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assessments"),
    )
    op.create_index("ix_assessments_region", "assessments", ["region"])
    op.create_table(
        "edition_events",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("edition", sa.String(50), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("user", sa.String(200), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_edition_events"),
    )
    op.create_index("ix_edition_events_region_edition", "edition_events", ["region", "edition"])


def downgrade() -> None:
    """Remove the tables."""
    for name in ("edition_events", "assessments", "alert_actions", "scenarios"):
        op.drop_table(name)
