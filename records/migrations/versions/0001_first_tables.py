"""Saved scenarios, what was done with alerts, stated assessments, and what happened to editions."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from records.tables import Moment, texts

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


_TABLES: dict[str, dict[str, Any]] = {
    "scenarios": texts(user=200, region=100, name=200) | {"text": sa.Text, "changed_at": Moment},
    "alert_actions": texts(region=100, rule=100, indicator=100, unit=200, action=20, user=200)
    | {"raised_on": sa.Date, "note": sa.Text, "at": Moment},
    "assessments": texts(region=100, part=20, place=200, kind=100, level=20, owner=200, user=200)
    | {"value": sa.Float, "as_of": sa.Date, "at": Moment},
    "edition_events": texts(region=100, edition=50, kind=20, user=200) | {"note": sa.Text, "at": Moment},
}
_NULLABLE = ("level", "value")


def upgrade() -> None:
    """Make the tables."""
    for name, columns in _TABLES.items():
        made = [sa.Column(column, kind, nullable=column in _NULLABLE) for column, kind in columns.items()]
        keys: list[sa.schema.SchemaItem] = [sa.PrimaryKeyConstraint("id", name=f"pk_{name}")]
        if name == "scenarios":
            keys.append(sa.UniqueConstraint("user", "region", "name", name="uq_scenarios_user_region_name"))
        op.create_table(name, sa.Column("id", sa.Integer, nullable=False), *made, *keys)
    op.create_index("ix_alert_actions_region_raised_on", "alert_actions", ["region", "raised_on"])
    op.create_index("ix_assessments_region", "assessments", ["region"])
    op.create_index("ix_edition_events_region_edition", "edition_events", ["region", "edition"])


def downgrade() -> None:
    """Remove the tables."""
    for name in reversed(_TABLES):
        op.drop_table(name)
