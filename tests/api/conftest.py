"""An application on a register of its own with the cast in it, and programs that hold a token.

`program(role, *owners)` gives one: a client that sends its token, and holds every reply against the description.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from flask import Flask
from jsonschema_rs import Draft202012Validator
from werkzeug.test import Client, TestResponse

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.services import tokens
from tests.cast import NOON, Cast, assemble
from tests.databases import Databases

PROBLEM = "application/problem+json"


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """pytest-flask would push one context around the whole test, and requests would share what they remember."""


@pytest.fixture(scope="session")
def cast_template(databases: Databases, history_key: bytes) -> tuple[str, Cast]:
    url = databases.migrated()
    filled = Database(url, history_key=history_key)
    try:
        return url, assemble(filled)
    finally:
        filled.close()


@pytest.fixture
def cast(cast_template: tuple[str, Cast]) -> Cast:
    return cast_template[1]


@pytest.fixture
def database(databases: Databases, cast_template: tuple[str, Cast], history_key: bytes) -> Iterator[Database]:
    url = databases.copy(cast_template[0])
    opened = Database(url, history_key=history_key)
    yield opened
    opened.close()
    databases.discard(url)


@pytest.fixture
def settings(database: Database, history_key: bytes) -> Settings:
    url = database.url.render_as_string(hide_password=False)
    return Settings(database_url=url, secret_key=b"the key of every test, long enough", history_key=history_key)


@pytest.fixture
def app(database: Database, settings: Settings) -> Flask:
    return create_app(settings, database=database, clock=lambda: NOON)


class Program:
    """A program that holds a token; each of its replies is held against the description of the interface."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client = Client(app)
        self.token = token
        self.document: dict[str, Any] = json.loads(self.client.get("/api/v1/openapi.json").data)

    def get(self, path: str, **more: Any) -> Any:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.ask("POST", path, json=body, **more)

    def patch(self, path: str, body: Any, version: int | str | None = None, **more: Any) -> Any:
        headers = {} if version is None else {"If-Match": f'"{version}"' if isinstance(version, int) else version}
        return self.ask("PATCH", path, json=body, headers=headers, **more)

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> Any:
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if more.get("json") is None:
            more.pop("json", None)
        answer = self.client.open(f"/api/v1{path}", method=method, headers=sent, **more)
        self.check(method, path.partition("?")[0], answer)
        return answer

    def check(self, method: str, path: str, answer: TestResponse) -> None:
        """A reply is of a status and shape that the operation promises."""
        operation = self._operation(method, path)
        if operation is None:
            return
        told = operation["responses"].get(str(answer.status_code))
        assert told is not None, f"{method} {path} gave {answer.status_code}, which is not described"
        kind = PROBLEM if "$ref" in told else "application/json"
        assert answer.mimetype == kind
        shape = {"$ref": "#/components/schemas/Problem"} if "$ref" in told else told["content"][kind]["schema"]
        schema = {**shape, "components": self.document["components"]}
        Draft202012Validator(schema).validate(json.loads(answer.data))

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        wanted = path.strip("/").split("/")
        for template, methods in self.document["paths"].items():
            parts = template.strip("/").split("/")
            fits = (part.startswith("{") or part == asked for part, asked in zip(parts, wanted, strict=False))
            if len(parts) == len(wanted) and method.lower() in methods and all(fits):
                found: dict[str, Any] = methods[method.lower()]
                return found
        return None


MakeProgram = Callable[..., Program]


@pytest.fixture
def make_token(database: Database) -> Callable[..., str]:
    numbers = count(1)

    def make(role: Role, *owners: str, **stated: Any) -> str:
        command = NewAccount(name=f"program{next(numbers)}", role=role, places=owners, **stated)
        with database.transaction(EVERYTHING) as session:
            return tokens.add(session, command, actor=system(Door.CLI, NOON))

    return make


@pytest.fixture
def program(app: Flask, make_token: Callable[..., str]) -> MakeProgram:
    def make(role: Role, *owners: str, **stated: Any) -> Program:
        return Program(app, make_token(role, *owners, **stated))

    return make


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """What the refusal says, once it is one of that status."""
    assert answer.status_code == status, answer.data
    assert answer.mimetype == PROBLEM
    found: dict[str, Any] = json.loads(answer.data)
    assert found["status"] == status
    assert found["detail"].rstrip().endswith((".", "?", "!")), found
    return found
