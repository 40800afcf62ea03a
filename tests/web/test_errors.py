from __future__ import annotations

import logging

import pytest
from flask import Flask

from assetreg.db.session import Database
from assetreg.domain.errors import Conflict, Denied, Invalid, Missing, Overloaded
from assetreg.domain.terms import Role
from assetreg.web.visit import for_account, open_to_all
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Login


class Odd(Conflict):
    message = "Enheten {tag} är redan avslutad."


@pytest.mark.parametrize(
    ("raised", "status"),
    [(Invalid(), 422), (Odd(tag="<b>SK</b>"), 409), (Missing(), 404), (Denied(), 403), (Overloaded(), 503)],
)
def test_refusal_is_a_page_with_its_sentence(app: Flask, login: Login, raised: Exception, status: int) -> None:
    def view() -> str:
        raise raised

    app.add_url_rule("/odd", "odd", for_account(view))
    answer = login(Role.READER, "1860").get("/odd")
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert str(raised).replace("<b>SK</b>", "&lt;b&gt;SK&lt;/b&gt;") in page


def test_fault_shows_no_traceback_and_shares_its_number_with_the_log(
    app: Flask, login: Login, caplog: pytest.LogCaptureFixture
) -> None:
    def view() -> str:
        raise ZeroDivisionError("a secret")

    app.add_url_rule("/odd", "odd", for_account(view))
    answer = login(Role.READER).get("/odd")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "Traceback" not in page
    assert "a secret" not in page
    (record,) = [record for record in caplog.records if record.name == "assetreg.web"]
    assert record.levelno == logging.ERROR
    assert record.getMessage().split()[1].rstrip(":") in page


def test_address_that_is_not_there(client: CheckedClient) -> None:
    answer = client.get("/finns/inte")
    assert answer.status_code == 404
    assert "Sidan finns inte" in answer.get_data(as_text=True)


def test_wrong_method_says_which_are_right(client: CheckedClient) -> None:
    answer = client.delete("/logga-in")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_view_that_does_not_say_who_may_see_it_is_shown_to_nobody(app: Flask, login: Login) -> None:
    app.add_url_rule("/odd", "odd", lambda: "hemligt")
    answer = login(Role.ADMIN).get("/odd")
    assert answer.status_code == 500
    assert b"hemligt" not in answer.data


def test_database_that_does_not_answer_is_a_page_too(
    app: Flask, login: Login, web_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    client = login(Role.READER)

    def broken(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(web_database, "reading", broken)
    assert client.get("/konto").status_code == 503
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_data(as_text=True)) == (503, "Databasen svarar inte.\n")
    assert client.get("/healthz").status_code == 200


def test_too_large_a_request_is_refused(client: CheckedClient) -> None:
    answer = client.post("/logga-in", data={"name": "x" * 70_000, "password": "y"})
    assert answer.status_code == 413
    assert "större än" in answer.get_data(as_text=True)


def test_english_reader_is_answered_in_english_markup(client: CheckedClient) -> None:
    assert '<html lang="en"' in client.get("/nope", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert '<html lang="sv"' in client.get("/nope", headers={"Accept-Language": "de, fr"}).get_data(as_text=True)


def test_camera_is_allowed_where_a_page_asks_for_it(app: Flask, client: CheckedClient) -> None:
    from assetreg.web.headers import allow_camera

    def scan() -> str:
        allow_camera()
        return "ok"

    app.add_url_rule("/odd", "odd", open_to_all(scan))
    assert "camera=(self)" in client.get("/odd").headers["Permissions-Policy"]
    assert "camera=()" in client.get("/logga-in").headers["Permissions-Policy"]
