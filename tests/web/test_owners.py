from __future__ import annotations

import json

import pytest
from flask import Flask

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Role
from assetreg.web import owners
from assetreg.web.visit import for_account, reading
from tests.db import rows
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Login


@pytest.fixture(autouse=True)
def counted(app: Flask, web_database: Database) -> None:
    """Two devices in 1860, three in 1861, and a page that counts those of the chosen scope."""
    from sqlalchemy import func, select

    from assetreg.db.device import Device
    from assetreg.db.organisation import Owner

    with web_database.transaction(EVERYTHING) as session:
        for code, number in (("1860", 2), ("1861", 3)):
            owner = session.execute(select(Owner).where(Owner.code == code)).scalar_one()
            for _ in range(number):
                rows.device(session, owner)

    def view() -> str:
        with reading(owners.chosen_scope()) as session:
            found = session.execute(select(func.count(Device.id))).scalar_one()
        return json.dumps({"found": found, "choices": [choice["code"] for choice in owners.choices()]})

    app.add_url_rule("/count", "count", for_account(view))


def found(client: CheckedClient, query: str = "") -> int:
    return int(json.loads(client.get(f"/count{query}").data)["found"])


def test_choice_narrows_and_is_remembered_until_taken_back(login: Login) -> None:
    client = login(Role.PLANNER)
    assert found(client) == 5
    assert found(client, "?owner=1861") == 3
    assert found(client) == 3
    assert found(client, "?owner=1860") == 2
    assert found(client, "?owner=") == 5
    assert found(client) == 5


def test_choice_never_widens(login: Login) -> None:
    client = login(Role.PLANNER, "1860", "GEM")
    assert found(client) == 2
    for query in ("?owner=1861", "?owner=*", "?owner=" + "9" * 5000, "?owner="):
        assert found(client, query) == 2
    assert found(client, "?owner=GEM") == 0
    client.set_cookie("owner", "1861")
    assert found(client) == 2


def test_header_offers_what_the_visitor_sees(login: Login) -> None:
    def offered(*codes: str) -> list[str]:
        choices: list[str] = json.loads(login(Role.PLANNER, *codes).get("/count").data)["choices"]
        return choices

    assert offered() == ["", "1814", "1860", "1861", "1882", "GEM"]
    assert offered("1860", "1882") == ["", "1860", "1882"]
    assert offered("1860") == []


def test_choice_keeps_the_rest_of_the_address_but_the_place_in_the_list(login: Login, app: Flask) -> None:
    client = login(Role.PLANNER)
    page = client.get("/konto?q=a%26b&after=zz&owner=1860").get_data(as_text=True)
    assert 'href="/konto?q=a%26b&amp;owner=1861"' in page


def test_choice_is_not_kept_for_nobody(client: CheckedClient) -> None:
    assert "Set-Cookie" not in client.get("/logga-in?owner=1860").headers
