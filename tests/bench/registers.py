"""Registers to measure on: a demo of so many devices on either engine, kept in a folder for the next run."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from assetreg.config import Settings
from assetreg.db.migrations import upgrade
from assetreg.db.session import Database
from assetreg.demo.build import build
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.services import accounts
from tests.bench.apart import apart
from tests.bench.clocks import Cpu
from tests.bench.growing import grow
from tests.servers import Server, for_database, programs

TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
HISTORY_KEY = b"the key that the benchmark signs with"
SECRET_KEY = b"the secret of the benchmark's cookies"
ACCOUNT, PASSWORD = "bench", "ett gammalt paraply i hallen"
SEED = 1


@dataclass(frozen=True, slots=True)
class Made:
    """What making the register took; None where an earlier run had made it."""

    devices: int
    events: int
    cpu_s: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Register:
    """A filled register, and the clock of the processors that work for it."""

    engine: str
    url: str
    devices: int
    cpu: Cpu
    made: Made | None

    def settings(self) -> Settings:
        return Settings(database_url=self.url, secret_key=SECRET_KEY, history_key=HISTORY_KEY)

    def database(self) -> Database:
        return Database(self.url, history_key=HISTORY_KEY)


class Place:
    """Where the registers of one engine lie."""

    def __init__(self, engine: str, folder: Path, server_url: str = "", postmaster: int | None = None) -> None:
        self.engine = engine
        self.folder = folder
        self.server_url = server_url
        self.postmaster = postmaster

    def register(self, devices: int) -> Register:
        """The register of so many devices, made if it is not there from an earlier run."""
        url, cpu = self._url(f"bench_{devices}"), Cpu(self.postmaster)
        made = None
        if not self._is_there(url):
            self._create(url)
            upgrade(url)
            before = cpu()
            filled = apart(fill, url, devices)
            database_s = cpu() - before if self.postmaster else 0.0
            devices_made, events = filled.value
            made = Made(devices_made, events, filled.cpu_s + database_s, filled.peak_mib)
            _settle(url)
        return Register(self.engine, url, devices, cpu, made)

    def grown(self, small: Register, times: int) -> Register:
        """A register so many times as large as one of these, copied and grown in the database."""
        devices = small.devices * times
        url = self._url(f"bench_{devices}")
        if not self._is_there(url):
            self._copy(small.url, url)
            grow(url, times)
        return Register(self.engine, url, devices, small.cpu, None)

    def discard(self, register: Register) -> None:
        if self.server_url:
            self._say(f'DROP DATABASE "{make_url(register.url).database}" WITH (FORCE)')
            return
        for file in self.folder.glob(f"{Path(str(make_url(register.url).database)).name}*"):
            file.unlink()

    def _url(self, name: str) -> str:
        return for_database(self.server_url, name) if self.server_url else f"sqlite:///{self.folder / name}.sqlite3"

    def _is_there(self, url: str) -> bool:
        """Whether an earlier run came to the end of it: the account is made last."""
        name = make_url(url).database or ""
        if not self.server_url and not Path(name).exists():
            return False
        if self.server_url and name not in self._say("SELECT datname FROM pg_database"):
            return False
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            found = connection.execute(text("SELECT 1 FROM account WHERE name = :name"), {"name": ACCOUNT}).first()
        if found is None:
            raise SystemExit(f"{url} was left half made by an earlier run: delete it and start again.")
        return True

    def _create(self, url: str) -> None:
        if self.server_url:
            self._say(f'CREATE DATABASE "{make_url(url).database}" TEMPLATE template0')

    def _copy(self, source: str, target: str) -> None:
        if self.server_url:
            self._say(f'CREATE DATABASE "{make_url(target).database}" TEMPLATE "{make_url(source).database}"')
            return
        with (
            closing(sqlite3.connect(str(make_url(source).database))) as old,
            closing(sqlite3.connect(str(make_url(target).database))) as new,
        ):
            old.backup(new)

    def _say(self, statement: str) -> list[str]:
        engine = create_engine(self.server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            answer = connection.exec_driver_sql(statement)
            return list(answer.scalars()) if answer.returns_rows else []


def fill(url: str, devices: int) -> tuple[int, int]:
    """Fills an empty register, and gives how many devices and events it has then."""
    database = Database(url, history_key=HISTORY_KEY)
    summary = build(database, seed=SEED, today=TODAY, devices=devices)
    with database.transaction(EVERYTHING) as session:
        command = NewAccount(name=ACCOUNT, role=Role.TECHNICIAN, password=PASSWORD, places=())
        accounts.add(session, command, actor=system(Door.CLI, NOON))
    database.close()
    return summary.devices, summary.events


@contextmanager
def place(engine: str, folder: Path) -> Iterator[Place]:
    """The registers' place; a PostgreSQL server runs in the folder for as long as the block lasts."""
    if engine == "sqlite":
        yield Place(engine, folder)
        return
    found = programs()
    if found is None:
        raise SystemExit("No PostgreSQL server here: leave it out with --engine sqlite.")
    server = BenchServer(found, folder)
    server.begin()
    try:
        yield Place(engine, folder, server.url, server.postmaster)
    finally:
        server.stop()


class BenchServer(Server):
    """A server whose data stay in the folder, and that does nothing on its own while it is measured."""

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://assetreg@/postgres?host={self.folder}"

    @property
    def postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])

    def begin(self) -> None:
        """Starts it, on the data of an earlier run if there are any."""
        if not self.data.exists():
            self.start()
            self.run("pg_ctl", "-D", self.data, "stop", "-m", "fast", "-w")
            options = "autovacuum = off\nshared_buffers = 256MB\nmax_wal_size = 4GB\nwork_mem = 16MB\njit = off\n"
            with (self.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
                settings.write(options)
        elif self.user is not None:
            os.chown(self.folder, self.user, -1)
        said = f"-k '{self.folder}' -c listen_addresses='' -c timezone=UTC -c fsync=off"
        self.run("pg_ctl", "-D", self.data, "start", "-w", "-l", self.folder / "log", "-o", said)

    def stop(self) -> None:
        self.run("pg_ctl", "-D", self.data, "stop", "-m", "fast", "-w", check=False)


def _settle(url: str) -> None:
    """What a server does on its own in time: counts what there is, and clears away what is gone."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("CHECKPOINT")
        else:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
