"""Ids in addresses that no row can have, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.row_ids import LARGEST
from assetreg.schemas.account import NewAccount
from assetreg.services import accounts
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import NOON, PASSWORD, browser

TOO_LARGE = (str(LARGEST + 1), str(2**63), "1" + "0" * 19, str(2**70), "9" * 4_500, "0")


@pytest.fixture
def app(database: Database, history_key: bytes) -> Flask:
    url = database.url.render_as_string(hide_password=False)
    settings = Settings(database_url=url, secret_key=b"the key of every test, long enough", history_key=history_key)
    made = create_app(settings, database=database, clock=lambda: datetime(2026, 11, 20, 11, tzinfo=UTC))
    made.test_client_class = CheckedClient
    return made


@pytest.fixture
def staff(app: Flask, database: Database) -> CheckedClient:
    """An administrator, whom no address turns away for the role."""
    with database.transaction(EVERYTHING) as session:
        accounts.add(
            session, NewAccount(name="admin", role=Role.ADMIN, password=PASSWORD), actor=system(Door.CLI, NOON)
        )
    client = browser(app)
    assert client.post("/logga-in", data={"name": "admin", "password": PASSWORD}).status_code == 303
    return client


def numbered(app: Flask) -> Iterator[tuple[Rule, list[str]]]:
    """Every rule with a number in it, and which of its arguments are numbers."""
    for rule in app.url_map.iter_rules():
        names = [name for name in rule.arguments if "Integer" in type(rule._converters[name]).__name__]
        if names:
            yield rule, names


def address(rule: Rule, names: list[str], number: str) -> str:
    marks = {name: 7_654_321 if name in names else "X" for name in rule.arguments}
    built = rule.build(marks)
    assert built is not None
    return built[1].replace("7654321", number)


def test_number_that_no_row_can_have_is_not_found_at_any_address(app: Flask, staff: CheckedClient) -> None:
    found = list(numbered(app))
    assert len(found) > 12
    for rule, names in found:
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for number in TOO_LARGE:
                path = address(rule, names, number)
                assert staff.open(path, method=method).status_code == 404, f"{method} {path[:80]}"


def test_largest_number_is_asked_for_and_answered(app: Flask, staff: CheckedClient) -> None:
    for rule, names in numbered(app):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            path = address(rule, names, str(LARGEST))
            assert staff.open(path, method=method).status_code < 500, f"{method} {path}"


@pytest.mark.parametrize("number", ["1", "999999999999999999", str(LARGEST)])
def test_number_that_a_row_can_have_is_matched(app: Flask, number: str) -> None:
    matched = app.url_map.bind("localhost").match(f"/konton/{number}")
    assert matched[1] == {"account_id": int(number)}


@pytest.mark.parametrize("number", ["-1", "\u0661", "007", "1.0", "1 ", ""])
def test_what_is_no_number_is_not_matched(app: Flask, number: str) -> None:
    with pytest.raises(NotFound):
        app.url_map.bind("localhost").match(f"/konton/{number}/losenord", method="POST")
