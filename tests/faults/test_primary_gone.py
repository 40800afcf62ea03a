"""The primary is gone while pages and programs are in use: a calm 503, then the same log-in on the new primary."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.db import migrations
from assetreg.db.device import Device
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.services import accounts, tokens
from tests.cast import assemble, some_device
from tests.conftest import leave_out
from tests.faults import whole
from tests.faults.programs import patiently
from tests.servers import programs
from tests.services.test_failover import both
from tests.standby import NAME, Node, pair, wait_until

pytestmark = pytest.mark.long

KEY = b"the key that every test signs its history with"
PASSWORD = "ett gammalt paraply i hallen"
PROGRAMS, BROWSERS = 3, 3
BEFORE_S, GONE_S, AFTER_S = 5.0, 3.0, 4.0
NEVER_SAID = ("psycopg", "sqlalchemy", "Traceback", "server closed", "connection")


@dataclass
class Seen:
    """What one visitor has been answered."""

    statuses: Counter[int] = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def note(self, status: int, body: str, *, expected: frozenset[int]) -> None:
        self.statuses[status] += 1
        if status not in expected or (status == 503 and not is_calm(body)):
            self.strange.append(f"{status}: {body[:300]}")


def is_calm(body: str) -> bool:
    return "Tjänsten är upptagen" in body and not any(word in body for word in NEVER_SAID)


@pytest.fixture
def synchronous() -> Iterator[tuple[Node, Node]]:
    """A primary that calls nothing kept before the standby has it."""
    found = programs()
    if found is None or not (found / "pg_basebackup").exists():
        leave_out("postgres", "no pg_basebackup beside the server's programs")
    with pair() as (primary, standby):
        primary.say(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
        primary.say("SELECT pg_reload_conf()")
        wait_until(lambda: primary.say("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
        yield primary, standby


@pytest.fixture
def visited(synchronous: tuple[Node, Node]) -> Iterator[tuple[Flask, Database, str]]:
    """The application on whichever server can be written to, and a program's token."""
    migrations.upgrade(synchronous[0].url)
    url = both(*synchronous)
    settings = Settings(
        database_url=url, secret_key=b"the key of every test, long enough", history_key=KEY, api_per_minute=60_000
    )
    database = Database(url, history_key=KEY, statement_limit_ms=2000)
    assemble(database)
    by = system(Door.CLI, datetime.now(UTC))
    with database.transaction(EVERYTHING) as session:
        token = tokens.add(session, NewAccount(name="program", role=Role.TECHNICIAN), actor=by)
        accounts.add(session, NewAccount(name="vera", role=Role.TECHNICIAN, password=PASSWORD), actor=by)
        some_device(session, hostname="den som söks")
    yield create_app(settings, database=database), database, token
    database.close()


def browser(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "sv-SE,sv;q=0.9"
    answer = client.post("/logga-in", data={"name": "vera", "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client


def programs_register(app: Flask, token: str, number: int, until: threading.Event) -> Seen:
    """Registers devices one after another; keeps the serials that the register said it had."""
    client, seen, count = app.test_client(), Seen(), 0
    while not until.is_set():
        count += 1
        serial = f"PF{number}GONE{count:05}"
        stated = {"kind": "laptop", "owner": "1860", "serial": serial}
        answer = client.post("/api/v1/devices", json=stated, headers={"Authorization": f"Bearer {token}"})
        seen.note(answer.status_code, answer.text, expected=frozenset({201, 503}))
        if answer.status_code == 201:
            seen.kept.append(serial)
        else:
            time.sleep(0.05)
    return seen


def browses(client: FlaskClient, until: threading.Event) -> Seen:
    seen = Seen()
    while not until.is_set():
        answer = client.get("/enheter")
        seen.note(answer.status_code, answer.text, expected=frozenset({200, 503}))
        time.sleep(0.05)
    return seen


def gone(app: Flask) -> None:
    """While there is no primary."""
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "Databasen svarar inte.\n")


WAYS: dict[str, Callable[[Node], None]] = {
    "killed": lambda node: node.kill(),
    "stopped at once": lambda node: node.run("pg_ctl", "-D", node.data, "stop", "-m", "immediate", "-w"),
}


@pytest.mark.parametrize("way", WAYS)
def test_visitors_of_a_primary_that_is_gone_wait_and_come_back(
    synchronous: tuple[Node, Node], visited: tuple[Flask, Database, str], way: str
) -> None:
    served, database, token = visited
    primary, standby = synchronous
    until = threading.Event()
    clients = [browser(served) for _ in range(BROWSERS)]
    with ThreadPoolExecutor(PROGRAMS + BROWSERS) as pool:
        registering = [pool.submit(programs_register, served, token, number, until) for number in range(PROGRAMS)]
        browsing = [pool.submit(browses, client, until) for client in clients]
        time.sleep(BEFORE_S)
        WAYS[way](primary)
        time.sleep(GONE_S)
        gone(served)
        standby.promote()
        patiently(lambda: served.test_client().get("/readyz").status_code == 200)
        time.sleep(AFTER_S)
        until.set()
        found = [each.result(60) for each in (*registering, *browsing)]
    assert [strange for seen in found for strange in seen.strange] == []
    for seen in found:
        assert seen.statuses[503] > 0, seen.statuses
    for client in clients:
        assert client.get("/enheter").status_code == 200, "still logged in"
    kept = {serial for seen in found for serial in seen.kept}
    print(f"\n{way}: {len(kept)} acknowledged, {sum((seen.statuses for seen in found), Counter())}")
    with database.reading(EVERYTHING) as session:
        stored = set(session.execute(select(Device.serial)).scalars())
    assert kept - stored == set()
    assert whole.faults(database) == []
