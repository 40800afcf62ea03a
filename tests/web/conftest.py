"""An application on a register of its own, and people to visit it.

`client` is a browser where nobody is logged in. `login(role, *owners)` gives one where somebody is: an account
with that role that sees those owners, or every owner when none is named.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.services import accounts, passwords
from assetreg.web.visit import for_account
from tests.web.checked_pages import CheckedClient

PASSWORD = "ett gammalt paraply i hallen"
NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)


class Clock:
    """The moment the application believes it is; tests turn it."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


class CompiledTemplates(BytecodeCache):
    """Templates compiled once for all the applications of a run, not for every test anew."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = CompiledTemplates()


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """pytest-flask would push one context around the whole test, and requests would share what they remember."""


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def web_database(database: Database) -> Database:
    return database


@pytest.fixture
def settings(web_database: Database, history_key: bytes) -> Settings:
    url = web_database.url.render_as_string(hide_password=False)
    return Settings(database_url=url, secret_key=b"the key of every test, long enough", history_key=history_key)


MakeApp = Callable[[Settings], Flask]


@pytest.fixture
def make_app(web_database: Database, clock: Clock) -> MakeApp:
    """An application on the same register; several of them are several server processes."""

    def make(settings: Settings) -> Flask:
        app = create_app(settings, database=web_database, clock=clock)
        app.test_client_class = CheckedClient
        app.testing = False
        app.jinja_env.bytecode_cache = TEMPLATES
        for endpoint in ("home.show", "devices.find", "devices.index"):
            if endpoint not in app.view_functions:
                app.add_url_rule(f"/{endpoint}", endpoint, for_account(lambda: "here"))
        return app

    return make


@pytest.fixture
def app(make_app: MakeApp, settings: Settings) -> Flask:
    return make_app(settings)


def browser(app: Flask) -> CheckedClient:
    """A browser that stands on a page of ours."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "sv-SE,sv;q=0.9"
    assert isinstance(client, CheckedClient)
    return client


@pytest.fixture
def client(app: Flask) -> CheckedClient:
    return browser(app)


AddAccount = Callable[..., str]


@pytest.fixture
def account(web_database: Database) -> AddAccount:
    """Adds an account and gives its name: `account(Role.READER, "1860")`."""
    numbers = count(1)

    def add(role: Role, *owners: str, name: str = "", **stated: object) -> str:
        name = name or f"{role.value}{next(numbers)}"
        command = NewAccount(name=name, role=role, password=PASSWORD, places=owners, **stated)  # type: ignore[arg-type]
        with web_database.transaction(EVERYTHING) as session:
            accounts.add(session, command, actor=system(Door.CLI, NOON))
        return name

    return add


Login = Callable[..., CheckedClient]


@pytest.fixture
def login(app: Flask, account: AddAccount) -> Login:
    """A browser where an account of the role is logged in: `login(Role.ADMIN)`, `login(Role.READER, "1860")`."""

    def log_in(role: Role, *owners: str, **stated: object) -> CheckedClient:
        client = browser(app)
        answer = client.post("/logga-in", data={"name": account(role, *owners, **stated), "password": PASSWORD})
        assert answer.status_code == 303
        return client

    return log_in
