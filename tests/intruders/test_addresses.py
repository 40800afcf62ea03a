"""Addresses that climb, lead elsewhere, or name another host."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import babel
import pytest
from flask import Flask

from assetreg import places
from assetreg.config import Settings
from assetreg.domain.terms import Role
from tests.databases import SqliteDatabases
from tests.intruders.conftest import ask
from tests.web.conftest import Login, MakeApp, browser

BASE = "https://register.example.se"


@pytest.fixture(scope="session")
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """Nothing here comes as far as the database, so one engine is as good as two."""
    return sqlite_databases


CLIMBING = [
    "/static/../pyproject.toml",
    "/static/css/../../pyproject.toml",
    "/static/css/../../../../../../../../etc/passwd",
    "/static/../../../../../../../../dev/zero",
    "/static/..\\..\\pyproject.toml",
    "/static//etc/passwd",
    "/static/\0",
    "/static/css/base.css\0.png",
    "/static/./../assetreg/config.py",
    "/export/../static/css/base.css.csv",
    "/import/mall/../../../pyproject.toml.csv",
]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every file that is looked at or opened while the test runs."""
    seen: list[str] = []

    def noting(before: Any) -> Any:
        def noted(path: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append(os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else "")
            return before(path, *args, **kwargs)

        return noted

    for module, name in ((os, "stat"), (os, "open"), (io, "open")):
        monkeypatch.setattr(module, name, noting(getattr(module, name)))
    return seen


def test_address_that_climbs_is_not_found_and_opens_nothing_outside(app: Flask, opened: list[str]) -> None:
    read_in = [*map(places.folder, ("static", "templates")), Path(babel.__file__).parent]
    inside = [folder.resolve() for folder in read_in]
    for known, status in (("/static/css/base.css", 200), ("/nowhere", 404)):
        assert ask(app, known).status_code == status
    assert any(name.endswith("base.css") for name in opened)
    for path in CLIMBING:
        opened.clear()
        answer = ask(app, path)
        assert answer.status_code in (308, 404), path
        assert b"root:" not in answer.data
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not any("\0" in name for name in opened)
        real = [Path(os.path.realpath(name)) for name in opened]
        assert [found for found in real if not any(found.is_relative_to(each) for each in inside)] == []


def test_address_with_too_many_slashes_leads_to_no_other_host(app: Flask) -> None:
    for path in ("//evil.example", "//evil.example/konto", "/\\evil.example", "/konto//", "/t//evil", "/static//evil"):
        for query in ("", "next=//evil.example"):
            answer = ask(app, path, environ={"QUERY_STRING": query})
            location = answer.headers.get("Location", "/").removeprefix("http://localhost")
            assert location.startswith("/"), path
            assert not location.startswith("//"), path


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "\x01https://evil.example",
    "http:evil.example",
    "javascript:alert('evil')//",
    "/\u2028/evil.example",
    "///evil.example",
]


def test_page_before_the_log_in_leads_only_to_pages_of_ours(app: Flask) -> None:
    for path in ("/logga-in", "/logga-in/steg-2", "/logga-in/kommunkonto", "/utloggad"):
        for elsewhere in ELSEWHERE:
            answer = browser(app).get(path, query_string={"next": elsewhere})
            assert "evil" not in answer.headers.get("Location", "") + answer.get_data(as_text=True), path


def test_list_that_a_form_leads_back_to_is_ours(login: Login) -> None:
    staff = login(Role.TECHNICIAN)
    for elsewhere in ELSEWHERE:
        answer = staff.post("/enheter/flera", data={"act": "return", "back": elsewhere})
        assert answer.headers["Location"].startswith("/enheter")
        assert "evil" not in answer.headers["Location"]


HOSTS = [
    "evil.example",
    "evil.example:443",
    "register.example.se@evil.example",
    "x" * 300,
    "[::1",
    "a b",
    "évil",
    "",
    ".",
]


def test_host_that_is_not_ours_is_refused_and_never_quoted(
    make_app: MakeApp, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    served = make_app(replace(settings, base_url=BASE))
    for path in ("/logga-in", "/konto", "/t/ABCDEFGH", "/static/css/base.css", "/nowhere"):
        for host in HOSTS:
            answer = ask(served, path, environ={"HTTP_HOST": host})
            assert answer.status_code == 400, host
            assert "evil" not in answer.get_data(as_text=True)
            assert "Location" not in answer.headers
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not [record for record in caplog.records if record.exc_info]


def test_register_without_an_address_of_its_own_writes_no_host_down(app: Flask) -> None:
    for path in ("/logga-in", "/konto", "/t/ABCDEFGH"):
        for host in HOSTS:
            answer = ask(app, path, environ={"HTTP_HOST": host})
            assert answer.status_code < 500, host
            assert "evil" not in answer.get_data(as_text=True) + answer.headers.get("Location", "")


FORWARDED = {
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_FOR": "10.9.9.9",
    "HTTP_X_FORWARDED_PREFIX": "/evil.example",
    "HTTP_X_FORWARDED_PORT": "666",
    "HTTP_FORWARDED": "for=10.9.9.9;host=evil.example;proto=https",
    "HTTP_X_REAL_IP": "10.9.9.9",
    "HTTP_X_ORIGINAL_URL": "/konto",
    "HTTP_X_REWRITE_URL": "/konto",
    "HTTP_X_HTTP_METHOD_OVERRIDE": "POST",
}


def test_headers_of_a_proxy_are_worth_nothing_from_anyone_else(app: Flask) -> None:
    plain = ask(app, "/logga-in")
    forged = ask(app, "/logga-in", environ=FORWARDED)
    assert forged.data == plain.data
    differing = {name for name, value in forged.headers if plain.headers.get(name) != value}
    assert differing == {"X-Request-Id"}
    assert ask(app, "/konto", environ=FORWARDED).headers["Location"] == "/logga-in?next=/konto"
