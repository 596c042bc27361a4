"""The audit trail, and the triggers that keep it append-only."""

import sqlalchemy as sa
from alembic import op

from records.tables import Moment, texts

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
    columns = {"at": Moment, "detail": sa.Text} | texts(
        user=200, role=20, action=30, region=100, edition=50, profile=20, previous=64, hash=64
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in columns.items()),
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
