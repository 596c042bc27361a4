"""The audit trail, and the triggers that keep it append-only."""

import sqlalchemy as sa
from alembic import op

from records.tables import Moment

revision = "0002_audit"
down_revision = "0001"
branch_labels = None
depends_on = None

_SQLITE = [
    "CREATE TRIGGER audit_keep_update BEFORE UPDATE ON audit BEGIN "
    "SELECT RAISE(ABORT, 'the audit trail takes new entries only'); END",
    "CREATE TRIGGER audit_keep_delete BEFORE DELETE ON audit BEGIN "
    "SELECT RAISE(ABORT, 'the audit trail takes new entries only'); END",
    # INSERT OR REPLACE would delete without asking the trigger above
    "CREATE TRIGGER audit_keep_insert BEFORE INSERT ON audit "
    "WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM audit) BEGIN "
    "SELECT RAISE(ABORT, 'the audit trail takes new entries only'); END",
]
_POSTGRESQL = [
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit trail takes new entries only'; END $$",
    "CREATE FUNCTION audit_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM audit) THEN "
    "RAISE EXCEPTION 'the audit trail takes new entries only'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER audit_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_keep_insert BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_follow()",
]


def upgrade() -> None:
    """Make the table and its triggers."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("user", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("action", sa.String(30), nullable=False),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("edition", sa.String(50), nullable=False),
        sa.Column("profile", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_user_action", "audit", ["user", "action"])
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Remove the table; its triggers go with it."""
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        for function in ("audit_refuse", "audit_follow"):
            op.execute(f"DROP FUNCTION {function}()")
