"""Runs migrations on the connection that ``assetreg.db.migrations`` hands over."""

from __future__ import annotations

from alembic import context
from alembic.runtime.migration import MigrationContext

from assetreg.db import protection
from assetreg.db.tables import Base


def protect_history(ctx: MigrationContext, step: object, heads: object, run_args: object) -> None:  # noqa: ARG001
    if ctx.connection is None:
        raise RuntimeError("migrations run on a connection")
    if ctx.connection.dialect.has_table(ctx.connection, "event"):
        protection.install(ctx.connection)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=True,
    on_version_apply=protect_history,
)
with context.begin_transaction():
    context.run_migrations()
