"""Sessions that somebody else chose, kept, or found written down."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import text

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.outputs.log_lines import JsonLines
from assetreg.services import accounts, authenticators
from tests.intruders.conftest import MakeToken, ask
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import NOON, PASSWORD, AddAccount, Clock, Login, MakeApp, browser

CHOSEN = "chosen-by-somebody-else-and-long-enough-to-be-one"


def session_of(client: CheckedClient, name: str = "session") -> str:
    cookie = client.get_cookie(name)
    return cookie.value if cookie else ""


def with_app(database: Database, name: str, settings_key: bytes) -> pyotp.TOTP:
    """The account must give codes from an app from now on."""
    actor = system(Door.CLI, NOON)
    with database.transaction(EVERYTHING) as session:
        account = accounts.find(session, name)
        made = pyotp.TOTP(authenticators.begin(session, account, key=settings_key, at=NOON))
        authenticators.confirm(session, account, made.at(NOON - timedelta(seconds=30)), key=settings_key, actor=actor)
    return made


def open_with(app: Flask, session: str) -> int:
    return ask(app, "/konto", environ={"HTTP_COOKIE": f"session={session}"}).status_code


def test_cookies_set_beforehand_are_worth_nothing_after_any_step(
    app: Flask, account: AddAccount, web_database: Database, clock: Clock
) -> None:
    name = account(Role.ADMIN)
    made = with_app(web_database, name, app.extensions["assetreg"].settings.secret_key)
    victim = browser(app)
    for cookie in ("session", "second-step", "passkey", "sign-in", "notices"):
        victim.set_cookie(cookie, CHOSEN)
    assert victim.post("/logga-in", data={"name": name, "password": PASSWORD}).status_code == 303
    step = session_of(victim, "second-step")
    assert step not in ("", CHOSEN)
    assert open_with(app, CHOSEN) == open_with(app, step) == 303
    answer = victim.post("/logga-in/steg-2", data={"code": made.at(clock())})
    assert answer.status_code == 303
    opened = session_of(victim)
    assert opened not in ("", CHOSEN, step)
    assert open_with(app, opened) == 200
    assert open_with(app, CHOSEN) == open_with(app, step) == 303
    assert session_of(victim, "second-step") == ""


def test_second_step_of_another_account_ends_the_session_that_was_open(
    app: Flask, login: Login, account: AddAccount, web_database: Database, clock: Clock
) -> None:
    client = login(Role.READER, name="bertil")
    before = session_of(client)
    made = with_app(web_database, account(Role.ADMIN, name="anna"), app.extensions["assetreg"].settings.secret_key)
    assert client.post("/logga-in", data={"name": "anna", "password": PASSWORD}).status_code == 303
    assert client.post("/logga-in/steg-2", data={"code": made.at(clock())}).status_code == 303
    assert open_with(app, before) == 303
    assert open_with(app, session_of(client)) == 200


def test_new_password_gives_a_new_session_and_kills_those_that_were(app: Flask, login: Login) -> None:
    client, elsewhere = login(Role.READER, name="anna"), browser(app)
    assert elsewhere.post("/logga-in", data={"name": "anna", "password": PASSWORD}).status_code == 303
    before = session_of(client)
    data = {"current_password": PASSWORD, "new_password": "tre gröna skor på rad"}
    assert client.post("/konto/losenord", data=data).status_code == 303
    assert session_of(client) != before
    assert open_with(app, before) == open_with(app, session_of(elsewhere)) == 303
    assert open_with(app, session_of(client)) == 200


@pytest.mark.parametrize("role", [Role.ADMIN, Role.READER])
def test_another_role_needs_another_session(app: Flask, login: Login, web_database: Database, role: Role) -> None:
    client = login(Role.PLANNER, name="anna")
    before = session_of(client)
    with web_database.transaction(EVERYTHING) as session:
        accounts.set_role(session, accounts.find(session, "anna"), role, actor=system(Door.CLI, NOON))
    assert open_with(app, before) == 303


def test_register_keeps_no_token_that_could_be_used(
    app: Flask, login: Login, make_token: MakeToken, web_database: Database
) -> None:
    kept = [session_of(login(Role.ADMIN)), make_token(Role.ADMIN)]
    with web_database.engine.connect() as connection:
        tables = ("login", "login_step", "api_token", "account", "event", "stored_reply")
        rows = str([connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables])
    assert "admin" in rows
    assert not [each for each in kept if each in rows or each.removeprefix("assetreg_") in rows]


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_no_secret_stands_in_an_address_a_page_or_a_line_of_the_log(
    app: Flask, account: AddAccount, make_token: MakeToken, web_database: Database, written: pytest.LogCaptureFixture
) -> None:
    name, token = account(Role.ADMIN), make_token(Role.ADMIN)
    made = with_app(web_database, name, app.extensions["assetreg"].settings.secret_key)
    client, said = browser(app), []
    client.post("/logga-in", data={"name": name, "password": "ett hemligt fel"})
    client.post("/logga-in", data={"name": name, "password": PASSWORD})
    step, code = session_of(client, "second-step"), made.at(NOON)
    client.post("/logga-in/steg-2", data={"code": code})
    session = session_of(client)
    for path in ("/", "/konto", "/konto/tvasteg", "/nowhere", "/enheter", "/personer?namn=Hemlig", "/t/ABCDEFGH"):
        answer = client.get(path)
        said += [answer.get_data(as_text=True), str(answer.headers)]
    for bearer in (token, "assetreg_wrong-but-secret"):
        for path in ("/api/v1/devices", "/api/v1/nowhere", "/metrics"):
            answer = ask(app, path, environ={"HTTP_AUTHORIZATION": f"Bearer {bearer}"})
            said += [answer.get_data(as_text=True), str(answer.headers)]
    lines = [
        JsonLines(request=lambda: None, tell_all=True).format(record) + record.getMessage()
        for record in written.records
    ]
    assert any("/logga-in" in line for line in lines)
    secrets = (session, step, token, "assetreg_wrong-but-secret", PASSWORD, "ett hemligt fel")
    for secret in secrets:
        assert not [each for each in said + lines if secret in each]
    assert not [line for line in lines if code in re.findall(r"\d{6}", line) or "Hemlig" in line or "ABCDEFGH" in line]


def test_address_with_a_session_in_it_opens_nothing(app: Flask, login: Login) -> None:
    token = session_of(login(Role.ADMIN))
    for query in (f"session={token}", f"token={token}", f"__Host-session={token}", f"sid={token}"):
        assert ask(app, "/konto", environ={"QUERY_STRING": query}).status_code == 303
    assert ask(app, f"/konto;session={token}").status_code == 404


def test_cookie_without_the_prefix_is_not_taken_where_the_prefix_is_used(
    make_app: MakeApp, app: Flask, login: Login
) -> None:
    """A host beside ours may set a cookie for us, but not one that begins with __Host-."""
    token = session_of(login(Role.ADMIN))
    secure = make_app(replace(app.extensions["assetreg"].settings, base_url="https://register.example.se"))
    for cookie, status in ((f"session={token}", 303), (f"__Host-session={token}", 200)):
        environ = {"HTTP_HOST": "register.example.se", "wsgi.url_scheme": "https", "HTTP_COOKIE": cookie}
        assert ask(secure, "/konto", environ=environ).status_code == status
