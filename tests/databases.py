"""Where the tests get their databases from: the same four verbs on both engines."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from tests.servers import for_database, postgres_server


class Databases(Protocol):
    """New databases on one engine; an address stays good until it is discarded or the session ends."""

    name: str

    def empty(self) -> str:
        """A database without a single table."""

    def migrated(self) -> str:
        """A database at the newest migration, without a row of its own."""

    def copy(self, url: str) -> str:
        """A new database with all that `url` holds; nobody may be connected to `url`."""

    def discard(self, url: str) -> None:
        """Gives the space back."""


class SqliteDatabases:
    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count(1)
        self.template: str | None = None

    def empty(self) -> str:
        return f"sqlite:///{self.folder / f'{next(self.numbers)}.db'}"

    def migrated(self) -> str:
        if self.template is None:
            self.template = upgraded(self.empty())
        return self.copy(self.template)

    def copy(self, url: str) -> str:
        new = self.empty()
        with closing(sqlite3.connect(name_of(url))) as source, closing(sqlite3.connect(name_of(new))) as target:
            source.backup(target)
        return new

    def discard(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(name_of(url) + suffix).unlink(missing_ok=True)


class PostgresDatabases:
    name = "postgres"

    def __init__(self, server_url: str) -> None:
        self.server_url = server_url
        self.numbers = count(1)
        self.template: str | None = None
        self.made: set[str] = set()
        self.maintenance = create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)

    def empty(self) -> str:
        return self._create("template0")

    def migrated(self) -> str:
        if self.template is None:
            self.template = upgraded(self.empty())
        return self.copy(self.template)

    def copy(self, url: str) -> str:
        return self._create(name_of(url))

    def discard(self, url: str) -> None:
        self._say(f'DROP DATABASE IF EXISTS "{name_of(url)}" WITH (FORCE)')
        self.made.discard(url)

    def close(self) -> None:
        for url in sorted(self.made):
            self.discard(url)
        self.maintenance.dispose()

    def _create(self, template: str) -> str:
        name = f"assetreg_test_{os.getpid()}_{next(self.numbers)}"
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        url = for_database(self.server_url, name)
        self.made.add(url)
        return url

    def _say(self, statement: str) -> None:
        with self.maintenance.connect() as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def postgres_databases() -> Iterator[PostgresDatabases]:
    with postgres_server() as server_url, closing(PostgresDatabases(server_url)) as databases:
        yield databases


def upgraded(url: str) -> str:
    from assetreg.db.migrations import upgrade

    upgrade(url)
    return url


def name_of(url: str) -> str:
    name = make_url(url).database
    if not name:
        raise ValueError(f"{url} names no database")
    return name
