"""Bodies that are too long, too deep, or do not say how long they are: refused before they are read."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from assetreg.api import operations
from assetreg.api.bodies import LARGEST_BODY
from assetreg.domain.terms import Role
from assetreg.web import origins
from assetreg.web.origins import MOST_FROM_ANYONE, MOST_WITHOUT_FILES
from assetreg.web.visit import access_of
from tests.api.test_doors import address
from tests.databases import SqliteDatabases
from tests.intruders.conftest import MakeToken, Measured, ask, in_chunks, writes
from tests.web.conftest import Login

MEGABYTE = 1 << 20
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
FILES = "multipart/form-data; boundary=q"
BEGINNINGS = {
    FORM: b"name=anna&password=",
    FILES: b'--q\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n',
    JSON: b'{"note": "',
}


@pytest.fixture(scope="session")
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """Nothing here comes as far as the database, so one engine is as good as two."""
    return sqlite_databases


def stated(kind: str, size: int, **more: Any) -> tuple[Measured, dict[str, Any]]:
    body = Measured(BEGINNINGS[kind], size)
    return body, {"wsgi.input": body, "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(size), **more}


def test_stranger_sends_no_more_than_a_form(app: Flask) -> None:
    for endpoint, method, path in writes(app):
        open_to_all = access_of(app.view_functions[endpoint]) == "open"
        for kind in BEGINNINGS:
            body, environ = stated(kind, 50 * MEGABYTE)
            answer = ask(app, path, method=method, environ=environ)
            assert answer.status_code in ((303, 409, 413, 422) if open_to_all else (401, 404)), path
            assert body.taken <= MOST_FROM_ANYONE


def test_form_in_chunks_is_not_begun(app: Flask) -> None:
    for _, method, path in writes(app):
        for kind, beginning in BEGINNINGS.items():
            body = Measured(beginning, 50 * MEGABYTE)
            assert ask(app, path, method=method, environ=in_chunks(body, kind)).status_code == 411
            assert body.taken == 0


def test_only_a_form_with_files_may_be_long(app: Flask, login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = login(Role.ADMIN)
    cookie = staff.get_cookie("session")
    assert cookie is not None
    for path in ("/import/ny", "/konto/utseende", "/enheter/ny"):
        body, environ = stated(FORM, 50 * MEGABYTE, HTTP_COOKIE=f"session={cookie.value}")
        assert ask(app, path, method="POST", environ=environ).status_code in (413, 422)
        assert body.taken <= MOST_WITHOUT_FILES
    monkeypatch.setattr(origins, "MOST_WITHOUT_FILES", 1_000)
    plain = {"preset": "devices", "owner": "1860", "note": "x" * 5_000}
    assert staff.post("/import/ny", data=plain).status_code == 413
    whole = {"preset": "devices", "owner": "1860", "file": (BytesIO(b"serial\n" * 1_000), "long.csv")}
    assert staff.post("/import/ny", data=whole, content_type="multipart/form-data").status_code == 303


def problem(answer: TestResponse) -> str:
    assert answer.mimetype == "application/problem+json"
    return str(json.loads(answer.data)["code"])


def test_program_without_a_token_is_not_read_at_all(app: Flask) -> None:
    for operation in operations():
        for kind, beginning in BEGINNINGS.items():
            body = Measured(beginning, 50 * MEGABYTE)
            answer = ask(
                app, f"/api/v1{address(operation.path)}", method=operation.method, environ=in_chunks(body, kind)
            )
            assert (answer.status_code, body.taken) == (401, 0)


@pytest.mark.parametrize("chunked", [False, True])
def test_document_is_read_no_further_than_it_may_be(app: Flask, make_token: MakeToken, *, chunked: bool) -> None:
    token = make_token(Role.ADMIN)
    for operation in operations():
        if operation.takes is None or operation.file:
            continue
        body, environ = stated(JSON, 50 * MEGABYTE, HTTP_AUTHORIZATION=f"Bearer {token}")
        environ |= in_chunks(body, JSON) if chunked else {}
        answer = ask(app, f"/api/v1{address(operation.path)}", method=operation.method, environ=environ)
        assert (answer.status_code, problem(answer)) == (400, "body_too_large")
        assert body.taken <= LARGEST_BODY + MEGABYTE // 8


DEVICE = '{"kind": "laptop", "owner": "1860", "serial": "PF4K9T2C", "price_sek": %s}'
ODD = [
    DEVICE % "1E+999999999",
    DEVICE % "1E-999999999",
    DEVICE % "1E+9999999999999999999999",
    DEVICE % "-1E+9999999999999999999999",
    DEVICE % '"1E+999999999"',
    DEVICE % ("9" * 4000),
    DEVICE % ("0." + "9" * 4000),
    DEVICE % ("[" * 500 + "]" * 500),
    DEVICE % ('{"a":' * 500 + "1" + "}" * 500),
    "[" * 200_000,
    '{"a":' * 200_000,
    '{"kind": "laptop", "KIND": "tablet", "owner": "1860"}',
    '{"kind": "laptop", "kind": "laptop"}',
    '{"__proto__": {"role": "admin"}, "kind": "laptop"}',
    '{"owner": {"$ne": null}, "kind": "laptop"}',
    '"laptop"',
    "\ufeff{}",
    "{}{}",
    "{} x",
    '{"kind": "lap\\u0000top"}',
]


def test_odd_document_is_a_refusal_and_never_a_fault(
    app: Flask, make_token: MakeToken, caplog: pytest.LogCaptureFixture
) -> None:
    token = make_token(Role.TECHNICIAN)
    for text in ODD:
        body = Measured(text.encode(), len(text.encode()))
        environ = {"HTTP_AUTHORIZATION": f"Bearer {token}", **in_chunks(body, JSON)}
        found = ask(app, "/api/v1/devices", method="POST", environ=environ)
        assert found.status_code in (400, 422), text[:100]
        assert len(found.data) < 5_000
        problem(found)
    assert not [record for record in caplog.records if record.exc_info]


def test_form_of_many_parts_is_no_way_to_occupy_the_server(app: Flask) -> None:
    parts = "".join(f'--q\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n\r\n' for n in range(700)).encode()
    for path in ("/logga-in", "/logga-in/steg-2"):
        body = Measured(parts + b"--q--", len(parts) + 5)
        environ = {"wsgi.input": body, "CONTENT_TYPE": FILES, "CONTENT_LENGTH": str(len(parts) + 5)}
        assert ask(app, path, method="POST", environ=environ).status_code in (413, 422)


def test_unusual_method_is_refused_and_echoes_nothing(app: Flask) -> None:
    secret = "session=a-cookie-that-nobody-may-read-back"
    for method in ("TRACE", "TRACK", "CONNECT", "PROPFIND", "DEBUG", "A" * 500):
        for path in ("/logga-in", "/konto", "/t/ABCDEFGH", "/static/css/base.css", "/api/v1/devices", "/metrics"):
            answer = ask(app, path, method=method, environ={"HTTP_COOKIE": secret, "HTTP_AUTHORIZATION": secret})
            assert answer.status_code in (401, 405, 411), f"{method} {path}"
            assert secret not in answer.get_data(as_text=True)
