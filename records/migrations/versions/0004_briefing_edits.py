"""What analysts write into a briefing before it is approved."""

import sqlalchemy as sa
from alembic import op

from records.tables import Moment, texts

revision = "0004_briefing_edits"
down_revision = "0003_decisions_in_the_trail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    columns = texts(region=100, edition=50, part=100, user=200) | {"generated": sa.Text, "text": sa.Text, "at": Moment}
    op.create_table(
        "briefing_edits",
        sa.Column("id", sa.Integer, nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in columns.items()),
        sa.PrimaryKeyConstraint("id", name="pk_briefing_edits"),
    )
    op.create_index("ix_briefing_edits_region_edition", "briefing_edits", ["region", "edition"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("briefing_edits")
