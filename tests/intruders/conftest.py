"""The register as an intruder meets it: its pages, its interface for programs, and what is sent as it stands.

The fixtures of the pages are those of ``tests.web``; here come programs that hold a token, and requests that no
browser and no client library would send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import RawIOBase
from itertools import count
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app
from werkzeug.wrappers import Request

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.services import tokens
from tests.web.conftest import (  # noqa: F401
    NOON,
    _push_request_context,
    account,
    app,
    cheap_passwords,
    client,
    clock,
    login,
    make_app,
    settings,
    web_database,
)

MakeToken = Callable[..., str]


@pytest.fixture
def make_token(web_database: Database) -> MakeToken:  # noqa: F811
    """The token of a program: `make_token(Role.TECHNICIAN, "1860")`."""
    numbers = count(1)

    def make(role: Role, *owners: str) -> str:
        command = NewAccount(name=f"program{next(numbers)}", role=role, places=owners)
        with web_database.transaction(EVERYTHING) as session:
            return tokens.add(session, command, actor=system(Door.CLI, NOON))

    return make


class Measured(RawIOBase):
    """A body that is made as it is read, and knows how much of it was: ``head``, then filling up to ``size`` bytes."""

    def __init__(self, head: bytes, size: int) -> None:
        super().__init__()
        self.head, self.size, self.taken = head, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self.size - self.taken)
        piece = self.head[self.taken : self.taken + wanted]
        buffer[:wanted] = piece + b"x" * (wanted - len(piece))
        self.taken += wanted
        return wanted


def ask(app: Flask, path: str, *, method: str = "GET", environ: dict[str, Any] | None = None) -> TestResponse:  # noqa: F811
    """One request with an address, and an environment, that are taken as they stand; None takes a header away."""
    built = EnvironBuilder(path="/", method=method).get_environ()
    built |= {"PATH_INFO": path, "REQUEST_URI": path, "HTTP_SEC_FETCH_SITE": "same-origin", **(environ or {})}
    built = {name: value for name, value in built.items() if value is not None}
    body, status, headers = run_wsgi_app(app, built, buffered=True)
    return TestResponse(body, status, headers, Request(built))


def in_chunks(body: RawIOBase, kind: str) -> dict[str, Any]:
    """The environment of a request that does not say how long it is."""
    return {
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": "",
    }


def writes(app: Flask) -> Iterator[tuple[str, str, str]]:  # noqa: F811
    """Every way to change something at a page: endpoint, method, and an address that fits."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
            values = {name: 1 if "Integer" in type(rule._converters[name]).__name__ else "X" for name in rule.arguments}
            built = rule.build(values)
            assert built is not None
            yield rule.endpoint, method, built[1]
