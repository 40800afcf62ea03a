"""Requests straight to a WSGI application, so that no test client is measured with it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder


@dataclass(slots=True)
class Browser:
    """Asks an application for one address again and again; ``cookies`` are those of the log-in."""

    app: Flask
    cookies: str = ""

    def ask(self, address: str) -> bytes:
        """The body of an answer. Raises AssertionError for any answer but a page."""
        return self.repeat(address)()

    def repeat(self, address: str) -> Callable[[], bytes]:
        """A function that asks for the address, its environment made beforehand."""
        environ = _environ(address, self.cookies)
        serve = self.app.wsgi_app
        told: list[str] = []

        def start(status: str, _headers: Iterable[tuple[str, str]], _fault: object = None) -> Any:
            told[:] = [status]
            return None

        def ask() -> bytes:
            answer = serve({**environ, "wsgi.input": io.BytesIO()}, start)
            try:
                body = b"".join(answer)
            finally:
                getattr(answer, "close", lambda: None)()
            assert told[0].startswith("200"), f"{address}: {told[0]}"
            return body

        return ask


def log_in(app: Flask, name: str, password: str) -> Browser:
    """A browser where the account is logged in."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    answer = client.post("/logga-in", data={"name": name, "password": password})
    assert answer.status_code == 303, answer.status
    cookie = client.get_cookie("session")
    assert cookie is not None
    return Browser(app, f"session={cookie.value}")


def _environ(address: str, cookies: str) -> Mapping[str, Any]:
    builder = EnvironBuilder(path=address.partition("?")[0], query_string=address.partition("?")[2])
    environ = dict(builder.get_environ())
    environ["HTTP_ACCEPT_LANGUAGE"] = "sv-SE,sv;q=0.9"
    if cookies:
        environ["HTTP_COOKIE"] = cookies
    return environ
