"""First pages, yearly figures and worklists in a real browser: sizes, themes, keyboard, no script, and axe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.services import accounts, passwords
from tests.browser.looks import Axe, faults, one_engine
from tests.web.fleet import fill

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
PASSWORD = "ett gammalt paraply i hallen"
PAGES = ("/aterbruk?year=2026", "/aterbruk/2023", "/aterbruk?year=2026&as_known_on=2026-11-20", "/kvalitet")


@pytest.fixture
def address(
    database: Database, history_key: bytes, live_app: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """The register with a small fleet and an account for every role, named as the role is."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    fill(database)
    with database.transaction(EVERYTHING) as session:
        for role in Role:
            command = NewAccount(name=role.value, display_name=role.sv, role=role, password=PASSWORD, places=())
            accounts.add(session, command, actor=system(Door.CLI, NOON))
    url = database.url.render_as_string(hide_password=False)
    settings = Settings(database_url=url, secret_key=b"the key of every test, long enough", history_key=history_key)
    app = create_app(settings, database=database, clock=lambda: NOON)
    app.logger.disabled = True
    return live_app(app)


def log_in(page: Page, address: str, role: Role) -> None:
    page.goto(f"{address}/logga-in")
    page.get_by_label("Användarnamn").fill(role.value)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "logga-in" not in url)


@one_engine
def test_first_page_of_every_role_fits_and_is_easy_to_use(page: Page, address: str, axe: Axe) -> None:
    wrong: dict[str, list[str]] = {}
    for role in Role:
        page.context.clear_cookies()
        log_in(page, address, role)
        wrong[role.value] = faults(page, axe)
    assert {name: found for name, found in wrong.items() if found} == {}


@one_engine
def test_figures_and_worklists_fit_and_are_easy_to_use(page: Page, address: str, axe: Axe) -> None:
    log_in(page, address, Role.ADMIN)
    wrong: dict[str, list[str]] = {}
    for path in PAGES:
        page.goto(f"{address}{path}")
        wrong[path] = faults(page, axe)
    assert {name: found for name, found in wrong.items() if found} == {}


def test_from_the_number_to_its_devices_by_keyboard_alone(page: Page, address: str) -> None:
    log_in(page, address, Role.SUSTAINABILITY)
    page.goto(f"{address}/aterbruk?year=2026")
    page.locator("a.headline__number").first.focus()
    assert page.evaluate("document.activeElement.innerText") == "2"
    page.keyboard.press("Enter")
    page.wait_for_url("**/utfall?**")
    assert page.locator("[data-number]").get_attribute("data-number") == "2"
    assert page.locator("tbody tr").count() == 2


def test_chart_has_its_figures_as_a_table_right_below(page: Page, address: str) -> None:
    log_in(page, address, Role.SUSTAINABILITY)
    page.goto(f"{address}/aterbruk?year=2026")
    page.get_by_text("Visa som tabell").first.click()
    table = page.locator("details[open] table").first
    row = table.get_by_role("row", name="2023")
    assert "864" in row.inner_text()
    assert "1\u00a0100" in row.inner_text()


def test_figures_of_an_earlier_day_need_no_script(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False, locale="sv-SE") as context:
        page = context.new_page()
        log_in(page, address, Role.AUDITOR)
        page.goto(f"{address}/aterbruk?year=2026")
        page.locator("summary", has_text="Per en viss dag").click()
        page.get_by_label("Utfall till och med").fill("2026-03-31")
        page.get_by_role("button", name="Visa", exact=True).click()
        assert page.locator(".headline__number").all_inner_texts() == ["1", "0"]
        assert page.get_by_label("Utfall till och med").input_value() == "2026-03-31"
