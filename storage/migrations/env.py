"""Run by Alembic: applies the migrations on the connection that `storage.database` hands over.

The transaction is begun and ended there, so that a migration is whole or nothing on both engines.
"""

from alembic import context

from storage.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
