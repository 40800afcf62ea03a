"""Bringing a database to the newest migration, and saying where it stands."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from assetreg import places
from assetreg.db import protection
from assetreg.db.session import driver_url, make_engine


def upgrade(database_url: str, revision: str = "head") -> None:
    """Runs the migrations that are missing, each in a transaction of its own."""
    engine = make_engine(driver_url(database_url)).execution_options(writes=True)
    try:
        upgrade_with(engine, revision)
    finally:
        engine.dispose()


def upgrade_with(engine: Engine, revision: str = "head") -> None:
    """To the newest migration also where it stands there already: what protects the history is put in place again."""
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if revision == "head" and protection.missing(connection):
            protection.install(connection)
        connection.commit()


def newest() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def all_revisions() -> list[str]:
    """Every revision, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def current(connection: Connection) -> str | None:
    """The migration the database stands at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(places.folder("migrations")).replace("%", "%%"))
    return config
