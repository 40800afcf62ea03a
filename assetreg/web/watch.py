"""Every request seen from outside: its id, one line in the log, and what is counted. Never who, or what was asked for.

The rule stands for the address, since an address may hold a tag or a label's token and a query string a name. The
account is its number alone.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from flask import Flask, g, request
from werkzeug.wsgi import ClosingIterator

from assetreg.config import Network, Settings
from assetreg.db.session import Database
from assetreg.services import logbook
from assetreg.web import measures

log = logging.getLogger("assetreg.request")

Environ = dict[str, Any]
ID = "assetreg.request"
RULE = "assetreg.rule"
ACCOUNT = "assetreg.account"
HEADER = "X-Request-Id"
STATED_ID = re.compile(r"[A-Za-z0-9._\-]{8,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
LOGINS = frozenset({"session.log_in", "second_step.answer", "passkeys.log_in"})
QUIET = frozenset({"health.alive", "health.ready", "metrics.show", "static"})
"""What a watcher asks for every few seconds is logged only when it fails."""


def install(app: Flask, settings: Settings, database: Database, *, mounted: Iterable[Flask]) -> None:
    """Outside everything else, also the applications ``mounted`` in it."""
    for each in (app, *mounted):
        each.before_request(_note_rule)
        each.teardown_request(_note_account)
    database.time_statements(measures.statement_seconds.observe)
    app.wsgi_app = Watched(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]


class Watched:
    """Gives each request an id, a trusted proxy's or one of our own, and says afterwards how it went."""

    def __init__(self, app: Callable[..., Iterable[bytes]], trusted: tuple[Network, ...]) -> None:
        self.app = app
        self.trusted = trusted

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        begun, seen = perf_counter(), Seen(environ, self._id(environ))

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            seen.status = int(status[:3])
            return start_response(status, [*headers, (HEADER, seen.id)], *more)

        with logbook.about(seen.id):
            try:
                answer = self.app(environ, start)
            except BaseException:
                seen.tell(perf_counter() - begun)
                raise
        return ClosingIterator(answer, lambda: seen.tell(perf_counter() - begun))

    def _id(self, environ: Environ) -> str:
        stated = environ.pop("HTTP_X_REQUEST_ID", "")
        if STATED_ID.fullmatch(stated) and self._is_trusted(environ.get("REMOTE_ADDR", "")):
            return str(stated)
        return secrets.token_hex(8)

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.trusted)


class Seen:
    """One request as it goes by."""

    def __init__(self, environ: Environ, number: str) -> None:
        self.environ = environ
        self.id = environ[ID] = number
        self.status = 500

    def tell(self, seconds: float) -> None:
        endpoint, rule = self.environ.get(RULE, ("", "-"))
        stated = self.environ.get("REQUEST_METHOD", "")
        method = stated if stated in METHODS else "other"
        measures.requests.labels(rule, method, str(self.status)).inc()
        measures.request_seconds.labels(rule).observe(seconds)
        if endpoint in LOGINS and method == "POST" and self.status >= 400:
            measures.failed_logins.inc()
        if endpoint in QUIET and self.status < 400:
            return
        facts = {"method": method, "rule": rule, "status": self.status, "ms": round(seconds * 1000, 1)}
        if self.environ.get(ACCOUNT) is not None:
            facts["account"] = self.environ[ACCOUNT]
        level = logging.ERROR if self.status >= 500 and endpoint not in QUIET else logging.INFO
        with logbook.about(self.id):
            log.log(level, "request", extra={"facts": facts})


def _note_rule() -> None:
    if request.url_rule is not None:
        request.environ[RULE] = request.endpoint, request.script_root + request.url_rule.rule


def _note_account(_: BaseException | None = None) -> None:
    who = g.get("visitor") or g.get("program")
    if who is not None:
        request.environ[ACCOUNT] = who.account
