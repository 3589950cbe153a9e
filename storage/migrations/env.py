"""Runs migrations on the connection that storage/migrate.py hands over."""

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot change a column in place: alembic copies the table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
