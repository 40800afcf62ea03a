"""The only way to the database: a session that knows its scope, and transactions where you can see them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from assetreg.db import bulk, figure_fact, guard, numbers, row_guard, tally, time_limit
from assetreg.db.guard import ScopeBreach
from assetreg.db.guarded import GuardedSession
from assetreg.db.standby import Standby
from assetreg.db.tables import Base
from assetreg.domain.access import Scope
from assetreg.domain.errors import Refusal

Base.registry.configure()

SQLITE_PAGE_CACHE_KIB = 64 * 1024
BUSY_TIMEOUT_MS = 30_000
STANDBY_PATIENCE_S = 3
TABLES_REORDERED = 4
"""PostgreSQL weighs every order of so many joined tables: of the eight that a list joins it takes 60 ms a page."""
OLDEST_SQLITE = (3, 35)


class ScopedSession(GuardedSession):
    """The session that doors and services work with: it also writes what is gathered beside its own rows."""

    def __init__(self, engine: Engine, scope: Scope, *, history_key: bytes, home: Engine | None = None) -> None:
        super().__init__(engine, scope, history_key=history_key, home=home)
        self.only_reads = False
        self._gathers = False

    def commit(self) -> None:
        """Raises ScopeBreach in a session that was opened to read."""
        if self.only_reads:
            raise ScopeBreach("this session only reads; open a transaction to change anything")
        self.flush()
        figure_fact.settle(self)
        super().commit()
        self.info.pop("figure_facts", None)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Writes the session's rows and what is gathered beside them."""
        bulk.write_first(self)
        super().flush(objects)
        bulk.write_last(self)

    def end_act(self) -> None:
        """Flushes what an act has done, unless its caller gathers many acts."""
        if not self._gathers:
            self.flush()

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Many acts whose rows are written together at the end, so that a row that changes often is written once.

        Queries inside do not see what is gathered; the acts remember what they need of each other.
        """
        before, self._gathers = self._gathers, True
        try:
            with self.no_autoflush:
                yield
        finally:
            self._gathers = before
        self.end_act()


event.listen(Session, "after_begin", row_guard.check_session)
event.listen(ScopedSession, "do_orm_execute", guard.narrow)
event.listen(ScopedSession, "before_attach", row_guard.check_attach)
event.listen(ScopedSession, "before_flush", row_guard.check_flush)
event.listen(ScopedSession, "before_flush", numbers.number_rest)
event.listen(ScopedSession, "before_flush", tally.note_changes)
event.listen(ScopedSession, "after_transaction_create", tally.mark)
event.listen(ScopedSession, "after_soft_rollback", tally.take_back)
event.listen(ScopedSession, "after_soft_rollback", bulk.drop)
event.listen(ScopedSession, "after_transaction_end", numbers.forget_ids)


class SqliteTooOld(Refusal):
    """Older SQLite knows neither RETURNING nor the trigram index that searching uses."""

    code = "sqlite_too_old"
    message = "SQLite {found} är för gammalt. Uppgradera till SQLite {oldest} eller senare, eller använd PostgreSQL."


def check_sqlite_version(found: tuple[int, ...] = sqlite3.sqlite_version_info) -> None:
    """Raises SqliteTooOld before anything is written by a library that would fail half-way."""
    if found < OLDEST_SQLITE:
        raise SqliteTooOld(found=_dotted(found), oldest=_dotted(OLDEST_SQLITE))


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


class Database:
    """One engine, and the two kinds of session a door may open on it.

    ``history_key`` is the secret that the event hashes are keyed with; it is never stored in the database.
    ``read_url`` is a standby's, which lists and exports are read from while it is no more than ``lag_s`` behind.
    """

    def __init__(
        self,
        url: str,
        *,
        history_key: bytes,
        statement_limit_ms: int | None = None,
        read_url: str | None = None,
        lag_s: int = 5,
    ) -> None:
        self.url = driver_url(url)
        self.engine = make_engine(self.url, statement_limit_ms=statement_limit_ms)
        self._history_key = history_key
        self.standby: Standby | None = None
        if read_url:
            copy = make_engine(
                driver_url(read_url), statement_limit_ms=statement_limit_ms, patience_s=STANDBY_PATIENCE_S
            )
            self.standby = Standby(self.engine, copy, lag_s=lag_s)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self, scope: Scope) -> Iterator[ScopedSession]:
        """A session that only reads; it cannot commit, and whatever it changed is thrown away."""
        with _only_reading(ScopedSession(self.engine, scope, history_key=self._history_key)) as session:
            yield session

    @contextmanager
    def snapshot(self, scope: Scope) -> Iterator[ScopedSession]:
        """Like ``reading``, but every statement sees the register as at the first one."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        engine = self.engine.execution_options(**options)
        with _only_reading(ScopedSession(engine, scope, history_key=self._history_key)) as session:
            yield session

    @contextmanager
    def reading_copy(self, scope: Scope) -> Iterator[ScopedSession]:
        """Like ``reading``, on the standby where there is one that keeps up (see ``db.standby``)."""
        copy = self.standby.engine_if_fresh() if self.standby else None
        if copy is None:
            with self.reading(scope) as session:
                yield session
            return
        session = ScopedSession(copy, scope, history_key=self._history_key, home=self.engine)
        with _only_reading(session):
            yield session

    @contextmanager
    def transaction(self, scope: Scope) -> Iterator[ScopedSession]:
        """A session whose changes are committed together at the end, or not at all.

        On SQLite the writer's lock is taken at the start (BEGIN IMMEDIATE): a transaction that reads first
        and writes later would otherwise fail with "database is locked" instead of waiting its turn.
        """
        engine = self.engine.execution_options(writes=True)
        with ScopedSession(engine, scope, history_key=self._history_key) as session:
            yield session
            session.flush()
            tally.settle(session)
            session.commit()

    def time_statements(self, told: Callable[[float], None]) -> None:
        """Tells how long each statement took until its first row could be read, in seconds."""
        for engine in (self.engine, *([self.standby.copy] if self.standby else [])):
            _time(engine, told)

    def close(self) -> None:
        if self.standby:
            self.standby.copy.dispose()
        self.engine.dispose()


@contextmanager
def _only_reading(session: ScopedSession) -> Iterator[ScopedSession]:
    """A server that is gone when all is read has nothing to take back, and what was read is told all the same."""
    session.only_reads = True
    try:
        yield session
    finally:
        try:
            session.close()
        except DBAPIError:
            with suppress(SQLAlchemyError):
                session.invalidate()


def _time(engine: Engine, told: Callable[[float], None]) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Connection, *_: Any) -> None:
        connection.info["begun"] = perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(connection: Connection, *_: Any) -> None:
        told(perf_counter() - connection.info.pop("begun", perf_counter()))


def driver_url(url: str) -> URL:
    """The address with the driver we use; ``postgres://`` and ``postgresql://`` both mean psycopg 3."""
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def make_engine(url: URL, *, statement_limit_ms: int | None = None, patience_s: int | None = None) -> Engine:
    """``patience_s`` is how long a server may take to answer a new connection."""
    if url.get_backend_name() == "sqlite":
        engine = _sqlite_engine(url)
        if statement_limit_ms is not None:
            time_limit.install(engine, statement_limit_ms)
        return engine
    options = f"-c timezone=UTC -c join_collapse_limit={TABLES_REORDERED}"
    if statement_limit_ms is not None:
        options += f" -c statement_timeout={statement_limit_ms}"
    stated: dict[str, Any] = {"options": options}
    if patience_s is not None:
        stated["connect_timeout"] = patience_s
    return create_engine(url, pool_pre_ping=True, connect_args=stated)


def _sqlite_engine(url: URL) -> Engine:
    check_sqlite_version()
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "recursive_triggers=ON",
            f"cache_size=-{SQLITE_PAGE_CACHE_KIB}",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @event.listens_for(engine, "reset")
    def end(connection: Any, *_: Any) -> None:
        """A commit that a deferred foreign key refuses leaves SQLite's transaction open."""
        connection.rollback()

    return engine
