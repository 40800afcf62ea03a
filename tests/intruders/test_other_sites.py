"""Pages of other sites: nothing they send changes anything, and nothing of ours opens to a script of theirs."""

from __future__ import annotations

import pytest
from flask import Flask

from assetreg.api import operations
from assetreg.db.base import Base
from assetreg.db.session import Database
from assetreg.domain.terms import Role
from tests.api.test_doors import address
from tests.databases import SqliteDatabases
from tests.intruders.conftest import MakeToken, ask, writes
from tests.web.conftest import Login

FROM_ELSEWHERE: list[dict[str, str]] = [
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_SEC_FETCH_SITE": "same-site"},
    {"HTTP_SEC_FETCH_SITE": "none"},
    {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "http://localhost"},
    {"HTTP_SEC_FETCH_SITE": "same-origin, cross-site"},
    {"HTTP_SEC_FETCH_SITE": "Same-Origin"},
    {"HTTP_ORIGIN": "https://evil.example"},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_ORIGIN": "http://localhost.evil.example"},
    {"HTTP_REFERER": "http://localhost/konto"},
    {},
]
KINDS = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=q", "text/plain", "application/json", "")


@pytest.fixture(scope="session")
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """Nothing here depends on what keeps the rows, so one engine is as good as two."""
    return sqlite_databases


def test_no_write_of_any_kind_is_taken_from_another_site(app: Flask, login: Login) -> None:
    cookie = login(Role.ADMIN).get_cookie("session")
    assert cookie is not None
    refused = 0
    for turn, (_, method, path) in enumerate(writes(app)):
        for number in range(turn, turn + 3):
            told = FROM_ELSEWHERE[number % len(FROM_ELSEWHERE)]
            environ: dict[str, str | None] = {
                "HTTP_COOKIE": f"session={cookie.value}",
                "CONTENT_TYPE": KINDS[number % len(KINDS)],
            }
            environ["HTTP_SEC_FETCH_SITE"] = None
            environ.update(told)
            answer = ask(app, path, method=method, environ=environ)
            assert answer.status_code == 403, f"{method} {path} {told}"
            assert "Set-Cookie" not in answer.headers
            refused += 1
    assert refused > 3 * len(FROM_ELSEWHERE)


def test_cookie_of_someone_logged_in_opens_nothing_for_programs(
    app: Flask, login: Login, make_token: MakeToken
) -> None:
    cookie = login(Role.ADMIN).get_cookie("session")
    assert cookie is not None
    token = make_token(Role.ADMIN)
    for operation in operations():
        path = f"/api/v1{address(operation.path)}"
        for environ in (
            {"HTTP_COOKIE": f"session={cookie.value}"},
            {"HTTP_COOKIE": f"session={token}; token={token}"},
            {"HTTP_AUTHORIZATION": f"Bearer {cookie.value}"},
            {"HTTP_AUTHORIZATION": f"Basic {token}"},
            {"QUERY_STRING": f"token={token}&access_token={token}"},
        ):
            answer = ask(app, path, method=operation.method, environ=environ)
            assert answer.status_code == 401, f"{operation.method} {path} {sorted(environ)}"
            assert token not in answer.get_data(as_text=True)


def test_token_of_a_program_opens_no_page(app: Flask, make_token: MakeToken) -> None:
    token = make_token(Role.ADMIN)
    for environ in ({"HTTP_AUTHORIZATION": f"Bearer {token}"}, {"HTTP_COOKIE": f"session={token}"}):
        assert ask(app, "/konto", environ=environ).headers["Location"].startswith("/logga-in")


def test_browser_is_told_that_no_other_site_may_ask(app: Flask) -> None:
    preflight = {
        "HTTP_ORIGIN": "https://evil.example",
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "authorization, content-type",
        "HTTP_SEC_FETCH_SITE": "cross-site",
    }
    for path in ("/logga-in", "/konto", "/api/v1/devices", "/static/js/app.js", "/logga-in/passnyckel"):
        answer = ask(app, path, method="OPTIONS", environ=preflight)
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


def rows(database: Database) -> dict[str, list[str]]:
    """Everything that the register holds."""
    with database.engine.connect() as connection:
        return {
            table.name: sorted(map(str, connection.execute(table.select()).all()))
            for table in Base.metadata.sorted_tables
        }


def test_nothing_is_changed_by_a_write_from_another_site(app: Flask, login: Login, web_database: Database) -> None:
    cookie = login(Role.ADMIN).get_cookie("session")
    assert cookie is not None
    before = rows(web_database)
    assert before["login"]
    for _, method, path in writes(app):
        ask(app, path, method=method, environ={"HTTP_COOKIE": f"session={cookie.value}", **FROM_ELSEWHERE[0]})
    assert rows(web_database) == before
