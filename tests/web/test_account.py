from __future__ import annotations

import re

import pytest

from assetreg.domain.terms import Role
from assetreg.web.account import device_of
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import PASSWORD, Clock, Login, MakeApp, browser
from tests.web.test_session import try_in

NEW = "fyra helt nya ord tillsammans"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"


def change(client: CheckedClient, current: str, new: str) -> tuple[int, str]:
    answer = client.post("/konto/losenord", data={"current_password": current, "new_password": new})
    return answer.status_code, answer.get_data(as_text=True)


def second_browser(client: CheckedClient, name: str) -> CheckedClient:
    other = browser(client.application)
    assert try_in(other, name)[0] == 303
    return other


def test_new_password_ends_every_other_log_in_and_keeps_this_one(login: Login) -> None:
    here, noise = login(Role.READER, "1860", name="anna"), login(Role.READER, name="bertil")
    there = second_browser(here, "anna")
    stolen = here.get_cookie("session")
    assert stolen is not None
    assert change(here, PASSWORD, NEW)[0] == 303
    assert here.get("/konto").status_code == 200
    assert there.get("/konto").status_code == 303
    assert noise.get("/konto").status_code == 200
    there.set_cookie("session", stolen.value)
    assert there.get("/konto").status_code == 303
    assert try_in(there, "anna")[0] == 422
    assert try_in(there, "anna", NEW)[0] == 303


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("fel", NEW, "current_password"),
        (PASSWORD, "k0rt", "new_password"),
        (PASSWORD, "password12345", "new_password"),
        (PASSWORD, "Lösenord2026!!", "new_password"),
        (PASSWORD, "111111111111111", "new_password"),
        (PASSWORD, "anna-stina 2026 sol", "new_password"),
        (PASSWORD, "x" * 201, "new_password"),
        (PASSWORD, "", "new_password"),
    ],
)
def test_password_that_is_not_accepted_is_named_beside_its_field(
    login: Login, current: str, new: str, field: str
) -> None:
    client = login(Role.READER, name="anna-stina")
    status, page = change(client, current, new)
    assert status == 422
    assert f'id="e-{field}"' in page
    assert not new or new not in page
    assert client.get("/konto").status_code == 200
    assert try_in(browser(client.application), "anna-stina")[0] == 303


def test_stolen_session_is_no_way_to_guess_the_password(login: Login, clock: Clock) -> None:
    client = login(Role.READER)
    for _ in range(5):
        assert "stämmer inte" in change(client, "gissning", NEW)[1]
    assert "Vänta" in change(client, PASSWORD, NEW)[1]
    clock.turn(seconds=10)
    assert change(client, PASSWORD, NEW)[0] == 303


def test_one_log_in_can_be_ended_from_another(login: Login) -> None:
    here, noise = login(Role.READER, name="anna"), login(Role.READER, name="bertil")
    there = second_browser(here, "anna")
    (address,) = re.findall(r'action="(/konto/inloggningar/\d+/avsluta)"', here.get("/konto").get_data(as_text=True))
    assert noise.post(address).status_code == 404
    assert there.get("/konto").status_code == 200
    assert here.post(address).status_code == 303
    assert there.get("/konto").status_code == 303
    assert here.get("/konto").status_code == 200
    assert here.post(address).status_code == 404


def test_language_and_theme_are_kept_with_the_account(login: Login, make_app: MakeApp) -> None:
    client = login(Role.READER, name="anna")
    assert '<html lang="sv">' in client.get("/konto").get_data(as_text=True)
    assert client.post("/konto/utseende", data={"language": "en", "theme": "dark"}).status_code == 303
    page = second_browser(client, "anna").get("/konto").get_data(as_text=True)
    assert '<html lang="en" data-theme="dark">' in page
    client.post("/logga-ut")
    assert 'data-theme="dark"' in client.get("/logga-in").get_data(as_text=True)


@pytest.mark.parametrize("stated", [{"language": "tlh", "theme": "dark"}, {"language": "sv", "theme": "<script>"}])
def test_unknown_preference_is_refused(login: Login, stated: dict[str, str]) -> None:
    client = login(Role.READER)
    assert client.post("/konto/utseende", data=stated).status_code == 422
    assert '<html lang="sv">' in client.get("/konto").get_data(as_text=True)


@pytest.mark.parametrize(
    ("agent", "shown"), [(FIREFOX, "Firefox, Linux"), (EDGE, "Edge, Windows"), ("curl/8.0 <b>", ""), ("", "")]
)
def test_log_in_is_shown_by_browser_and_system(login: Login, agent: str, shown: str) -> None:
    client = login(Role.READER)
    with client.application.test_request_context(headers={"Accept-Language": "sv"}):
        assert device_of(agent) == (shown or "Okänd webbläsare")
