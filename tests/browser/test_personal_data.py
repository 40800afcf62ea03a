"""The pages about people in a real browser: found, forgotten by keyboard, without JavaScript, and what axe says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.db.person import Person
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.retention import ReadWhat
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.schemas.device import device_input
from assetreg.services import accounts, devices, passwords, persons, places, reading_log
from assetreg.services.persons import PersonInput
from assetreg.services.pruning import running
from tests.browser.looks import Axe, faults
from tests.databases import SqliteDatabases
from tests.web.fleet import CLERK, make

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
PASSWORD = "ett gammalt paraply i hallen"
NAME = "Zacharina Qvistgren-Alexandersson"


@pytest.fixture
def database(sqlite_databases: SqliteDatabases, history_key: bytes) -> Iterator[Database]:
    url = sqlite_databases.migrated()
    opened = Database(url, history_key=history_key)
    yield opened
    opened.close()
    sqlite_databases.discard(url)


@pytest.fixture
def people(database: Database) -> dict[str, int]:
    """Zacharina has had a device and has none, Kim has one, somebody's time has passed and somebody is forgotten."""
    with database.transaction(EVERYTHING) as session:
        command = NewAccount(name="ada", display_name="Ada Min", role=Role.ADMIN, password=PASSWORD, places=())
        ada = accounts.add(session, command, actor=system(Door.CLI, NOON)).id
        laxa = places.owner(session, "1860")
        places.ensure(session, laxa, department="Barn och utbildning", unit="Centralskolan")
        at = places.find(session, laxa, unit="Centralskolan")
        told = PersonInput(NAME, "zacharina.qvistgren@laxa.example", "9137", at.department_id, at.unit_id)
        ids = {"zacharina": persons.add(session, laxa.id, told).id}
        ids["kim"] = persons.add(session, laxa.id, PersonInput("Kim Qvist", "kim@laxa.example", "1001")).id
        had, _ = (
            make(session, "1860", 1, stage="deployed", user="9137"),
            make(session, "1860", 2, stage="deployed", user="1001"),
        )
        devices.edit(session, had[0], device_input({"user": None}, reason=f"{NAME} lämnade åter"), actor=CLERK)
        old = persons.add(session, laxa.id, PersonInput("Gammal Person"))
        old.created_at = NOON - timedelta(days=800)
    running.run(database, actor=replace(CLERK, at=NOON - timedelta(days=1)))
    with database.transaction(EVERYTHING) as session:
        ids["gone"] = old.id
        again = persons.add(session, places.owner(session, "1860").id, PersonInput("Snart Glömd"))
        session.get_one(Person, again.id).created_at = NOON - timedelta(days=800)
        for number in range(12):
            actor = replace(CLERK, account=ada if number % 3 else None, at=NOON - timedelta(hours=number))
            what = list(ReadWhat)[number % len(ReadWhat)]
            person = ids["zacharina"] if number % 2 else None
            reading_log.at_once(session, what, actor=actor, person=person, count=1 if person else 50)
    return ids


@pytest.fixture
def address(
    database: Database,
    history_key: bytes,
    people: dict[str, int],
    live_app: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    url = database.url.render_as_string(hide_password=False)
    settings = Settings(database_url=url, secret_key=b"the key of every test, long enough", history_key=history_key)
    app = create_app(settings, database=database, clock=lambda: NOON)
    app.logger.disabled = True
    return live_app(app)


def log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/logga-in")
    page.get_by_label("Användarnamn").fill("ada")
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "logga-in" not in url)


def pages(people: dict[str, int]) -> dict[str, str]:
    person = f"/personer/{people['zacharina']}"
    return {
        "search": "/personer",
        "found": "/personer?namn=qvist",
        "not-found": "/personer?namn=hittasinte",
        "person": person,
        "user": f"/personer/{people['kim']}",
        "forgotten": f"/personer/{people['gone']}",
        "extract": f"{person}/utdrag",
        "forget": f"{person}/glom",
        "held": f"/personer/{people['kim']}/glom",
        "times": "/personuppgifter?rakna=1",
        "log": "/personuppgifter/lasningar",
        "log-empty": "/personuppgifter/lasningar?fran=2020-01-01&till=2020-01-02",
        "log-fault": "/personuppgifter/lasningar?fran=4/5/16",
    }


def test_every_page_is_whole_and_easy_to_use(page: Page, axe: Axe, address: str, people: dict[str, int]) -> None:
    log_in(page, address)
    wrong: dict[str, list[str]] = {}
    for name, path in pages(people).items():
        page.goto(address + path)
        wrong[name] = faults(page, axe)
    assert {name: found for name, found in wrong.items() if found} == {}


def test_person_is_found_and_forgotten_by_keyboard_alone(
    page: Page, axe: Axe, address: str, database: Database, people: dict[str, int]
) -> None:
    log_in(page, address)
    page.goto(f"{address}/personer")
    page.get_by_label("Namn, e-post eller nummer").focus()
    page.keyboard.type("qvistgren")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=NAME).focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Glöm personen").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Glöm personen").wait_for()
    page.get_by_role("button", name="Glöm personen").focus()
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert axe(page) == []
    page.get_by_label("Varför?").focus()
    page.keyboard.type("Begäran om radering")
    page.get_by_label("Jag förstår att det inte går att ångra.").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Glöm personen").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Pseudonymiserad 2026-11-20").wait_for()
    with database.reading(EVERYTHING) as session:
        assert session.get_one(Person, people["zacharina"]).name is None


def test_times_are_changed_and_the_log_narrowed_without_javascript(
    browser: Browser, address: str, people: dict[str, int]
) -> None:
    with browser.new_context(java_script_enabled=False, locale="sv-SE") as context:
        page = context.new_page()
        log_in(page, address)
        page.goto(f"{address}/personuppgifter")
        page.get_by_label("Personer utan enhet").fill("99")
        page.get_by_role("button", name="Spara tiderna").click()
        page.get_by_text("99 går inte").first.wait_for()
        page.get_by_label("Personer utan enhet").fill("6")
        page.get_by_role("button", name="Spara tiderna").click()
        page.get_by_text("Ändrat: personer utan enhet.").wait_for()
        page.get_by_role("button", name="Gallra nu").click()
        page.get_by_text("Gallringen står i kö.").wait_for()
        page.get_by_role("link", name="Läslogg").click()
        page.get_by_text("Filtrera").click()
        page.get_by_label("Vad", exact=True).select_option("extract")
        page.get_by_role("button", name="Visa", exact=True).click()
        assert page.locator("tbody tr").count() >= 1
        assert page.get_by_role("row", name="Sökning").count() == 0
