"""Who gets in, how often, and what a request must look like to be read at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import Client

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import ALLOWED, EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.services import tokens
from tests.api.conftest import MakeProgram, Program, problem
from tests.cast import NOON


def address(path: str) -> str:
    """An address that fits the rule."""
    path = re.sub(r"<any\([^>]*>", "devices", path)
    return re.sub(r"<int:[^>]*>", "1", path.replace("<tag:tag>", "X"))


@pytest.mark.parametrize(
    "sent", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}]
)
def test_nobody_gets_nothing(app: Flask, sent: dict[str, str]) -> None:
    from assetreg.api import operations

    for operation in operations():
        path = address(operation.path)
        answer = Client(app).open(f"/api/v1{path}", method=operation.method, headers=sent)
        assert problem(answer, 401)["code"] == "token_needed"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_cookie_of_a_page_is_no_token(app: Flask) -> None:
    client = Client(app)
    client.set_cookie("session", "anything")
    assert problem(client.get("/api/v1/devices"), 401)


@pytest.mark.parametrize("role", list(Role))
def test_role_does_what_it_may_and_no_more(program: MakeProgram, role: Role) -> None:
    from assetreg.api import operations

    holder = program(role)
    for operation in operations():
        path = address(operation.path)
        answer = holder.ask(operation.method, path)
        assert (answer.status_code == 403) == (operation.act not in ALLOWED[role]), f"{operation.method} {path}"


def test_token_ends_on_its_last_day_and_at_once_when_revoked(
    app: Flask, database: Database, make_token: Callable[..., str]
) -> None:
    today = NOON.date()
    assert Program(app, make_token(Role.READER, expires_on=today)).get("/owners").status_code == 200
    problem(Program(app, make_token(Role.READER, expires_on=today - timedelta(days=1))).get("/owners"), 401)
    holder = Program(app, make_token(Role.READER))
    assert holder.get("/owners").status_code == 200
    with database.transaction(EVERYTHING) as session:
        name = next(row.name for row in tokens.listed(session, actor=system(Door.CLI, NOON)) if row.expires_on is None)
        tokens.revoke(session, name, actor=system(Door.CLI, NOON))
    problem(holder.get("/owners"), 401)


def test_limit_holds_over_several_processes(
    database: Database, settings: Settings, make_token: Callable[..., str]
) -> None:
    narrow = replace(settings, api_per_minute=30)
    at = [NOON]
    processes = [create_app(narrow, database=database, clock=lambda: at[0]) for _ in range(3)]
    token = make_token(Role.READER)
    busy = [Program(process, token) for process in processes]
    other = Program(processes[0], make_token(Role.READER))
    answers = [busy[n % 3].get("/owners") for n in range(60)]
    assert sum(answer.status_code == 200 for answer in answers) == 30
    refused = problem(answers[-1], 429)
    assert "30" in refused["detail"]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert other.get("/owners").status_code == 200
    at[0] = NOON + timedelta(minutes=1)
    assert busy[1].get("/owners").status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"kind": NaN}', "application/json", 400),
        (b'{"kind": "laptop", "kind": "tablet"}', "application/json", 400),
        (b'{"kind": "\\ud800"}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"price_sek": 1' + b"0" * 5000 + b"}", "application/json", 400),
        (b'{"note": "' + b"x" * 1_100_000 + b'"}', "application/json", 400),
        (b"kind=laptop", "application/x-www-form-urlencoded", 415),
        (b"<kind/>", "text/xml", 415),
    ],
)
def test_body_that_cannot_be_read_is_refused(program: MakeProgram, body: bytes, kind: str, status: int) -> None:
    technician = program(Role.TECHNICIAN)
    answer = technician.ask("POST", "/devices", data=body, headers={"Content-Type": kind})
    problem(answer, status)


def test_wrong_method_names_those_that_are_right(program: MakeProgram) -> None:
    answer = program(Role.ADMIN).client.open("/api/v1/devices", method="DELETE")
    problem(answer, 405)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))


@pytest.mark.parametrize(
    "path", ["/nowhere", "/devices/%00", "/outcomes/99999999999999999999", "/imports/0", "/devices/a%2Fb"]
)
def test_address_of_nothing_is_a_problem(program: MakeProgram, path: str) -> None:
    problem(program(Role.ADMIN).get(path), 404)


def test_description_is_open_and_names_every_operation(app: Flask) -> None:
    from assetreg.api import operations

    document = json.loads(Client(app).get("/api/v1/openapi.json").data)
    assert document["openapi"] == "3.1.0"
    told = {each["operationId"] for methods in document["paths"].values() for each in methods.values()}
    assert told == {operation.name for operation in operations()}
    page = Client(app).get("/api/v1/docs")
    assert page.status_code == 200
    assert all(f'id="{name}"' in page.text for name in told)
    assert "script" not in page.headers["Content-Security-Policy"]
