"""The floor of a page: its rows fetched by the driver and its template rendered by a bare application.

What the register's own application asked the database for, and handed to its template, is watched once. The bare
application then sends the same statements to the driver and renders the same template with the same values: without
log-in, session, services, translation, headers or notes of who read what. Of each table only the first statement is
sent, so that a page that asks the same table row by row is measured against one that does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Flask, render_template, template_rendered
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from assetreg.db.session import TABLES_REORDERED
from tests.bench.requests import Browser

PRIVATE = frozenset({"account", "account_place", "login", "login_step", "passkey", "authenticator", "api_token"})
"""The tables of the log-in, which the bare page has none of."""
NOT_OURS = frozenset({"request", "session", "g", "current_user", "get_flashed_messages"})
_FROM = re.compile(r"\bFROM\s+\"?(\w+)")


@dataclass(slots=True)
class Seen:
    """What a page was made of."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> list[tuple[str, Any]]:
        """The first statement of each table that the page shows."""
        found: dict[str, tuple[str, Any]] = {}
        for statement, values in self.statements:
            table = _FROM.search(statement)
            if statement.lstrip().upper().startswith("SELECT") and table and table[1] not in PRIVATE:
                found.setdefault(table[1], (statement, values))
        return list(found.values())


def watch(browser: Browser, engine: Engine, address: str) -> Seen:
    """Asks for a page once, and keeps what it was made of."""
    seen = Seen()

    def asked(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        seen.statements.append((statement, values))

    def rendered(_app: Flask, template: Any, context: dict[str, Any], **_: Any) -> None:
        seen.template, seen.context = template.name, context

    browser.ask(address)  # what is remembered from page to page is remembered before it is watched
    event.listen(engine, "before_cursor_execute", asked)
    try:
        with template_rendered.connected_to(rendered, browser.app):
            browser.ask(address)
    finally:
        event.remove(engine, "before_cursor_execute", asked)
    return seen


@contextmanager
def bare(seen: Seen, url: str, real: Flask) -> Iterator[Callable[[], bytes]]:
    """A function that answers with the page as the bare application makes it."""
    app = Flask("bare", template_folder=real.template_folder, static_folder=real.static_folder)
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True, "extensions": [I18N]}
    app.jinja_env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update({k: v for k, v in real.jinja_env.filters.items() if k not in app.jinja_env.filters})
    app.jinja_env.globals["static_url"] = partial(_static_url, real.static_url_path or "")
    context = {name: value for name, value in seen.context.items() if name not in NOT_OURS}
    context["get_flashed_messages"] = lambda **_: []
    for rule in real.url_map.iter_rules():
        if rule.endpoint != "static":
            app.add_url_rule(rule.rule, rule.endpoint, _nothing)
    with driver(url) as connection:

        def page() -> str:
            for statement, values in rows:
                connection.execute(statement, values).fetchall()
            return render_template(seen.template, **context)

        rows = seen.rows()
        app.add_url_rule("/bare", "bare", page)
        yield Browser(app).repeat("/bare")


def _static_url(folder: str, filename: str) -> str:
    return f"{folder}/{filename}"


I18N = "jinja2.ext.i18n"


def _nothing(**_: Any) -> str:
    """Stands behind the addresses that pages link to."""
    return ""


@contextmanager
def driver(url: str) -> Iterator[Any]:
    """A connection of the driver itself, which opens no transactions of its own."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        import sqlite3

        connection: Any = sqlite3.connect(parsed.database or "", isolation_level=None)
        connection.execute("PRAGMA cache_size=-65536")
    else:
        import psycopg

        query = {"host": parsed.query["host"]} if "host" in parsed.query else {}
        where = {"host": parsed.host, "port": parsed.port, "password": parsed.password} | query
        stated: dict[str, Any] = {name: value for name, value in where.items() if value is not None}
        stated["options"] = f"-c join_collapse_limit={TABLES_REORDERED}"
        connection = psycopg.connect(dbname=parsed.database, user=parsed.username, autocommit=True, **stated)
    try:
        yield connection
    finally:
        connection.close()
