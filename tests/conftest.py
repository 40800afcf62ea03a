"""What every test may ask for. Whatever needs a database, a server or a browser is made when the first test asks.

A test that asks for `database_url` or `database` runs once on SQLite and once on PostgreSQL, each time on a database of
its own at the newest migration. `databases` is where such databases come from, for tests that need an empty one, two,
or a filled one to copy.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import HealthCheck, settings

from tests.browsing import Violation, axe_violations, chromium, missing_browser, serving, watched_page
from tests.databases import Databases, PostgresDatabases, SqliteDatabases, postgres_databases
from tests.servers import REQUIRED, missing_postgres

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser, Page

    from assetreg.db.session import Database

settings.register_profile(
    "usual",
    deadline=None,
    max_examples=60,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("all", settings.get_profile("usual"), max_examples=1_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="also the long runs, and more examples of every property")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("all" if config.getoption("all") else "usual")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("all"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, reason in (("PostgreSQL", missing_postgres()), ("the browser", missing_browser())):
        if reason:
            terminalreporter.write_line(f"Left out: every test with {name}: {reason}", yellow=True)


def leave_out(name: str, reason: str) -> NoReturn:
    if name in REQUIRED:
        pytest.fail(f"ASSETREG_TEST_REQUIRE names {name}: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresDatabases]:
    reason = missing_postgres()
    if reason:
        leave_out("postgres", reason)
    with postgres_databases() as found:
        yield found


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """New databases on the engine this run of the test is for: `empty()`, `migrated()`, `copy(url)`, `discard(url)`."""
    name = {"sqlite": "sqlite_databases", "postgres": "postgresql_databases"}[request.param]
    found: Databases = request.getfixturevalue(name)
    return found


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """The address of a database without tables."""
    url = databases.empty()
    yield url
    databases.discard(url)


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The address of a database at the newest migration, this test's own."""
    url = databases.migrated()
    yield url
    databases.discard(url)


@pytest.fixture(scope="session")
def history_key() -> bytes:
    return b"the key that every test signs its history with"


@pytest.fixture
def database(database_url: str, history_key: bytes) -> Iterator[Database]:
    from assetreg.db.session import Database

    opened = Database(database_url, history_key=history_key)
    yield opened
    opened.close()


@pytest.fixture
def live_app() -> Iterator[Callable[[Flask], str]]:
    """Serves an application until the test ends and gives its address: `live_app(app)`."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(serving(app))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    reason = missing_browser()
    if reason:
        leave_out("browser", reason)
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page; the test fails if it logged an error or asked another host for anything."""
    with watched_page(browser) as opened:
        yield opened


@pytest.fixture
def axe() -> Callable[[Page], list[Violation]]:
    """What is hard to use on a page as it stands: `assert axe(page) == []`."""
    return axe_violations
