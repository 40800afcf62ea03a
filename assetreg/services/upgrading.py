"""Making a register and bringing it to the newest migration."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect

from assetreg.db import migrations
from assetreg.db.catalogue import Setting
from assetreg.db.session import Database, driver_url, make_engine
from assetreg.domain.errors import Conflict, Invalid
from assetreg.domain.sentences import Phrase
from assetreg.domain.system_faults import words_of
from assetreg.services import history_key as history_keys
from assetreg.services import readiness

TABLES_NAMED = 3
STANDS_IN = "alembic_version"
"""The table that says at which migration a database stands."""


class NotOurDatabase(Conflict):
    code = "not_our_database"
    message = (
        "Databasen innehåller redan något annat ({tables}) och är inget register. Inget är ändrat. "
        "Ange en tom databas, eller en fil som inte finns, i ASSETREG_DATABASE_URL."
    )


class NoSqliteFile(Conflict):
    code = "not_a_database"
    message = "Filen {file} är ingen SQLite-databas. Inget är ändrat. Ange en annan fil i ASSETREG_DATABASE_URL."


class CannotMake(Invalid):
    code = "register_unmakeable"
    message = (
        "Databasfilen {file} går inte att skapa: {reason}. "
        "Ge kontot rätt att skriva i mappen, eller ange en annan plats i ASSETREG_DATABASE_URL."
    )


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The migrations it went between; ``before`` is None for a register that was made."""

    before: str | None
    after: str


def upgrade(database_url: str, *, history_key: bytes | None = None) -> Upgrade:
    """With ``history_key``, refuses another than the register's before anything is changed, and keeps its check value.

    Raises CannotMake, NotOurDatabase, NoSqliteFile, RegisterNewer or WrongHistoryKey.
    """
    make_ready(database_url)
    engine = make_engine(driver_url(database_url)).execution_options(writes=True)
    try:
        with engine.connect() as connection:
            before = migrations.current(connection)
            _refuse(connection, before, history_key)
        migrations.upgrade_with(engine)
    finally:
        engine.dispose()
    if history_key is not None:
        _settle(database_url, history_key)
    return Upgrade(before, migrations.newest())


def make_ready(database_url: str) -> None:
    """An embedded register's file, its owner's alone, where there is none.

    Raises CannotMake, NotOurDatabase or NoSqliteFile.
    """
    url = driver_url(database_url)
    if url.get_backend_name() == "sqlite":
        refuse_foreign_file(Path(url.database or ""))
        _make_private(Path(url.database or ""))


def refuse_foreign(connection: Connection) -> None:
    """For a database that stands at no migration. Raises NotOurDatabase."""
    _refuse_foreign(inspect(connection).get_table_names())


def _refuse(connection: Connection, before: str | None, history_key: bytes | None) -> None:
    readiness.refuse_newer(before)
    tables = inspect(connection).get_table_names()
    if before is None:
        _refuse_foreign(tables)
    if history_key is not None and Setting.__tablename__ in tables:
        history_keys.refuse_other(connection, history_key)


def _refuse_foreign(tables: Collection[str]) -> None:
    """Tables without a migration of ours are somebody else's."""
    others = sorted(set(tables) - {STANDS_IN})
    if others:
        more = ["…"] if len(others) > TABLES_NAMED else []
        raise NotOurDatabase(tables=others[:TABLES_NAMED] + more)


def refuse_foreign_file(file: Path) -> None:
    """Asked before the engine opens the file, for our way of opening one is already a change to it.

    Raises NotOurDatabase or NoSqliteFile; a database that cannot be read now is left to the engine.
    """
    if not file.is_file() or not file.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            tables = [row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
            raise NoSqliteFile(file=Phrase(file)) from None
        return
    if STANDS_IN not in tables:
        _refuse_foreign(tables)


def _settle(database_url: str, history_key: bytes) -> None:
    database = Database(database_url, history_key=history_key)
    try:
        history_keys.settle(database)
    finally:
        database.close()


def _make_private(file: Path) -> None:
    """An embedded register is its owner's to read; what SQLite puts beside it takes after it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
        elif not file.stat().st_size:
            file.chmod(0o600)
    except OSError as error:
        raise CannotMake(file=Phrase(file), reason=Phrase(words_of(error))) from None
