"""What people do about a place between editions: lines of preparation, notes, places that they follow."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from records.tables import Moment, texts

revision = "0005_lines_notes_followed"
down_revision = "0004_briefing_edits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    lines = texts(region=100, edition=50, kind=20, unit=200, indicator=100, action=20, user=200)
    _make("line_actions", lines | {"said": sa.Text, "note": sa.Text, "at": Moment}, ["region"])
    notes = texts(region=100, label=32, place=200, user=200) | {"period": sa.Date, "text": sa.Text, "at": Moment}
    _make("notes", notes, ["region"], nullable=("period",))
    _make("followed", texts(region=100, user=200, unit=200, action=20) | {"at": Moment}, ["user", "region"])


def _make(name: str, columns: dict[str, Any], index: list[str], *, nullable: tuple[str, ...] = ()) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer, nullable=False),
        *(sa.Column(column, kind, nullable=column in nullable) for column, kind in columns.items()),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_{'_'.join(index)}", name, index)


def downgrade() -> None:
    """Take them away again."""
    for name in ("followed", "notes", "line_actions"):
        op.drop_table(name)
