from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from urllib.parse import quote

import pytest
from sqlalchemy import event

from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.services import accounts, passwords
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import NOON, PASSWORD, AddAccount, Clock, Login, MakeApp, browser

WRONG = "Fel användarnamn eller lösenord"


def try_in(client: CheckedClient, name: str, password: str = PASSWORD, **more: str) -> tuple[int, str]:
    answer = client.post("/logga-in", data={"name": name, "password": password, **more})
    return answer.status_code, answer.get_data(as_text=True)


@pytest.fixture
def comparisons(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The hashes that passwords were compared with."""
    seen: list[str | None] = []
    before = passwords.matches

    def counted(password: str, hash_: str | None) -> bool:
        seen.append(hash_)
        return before(password, hash_)

    monkeypatch.setattr(passwords, "matches", counted)
    return seen


def test_right_password_leads_to_the_page_that_was_asked_for(client: CheckedClient, account: AddAccount) -> None:
    account(Role.PLANNER, name="bertil")
    name = account(Role.READER, name="anna")
    asked = client.get("/konto?x=å")
    assert asked.status_code == 303
    assert asked.headers["Location"].startswith("/logga-in?next=/konto")
    form = client.get(asked.headers["Location"]).get_data(as_text=True)
    assert 'value="/konto?x=%C3%A5"' in form
    answer = client.post("/logga-in", data={"name": f"  {name.upper()} ", "password": PASSWORD, "next": "/konto"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/konto")
    page = client.get("/konto").get_data(as_text=True)
    assert "anna" in page
    assert "bertil" not in page


@pytest.mark.parametrize(("name", "password"), [("anna", PASSWORD + "!"), ("nobody", PASSWORD), ("", ""), ("anna", "")])
def test_wrong_log_in_says_the_same_whoever_it_was(
    client: CheckedClient, account: AddAccount, name: str, password: str
) -> None:
    account(Role.READER, name="anna")
    status, page = try_in(client, name, password)
    assert status == 422
    assert WRONG in page
    assert client.get_cookie("session") is None
    assert password not in page or not password


def test_unknown_name_costs_the_same_comparison(
    client: CheckedClient, account: AddAccount, comparisons: list[str | None]
) -> None:
    account(Role.READER, name="anna")
    try_in(client, "anna", "fel lösenord helt och hållet")
    try_in(client, "nobody", "fel lösenord helt och hållet")
    assert [hash_ is None for hash_ in comparisons] == [False, True]


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_guesses_are_slowed_over_all_processes_and_not_locked(
    make_app: MakeApp,
    settings: Settings,
    account: AddAccount,
    clock: Clock,
    comparisons: list[str | None],
    name: str,
) -> None:
    account(Role.READER, name="anna")
    account(Role.READER, name="noise")
    one, two = browser(make_app(settings)), browser(make_app(settings))
    for client in (one, two, one, two, one):
        assert try_in(client, name, "gissning")[0] == 422
    compared = len(comparisons)
    for client in (one, two):
        status, page = try_in(client, name)
        assert status == 429
        assert "Vänta" in page
        assert WRONG not in page
    assert len(comparisons) == compared
    assert try_in(two, "noise")[0] == 303
    clock.turn(seconds=6)
    assert try_in(two, name, "gissning")[0] == 422
    assert try_in(one, name)[0] == 429
    clock.turn(minutes=6)
    assert try_in(one, name)[0] == (303 if name == "anna" else 422)


def test_success_clears_the_slowing_of_its_name(client: CheckedClient, account: AddAccount) -> None:
    name = account(Role.READER)
    for _ in range(4):
        try_in(client, name, "gissning")
    assert try_in(client, name)[0] == 303
    for _ in range(4):
        assert try_in(client, name, "gissning")[0] == 422
    assert try_in(client, name)[0] == 303


def test_no_comparison_runs_over_the_limit(
    client: CheckedClient, account: AddAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = account(Role.READER)
    monkeypatch.setattr(passwords, "LONGEST_WAIT_S", 0.01)
    for _ in range(passwords.AT_ONCE):
        passwords._running.acquire()
    try:
        assert try_in(client, name)[0] == 503
    finally:
        for _ in range(passwords.AT_ONCE):
            passwords._running.release()
    assert try_in(client, name)[0] == 303


def test_new_token_at_every_log_in_and_the_old_one_is_dead(
    client: CheckedClient, account: AddAccount, make_app: MakeApp, settings: Settings
) -> None:
    name = account(Role.READER)
    client.set_cookie("session", "chosen by somebody else")
    assert try_in(client, name)[0] == 303
    first = client.get_cookie("session")
    assert first is not None
    assert first.value != "chosen by somebody else"
    assert try_in(client, name)[0] == 303
    second = client.get_cookie("session")
    assert second is not None
    assert second.value != first.value
    thief = browser(make_app(settings))
    thief.set_cookie("session", first.value)
    assert thief.get("/konto").status_code == 303


def test_log_out_ends_the_session_itself(login: Login, app: object, make_app: MakeApp, settings: Settings) -> None:
    client, other = login(Role.READER), login(Role.READER)
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert client.post("/logga-ut").headers["Location"] == "/logga-in"
    assert client.get_cookie("session") is None
    client.set_cookie("session", cookie.value)
    assert client.get("/konto").status_code == 303
    assert other.get("/konto").status_code == 200


def test_session_ends_when_idle_and_at_its_longest(login: Login, clock: Clock) -> None:
    idle, busy = login(Role.READER), login(Role.READER)
    clock.turn(hours=11)
    assert busy.get("/konto").status_code == 200
    clock.turn(hours=2)
    assert idle.get("/konto").status_code == 303
    for _ in range(14):
        assert busy.get("/konto").status_code == 200
        clock.turn(hours=11)
    assert busy.get("/konto").status_code == 200
    clock.turn(hours=2)
    assert busy.get("/konto").status_code == 303


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_use_is_written_down_at_most_every_five_minutes(login: Login, clock: Clock, web_database: Database) -> None:
    client = login(Role.READER)
    written = []
    for minutes in (1, 3, 2, 1, 4.5):
        clock.turn(minutes=minutes)
        with statements(web_database) as seen:
            client.get("/konto")
        written.append(sum(statement.startswith("UPDATE login") for statement in seen))
    assert written == [0, 0, 1, 0, 1]


@pytest.mark.parametrize("act", ["disable", "role", "password"])
def test_what_an_administrator_changes_ends_the_sessions_at_once(
    login: Login, web_database: Database, act: str
) -> None:
    client, noise = login(Role.PLANNER, name="anna"), login(Role.PLANNER, name="bertil")
    with web_database.transaction(EVERYTHING) as session:
        found, actor = accounts.find(session, "anna"), system(Door.CLI, NOON)
        if act == "disable":
            accounts.disable(session, found, actor=actor)
        elif act == "role":
            accounts.set_role(session, found, Role.READER, actor=actor)
        else:
            accounts.set_password(session, found, "en helt annan mening här", actor=actor)
    assert client.get("/konto").status_code == 303
    assert noise.get("/konto").status_code == 200
    assert try_in(client, "anna")[0] == (303 if act == "role" else 422)


def test_account_works_through_its_last_day(account: AddAccount, client: CheckedClient, clock: Clock) -> None:
    name = account(Role.AUDITOR, expires_on=NOON.date())
    clock.turn(hours=11.9)
    assert try_in(client, name)[0] == 303
    clock.turn(minutes=10)
    assert client.get("/konto").status_code == 303
    assert try_in(client, name)[0] == 422


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.org/",
        "//example.org/",
        "/\\example.org",
        "\\\\example.org",
        "/\t/example.org",
        " //example.org",
        "javascript:alert(1)",
        "konto",
        "/x\r\nSet-Cookie: a=b",
        "/" + "x" * 3000,
    ],
    ids=count(),
)
def test_log_in_never_leads_elsewhere(client: CheckedClient, account: AddAccount, app: object, elsewhere: str) -> None:
    name = account(Role.READER)
    answer = client.post("/logga-in", data={"name": name, "password": PASSWORD, "next": elsewhere})
    assert answer.status_code == 303
    home = client.get("/logga-in").headers["Location"]
    assert answer.headers["Location"] == home
    assert client.get("/logga-in", query_string={"next": elsewhere}).headers["Location"] == home


def test_cookie_is_bound_to_the_host_where_the_register_is_reached_by_https(
    make_app: MakeApp, settings: Settings, account: AddAccount
) -> None:
    client = browser(make_app(replace(settings, base_url="https://register.example.se")))
    data = {"name": account(Role.READER), "password": PASSWORD}
    answer = client.post("/logga-in", data=data, base_url="https://register.example.se")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-session=")
    parts = {part.strip() for part in cookie.split(";")[1:]}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
    assert not any(part.startswith("Domain") for part in parts)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_cookie_of_a_local_register_is_kept_from_scripts(client: CheckedClient, account: AddAccount) -> None:
    answer = client.post("/logga-in", data={"name": account(Role.READER), "password": PASSWORD})
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie
    assert "Secure" not in cookie


@pytest.mark.parametrize("name", ["\0", "anna\0", "\ud800", "a" * 5000])
def test_name_that_nobody_can_have_is_just_wrong(client: CheckedClient, account: AddAccount, name: str) -> None:
    account(Role.READER, name="anna")
    data = f"name={quote(name, errors='surrogatepass')}&password=fel"
    answer = client.post("/logga-in", data=data, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
