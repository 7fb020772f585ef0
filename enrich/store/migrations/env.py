"""Alembic's entry: it runs in the transaction that enrich.store.schema opened."""

from alembic import context

from enrich.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    user_module_prefix="",
)
with context.begin_transaction():
    context.run_migrations()
