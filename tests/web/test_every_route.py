"""What holds for every address there is, also those that are added later."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from assetreg.domain.access import Act
from assetreg.domain.terms import Role
from assetreg.web.visit import access_of
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Login

OPEN = {
    *("session.login", "session.log_in", "session.logout", "public.label", "health.alive", "health.ready"),
    "metrics.show",
    *("directory.start", "directory.answer", "directory.left", "directory.leave_both", "directory.signal"),
    *("second_step.ask", "second_step.answer", "passkeys.begin_login", "passkeys.log_in"),
}


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with an address that fits it."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            values = {name: 1 if "Integer" in type(rule._converters[name]).__name__ else "X" for name in rule.arguments}
            built = rule.build(values)
            assert built is not None
            yield rule, built[1]


def test_every_view_says_who_may_see_it(app: Flask) -> None:
    said = {endpoint: access_of(view) for endpoint, view in app.view_functions.items() if endpoint != "static"}
    assert {endpoint for endpoint, access in said.items() if access == "open"} == OPEN
    assert {endpoint: access for endpoint, access in said.items() if access not in ("open", "account", *Act)} == {}


def test_nobody_is_led_to_the_log_in_and_changes_nothing(app: Flask, client: CheckedClient) -> None:
    for rule, path in routes(app):
        if rule.endpoint in OPEN:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method)
            assert answer.status_code == (303 if method == "GET" else 401), f"{method} {path}"
            if method == "GET":
                assert answer.headers["Location"].startswith("/logga-in")


@pytest.mark.parametrize("role", list(Role))
def test_role_without_the_act_is_refused(app: Flask, login: Login, role: Role) -> None:
    from assetreg.domain.access import ALLOWED

    client = login(role)
    refused = 0
    for rule, path in routes(app):
        access = access_of(app.view_functions[rule.endpoint])
        if isinstance(access, Act) and access not in ALLOWED[role]:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert client.open(path, method=method).status_code == 403, f"{method} {path}"
                refused += 1
    assert refused or role is Role.ADMIN


def test_headers_stand_on_every_answer(app: Flask, login: Login, client: CheckedClient) -> None:
    staff = login(Role.READER, "1860")
    for _, path in routes(app):
        for browser in (client, staff):
            answer = browser.get(path)
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
            assert "camera=" in answer.headers["Permissions-Policy"]
            assert "Strict-Transport-Security" not in answer.headers
    assert "unsafe" not in client.get("/logga-in").headers["Content-Security-Policy"]
