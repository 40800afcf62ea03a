"""What is seen of every request: its id, one line without anyone's name, and what is counted."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.outputs.log_lines import JsonLines
from assetreg.schemas.account import NewAccount
from assetreg.services import logbook, tokens
from assetreg.web import measures, visit
from tests.web.conftest import NOON, PASSWORD, Login, MakeApp, browser

Lines = Callable[[], list[dict[str, Any]]]
NAMES = ("Kim", "Ek", "kim.ek", "5CG1234567", "ZZTOKENZZ", "tankar om Kim", PASSWORD, "fel lösenord")


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Every line of the log since the test began, as the server writes them."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(request=logbook.current))
    root, ours = logging.getLogger(), logging.getLogger("assetreg")
    before = ours.level
    root.addHandler(handler)
    ours.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    ours.setLevel(before)


def counted(rule: str, method: str, status: int) -> float:
    return measures.requests.labels(rule, method, str(status))._value.get()  # type: ignore[no-any-return]


def test_answer_and_log_bear_the_same_id(app: Flask, lines: Lines) -> None:
    answer = browser(app).get("/logga-in")
    [line] = [each for each in lines() if each["logger"] == "assetreg.request"]
    assert line["request"] == answer.headers["X-Request-Id"]
    assert {name: line[name] for name in ("method", "rule", "status")} == {
        "method": "GET",
        "rule": "/logga-in",
        "status": 200,
    }
    assert line["ms"] >= 0


def test_id_is_taken_from_a_trusted_proxy_alone(make_app: MakeApp, settings: Settings) -> None:
    stated = {"X-Request-Id": "proxy-0123456789"}
    near = make_app(replace(settings, trusted_proxies=(ip_network("127.0.0.0/8"),)))
    assert browser(near).get("/healthz", headers=stated).headers["X-Request-Id"] == "proxy-0123456789"
    far = make_app(replace(settings, trusted_proxies=(ip_network("10.0.0.0/8"),)))
    assert browser(far).get("/healthz", headers=stated).headers["X-Request-Id"] != "proxy-0123456789"
    odd = browser(near).get("/healthz", headers={"X-Request-Id": 'x" injected="y'}).headers["X-Request-Id"]
    assert len(odd) == 16


def test_log_names_nobody(app: Flask, login: Login, lines: Lines, web_database: Database) -> None:
    """Names, passwords, tokens, serials and free text are sent every way there is; none is in the log."""
    admin = login(Role.ADMIN)
    with web_database.transaction(EVERYTHING) as session:
        account = NewAccount(name="skript", role=Role.TECHNICIAN)
        secret = tokens.add(session, account, actor=system(Door.CLI, NOON))
    stranger = browser(app)
    stranger.post("/logga-in", data={"name": "kim.ek", "password": "fel lösenord i Ek"})
    stranger.get("/t/ZZTOKENZZ")
    stranger.get("/Kim/Ek?namn=Kim")
    admin.get("/enheter?q=Kim+Ek")
    admin.get("/enheter/5CG1234567")
    admin.post("/enheter/5CG1234567/andra", data={"note": "tankar om Kim", "user": "Kim Ek"})
    bearer = {"Authorization": f"Bearer {secret}"}
    program = FlaskClient(app)
    program.get("/api/v1/devices?q=Kim", headers=bearer).close()
    program.post("/api/v1/devices", headers=bearer, json={"kind": "laptop", "owner": "1860", "user": "Kim Ek"}).close()
    found = lines()
    assert len([each for each in found if each["logger"] == "assetreg.request"]) == 9
    told = json.dumps(found, ensure_ascii=False)
    assert [word for word in (*NAMES, secret) if word in told] == []
    accounts = {each["account"] for each in found if "account" in each}
    assert len(accounts) == 2


def test_fault_page_quotes_the_id_and_the_log_tells_where(app: Flask, lines: Lines) -> None:
    def fail() -> str:
        raise KeyError("Kim Ek")

    app.add_url_rule("/faller", "falls", visit.open_to_all(fail))
    answer = app.test_client().get("/faller", headers={"Sec-Fetch-Site": "same-origin"})
    number = answer.headers["X-Request-Id"]
    assert answer.status_code == 500
    assert f"<code>{number}</code>" in answer.text
    faults = [each for each in lines() if "fault" in each]
    assert [(each["request"], each["fault"]) for each in faults] == [(number, ["KeyError"])]
    assert faults[0]["at"][0].endswith(" fail")
    assert "Kim" not in json.dumps(lines())


def test_rule_is_counted_and_never_the_address(app: Flask) -> None:
    before = counted("/t/<path:token>", "GET", 200)
    for token in ("AAAAAAAA", "BBBBBBBB", "CCCCCCCC"):
        browser(app).get(f"/t/{token}")
    assert counted("/t/<path:token>", "GET", 200) == before + 3
    browser(app).open("/finns-inte", method="BREW")
    samples = [sample.labels for metric in measures.requests.collect() for sample in metric.samples]
    assert {each["method"] for each in samples if each["rule"] == "-"} >= {"other"}
    assert not [each for each in samples if "AAAA" in each["rule"] or "finns" in each["rule"]]
    assert "BREW" not in {each["method"] for each in samples}


def test_failed_log_in_is_counted(app: Flask, login: Login) -> None:
    login(Role.READER)
    before = measures.failed_logins._value.get()
    browser(app).post("/logga-in", data={"name": "ingen", "password": "gissning ett två tre"})
    assert measures.failed_logins._value.get() == before + 1
