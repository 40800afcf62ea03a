"""The proxies of the recipes in front of the register: what a visitor gets, and what the register believes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlencode

import pytest

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door
from assetreg.schemas.account import new_account
from assetreg.services import accounts
from tests.browsing import serving
from tests.cast import NOON
from tests.databases import SqliteDatabases
from tests.in_service.conftest import free_port
from tests.in_service.proxies import HOST, Front, haproxy_command, nginx_command, running, write_certificate
from tests.in_service.test_examples import program

PASSWORD = "ett långt lösenord för nödingången"
TOKEN = "ett långt lösenord för den som mäter"


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """pytest-flask would push one context around the whole test."""


@pytest.fixture(params=["nginx", "haproxy"])
def proxy(request: pytest.FixtureRequest) -> str:
    program(request.param)
    return str(request.param)


@pytest.fixture
def front(proxy: str, sqlite_databases: SqliteDatabases, history_key: bytes, tmp_path: Path) -> Iterator[Front]:
    url = sqlite_databases.migrated()
    database = Database(url, history_key=history_key)
    with database.transaction(EVERYTHING) as session:
        wanted = new_account({"name": "nodingang", "role": "admin", "owners": [], "password": PASSWORD})
        accounts.add(session, wanted, actor=system(Door.CLI, NOON))
    settings = Settings(
        database_url=url,
        secret_key=b"the key of every test, long enough",
        history_key=history_key,
        base_url=f"https://{HOST}",
        trusted_proxies=(ip_network("127.0.0.1"),),
        metrics_token=TOKEN.encode(),
    )
    write_certificate(tmp_path)
    reached = Front(http=free_port(), https=free_port())
    with serving(create_app(settings, database=database)) as address:
        node = int(address.rpartition(":")[2])
        command = (
            nginx_command(program("nginx"), tmp_path, reached, node=node)
            if proxy == "nginx"
            else haproxy_command(program("haproxy"), tmp_path, reached, nodes=[node])
        )
        with running(command, reached):
            wait_for(reached)
            yield reached
    database.close()


def wait_for(front: Front) -> None:
    """HAProxy takes a node into service once it has answered twice."""
    deadline = time.monotonic() + 15
    while front.ask("/readyz").status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_visitor_is_led_to_tls_and_can_log_in(front: Front) -> None:
    moved = front.ask_in_the_open("/logga-in")
    assert (moved.status, moved.headers["Location"]) == (301, f"https://{HOST}/logga-in")
    page = front.ask("/logga-in")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"]
    form = urlencode({"name": "nodingang", "password": PASSWORD})
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{HOST}"}
    done = front.ask("/logga-in", method="POST", body=form, headers=sent)
    assert done.status == 303
    cookie = next(each for each in done.headers.get_all("Set-Cookie") or [] if each.startswith("__Host-"))
    assert "Secure" in cookie
    home = front.ask(done.headers["Location"] or "/", headers={"Cookie": cookie.partition(";")[0]})
    assert home.status == 200


def test_number_of_the_request_is_the_proxys_and_never_the_visitors(front: Front) -> None:
    found = front.ask("/logga-in", headers={"X-Request-Id": "valt-av-besokaren"}).headers["X-Request-Id"]
    assert found
    assert found != "valt-av-besokaren"
    assert len(found) > 16


def test_measures_are_not_for_visitors(front: Front) -> None:
    assert front.ask("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status == 403


def test_name_of_another_site_is_refused(front: Front) -> None:
    assert front.ask("/logga-in", headers={"X-Forwarded-Host": "annan.example"}).status == 200
    assert front.ask("/logga-in", headers={"Host": "annan.example"}).status in (400, 421)
