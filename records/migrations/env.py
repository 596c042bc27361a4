"""How Alembic runs the steps: on the connection that `records.database` hands over, inside its transaction."""

from alembic import context

from records.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
