"""Logging in with the municipality's account, from the button to the page, against a real server of OpenID Connect."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.sign_in import ClaimKind
from assetreg.domain.terms import Door, Role
from assetreg.schemas.sign_in import RuleInput
from assetreg.services import accounts, sign_in_rules
from tests.openid_server import CLIENT_ID, SECRET, TENANT, Forgery, OpenIdServer, open_id_server
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import NOON, AddAccount, Clock, MakeApp, browser

HOME = "http://register.test:8000"
BACK = f"{HOME}/logga-in/kommunkonto/svar"
REGISTER = system(Door.CLI, NOON)


@pytest.fixture
def server(clock: Clock) -> Iterator[OpenIdServer]:
    with open_id_server(clock) as found:
        found.redirects.add(BACK)
        found.be("anna", roles=["Läsare"], sid="sid-1")
        yield found


@pytest.fixture
def directory_app(make_app: MakeApp, settings: Settings, server: OpenIdServer, web_database: Database) -> Flask:
    """An application whose people log in at the server; readers of Laxå are let in."""
    rule(web_database, "Läsare", Role.READER, "1860")
    rule(web_database, "Noise", Role.ADMIN)
    return make_app(
        replace(
            settings,
            base_url=HOME,
            entra_tenant=TENANT,
            oidc_issuer=server.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=SECRET,
        )
    )


def rule(database: Database, value: str, role: Role, *places: str, claim: ClaimKind = ClaimKind.APP_ROLE) -> None:
    with database.transaction(EVERYTHING) as session:
        command = RuleInput(claim=claim, value=value, role=role, whole=not places, places=places)
        sign_in_rules.add(session, command, actor=REGISTER)


@dataclass
class Person:
    """Someone with a browser, on a page of ours or on one of the server's."""

    client: CheckedClient
    server: OpenIdServer

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=HOME)

    def post(self, path: str, **data: Any) -> TestResponse:
        return self.client.post(path, data=data, base_url=HOME)

    def go(self, wanted: str = "") -> str:
        """Presses the button, and gives the address of the server that it leads to."""
        answer = self.get(f"/logga-in/kommunkonto?next={wanted}")
        assert answer.status_code == 303
        return answer.headers["Location"]

    def come_back(self, address: str) -> TestResponse:
        """What the browser does with the server's answer: it comes from another site."""
        assert address.startswith(BACK)
        parts = urlsplit(address)
        headers = {"Sec-Fetch-Site": "cross-site"}
        return self.client.get(f"{parts.path}?{parts.query}", base_url=HOME, headers=headers)

    def log_in(self, wanted: str = "") -> TestResponse:
        return self.come_back(self.server.visit(self.go(wanted)))

    def is_in(self) -> bool:
        return self.get("/konto").status_code == 200


@pytest.fixture
def anna(directory_app: Flask, server: OpenIdServer) -> Person:
    return Person(browser(directory_app), server)


@pytest.fixture
def bo(directory_app: Flask, server: OpenIdServer) -> Person:
    return Person(browser(directory_app), server)


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def test_button_leads_through_the_server_to_the_page_that_was_asked_for(anna: Person) -> None:
    asked = anna.get("/konto?x=1")
    form = text(anna.get(asked.headers["Location"]))
    assert "Logga in med kommunens konto" in form
    assert 'href="/logga-in/kommunkonto?next=/konto?x%3D1"' in form or "/logga-in/kommunkonto?next=" in form
    answer = anna.log_in("/konto?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/konto?x=1")
    page = text(anna.get("/konto"))
    assert "Anna" in page
    assert "Du loggar in med kommunens konto" in page
    assert "Nuvarande lösenord" not in page


def test_form_has_no_button_where_it_is_not_set_up(client: CheckedClient) -> None:
    assert "kommunens konto" not in text(client.get("/logga-in"))
    for path in ("", "/svar", "/svar?code=1&state=2"):
        assert client.get(f"/logga-in/kommunkonto{path}").status_code == 404
    assert client.get("/logga-ut/kommunkonto/signal?sid=1").status_code == 404


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/", "/\\example.org"])
def test_log_in_never_leads_elsewhere(anna: Person, elsewhere: str) -> None:
    home = anna.get("/").headers.get("Location", "/")
    assert "example.org" not in home
    assert anna.log_in(elsewhere).headers["Location"] == "/"


def test_answer_to_another_browser_or_attempt_lets_nobody_in(anna: Person, bo: Person) -> None:
    address = anna.server.visit(anna.go())
    bo.go()
    for thief in (bo, Person(browser(bo.client.application), bo.server)):
        answer = thief.come_back(address)
        assert answer.status_code == 422
        assert "tog för lång tid" in text(answer)
        assert not thief.is_in()
    assert anna.come_back(address).status_code == 303
    assert anna.come_back(address).status_code == 422


def test_attempt_is_over_after_ten_minutes(anna: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    address = anna.server.visit(anna.go())
    monkeypatch.setattr("assetreg.web.step_cookies.LASTS_S", -1)
    assert anna.come_back(address).status_code == 422
    assert not anna.is_in()


def test_cookie_of_an_attempt_cannot_be_written_by_others(anna: Person) -> None:
    address = anna.server.visit(anna.go())
    cookie = anna.client.get_cookie("sign-in", domain="register.test")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    anna.client.set_cookie("sign-in", cookie.value[::-1], domain="register.test")
    assert anna.come_back(address).status_code == 422


def test_new_session_at_every_log_in_and_the_old_one_is_dead(anna: Person, bo: Person) -> None:
    anna.client.set_cookie("session", "chosen by somebody else", domain="register.test")
    values = []
    for _ in range(2):
        anna.log_in()
        cookie = anna.client.get_cookie("session", domain="register.test")
        assert cookie is not None
        values.append(cookie.value)
    assert len({*values, "chosen by somebody else"}) == 3
    bo.client.set_cookie("session", values[0], domain="register.test")
    assert not bo.is_in()
    assert anna.is_in()


def test_no_secret_is_in_an_address_or_a_log_of_ours(anna: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="assetreg")
    address = anna.go()
    back = anna.server.visit(address)
    (code,) = parse_qs(urlsplit(back).query)["code"]
    answer = anna.come_back(back)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "code=" not in answer.headers["Location"]
    anna.server.forge = Forgery(claims={"nonce": "wrong"})
    anna.log_in()
    assert SECRET not in address + back
    assert not [record for record in caplog.records if code in record.getMessage() or SECRET in record.getMessage()]


@pytest.mark.parametrize(
    ("spoil", "status", "said"),
    [
        (lambda server: server.broken.add("/token 500"), 503, "svarar inte just nu"),
        (lambda server: server.broken.add("/keys html"), 503, "så länge"),
        (lambda server: setattr(server, "secret", "other"), 502, "invalid_client"),
        (lambda server: setattr(server, "forge", Forgery(claims={"aud": "x"})), 502, "aud"),
        (lambda server: setattr(server, "forge", Forgery(algorithm="none")), 502, "gick inte att lita på"),
        (lambda server: server.be("anna", roles=["Okänd"]), 403, "ingen behörighet till registret"),
        (lambda server: server.be("anna"), 403, "approll"),
    ],
)
def test_refusal_is_a_page_that_says_what_and_leaves_the_other_ways_open(
    anna: Person, spoil: Any, status: int, said: str
) -> None:
    spoil(anna.server)
    answer = anna.log_in()
    page = text(answer)
    assert answer.status_code == status
    assert said in page
    assert "Logga in med kommunens konto" in page
    assert 'name="password"' in page
    assert "Traceback" not in page
    assert not anna.is_in()


def test_server_that_is_silent_from_the_start_is_a_page_too(anna: Person) -> None:
    anna.server.broken.add(f"/{TENANT}/v2.0/.well-known/openid-configuration 500")
    answer = anna.get("/logga-in/kommunkonto")
    assert answer.status_code == 503
    assert "konto som bara finns här" in text(answer)


def test_whoever_turns_back_is_told_so_and_not_shown_what_the_server_wrote(anna: Person) -> None:
    answer = anna.come_back(anna.server.visit(anna.go(), "/cancel"))
    assert answer.status_code == 403
    assert "släppte inte in dig" in text(answer)
    assert "AADSTS" not in text(answer)


def test_too_many_groups_are_told_with_what_to_do(anna: Person, web_database: Database) -> None:
    rule(web_database, "g-1", Role.TECHNICIAN, claim=ClaimKind.GROUP)
    anna.server.be("anna", roles=["Läsare"], _claim_names={"groups": "src1"}, _claim_sources={"src1": {}})
    answer = anna.log_in()
    assert answer.status_code == 403
    assert "tilldelade programmet" in text(answer)


def test_rights_are_read_anew_and_those_without_any_are_logged_out_everywhere(
    anna: Person, bo: Person, web_database: Database
) -> None:
    rule(web_database, "g-1", Role.TECHNICIAN, claim=ClaimKind.GROUP)
    anna.log_in()
    assert "Kommunkontakt" in text(anna.get("/konto"))
    anna.server.be("anna", groups=["G-1"])
    bo.log_in()
    assert "Tekniker" in text(bo.get("/konto"))
    assert not anna.is_in()
    anna.server.be("anna")
    anna.log_in()
    assert not bo.is_in()


def test_account_that_is_closed_here_is_out_at_once_and_stays_out(
    anna: Person, bo: Person, web_database: Database
) -> None:
    anna.log_in()
    anna.server.be("bo", roles=["Läsare"])
    bo.log_in()
    with web_database.transaction(EVERYTHING) as session:
        accounts.disable(session, accounts.find(session, "anna@kommun.example"), actor=REGISTER)
    assert not anna.is_in()
    assert bo.is_in()
    anna.server.be("anna", roles=["Läsare"])
    answer = anna.log_in()
    assert answer.status_code == 403
    assert "stängt" in text(answer)


def test_no_password_logs_in_to_an_account_of_the_directory(anna: Person) -> None:
    anna.log_in()
    stranger = browser(anna.client.application)
    data = {"name": "anna@kommun.example", "password": ""}
    for password in ("", "None", "ett gammalt paraply i hallen"):
        assert stranger.post("/logga-in", data={**data, "password": password}, base_url=HOME).status_code == 422


def test_local_account_gets_in_while_the_server_is_down(anna: Person, account: AddAccount) -> None:
    anna.server.broken.update({"/token 500", f"/{TENANT}/v2.0/.well-known/openid-configuration 500"})
    name = account(Role.ADMIN)
    answer = anna.client.post(
        "/logga-in", data={"name": name, "password": "ett gammalt paraply i hallen"}, base_url=HOME
    )
    assert answer.status_code == 303
    assert anna.is_in()


def test_log_out_ends_ours_and_offers_theirs(anna: Person) -> None:
    anna.log_in()
    cookie = anna.client.get_cookie("session", domain="register.test")
    answer = anna.post("/logga-ut")
    assert answer.headers["Location"] == "/utloggad"
    assert 'href="/logga-ut/kommunkonto"' in text(anna.get("/utloggad"))
    assert cookie is not None
    anna.client.set_cookie("session", cookie.value, domain="register.test")
    assert not anna.is_in()
    anna.client.delete_cookie("session", domain="register.test")
    theirs = anna.get("/logga-ut/kommunkonto").headers["Location"]
    assert theirs.startswith(f"{anna.server.address}/logout?")
    assert parse_qs(urlsplit(theirs).query)["post_logout_redirect_uri"] == [f"{HOME}/logga-in"]


def test_link_from_another_site_logs_nobody_out(anna: Person) -> None:
    anna.log_in()
    anna.get("/logga-ut/kommunkonto")
    anna.get("/utloggad")
    assert anna.is_in()


def test_server_ends_the_session_it_names_and_no_other(anna: Person, bo: Person) -> None:
    anna.log_in()
    anna.server.be("bo", roles=["Läsare"], sid="sid-2")
    bo.log_in()
    stranger = browser(anna.client.application)
    signal = "/logga-ut/kommunkonto/signal"
    for query in ("", "?sid=", "?sid=sid-3", f"?sid=sid-1&iss={HOME}", "?sid=%00", f"?sid={'x' * 5000}"):
        assert stranger.get(f"{signal}{query}", base_url=HOME).status_code == 200
    assert anna.is_in()
    assert stranger.get(f"{signal}?sid=sid-1&iss={anna.server.issuer}", base_url=HOME).status_code == 200
    assert not anna.is_in()
    assert bo.is_in()


def test_address_of_the_answer_is_ours_whatever_host_the_request_states(anna: Person) -> None:
    address = anna.client.get("/logga-in/kommunkonto", base_url=HOME, headers={"X-Forwarded-Host": "evil.example"})
    asked = parse_qs(urlsplit(address.headers["Location"]).query)
    assert asked["redirect_uri"] == [BACK]
    assert anna.client.get("/logga-in/kommunkonto", base_url="http://evil.example").status_code == 400
