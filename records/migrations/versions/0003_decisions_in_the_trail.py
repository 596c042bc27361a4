"""Decisions from before the audit trail get their entries, marked as adopted: from now on each has one."""

import sqlalchemy as sa
from alembic import op

revision = "0003_decisions_in_the_trail"
down_revision = "0002_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the entries that are missing."""
    connection = op.get_bind()
    tables = [sa.table(name, sa.column("id")) for name in ("edition_events", "alert_actions", "assessments")]
    if not any(connection.execute(sa.select(table.c.id).limit(1)).first() for table in tables):
        return  # a new database: later steps may change what the program knows of these tables
    from records.audit import append_on  # noqa: PLC0415 - as above
    from records.verify import ADOPTED, rows_without_entry  # noqa: PLC0415

    for decided, row in rows_without_entry(connection):
        action, facts, detail = decided.entry_of(row)
        append_on(connection, action, detail={**detail, ADOPTED: revision}, **facts)


def downgrade() -> None:
    """Nothing: the trail takes new entries only."""
