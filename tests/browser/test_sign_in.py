"""Signing in with a real browser: the municipality's account, a passkey, a code from an app; and how the pages hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from argon2 import PasswordHasher

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.sign_in import ClaimKind
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.schemas.sign_in import RuleInput
from assetreg.services import accounts, passwords, sign_in_rules
from tests.browser.looks import Axe, faults
from tests.databases import SqliteDatabases
from tests.openid_server import CLIENT_ID, SECRET, TENANT, OpenIdServer, open_id_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "ett gammalt paraply i hallen"
REGISTER = system(Door.CLI, datetime(2026, 11, 20, 11, tzinfo=UTC))


@dataclass
class Place:
    """The register's address, by name because passkeys want one, and the log-in server beside it."""

    address: str
    server: OpenIdServer


class Later:
    """An application that is put in place once its address is known."""

    def __init__(self) -> None:
        self.app: Any = None

    def __call__(self, environ: Any, start: Any) -> Any:
        return self.app(environ, start)


@pytest.fixture
def database(sqlite_databases: SqliteDatabases, history_key: bytes) -> Iterator[Database]:
    url = sqlite_databases.migrated()
    opened = Database(url, history_key=history_key)
    with opened.transaction(EVERYTHING) as session:
        for name, shown, role in (("astrid", "Astrid Ek", Role.ADMIN), ("tekla", "Tekla Ny", Role.TECHNICIAN)):
            command = NewAccount(name=name, display_name=shown, role=role, password=PASSWORD)
            accounts.add(session, command, actor=REGISTER)
        for value, role, places in (("Läsare.Laxå", Role.READER, ("1860",)), ("Drift", Role.ADMIN, ())):
            stated = RuleInput(claim=ClaimKind.APP_ROLE, value=value, role=role, whole=not places, places=places)
            sign_in_rules.add(session, stated, actor=REGISTER)
    yield opened
    opened.close()
    sqlite_databases.discard(url)


@pytest.fixture
def place(
    database: Database, history_key: bytes, live_app: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    later = Later()
    address = live_app(later).replace("127.0.0.1", "localhost")
    with open_id_server() as server:
        server.redirects.add(f"{address}/logga-in/kommunkonto/svar")
        server.be("anna", name="Anna Ring", roles=["Läsare.Laxå"])
        settings = Settings(
            database_url=database.url.render_as_string(hide_password=False),
            secret_key=b"the key of every test, long enough",
            history_key=history_key,
            base_url=address,
            entra_tenant=TENANT,
            oidc_issuer=server.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=SECRET,
        )
        later.app = create_app(settings, database=database)
        yield Place(address, server)


@pytest.fixture
def authenticator(page: Page) -> Iterator[Any]:
    """A telephone that makes passkeys and knows its owner; says what it holds."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    number = made["authenticatorId"]

    def tell(verb: str, **more: Any) -> Any:
        return session.send(f"WebAuthn.{verb}", {"authenticatorId": number, **more})

    yield tell
    session.detach()


def log_in(page: Page, place: Place, name: str = "tekla") -> None:
    page.goto(f"{place.address}/logga-in")
    page.get_by_label("Användarnamn").fill(name)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in", exact=True).click()


def log_out(page: Page) -> None:
    page.locator(".user summary").click()
    page.get_by_role("button", name="Logga ut").first.click()


def add_app(page: Page, place: Place) -> tuple[pyotp.TOTP, list[str]]:
    page.goto(f"{place.address}/konto/tvasteg")
    page.get_by_label("Nuvarande lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Lägg till en app").click()
    app = pyotp.TOTP(page.locator("main code").inner_text().replace(" ", ""))
    assert page.locator("img.otp").evaluate("image => image.naturalWidth") > 0
    page.get_by_label("Kod").fill(app.now())
    page.get_by_role("button", name="Slå på").click()
    return app, page.locator("ol.codes code").all_inner_texts()


def add_passkey(page: Page, place: Place, name: str) -> None:
    page.goto(f"{place.address}/konto/tvasteg")
    page.get_by_label("Nuvarande lösenord").fill(PASSWORD)
    page.get_by_label("Namn på den nya passnyckeln").fill(name)
    page.get_by_role("button", name="Lägg till en passnyckel").click()
    page.get_by_text("Passnyckeln är tillagd").wait_for()


def test_municipal_account_there_and_back_and_out_of_both(page: Page, place: Place) -> None:
    page.goto(f"{place.address}/konto")
    page.get_by_role("link", name="Logga in med kommunens konto").click()
    assert page.url.startswith(place.server.address)
    page.get_by_role("link", name="continue").click()
    assert page.url == f"{place.address}/konto"
    assert "Anna Ring" in page.locator("main").inner_text()
    log_out(page)
    assert page.url == f"{place.address}/utloggad"
    page.get_by_role("link", name="Logga ut ur kommunens konto").click()
    assert page.url == f"{place.address}/logga-in"
    assert place.server.asked["/logout"] == 1


def test_turning_back_leads_to_the_log_in_page(page: Page, place: Place) -> None:
    page.goto(f"{place.address}/logga-in/kommunkonto")
    page.get_by_role("link", name="cancel").click()
    assert "släppte inte in dig" in page.locator("main").inner_text()
    log_in(page, place)
    assert page.url == f"{place.address}/"


def test_passkey_is_made_and_then_logs_in_without_a_password(
    page: Page, place: Place, authenticator: Callable[..., Any]
) -> None:
    log_in(page, place)
    add_passkey(page, place, "Telefonen")
    (held,) = authenticator("getCredentials")["credentials"]
    assert (held["rpId"], held["isResidentCredential"]) == ("localhost", True)
    log_out(page)
    page.goto(f"{place.address}/konto")
    page.get_by_role("button", name="Logga in med passnyckel").click()
    page.wait_for_url(f"{place.address}/konto")
    assert "Tekla Ny" in page.locator("main").inner_text()
    log_out(page)
    log_in(page, place)
    assert page.url.startswith(f"{place.address}/logga-in/steg-2")
    page.get_by_role("button", name="Logga in med passnyckel").click()
    page.wait_for_url(f"{place.address}/")
    page.goto(f"{place.address}/konto/tvasteg")
    assert "senast använd 2" in page.locator("main").inner_text()
    page.get_by_label("Nuvarande lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Ta bort Telefonen").click()
    log_out(page)
    page.get_by_role("button", name="Logga in med passnyckel").click()
    assert "gick inte att använda" in page.get_by_role("alert").inner_text()


def test_owner_who_does_not_prove_it_gets_a_sentence(
    page: Page, place: Place, authenticator: Callable[..., Any]
) -> None:
    log_in(page, place)
    add_passkey(page, place, "Telefonen")
    log_out(page)
    authenticator("setUserVerified", isUserVerified=False)
    page.get_by_role("button", name="Logga in med passnyckel").click()
    alert = page.get_by_role("alert").filter(has_text="Ingen passnyckel användes")
    alert.wait_for()
    assert page.url.startswith(f"{place.address}/logga-in")
    authenticator("setUserVerified", isUserVerified=True)
    page.get_by_role("button", name="Logga in med passnyckel").click()
    page.wait_for_url(f"{place.address}/")


def test_wrong_password_before_a_new_passkey_is_said_where_it_happened(
    page: Page, place: Place, authenticator: Callable[..., Any]
) -> None:
    log_in(page, place)
    page.goto(f"{place.address}/konto/tvasteg")
    page.get_by_role("button", name="Lägg till en passnyckel").click()
    page.get_by_role("alert").filter(has_text="lösenordet stämmer inte").wait_for()
    assert authenticator("getCredentials")["credentials"] == []


def test_app_and_recovery_code_by_keyboard_and_without_javascript(browser: Browser, place: Place) -> None:
    with browser.new_context(java_script_enabled=False, locale="sv-SE") as context:
        page = context.new_page()
        log_in(page, place)
        _, codes = add_app(page, place)
        assert len(codes) == 10
        log_out(page)
        assert "behöver webbläsaren JavaScript" in page.locator("main").inner_text()
        assert not page.get_by_role("button", name="Logga in med passnyckel").is_visible()
        log_in(page, place)
        page.get_by_label(re.compile("Kod från appen")).press_sequentially(codes[0])
        page.keyboard.press("Enter")
        page.wait_for_url(f"{place.address}/")


def looked_at(page: Page, axe: Axe, name: str) -> list[str]:
    return [f"{name}: {fault}" for fault in faults(page, axe)]


def test_every_page_is_easy_to_use(page: Page, place: Place, axe: Axe, authenticator: Callable[..., Any]) -> None:
    wrong: list[str] = []
    for name, path in (("log in", "/logga-in"), ("left", "/utloggad")):
        page.goto(f"{place.address}{path}")
        wrong += looked_at(page, axe, name)
    log_in(page, place, "astrid")
    for path in ("/konto", "/konto/tvasteg", "/konton", "/konton/1", "/konton/regler", "/konton/regler/1"):
        page.goto(f"{place.address}{path}")
        wrong += looked_at(page, axe, path)
    page.goto(f"{place.address}/konton/regler/ny")
    page.get_by_role("button", name="Lägg till regeln").click()
    wrong += looked_at(page, axe, "refused rule")
    add_passkey(page, place, "Telefonen")
    page.get_by_label("Nuvarande lösenord").fill(PASSWORD)
    page.goto(f"{place.address}/konto/tvasteg")
    wrong += looked_at(page, axe, "factors with a passkey")
    page.get_by_label("Nuvarande lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Lägg till en app").click()
    wrong += looked_at(page, axe, "app")
    add_app_codes(page)
    wrong += looked_at(page, axe, "codes")
    log_out(page)
    log_in(page, place, "astrid")
    wrong += looked_at(page, axe, "second step")
    page.get_by_label(re.compile("Kod från appen")).fill("1")
    page.get_by_role("button", name="Fortsätt").click()
    wrong += looked_at(page, axe, "wrong code")
    assert wrong == []


def add_app_codes(page: Page) -> None:
    app = pyotp.TOTP(page.locator("main code").inner_text().replace(" ", ""))
    page.get_by_label("Kod").fill(app.now())
    page.get_by_role("button", name="Slå på").click()
    page.locator("ol.codes").wait_for()
