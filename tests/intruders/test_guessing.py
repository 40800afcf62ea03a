"""Guessing: every try costs the same work, whoever is guessed at, and a flood of tries leaves the rest standing."""

from __future__ import annotations

import ipaddress
import re
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher, extract_parameters
from flask import Flask
from sqlalchemy import select

from assetreg import cli
from assetreg.config import Settings
from assetreg.db.account import Account
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.services import accounts, passwords
from assetreg.web import session
from tests.intruders.conftest import MakeToken
from tests.web.conftest import NOON, AddAccount, Login, MakeApp, browser

WRONG = "ett helt annat lösenord"


class Counting(PasswordHasher):
    """Notes with which costs and on how many letters the work was done."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.done: list[tuple[Any, int]] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002
        self.done.append((extract_parameters(str(hash)), len(password)))
        return super().verify(hash, password)


def test_every_wrong_log_in_costs_one_comparison_of_the_same_price(
    app: Flask,
    account: AddAccount,
    make_token: MakeToken,
    web_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counting = Counting()
    monkeypatch.setattr(passwords, "HASHER", counting)
    account(Role.READER, name="anna")
    account(Role.READER, name="disabled")
    account(Role.AUDITOR, name="expired", expires_on=NOON.date() - timedelta(days=1))
    account(Role.READER, name="directory")
    make_token(Role.READER)
    with web_database.transaction(EVERYTHING) as writing:
        accounts.disable(writing, accounts.find(writing, "disabled"), actor=system(Door.CLI, NOON))
        directory = accounts.find(writing, "directory")
        directory.issuer, directory.subject, directory.password_hash = "https://login.example", "1", None
        assert writing.execute(select(Account.id).where(Account.name == "program1")).first()
    client, pages = browser(app), set()
    names = ("anna", "nobody", "disabled", "expired", "directory", "program1", "", "x" * 5_000, "\0", "ANNA ")
    for name in names:
        counting.done.clear()
        answer = client.post("/logga-in", data={"name": name, "password": WRONG})
        assert (answer.status_code, len(counting.done)) == (422, 1), name
        assert counting.done[0] == (extract_parameters(counting.hash(WRONG)), len(WRONG)), name
        pages.add(answer.get_data(as_text=True).replace(name.strip()[:200] or "-", "-") if len(name) < 10 else "")
    assert {len(page) > 0 for page in pages} == {True, False}


def test_password_of_any_length_costs_no_more_than_the_longest(
    app: Flask, account: AddAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting()
    monkeypatch.setattr(passwords, "HASHER", counting)
    data = {"name": account(Role.READER), "password": "å" * 5_000}
    assert browser(app).post("/logga-in", data=data).status_code == 422
    assert [length for _, length in counting.done] == [passwords.LONGEST + 1]


def test_log_ins_never_take_every_thread_of_a_server() -> None:
    servers = Path(cli.__file__).parent / "servers"
    threads = [
        re.search(r"^THREADS = (\d+)$", file.read_text(), re.MULTILINE) for file in sorted(servers.glob("on_*.py"))
    ]
    assert len(threads) == 2
    assert all(found and passwords.AT_ONCE < session.TRYING_AT_ONCE < int(found[1]) for found in threads)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, list[int]]:
    """Comparisons that do not end until they are let go, and how many went on at once."""
    go, lock, now = threading.Event(), threading.Lock(), Counter[str]()
    most = [0]

    class Slow(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002
            with lock:
                now["running"] += 1
                most[0] = max(most[0], now["running"])
            assert go.wait(20)
            with lock:
                now["running"] -= 1
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "HASHER", Slow(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(passwords, "LONGEST_WAIT_S", 15.0)
    return go, most


FLOODERS = 24


def test_flood_of_log_ins_from_many_addresses_leaves_pages_answering(
    make_app: MakeApp,
    settings: Settings,
    login: Login,
    live_app: Callable[[Flask], str],
    held: tuple[threading.Event, list[int]],
) -> None:
    go, most = held
    go.set()
    cookie = login(Role.READER).get_cookie("session")
    assert cookie is not None
    go.clear()
    most[0] = 0
    near = (ipaddress.ip_network("127.0.0.0/8"),)
    where = live_app(make_app(replace(settings, trusted_proxies=near))).removeprefix("http://")

    def ask(method: str, path: str, body: str = "", **headers: str) -> int:
        connection = HTTPConnection(where, timeout=20)
        try:
            connection.request(method, path, body, {"Sec-Fetch-Site": "same-origin", **headers})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def guess(number: int) -> int:
        body = urlencode({"name": f"guess{number}", "password": WRONG})
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": f"192.0.2.{number}"}
        return ask("POST", "/logga-in", body, **form)

    with ThreadPoolExecutor(FLOODERS) as flood:
        guesses = [flood.submit(guess, number) for number in range(FLOODERS)]
        early = FLOODERS - session.TRYING_AT_ONCE
        while sum(each.done() for each in guesses) < early:
            threading.Event().wait(0.01)
        pages = [ask("GET", path, Cookie=f"session={cookie.value}") for path in ("/konto", "/logga-in", "/t/ABCDEFGH")]
        assert sum(each.done() for each in guesses) == early
        go.set()
        answers = Counter(each.result() for each in guesses)
    assert pages == [200, 303, 404]
    assert answers == {503: early, 422: session.TRYING_AT_ONCE}
    assert most[0] == passwords.AT_ONCE
    assert ask("GET", "/healthz") == 200
