"""Adding a passkey and logging in with it, by the JSON that the page's script speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.services import accounts
from tests.soft_passkey import SoftPasskey
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import NOON, PASSWORD, AddAccount, MakeApp, browser

HOST, HOME = "register.test", "http://register.test:8000"
LOGIN, NEW = "/logga-in/passnyckel", "/konto/passnycklar"
REGISTER = system(Door.CLI, NOON)
Open = Callable[[str], CheckedClient]


@pytest.fixture
def passkey_app(make_app: MakeApp, settings: Settings) -> Flask:
    return make_app(replace(settings, base_url=HOME))


@pytest.fixture
def enter(passkey_app: Flask, account: AddAccount) -> Open:
    def open_for(name: str) -> CheckedClient:
        client = browser(passkey_app)
        form = {"name": account(Role.READER, name=name), "password": PASSWORD}
        assert client.post("/logga-in", data=form, base_url=HOME).status_code == 303
        return client

    return open_for


def post(client: CheckedClient, path: str, **document: Any) -> TestResponse:
    return client.post(path, json=document, base_url=HOME)


def add(client: CheckedClient, **stated: Any) -> SoftPasskey:
    passkey = SoftPasskey(**{"host": HOST, "origin": HOME, **stated})
    options = post(client, f"{NEW}/borja", password=PASSWORD)
    assert options.status_code == 200
    answer = post(client, NEW, credential=passkey.make(options.json or {}), name="Telefonen")
    assert (answer.status_code, answer.json) == (200, {"next": "/konto"})
    return passkey


def log_in(client: CheckedClient, passkey: SoftPasskey, **more: Any) -> TestResponse:
    options = post(client, f"{LOGIN}/borja")
    assert options.status_code == 200
    return post(client, LOGIN, credential=passkey.use(options.json or {}), **more)


def is_in(client: CheckedClient) -> bool:
    return client.get("/konto", base_url=HOME).status_code == 200


def test_passkey_logs_in_without_name_or_password(enter: Open, passkey_app: Flask) -> None:
    enter("noise")
    passkey = add(enter("anna"))
    client = browser(passkey_app)
    client.set_cookie("session", "chosen by somebody else", domain=HOST)
    answer = log_in(client, passkey, next="/konto?x=1")
    assert (answer.status_code, answer.json) == (200, {"next": "/konto?x=1"})
    page = client.get("/konto", base_url=HOME).get_data(as_text=True)
    assert "anna" in page
    assert "noise" not in page
    assert "Telefonen" in client.get("/konto/tvasteg", base_url=HOME).get_data(as_text=True)


def test_log_in_never_leads_elsewhere(enter: Open, passkey_app: Flask) -> None:
    passkey = add(enter("anna"))
    for elsewhere in ("https://example.org/", "//example.org", {"a": 1}, None, 7):
        assert log_in(browser(passkey_app), passkey, next=elsewhere).json == {"next": "/"}


def test_password_then_needs_the_second_step_and_only_ones_own_passkey_is_asked_for(
    enter: Open, passkey_app: Flask
) -> None:
    passkey, others = add(enter("anna")), add(enter("bo"))
    for used, status in ((others, 422), (passkey, 200)):
        client = browser(passkey_app)
        answer = client.post("/logga-in", data={"name": "anna", "password": PASSWORD}, base_url=HOME)
        assert answer.headers["Location"] == "/logga-in/steg-2"
        page = client.get("/logga-in/steg-2", base_url=HOME).get_data(as_text=True)
        assert "Logga in med passnyckel" in page
        options = post(client, f"{LOGIN}/borja").json or {}
        assert [each["id"] for each in options["allowCredentials"]] == [passkey.name]
        assert post(client, LOGIN, credential=used.use(options)).status_code == status
        assert is_in(client) is (status == 200)


def test_challenge_is_answered_once_and_by_the_browser_that_asked(enter: Open, passkey_app: Flask) -> None:
    passkey = add(enter("anna"))
    client, thief = browser(passkey_app), browser(passkey_app)
    options = post(client, f"{LOGIN}/borja").json or {}
    post(thief, f"{LOGIN}/borja")
    credential = passkey.use(options)
    assert post(thief, LOGIN, credential=credential).status_code == 422
    assert post(client, LOGIN, credential=credential).status_code == 200
    cookie = client.get_cookie("passkey", domain=HOST)
    assert cookie is None
    fresh = browser(passkey_app)
    options = post(fresh, f"{LOGIN}/borja").json or {}
    kept = fresh.get_cookie("passkey", domain=HOST)
    assert kept is not None
    assert post(fresh, LOGIN, credential={}).status_code == 422
    fresh.set_cookie("passkey", kept.value, domain=HOST)
    late = post(fresh, LOGIN, credential=passkey.use(options))
    assert late.status_code == 422
    assert "Börja om" in (late.json or {})["reason"]


@pytest.mark.parametrize(
    "stated", [{"origin": "http://evil.test"}, {"host": "evil.test"}, {"verifies": False}, {"counts": -1}]
)
def test_refused_passkey_is_a_sentence_and_no_session(enter: Open, passkey_app: Flask, stated: dict[str, Any]) -> None:
    passkey = add(enter("anna"), counts=3)
    for name, value in stated.items():
        setattr(passkey, name, value)
    client = browser(passkey_app)
    answer = log_in(client, passkey)
    assert answer.status_code == 422
    assert "Passnyckeln gick inte att använda" in (answer.json or {})["reason"]
    assert not is_in(client)


@pytest.mark.parametrize("act", ["disable", "expire", "reset"])
def test_account_that_is_closed_or_reset_is_not_logged_in_to(
    enter: Open, passkey_app: Flask, web_database: Database, act: str
) -> None:
    passkey, noise = add(enter("anna")), add(enter("noise"))
    with web_database.transaction(EVERYTHING) as session:
        row = accounts.find(session, "anna")
        if act == "disable":
            accounts.disable(session, row, actor=REGISTER)
        elif act == "expire":
            accounts.set_expiry(session, row, NOON.date().replace(day=1), actor=REGISTER)
        else:
            from assetreg.services import second_factors

            second_factors.reset(session, row, actor=REGISTER)
    assert log_in(browser(passkey_app), passkey).status_code == 422
    assert log_in(browser(passkey_app), noise).status_code == 200


def test_new_passkey_needs_the_password(enter: Open) -> None:
    client = enter("anna")
    answer = post(client, f"{NEW}/borja", password="fel")
    assert answer.status_code == 409
    assert "lösenordet stämmer inte" in (answer.json or {})["reason"]
    assert post(client, NEW, credential={}, name="x").status_code == 422


def test_another_accounts_step_makes_no_passkey(enter: Open) -> None:
    anna, bo = enter("anna"), enter("bo")
    options = post(anna, f"{NEW}/borja", password=PASSWORD).json or {}
    stolen = anna.get_cookie("passkey", domain=HOST)
    assert stolen is not None
    bo.set_cookie("passkey", stolen.value, domain=HOST)
    assert post(bo, NEW, credential=SoftPasskey(HOST, HOME).make(options)).status_code == 422


def test_only_ones_own_passkey_is_taken_away(enter: Open, passkey_app: Flask) -> None:
    anna, bo = enter("anna"), enter("bo")
    passkey = add(anna)
    form = {"current_password": PASSWORD}
    for number in (1, 999):
        assert bo.post(f"/konto/tvasteg/passnycklar/{number}/ta-bort", data=form, base_url=HOME).status_code == 404
    assert anna.post("/konto/tvasteg/passnycklar/1/ta-bort", data=form, base_url=HOME).status_code == 303
    assert log_in(browser(passkey_app), passkey).status_code == 422


def test_no_passkeys_where_the_register_has_no_name(client: CheckedClient, account: AddAccount) -> None:
    assert "passnyckel" not in client.get("/logga-in").get_data(as_text=True)
    answer = client.post(f"{LOGIN}/borja", json={})
    assert answer.status_code == 409
    assert "ASSETREG_BASE_URL" in (answer.json or {})["reason"]
    client.post("/logga-in", data={"name": account(Role.READER), "password": PASSWORD})
    assert "ASSETREG_BASE_URL" in client.get("/konto/tvasteg").get_data(as_text=True)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"credential": {"id": "\\u0000"}}', b"x" * 200_000])
def test_rubbish_is_refused(enter: Open, passkey_app: Flask, body: bytes) -> None:
    add(enter("anna"))
    client = browser(passkey_app)
    post(client, f"{LOGIN}/borja")
    answer = client.post(LOGIN, data=body, content_type="application/json", base_url=HOME)
    assert answer.status_code in (413, 422)


def test_request_from_another_site_begins_nothing(enter: Open, passkey_app: Flask) -> None:
    client = browser(passkey_app)
    answer = client.post(f"{LOGIN}/borja", json={}, base_url=HOME, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
