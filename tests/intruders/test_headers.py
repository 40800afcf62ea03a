"""What every answer tells the browser, also where something went wrong, and whose the answers are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from assetreg.api import operations
from assetreg.config import Settings
from assetreg.domain.terms import Role
from tests.api.test_doors import address
from tests.databases import SqliteDatabases
from tests.intruders.conftest import MakeToken, ask, writes
from tests.web.conftest import Login, MakeApp

BASE = "https://register.example.se"


@pytest.fixture(scope="session")
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """Nothing here depends on what keeps the rows, so one engine is as good as two."""
    return sqlite_databases


def check(answer: TestResponse, *, kept: bool = False) -> None:
    """Not framed, not guessed at, not kept by a browser or a proxy, and not handed to another site."""
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & {word for each in policy.values() for word in each.split()}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert kept or answer.headers["Cache-Control"] == "no-store"
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]
    assert answer.headers.get("Server", "") == ""


def test_program_is_answered_with_the_same_care_as_a_browser(app: Flask, make_token: MakeToken) -> None:
    tokens = ("", f"Bearer {make_token(Role.READER, '1860')}", f"Bearer {make_token(Role.ADMIN)}")
    seen = set()
    for operation in operations():
        for token in tokens:
            for origin in ("https://evil.example", "null")[bool(token) :]:
                environ = {"HTTP_AUTHORIZATION": token, "HTTP_ORIGIN": origin}
                answer = ask(app, f"/api/v1{address(operation.path)}", method=operation.method, environ=environ)
                check(answer)
                seen.add(answer.status_code)
    for path in ("/api/v1/docs", "/api/v1/openapi.json", "/api/v1/nowhere", "/api/v1/", "/api/v1"):
        check(ask(app, path))
    assert {200, 401, 403, 404, 415, 422} <= seen


def test_every_form_and_every_fault_is_kept_private(app: Flask, login: Login) -> None:
    staff = login(Role.ADMIN)
    for _, method, path in writes(app):
        check(staff.open(path, method=method))
    for odd, host in (("/nowhere", "localhost"), ("/t/\xff", "localhost"), ("/konto", "x" * 300)):
        for method in ("GET", "POST"):
            check(ask(app, odd, method=method, environ={"HTTP_HOST": host, "HTTP_SEC_FETCH_SITE": "cross-site"}))


def test_only_files_that_are_everyones_are_kept(app: Flask, login: Login) -> None:
    client = login(Role.ADMIN)
    for path in ("/static/css/base.css", "/static/js/app.js", "/static/nowhere.css", "/static/"):
        answer = client.get(path)
        check(answer, kept=True)
        assert "immutable" not in answer.headers["Cache-Control"]
    for path in ("/konto/base.css", "/enheter/x.css", "/konto;/static/css/base.css", "/export/devices.csv"):
        check(client.get(path))


@pytest.mark.parametrize("path", ["/logga-in", "/konto", "/nowhere", "/api/v1/devices", "/api/v1/docs", "/healthz"])
def test_https_is_demanded_from_now_on_where_the_register_has_it(
    make_app: MakeApp, settings: Settings, path: str
) -> None:
    secure = make_app(replace(settings, base_url=BASE))
    answer = ask(secure, path, environ={"HTTP_HOST": "register.example.se"})
    age = answer.headers["Strict-Transport-Security"].partition(";")[0]
    assert int(age.removeprefix("max-age=")) >= 365 * 24 * 3600


def test_files_out_are_saved_and_never_shown(login: Login) -> None:
    client = login(Role.ADMIN)
    paths = [f"/export/devices.{ending}" for ending in ("csv", "xlsx", "json")] + ["/import/mall/devices.csv"]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        check(answer)


def test_if_none_match_tells_nothing_of_what_is_not_ones_own(app: Flask, make_token: MakeToken) -> None:
    stranger = {"HTTP_AUTHORIZATION": f"Bearer {make_token(Role.READER, '1882')}"}
    plain = ask(app, "/api/v1/devices/IT-000001X", environ=stranger)
    for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"):
        for value in ('"1"', "*", 'W/"1"'):
            answer = ask(app, "/api/v1/devices/IT-000001X", environ=stranger | {name: value})
            assert (answer.status_code, answer.data) == (plain.status_code, plain.data)
            assert "ETag" not in answer.headers
