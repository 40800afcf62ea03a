"""Transactions: whole or not at all, and writers that wait their turn."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from assetreg.db.session import Database, ScopedSession
from assetreg.db.tables import Device, Owner
from assetreg.db.tally import DeviceCount
from assetreg.domain.access import EVERYTHING
from tests.db import rows
from tests.db.writers import count_up

PROCESSES = 4
SECONDS = 2.0


def tags(database: Database) -> list[str]:
    with database.reading(EVERYTHING) as session:
        return list(session.scalars(select(Device.tag).order_by(Device.tag)))


def new_owner(database: Database) -> Owner:
    with database.transaction(EVERYTHING) as session:
        return rows.owner(session, "A")


def test_transaction_is_committed_at_its_end(database: Database) -> None:
    own = new_owner(database)
    with database.transaction(EVERYTHING) as session:
        session.add(rows.new_device(own, tag="A-1"))
        assert tags(database) == []
    assert tags(database) == ["A-1"]


def add_then_fail(database: Database, own: Owner) -> None:
    with database.transaction(EVERYTHING) as session:
        rows.device(session, own, tag="A-2")
        raise KeyError("the caller's own mishap")


def add_twice(database: Database, own: Owner) -> None:
    with database.transaction(EVERYTHING) as session:
        rows.device(session, own, tag="A-2")
        session.add(rows.new_device(own, tag="A-1"))


Act = Callable[[Database, Owner], None]


@pytest.mark.parametrize(("act", "mishap"), [(add_then_fail, KeyError), (add_twice, IntegrityError)])
def test_mishap_leaves_neither_rows_nor_counts(act: Act, mishap: type[Exception], database: Database) -> None:
    own = new_owner(database)
    with database.transaction(EVERYTHING) as session:
        rows.device(session, own, tag="A-1")
    with pytest.raises(mishap):
        act(database, own)
    assert tags(database) == ["A-1"]
    with database.reading(EVERYTHING) as session:
        assert list(session.scalars(select(DeviceCount.n))) == [1]


def test_missing_parent_is_refused_at_the_commit(database: Database) -> None:
    own = new_owner(database)
    own.id = 99
    with pytest.raises(IntegrityError):
        add_alone(database, own)
    assert tags(database) == []
    add_alone(database, Owner(id=1))
    assert tags(database) == ["A-1"]


def add_alone(database: Database, own: Owner) -> None:
    with database.transaction(EVERYTHING) as session:
        session.add(rows.new_device(own, tag="A-1"))


def test_reading_session_keeps_nothing(database: Database) -> None:
    own = new_owner(database)
    with database.reading(EVERYTHING) as session:
        rows.device(session, own, tag="A-1")
        assert list(session.scalars(select(Device.tag))) == ["A-1"]
    assert tags(database) == []


def test_reading_session_sees_one_moment(database: Database) -> None:
    own = new_owner(database)
    if not database.is_sqlite:
        pytest.skip("PostgreSQL reads what is committed when each statement starts")
    with database.reading(EVERYTHING) as session:
        before = list(session.scalars(select(Device.tag)))
        add_alone(database, own)
        assert list(session.scalars(select(Device.tag))) == before == []
    assert tags(database) == ["A-1"]


def pragma(session: ScopedSession, name: str) -> object:
    with session.unguarded("asks how the connection is set") as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar()


def test_sqlite_is_set_for_readers_beside_a_writer(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("speaks of SQLite alone")
    with database.reading(EVERYTHING) as session:
        wanted = {"journal_mode": "wal", "foreign_keys": 1, "recursive_triggers": 1, "secure_delete": 1}
        assert {name: pragma(session, name) for name in wanted} == wanted


def test_writers_lock_at_the_start_and_readers_do_not(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("speaks of SQLite alone")
    begun: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("BEGIN"):
            begun.append(statement)

    assert tags(database) == []
    with database.transaction(EVERYTHING) as session:
        session.scalars(select(Owner)).all()
    assert tags(database) == []
    assert begun == ["BEGIN", "BEGIN IMMEDIATE", "BEGIN"]


def test_four_processes_that_read_then_write_lose_nothing(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL locks rows, not the file; its writers are told apart by versions")
    before = new_owner(database).position
    url = database.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        done = [future.result() for future in [pool.submit(count_up, url, SECONDS) for _ in range(PROCESSES)]]
    with database.reading(EVERYTHING) as session:
        assert session.scalar(select(Owner.position).where(Owner.code == "A")) == before + sum(done)
    assert min(done) > 0
