"""Who has read personal data: rows that are only ever added, and taken away from the oldest end alone.

A page that is read must not wait for a writer, so what was read is noted in the process and written when the answer
has been sent. While somebody else holds SQLite's lock the notes wait; a process that is killed then loses them.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Index, bindparam, event, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.pool import Pool

from assetreg.db.base import Base, BigId, ByNobody, Identified, TermColumn, refers_to
from assetreg.db.guarded import GuardedSession
from assetreg.db.person import Person
from assetreg.domain.retention import ReadWhat
from assetreg.domain.terms import Door

log = logging.getLogger("assetreg.reading_log")

PATIENCE_MS = 50
MOST_WAITING = 10_000
REMEMBERED = 20_000


class PersonalDataRead(Identified, Base):
    """One reading: of a named person, or of so many (``count``) in a list. ``account_id`` is None for the command line.

    What was searched for is not kept, for it can be a name.
    """

    __tablename__ = "personal_data_read"
    __table_args__ = (Index(None, "person_id", "id"), Index(None, "account_id", "id"), Index(None, "at"))
    owned = ByNobody()

    account_id: Mapped[int | None] = mapped_column(refers_to("account.id"))
    at: Mapped[datetime]
    door: Mapped[Door] = mapped_column(TermColumn(Door))
    what: Mapped[ReadWhat] = mapped_column(TermColumn(ReadWhat))
    person_id: Mapped[int | None] = mapped_column(refers_to("person.id"))
    device_id: Mapped[int | None] = mapped_column(BigId)
    count: Mapped[int]


Note = dict[str, Any]


class _Notes:
    """What one process has noted of one register and not yet written, and what it has written once already."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: list[Note] = []
        self.known: OrderedDict[tuple[Any, ...], None] = OrderedDict()

    def add(self, note: Note, once: tuple[Any, ...] | None) -> None:
        with self.lock:
            if once is not None:
                if once in self.known:
                    return
                self.known[once] = None
                if len(self.known) > REMEMBERED:
                    self.known.popitem(last=False)
            if len(self.waiting) >= MOST_WAITING:
                log.error("more readings of personal data than can wait to be written; the oldest is lost")
                del self.waiting[0]
            self.waiting.append(note)

    def take(self) -> list[Note]:
        with self.lock:
            taken, self.waiting = self.waiting, []
        return taken

    def put_back(self, notes: list[Note]) -> None:
        with self.lock:
            self.waiting = [*notes, *self.waiting]


_by_pool: WeakKeyDictionary[Pool, _Notes] = WeakKeyDictionary()


def note(session: GuardedSession, row: Note, *, once: tuple[Any, ...] | None = None) -> None:
    """Notes a reading until ``write``; of those with the same ``once`` the process keeps the first."""
    _notes(_root(session.home)).add(row, once)


def add(session: GuardedSession, rows: Sequence[Note]) -> None:
    """Writes readings in the transaction of the session, whatever its scope."""
    if rows:
        with session.unguarded("the log of readings is written for administrators; nothing is read") as connection:
            connection.execute(insert(PersonalDataRead), list(rows))


def waiting(engine: Engine) -> int:
    found = _by_pool.get(engine.pool)
    return len(found.waiting) if found else 0


def write(engine: Engine, *, patience_ms: int = PATIENCE_MS) -> int:
    """Writes what this process has noted; gives how many rows. A writer in the way leaves them to the next time."""
    notes = _by_pool.get(engine.pool)
    rows = notes.take() if notes else []
    if not rows or notes is None:
        return 0
    try:
        with engine.execution_options(writes=True).connect() as connection, _waiting(connection, patience_ms):
            connection.execute(_OF_THOSE_LEFT, [{**row, "of_person": row["person_id"]} for row in rows])
            connection.commit()
    except DBAPIError as error:
        log.warning("readings of personal data wait to be written: %s", type(error).__name__)
        notes.put_back(rows)
        return 0
    return len(rows)


_COLUMNS = ("account_id", "at", "door", "what", "device_id", "count")
_OF_THOSE_LEFT = insert(PersonalDataRead).values(
    person_id=select(Person.id).where(Person.id == bindparam("of_person")).scalar_subquery(),
    **{name: bindparam(name) for name in _COLUMNS},
)
"""A person whom an undone import took away meanwhile is not named; one such would keep all the others waiting."""


def _notes(engine: Engine) -> _Notes:
    found = _by_pool.get(engine.pool)
    if found is None:
        found = _by_pool.setdefault(engine.pool, _Notes())
        pool = engine.pool

        def write_last(disposed: Engine) -> None:
            """A register that is closed gets what is left first; the pool that is asked is already a new one."""
            left = _by_pool.pop(pool, None)
            if left is not None and left.waiting:
                _by_pool[disposed.pool] = left
                write(disposed)
                _by_pool.pop(disposed.pool, None)
                disposed.pool.dispose()

        event.listen(engine, "engine_disposed", write_last)
    return found


def _root(engine: Engine) -> Engine:
    """The engine itself, where a session has it with options of its own; only the engine itself is disposed of."""
    found: Engine = getattr(engine, "_proxied", engine)
    return found


@contextmanager
def _waiting(connection: Connection, patience_ms: int) -> Iterator[None]:
    """Inside, SQLite gives up soon when another writes; PostgreSQL lets both write."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    usual = driver.execute("PRAGMA busy_timeout").fetchone()[0]
    driver.execute(f"PRAGMA busy_timeout={patience_ms}")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute(f"PRAGMA busy_timeout={usual}")
