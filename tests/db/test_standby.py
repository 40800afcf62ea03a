"""Lists are read on a standby only while it keeps up, and what one has done oneself is never missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from assetreg.db import migrations, reading_log
from assetreg.db.device import Device
from assetreg.db.session import Database
from assetreg.db.standby import LEFT_ALONE_S, LOOKED_EVERY_S
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.retention import ReadWhat
from assetreg.domain.terms import Door
from assetreg.services import freshness
from assetreg.services import reading_log as readings
from tests.cast import Cast, assemble, some_device
from tests.servers import programs
from tests.standby import Node, pair, wait_until

LAG_S = 5


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def nodes() -> Iterator[tuple[Node, Node, Cast]]:
    found = programs()
    if found is None or not (found / "pg_basebackup").exists():
        from tests.conftest import leave_out

        leave_out("postgres", "no pg_basebackup beside the server's programs")
    with pair() as (primary, standby):
        migrations.upgrade(primary.url)
        database = Database(primary.url, history_key=b"k" * 40)
        cast = assemble(database)
        database.close()
        yield primary, standby, cast


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def register(nodes: tuple[Node, Node, Cast], clock: Clock) -> Iterator[Database]:
    primary, standby, _ = nodes
    standby.say("SELECT pg_wal_replay_resume()")
    opened = Database(primary.url, history_key=b"k" * 40, read_url=standby.url, lag_s=LAG_S)
    assert opened.standby is not None
    opened.standby._clock = clock
    caught_up(nodes)
    yield opened
    opened.close()


def caught_up(nodes: tuple[Node, Node, Cast]) -> None:
    written = nodes[0].say("SELECT pg_current_wal_flush_lsn()")[0][0]
    wait_until(lambda: nodes[1].say(f"SELECT pg_last_wal_replay_lsn() >= '{written}'")[0][0])


def reads_copy(database: Database) -> bool:
    with database.reading_copy(EVERYTHING) as session, session.unguarded("which server this is") as connection:
        return bool(connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one())


def test_copy_that_keeps_up_is_read_and_never_written(register: Database) -> None:
    assert reads_copy(register)
    with (
        pytest.raises(DBAPIError, match="read-only"),
        register.reading_copy(EVERYTHING) as session,
        session.unguarded("no session of a copy may write") as connection,
    ):
        connection.execute(text("DELETE FROM supplier"))


def test_copy_that_falls_behind_is_left(register: Database, nodes: tuple[Node, Node, Cast], clock: Clock) -> None:
    """A standby that stands still looks idle by itself; only the primary knows that it has gone on."""
    assert reads_copy(register)
    nodes[1].say("SELECT pg_wal_replay_pause()")
    with register.transaction(EVERYTHING) as session:
        some_device(session, hostname="efter pausen")
    clock.now += LAG_S - 1
    assert reads_copy(register)
    clock.now += 2
    assert not reads_copy(register)
    with register.reading_copy(EVERYTHING) as session:
        assert session.execute(select(Device.hostname).where(Device.hostname == "efter pausen")).scalars().all()
    nodes[1].say("SELECT pg_wal_replay_resume()")
    caught_up(nodes)
    clock.now += LOOKED_EVERY_S
    assert reads_copy(register)


def test_copy_of_a_quiet_register_stays_fresh(register: Database, clock: Clock) -> None:
    for _ in range(5):
        clock.now += 3600
        assert reads_copy(register)


def test_copy_that_does_not_answer_is_left_alone_a_while(nodes: tuple[Node, Node, Cast], tmp_path: Path) -> None:
    nowhere = f"postgresql://assetreg@/register?host={tmp_path}"
    database = Database(nodes[0].url, history_key=b"k" * 40, read_url=nowhere, lag_s=LAG_S)
    clock = Clock()
    assert database.standby is not None
    database.standby._clock = clock
    assert not reads_copy(database)
    assert database.standby._next_look == clock.now + LEFT_ALONE_S
    database.close()


def test_copy_that_is_the_primary_is_not_used(nodes: tuple[Node, Node, Cast]) -> None:
    """As after a failover, until the settings are put right."""
    primary = nodes[0].url
    database = Database(primary, history_key=b"k" * 40, read_url=primary, lag_s=LAG_S)
    assert not reads_copy(database)
    database.close()


def test_own_change_is_read_at_once_and_a_colleagues_on_the_copy(
    register: Database, nodes: tuple[Node, Node, Cast]
) -> None:
    cast, at = nodes[2], datetime.now(UTC)
    assert reads_copy(register)
    nodes[1].say("SELECT pg_wal_replay_pause()")
    with register.transaction(cast.laxa.scope) as session:
        some_device(session, owner="1860", hostname="min egen", actor=cast.laxa.later(at))

    def seen_by(account: int | None, moment: datetime) -> bool:
        with freshness.reading_list(register, EVERYTHING, account=account, at=moment) as session:
            return bool(session.execute(select(Device.id).where(Device.hostname == "min egen")).scalars().all())

    assert seen_by(cast.laxa.actor.account, at)
    assert seen_by(cast.laxa.actor.account, at + timedelta(seconds=LAG_S) + freshness.LONGEST_ACT)
    assert not seen_by(cast.reader.actor.account, at)
    assert not seen_by(cast.laxa.actor.account, at + timedelta(seconds=LAG_S + 1) + freshness.LONGEST_ACT)
    assert seen_by(None, at)
    nodes[1].say("SELECT pg_wal_replay_resume()")


def test_reading_on_the_copy_is_noted_at_the_register(register: Database) -> None:
    with register.reading_copy(EVERYTHING) as session:
        readings.note(session, ReadWhat.LIST, actor=system(Door.WEB, datetime.now(UTC)), count=3)
    assert reading_log.waiting(register.engine) == 1
    assert readings.write(register) == 1
