"""What people expect of places, stated before the outcome."""

import sqlalchemy as sa
from alembic import op

from records.tables import Moment, texts

revision = "0006_judgements"
down_revision = "0005_lines_notes_followed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    columns = texts(region=100, indicator=100, unit=200, owner=200, group=60, user=200)
    numbers = {"period": sa.Date, "q10": sa.Float, "q50": sa.Float, "q90": sa.Float}
    op.create_table(
        "judgements",
        sa.Column("id", sa.Integer, nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in columns.items()),
        *(sa.Column(name, kind, nullable=False) for name, kind in numbers.items()),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_judgements"),
    )
    op.create_index("ix_judgements_region", "judgements", ["region"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("judgements")
