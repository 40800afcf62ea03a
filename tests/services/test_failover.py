"""The primary dies under load and the standby takes over: nothing that was acknowledged is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from assetreg.db import migrations
from assetreg.db.device import Device
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.services import integrity
from tests.cast import assemble, some_device
from tests.conftest import leave_out
from tests.servers import programs
from tests.standby import NAME, Node, pair, wait_until

pytestmark = pytest.mark.long

KEY = b"the key that every test signs its history with"
WRITERS = 4
BEFORE_S, AFTER_S = 6.0, 3.0


@pytest.fixture
def nodes() -> Iterator[tuple[Node, Node]]:
    found = programs()
    if found is None or not (found / "pg_basebackup").exists():
        leave_out("postgres", "no pg_basebackup beside the server's programs")
    with pair() as (primary, standby):
        primary.say(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
        primary.say("SELECT pg_reload_conf()")
        wait_until(lambda: primary.say("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
        yield primary, standby


def both(primary: Node, standby: Node) -> str:
    """An address of both servers, that leads to whichever can be written to."""
    hosts = "&".join(f"host={quote(str(node.folder), safe='')}" for node in (primary, standby))
    return f"postgresql://assetreg@/register?{hosts}&target_session_attrs=read-write&connect_timeout=2"


class Writer:
    """Registers devices one by one and remembers those that the register said it had."""

    def __init__(self, database: Database, number: int) -> None:
        self.database = database
        self.number = number
        self.acknowledged: list[str] = []
        self.failed = 0

    def work(self, until: threading.Event) -> None:
        count = 0
        while not until.is_set():
            count += 1
            name = f"w{self.number}-{count}"
            try:
                with self.database.transaction(EVERYTHING) as session:
                    some_device(session, hostname=name)
            except DBAPIError:
                self.failed += 1
                time.sleep(0.05)
            else:
                self.acknowledged.append(name)


def test_no_acknowledged_write_is_lost_when_the_primary_dies(nodes: tuple[Node, Node]) -> None:
    primary, standby = nodes
    migrations.upgrade(primary.url)
    database = Database(both(primary, standby), history_key=KEY, statement_limit_ms=2000)
    assemble(database)
    writers = [Writer(database, number) for number in range(WRITERS)]
    until = threading.Event()
    with ThreadPoolExecutor(WRITERS) as pool:
        for writer in writers:
            pool.submit(writer.work, until)
        time.sleep(BEFORE_S)
        primary.kill()
        died = {writer.number: len(writer.acknowledged) for writer in writers}
        standby.promote()
        wait_until(lambda: all(len(each.acknowledged) > died[each.number] for each in writers), seconds=30)
        time.sleep(AFTER_S)
        until.set()
    names = [name for writer in writers for name in writer.acknowledged]
    with database.reading(EVERYTHING) as session:
        kept = set(session.execute(select(Device.hostname)).scalars())
        assert set(names) - kept == set()
        assert [each.sentence.text() for each in integrity.differences(session)] == []
    assert sum(died.values()) > 50
    assert sum(writer.failed for writer in writers) > 0
    database.close()


def test_write_that_no_standby_has_is_not_acknowledged(nodes: tuple[Node, Node]) -> None:
    """Not even past the statement limit: a wait that was broken off would be told as a commit."""
    primary, standby = nodes
    migrations.upgrade(primary.url)
    database = Database(primary.url, history_key=KEY, statement_limit_ms=300)
    assemble(database)
    standby.run("pg_ctl", "-D", standby.data, "stop", "-m", "fast", "-w")
    writer, until = Writer(database, 1), threading.Event()
    thread = threading.Thread(target=writer.work, args=[until])
    thread.start()
    time.sleep(3)
    assert writer.acknowledged == []
    until.set()
    standby.begin()
    thread.join(timeout=30)
    assert writer.acknowledged == ["w1-1"]
    database.close()
