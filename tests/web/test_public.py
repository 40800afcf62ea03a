from __future__ import annotations

import secrets

import pytest
from flask import Flask

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.identifiers import new_token
from assetreg.domain.terms import LabelState, Role
from tests.db import rows
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Login, browser
from tests.web.test_session import statements

MALFORMED = ("ABCDEFG", "ABCDEFGHI", "11111111", "abcd-efgh", "å", "..%2f..%2fetc", "x/y", "%00", "A" * 3000, "🙂")


@pytest.fixture
def tokens(web_database: Database) -> dict[str, str]:
    """Labels of every sort: on a device of owner 1860, replaced on it, on one of 1861, blank, void, and none at all."""
    with web_database.transaction(EVERYTHING) as session:
        ours, theirs = rows.owner(session, "1860x"), rows.owner(session, "1861x")
        found = {name: new_token(secrets.choice) for name in ("ours", "old", "theirs", "blank", "void", "none")}
        device, other = rows.device(session, ours, tag="SK-1"), rows.device(session, theirs, tag="SK-2")
        rows.label(session, device, found["ours"])
        old = rows.label(session, device, found["old"])
        old.state = LabelState.REPLACED
        rows.label(session, other, found["theirs"])
        rows.label(session, None, found["blank"])
        void = rows.label(session, None, found["void"])
        void.state = LabelState.VOID
    return found


@pytest.fixture(autouse=True)
def device_page(app: Flask) -> None:
    if "devices.show" not in app.view_functions:
        from assetreg.web.visit import for_account

        app.add_url_rule("/enheter/<tag>", "devices.show", for_account(lambda tag: "here"))


def answer_to(client: CheckedClient, token: str, prefix: str = "t") -> tuple[int, list[tuple[str, str]], bytes]:
    answer = client.get(f"/{prefix}/{token}")
    headers = sorted(each for each in answer.headers if each[0] != "X-Request-Id")
    return answer.status_code, headers, answer.data


def test_nobody_gets_one_page_whoever_the_label_is_and_nothing_is_looked_up(
    client: CheckedClient, tokens: dict[str, str], web_database: Database
) -> None:
    with statements(web_database) as seen:
        answers = [answer_to(client, token) for token in (*tokens.values(), *MALFORMED)]
        answers += [answer_to(client, token.lower(), "T") for token in tokens.values()]
    assert seen == []
    assert all(answer == answers[0] for answer in answers)
    status, headers, page = answers[0]
    assert status == 200
    assert b'name="robots" content="noindex"' in page
    named = dict(headers)
    assert named["Referrer-Policy"] == "no-referrer"
    assert named["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in named
    assert not any(token.encode() in page for token in tokens.values())


def test_way_to_the_log_in_leads_back_to_the_label(client: CheckedClient, tokens: dict[str, str]) -> None:
    page = client.get(f"/t/{tokens['ours']}").get_data(as_text=True)
    assert 'href="?personal"' in page
    answer = client.get(f"/t/{tokens['ours']}?personal")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/logga-in?next=/t/{tokens['ours']}")


def test_staff_is_led_to_the_device(login: Login, tokens: dict[str, str]) -> None:
    client = login(Role.READER, "1860x")
    for path in (f"/t/{tokens['ours']}", f"/T/{tokens['ours']}", f"/t/{tokens['ours'].lower()}"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/enheter/SK-1")
    assert client.get(f"/t/{tokens['old']}").headers["Location"] == "/enheter/SK-1?etikett=ersatt"
    blank = client.get(f"/t/{tokens['blank']}")
    assert blank.status_code == 200
    assert "sitter inte på någon enhet" in blank.get_data(as_text=True)


def test_staff_cannot_tell_a_label_it_may_not_see_from_one_that_is_not(login: Login, tokens: dict[str, str]) -> None:
    staff = login(Role.READER, "1860x")
    nobodys = told(staff, tokens["none"])
    assert nobodys[0] == 404
    assert "Ingen sådan etikett" in nobodys[1]
    for token in (tokens["theirs"], *MALFORMED):
        assert told(staff, token) == nobodys


def test_staff_is_told_that_a_label_is_void(login: Login, tokens: dict[str, str]) -> None:
    status, page = told(login(Role.READER, "1860x"), tokens["void"])
    assert status == 200
    assert "Etiketten är makulerad" in page


def told(client: CheckedClient, token: str) -> tuple[int, str]:
    """The page without its own address, which it repeats in the choice of kommun and language."""
    answer = client.get(f"/t/{token}")
    return answer.status_code, answer.get_data(as_text=True)


def test_forged_cookie_is_nobody(app: Flask, tokens: dict[str, str], client: CheckedClient) -> None:
    forger = browser(app)
    forger.set_cookie("session", "x" * 43)
    assert answer_to(forger, tokens["ours"]) == answer_to(client, tokens["ours"])
