"""The server ends a session in the middle: what was read stands, what was written is told as lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from assetreg.db.device import Device
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Missing
from tests.cast import Cast, some_device
from tests.faults import whole


@pytest.fixture
def server(database: Database, cast: Cast) -> Database:
    if database.is_sqlite:
        pytest.skip("a file has no server that can go away")
    with database.transaction(EVERYTHING) as session:
        some_device(session, hostname="före")
    return database


def counted(session: ScopedSession) -> int:
    return session.execute(select(func.count(Device.id))).scalar_one()


def cut_off(session: ScopedSession) -> None:
    """From another connection, as a restart of the server does."""
    with session.unguarded("which process of the server this is") as connection:
        process = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with session._engine.connect() as other:
        assert other.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process}).scalar_one()


@pytest.mark.parametrize("way", ["reading", "snapshot", "reading_copy"])
def test_reading_that_is_cut_off_at_its_end_keeps_what_it_read(server: Database, way: str) -> None:
    """Pages are read in sessions that are closed when the answer is already made."""
    with getattr(server, way)(EVERYTHING) as session:
        assert counted(session) == 1
        cut_off(session)
    with getattr(server, way)(EVERYTHING) as session:
        assert counted(session) == 1


def cut_off_reading(server: Database, then: Callable[[ScopedSession], object]) -> None:
    with server.reading(EVERYTHING) as session:
        assert counted(session) == 1
        cut_off(session)
        then(session)


def refuse(_: ScopedSession) -> None:
    raise Missing


@pytest.mark.parametrize(("then", "told"), [(refuse, Missing), (counted, DBAPIError)])
def test_what_stops_a_reading_that_is_cut_off_is_told_as_it_is(
    server: Database, then: Callable[[ScopedSession], object], told: type[Exception]
) -> None:
    with pytest.raises(told):
        cut_off_reading(server, then)


def cut_off_writing(server: Database) -> None:
    with server.transaction(EVERYTHING) as session:
        some_device(session, hostname="aldrig")
        cut_off(session)


def test_writing_that_is_cut_off_is_not_told_as_done(server: Database) -> None:
    with pytest.raises(DBAPIError):
        cut_off_writing(server)
    with server.transaction(EVERYTHING) as session:
        assert counted(session) == 1
        some_device(session, hostname="efter")
    with server.reading(EVERYTHING) as session:
        assert set(session.execute(select(Device.hostname)).scalars()) == {"före", "efter"}
    assert whole.faults(server) == []
