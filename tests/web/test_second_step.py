"""Adding an app for codes, and the second step of a log-in that it leads to."""

from __future__ import annotations

import re
from dataclasses import replace

import pyotp
import pytest

from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.services import accounts, second_factors
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import NOON, PASSWORD, AddAccount, Clock, Login, MakeApp, browser
from tests.web.forms_filled import said
from tests.web.test_session import try_in

FACTORS, STEP = "/konto/tvasteg", "/logga-in/steg-2"
REGISTER = system(Door.CLI, NOON)


def begin(client: CheckedClient) -> pyotp.TOTP:
    """Asks for a new app and reads its secret from the page."""
    answer = client.post(f"{FACTORS}/app", data={"current_password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{FACTORS}/app")
    page = client.get(f"{FACTORS}/app").get_data(as_text=True)
    assert 'src="data:image/svg+xml;base64,' in page
    (secret,) = re.findall(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)
    return pyotp.TOTP(secret.replace(" ", ""))


def turn_on(client: CheckedClient, clock: Clock) -> tuple[pyotp.TOTP, list[str]]:
    app = begin(client)
    answer = client.post(f"{FACTORS}/app/bekrafta", data={"code": app.at(clock.at)})
    assert answer.status_code == 200
    codes = re.findall(r"<li><code>(.+?)</code>", answer.get_data(as_text=True))
    assert len(codes) == 10
    clock.turn(minutes=2)
    return app, codes


def first_step(client: CheckedClient, name: str, **more: str) -> None:
    answer = client.post("/logga-in", data={"name": name, "password": PASSWORD, **more})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(STEP)
    assert client.get_cookie("session") is None


def try_code(client: CheckedClient, code: str) -> tuple[int, str]:
    answer = client.post(STEP, data={"code": code})
    return answer.status_code, answer.get_data(as_text=True)


@pytest.fixture
def anna(login: Login) -> CheckedClient:
    login(Role.PLANNER, name="noise")
    return login(Role.PLANNER, name="anna")


def test_password_alone_is_no_longer_enough(anna: CheckedClient, clock: Clock) -> None:
    app, _ = turn_on(anna, clock)
    client = browser(anna.application)
    first_step(client, "anna", next="/konto?x=1")
    assert client.get("/konto").status_code == 303
    form = client.get(f"{STEP}?next=/konto?x=1").get_data(as_text=True)
    assert 'value="/konto?x=1"' in form
    answer = client.post(STEP, data={"code": app.at(clock.at), "next": "/konto?x=1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/konto?x=1")
    assert "anna" in client.get("/konto").get_data(as_text=True)
    assert try_in(browser(anna.application), "noise")[0] == 303


def test_step_is_the_browsers_own_and_is_over_once_used(anna: CheckedClient, clock: Clock) -> None:
    app, codes = turn_on(anna, clock)
    client, stranger = browser(anna.application), browser(anna.application)
    first_step(client, "anna")
    assert try_code(stranger, app.at(clock.at))[0] == 422
    assert stranger.get(STEP).headers["Location"] == "/logga-in"
    step = client.get_cookie("second-step")
    assert step is not None
    assert (step.http_only, step.same_site) == (True, "Lax")
    assert try_code(client, app.at(clock.at))[0] == 303
    stranger.set_cookie("second-step", step.value)
    assert try_code(stranger, codes[0])[0] == 422
    first_step(stranger, "anna")
    clock.turn(minutes=10)
    assert "tog för lång tid" in try_code(stranger, codes[0])[1]


def test_wrong_codes_are_slowed_and_the_right_one_then_works(anna: CheckedClient, clock: Clock) -> None:
    app, _ = turn_on(anna, clock)
    client = browser(anna.application)
    first_step(client, "anna")
    for _ in range(5):
        status, page = try_code(client, "000000")
        assert status == 422
        assert "Koden stämmer inte" in page
    status, page = try_code(client, app.at(clock.at))
    assert status == 429
    assert "Vänta" in page
    again = browser(anna.application)
    first_step(again, "anna")
    assert try_code(again, app.at(clock.at))[0] == 429
    clock.turn(seconds=7)
    assert try_code(client, app.at(clock.at))[0] == 303


def test_recovery_code_logs_in_once(anna: CheckedClient, clock: Clock) -> None:
    _, codes = turn_on(anna, clock)
    for status in (303, 422):
        client = browser(anna.application)
        first_step(client, "anna")
        assert try_code(client, codes[3])[0] == status
    assert "Du har 9 kvar" in anna.get(FACTORS).get_data(as_text=True)


def test_password_changed_between_the_steps_ends_them(
    anna: CheckedClient, clock: Clock, web_database: Database
) -> None:
    app, _ = turn_on(anna, clock)
    client = browser(anna.application)
    first_step(client, "anna")
    with web_database.transaction(EVERYTHING) as session:
        accounts.set_password(session, accounts.find(session, "anna"), "en helt annan mening här", actor=REGISTER)
    assert try_code(client, app.at(clock.at))[0] == 422
    assert client.get_cookie("session") is None


@pytest.mark.parametrize("act", ["disable", "expire"])
def test_account_closed_between_the_steps_lets_nobody_in(
    anna: CheckedClient, clock: Clock, web_database: Database, act: str
) -> None:
    app, _ = turn_on(anna, clock)
    client = browser(anna.application)
    first_step(client, "anna")
    with web_database.transaction(EVERYTHING) as session:
        row = accounts.find(session, "anna")
        if act == "disable":
            accounts.disable(session, row, actor=REGISTER)
        else:
            accounts.set_expiry(session, row, NOON.date().replace(day=1), actor=REGISTER)
    assert try_code(client, app.at(clock.at))[0] == 422


def test_everything_asks_for_the_password_first(anna: CheckedClient, clock: Clock) -> None:
    turn_on(anna, clock)
    for path in ("/app/ta-bort", "/reservkoder", "/passnycklar/1/ta-bort", "/app"):
        answer = anna.post(f"{FACTORS}{path}", data={"current_password": "fel"})
        assert answer.status_code == 409
        assert "lösenordet stämmer inte" in answer.get_data(as_text=True)
    assert "Du har 10 kvar" in anna.get(FACTORS).get_data(as_text=True)


def test_guesses_at_the_password_are_slowed_here_too(anna: CheckedClient) -> None:
    statuses = [anna.post(f"{FACTORS}/app", data={"current_password": "fel"}).status_code for _ in range(6)]
    assert statuses == [409] * 5 + [429]


def test_app_is_taken_away_and_the_password_is_enough_again(anna: CheckedClient, clock: Clock) -> None:
    turn_on(anna, clock)
    answer = anna.post(f"{FACTORS}/app/ta-bort", data={"current_password": PASSWORD})
    assert "Appen är borttagen" in said(anna, answer)
    assert try_in(browser(anna.application), "anna")[0] == 303


def test_secret_is_shown_until_it_is_confirmed_and_never_after(anna: CheckedClient, clock: Clock) -> None:
    assert anna.get(f"{FACTORS}/app").headers["Location"] == FACTORS
    app = begin(anna)
    assert anna.post(f"{FACTORS}/app/bekrafta", data={"code": "000000"}).status_code == 422
    anna.post(f"{FACTORS}/app/bekrafta", data={"code": app.at(clock.at)})
    assert anna.get(f"{FACTORS}/app").headers["Location"] == FACTORS
    assert anna.post(f"{FACTORS}/app/bekrafta", data={"code": app.at(clock.at)}).status_code == 409
    assert anna.post(f"{FACTORS}/app", data={"current_password": PASSWORD}).status_code == 409
    assert app.secret not in anna.get(FACTORS).get_data(as_text=True).replace(" ", "")


def test_codes_belong_to_a_second_step(anna: CheckedClient) -> None:
    answer = anna.post(f"{FACTORS}/reservkoder", data={"current_password": PASSWORD})
    assert answer.status_code == 409
    assert "tvåstegsinloggning" in answer.get_data(as_text=True)


def test_administrator_resets_another_and_the_account_is_out(
    anna: CheckedClient, login: Login, clock: Clock, web_database: Database
) -> None:
    turn_on(anna, clock)
    admin = login(Role.ADMIN)
    with web_database.reading(EVERYTHING) as session:
        number = accounts.find(session, "anna").id
        assert second_factors.needed(session, number)
    page = admin.get(f"/konton/{number}").get_data(as_text=True)
    assert "Nollställ tvåstegsinloggningen" in page
    assert "Lösenord och ett steg till" in admin.get("/konton").get_data(as_text=True)
    assert "nollställd" in said(admin, admin.post(f"/konton/{number}/tvasteg"))
    assert anna.get("/konto").status_code == 303
    assert try_in(browser(anna.application), "anna")[0] == 303
    assert "Nollställ" not in admin.get(f"/konton/{number}").get_data(as_text=True)


def test_administrator_without_one_is_told_at_log_in(login: Login, clock: Clock) -> None:
    admin, reader = login(Role.ADMIN), login(Role.READER)
    assert "skyddas bara av ett lösenord" in admin.get("/konto").get_data(as_text=True)
    assert "skyddas bara av ett lösenord" not in reader.get("/konto").get_data(as_text=True)


def test_role_that_must_have_one_gets_nowhere_until_it_has(
    make_app: MakeApp, settings: Settings, account: AddAccount, clock: Clock
) -> None:
    app = make_app(replace(settings, require_second_factor=frozenset({Role.ADMIN})))
    admin, reader = account(Role.ADMIN), account(Role.READER)
    client, other = browser(app), browser(app)
    assert try_in(other, reader)[0] == try_in(client, admin)[0] == 303
    assert other.get("/konton").status_code == 403
    for path in ("/konton", "/konton/nytt", "/enheter"):
        assert client.get(path).headers["Location"] == FACTORS
    assert client.post("/konton/nytt", data={"name": "ny"}).headers["Location"] == FACTORS
    assert "Din roll kräver" in client.get(FACTORS).get_data(as_text=True)
    turn_on(client, clock)
    assert client.get("/konton").status_code == 200
    assert client.post("/logga-ut").status_code == 303
