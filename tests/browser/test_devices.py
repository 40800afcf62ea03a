"""The device pages in a real browser: a whole walk, the keyboard alone, no JavaScript, and what axe says of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, Actor, system
from assetreg.domain.terms import Door, Indicator, Role
from assetreg.schemas.account import NewAccount
from assetreg.services import accounts, figures, labels, passwords
from assetreg.services import devices as register
from assetreg.services.figures import YearQuestion
from tests.browser.looks import OVERFLOW, WIDTHS, Axe, faults, one_engine
from tests.web.device_fleet import ACTOR, Fleet, device, fleet, place, step

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
PASSWORD = "ett gammalt paraply i hallen"


@pytest.fixture
def devices(database: Database) -> Fleet:
    found = fleet(database)
    with database.transaction(EVERYTHING) as session:
        command = NewAccount(name="tekla", display_name="Tekla Ny", role=Role.TECHNICIAN, password=PASSWORD, places=())
        accounts.add(session, command, actor=system(Door.CLI, NOON))
    return found


@pytest.fixture
def address(
    database: Database,
    history_key: bytes,
    devices: Fleet,
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
    page.get_by_label("Användarnamn").fill("tekla")
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "logga-in" not in url)


def headline(database: Database) -> int:
    with database.reading(EVERYTHING) as session:
        actor = Actor(account=None, role=Role.ADMIN, door=Door.WEB, at=NOON)
        row = figures.report(session, YearQuestion(2026), actor=actor).row(Indicator.I1)
        assert row is not None
        return row.figures.headline


def test_from_a_label_to_the_yearly_figure(page: Page, address: str, database: Database, devices: Fleet) -> None:
    with database.reading(EVERYTHING) as session:
        token = labels.of_device(session, register.get(session, devices.ready))[0].token
    before = headline(database)
    log_in(page, address)
    page.goto(f"{address}/T/{token}")
    page.get_by_role("heading", name=devices.ready).wait_for()
    page.get_by_role("link", name="Registrera utfall").click()
    page.get_by_role("radio", name="Gåva").check()
    page.get_by_label("Beslut", exact=True).fill("KS 2026/12")
    page.get_by_role("textbox", name="Värdering").fill("1 200,50")
    page.get_by_role("button", name="Registrera utfallet").click()
    page.get_by_role("status").get_by_text("Utfallet är registrerat: gåva 2026-11-20").wait_for()
    assert headline(database) == before + 1
    page.goto(f"{address}/utfall?ar=2026&indikator=I1&del=headline")
    assert page.locator("[data-number]").get_attribute("data-number") == str(before + 1)
    page.get_by_role("link", name=devices.ready).click()
    page.get_by_role("link", name="Makulera utfallet").click()
    page.get_by_label("Varför?").fill("fel enhet")
    page.get_by_role("button", name="Makulera utfallet").click()
    page.get_by_role("status").get_by_text("Utfallet är makulerat").wait_for()
    assert headline(database) == before


def test_device_is_found_edited_and_saved_by_keyboard_alone(
    page: Page, address: str, database: Database, devices: Fleet
) -> None:
    log_in(page, address)
    page.goto(f"{address}/enheter")
    page.keyboard.press("/")
    page.keyboard.type("PF3USED1")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=devices.used).wait_for()
    reach(page, "Ändra uppgifter")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Ändra uppgifter").wait_for()
    reach(page, "Datornamn")
    page.keyboard.type("PC-LAX-7")
    reach(page, "Anmärkning")
    page.keyboard.type("Repa på locket")
    reach(page, "Spara ändringarna")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Uppgifterna är sparade").wait_for()
    with database.reading(EVERYTHING) as session:
        assert register.get(session, devices.used).hostname == "PC-LAX-7"


def reach(page: Page, name: str) -> None:
    """Tabs on until what has the focus is called so."""
    said = """() => {
        const at = document.activeElement;
        return (at.labels && at.labels[0] ? at.labels[0].innerText : at.innerText) || "";
    }"""
    for _ in range(90):
        page.keyboard.press("Tab")
        if page.evaluate(said).startswith(name):
            return
    raise AssertionError(f"the keyboard does not reach {name}")


@one_engine
def test_refused_form_leads_from_the_summary_to_the_field(page: Page, address: str, devices: Fleet) -> None:
    log_in(page, address)
    page.goto(f"{address}/enheter/{devices.stock}/steg/lend")
    page.get_by_role("button", name="Låna ut").click()
    summary = page.get_by_role("alert")
    summary.wait_for()
    assert page.evaluate("document.activeElement.hasAttribute('data-errors')")
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"


def test_selection_brings_the_bulk_bar_and_acts_on_all(
    page: Page, address: str, database: Database, devices: Fleet
) -> None:
    with database.transaction(EVERYTHING) as session:
        second = device(session, "BULK0002", unit="Centralskolan")
        step(session, second, "deployed", date="2026-01-01")
        tag = second.tag
    log_in(page, address)
    page.goto(f"{address}/enheter?stage=deployed&unit=Centralskolan")
    bar = page.get_by_role("region", name="Det du har valt")
    assert not bar.is_visible()
    page.get_by_label("Välj alla på sidan").check()
    assert "2" in bar.inner_text()
    bar.get_by_role("button", name="Återlämna").click()
    page.get_by_role("button", name="Återlämna 2 enheter").click()
    page.get_by_role("heading", name="2 enheter är återlämnade").wait_for()
    page.get_by_role("link", name="Tillbaka till listan").click()
    page.wait_for_url("**/enheter?stage=deployed&unit=Centralskolan")
    with database.reading(EVERYTHING) as session:
        assert {str(register.get(session, each).stage) for each in (tag, devices.used)} == {"returned"}


@one_engine
def test_fields_of_other_outcomes_are_out_of_the_way(page: Page, address: str, devices: Fleet) -> None:
    log_in(page, address)
    page.goto(f"{address}/enheter/{devices.stock}/utfall")
    decision, erased = page.get_by_label("Beslut", exact=True), page.get_by_label("Hur raderades den?")
    assert not decision.is_visible()
    assert not erased.is_visible()
    page.get_by_role("radio", name="Gåva").check()
    assert decision.is_visible()
    assert erased.is_visible()
    page.get_by_role("radio", name="Förlorad eller stulen").check()
    assert not erased.is_visible()
    assert page.get_by_label("Polisens diarienummer").is_visible()


def test_outcome_can_be_registered_without_javascript(
    browser: Browser, address: str, database: Database, devices: Fleet
) -> None:
    before = headline(database)
    with browser.new_context(java_script_enabled=False, locale="sv-SE") as context:
        page = context.new_page()
        log_in(page, address)
        page.goto(f"{address}/enheter/{devices.stock}/utfall")
        page.get_by_role("radio", name="Materialåtervinning").check()
        page.get_by_label("Hur raderades den?").select_option("destroy")
        page.get_by_role("button", name="Registrera utfallet").click()
        page.get_by_text("Utfallet är registrerat: materialåtervinning").wait_for()
        page.goto(f"{address}/enheter?stage=deployed")
        page.get_by_label(f"Välj {devices.used}").check()
        page.get_by_role("button", name="Återlämna").click()
        page.get_by_role("button", name="Återlämna 1 enhet").click()
        assert page.get_by_role("heading", name="1 enhet är återlämnad").is_visible()
    assert headline(database) == before + 1


def pages(devices: Fleet) -> dict[str, str]:
    used, stock = f"/enheter/{devices.used}", f"/enheter/{devices.stock}"
    return {
        "list": "/enheter",
        "nothing found": "/enheter?q=hittasinte",
        "filtered": "/enheter?kind=laptop&stage=deployed&due_to=x",
        "scan": "/enheter/sok",
        "scan, nothing found": "/enheter/sok?via=skanna&q=hittasinte",
        "no label": "/t/ZZZZZZZZ",
        "ended ones": "/enheter?show=ended",
        "new": "/enheter/ny",
        "scanned": used + "?via=skanna",
        "device": used + "?etikett=ersatt",
        "ended": f"/enheter/{devices.ended}",
        "edit": used + "/andra",
        "history": used + "/historik",
        "lend": stock + "/steg/lend",
        "wipe": stock + "/steg/wipe",
        "stolen": stock + "/steg/report_stolen",
        "refused": used + "/steg/wipe",
        "second life": used + "/nytt-liv",
        "swap": used + "/byt",
        "transfer": used + "/byt-agare",
        "label": used + "/etikett",
        "outcome": used + "/utfall",
        "outcomes": "/utfall",
        "number": "/utfall?ar=2026&indikator=I1&del=headline",
        "reversal": "/utfall/1/makulera",
    }


@one_engine
def test_every_page_is_whole_and_easy_to_use(page: Page, axe: Axe, address: str, devices: Fleet) -> None:
    log_in(page, address)
    wrong: dict[str, list[str]] = {}
    for name, path in pages(devices).items():
        page.goto(address + path)
        wrong[name] = faults(page, axe)
    assert {name: found for name, found in wrong.items() if found} == {}


@one_engine
def test_forms_with_faults_and_conflicts_are_easy_to_use_too(
    page: Page, axe: Axe, address: str, devices: Fleet
) -> None:
    log_in(page, address)
    page.goto(f"{address}/enheter/ny")
    page.get_by_role("button", name="Lägg till enheten").click()
    page.get_by_role("alert").wait_for()
    assert axe(page) == []
    page.get_by_label("Typ").select_option("laptop")
    page.get_by_role("combobox", name="Kommun").select_option("1860")
    page.get_by_label(re.compile("^Serienummer")).fill("PF3USED1")
    page.get_by_role("button", name="Lägg till enheten").click()
    page.get_by_role("link", name=f"Öppna {devices.used}").wait_for()
    assert axe(page) == []
    page.goto(f"{address}/enheter/{devices.used}/andra")
    other = page.context.new_page()
    other.goto(f"{address}/enheter/{devices.used}/andra")
    other.get_by_label(re.compile("^Datornamn")).fill("PC-A")
    other.get_by_role("button", name="Spara ändringarna").click()
    other.get_by_role("status").wait_for()
    page.get_by_label(re.compile("^Datornamn")).fill("PC-B")
    page.get_by_role("button", name="Spara ändringarna").click()
    page.get_by_role("heading", name="Någon hann före").wait_for()
    assert axe(page) == []
    page.get_by_role("radio", name="Datornamn: i registret nu, PC-A").check()
    page.get_by_role("button", name="Spara det valda").click()
    page.get_by_role("status").get_by_text("Inget var ändrat").wait_for()


@one_engine
def test_bound_label_prints_and_its_page_says_where_it_leads(
    page: Page, address: str, database: Database, devices: Fleet
) -> None:
    with database.transaction(EVERYTHING) as session:
        blank = labels.print_blank(session, 1, actor=ACTOR)[0].token
    log_in(page, address)
    page.goto(f"{address}/enheter/{devices.used}/etikett")
    page.get_by_label("Etikettens kod").fill(blank)
    page.get_by_role("button", name="Sätt på etiketten").click()
    page.get_by_role("status").get_by_text("sitter nu på enheten").wait_for()
    for size in (12, 25, 18):
        page.get_by_role("link", name=f"{size} mm").click()
        page.wait_for_url(f"**storlek={size}")
        widths = page.eval_on_selector_all(".label__code", "each => each.map(e => e.getBoundingClientRect().width)")
        assert [round(width * 25.4 / 96) for width in widths] == [size]
    page.emulate_media(media="print")
    shown = page.locator("main").inner_text()
    assert shown.split() == [devices.used, *shown.split()[1:]]
    assert len(shown.split()) == 2


def test_scanner_goes_from_device_to_device_and_from_a_blank_label_to_the_next(
    page: Page, address: str, database: Database, devices: Fleet
) -> None:
    with database.transaction(EVERYTHING) as session:
        first, second = (label.token for label in labels.print_blank(session, 2, actor=ACTOR))
    log_in(page, address)
    page.get_by_role("link", name="Skanna").first.click()
    for serial, tag in (("PF3USED1", devices.used), ("PF3STOCK", devices.stock)):
        page.keyboard.type(serial)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name=tag).wait_for()
    page.keyboard.type("finns inte")
    page.keyboard.press("Enter")
    page.get_by_text("Ingen enhet eller etikett stämmer med").first.wait_for()
    page.keyboard.type(first)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Etiketten sitter inte på någon enhet än").wait_for()
    page.keyboard.type("PF3STOCK")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Behåll båda").click()
    page.get_by_role("status").get_by_text(f"sitter nu på {devices.stock}").wait_for()
    page.keyboard.type(second)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Etiketten sitter inte på någon enhet än").wait_for()


@one_engine
def test_long_names_stay_within_the_page(page: Page, address: str, database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        tag = device(session, "LONG0001", model="M" * 110, manufacturer="T" * 60, hostname="h" * 60).tag
    log_in(page, address)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/enheter?q=LONG0001", f"/enheter/{tag}", f"/enheter/{tag}/andra"):
            page.goto(address + path)
            assert page.evaluate(OVERFLOW) == 0, (width, path)


@one_engine
def test_suggested_units_are_those_of_the_kommun_that_is_chosen(
    page: Page, address: str, database: Database, devices: Fleet
) -> None:
    with database.transaction(EVERYTHING) as session:
        place(session, "1814", "Fjugesta skola")
    log_in(page, address)
    page.goto(f"{address}/enheter/{devices.used}/byt-agare")
    offered = "Array.from(document.querySelectorAll('#l-unit option'), option => option.value)"
    assert page.evaluate(offered) == ["Alléskolan", "Fjugesta skola"]
    page.get_by_role("radio", name="Hallsberg").check()
    assert page.evaluate(offered) == ["Alléskolan"]
    page.get_by_role("radio", name="Lekeberg").check()
    assert page.evaluate(offered) == ["Fjugesta skola"]


SCROLLED = """() => new Promise(done => {
    const look = () => window.scrollY > 500 ? done() : requestAnimationFrame(look);
    look();
})"""


@one_engine
def test_head_of_the_list_stays_whole_under_the_header(page: Page, address: str, database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        for n in range(40):
            device(session, f"TALL{n:04}")
    log_in(page, address)
    page.set_viewport_size({"width": 1440, "height": 700})
    page.goto(f"{address}/enheter")
    page.mouse.wheel(0, 900)
    page.locator("html").evaluate(SCROLLED)
    tops = page.eval_on_selector_all("thead tr > *", "each => each.map(e => Math.round(e.getBoundingClientRect().top))")
    header = page.evaluate("Math.round(document.querySelector('header').getBoundingClientRect().bottom)")
    assert set(tops) == {header - 1} or set(tops) == {header}


@one_engine
def test_phone_keeps_the_cards_in_sight(page: Page, address: str, devices: Fleet) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page, address)
    page.goto(f"{address}/enheter")
    top = "document.querySelector('tbody tr').getBoundingClientRect().top"
    assert page.evaluate(top) < 350
    page.get_by_label(f"Välj {devices.used}").check()
    bar = page.get_by_role("region", name="Det du har valt").bounding_box()
    assert bar is not None
    assert bar["height"] < 80
    assert page.get_by_label("Välj alla på sidan").count() == 1
    assert not page.get_by_label("Välj alla på sidan").is_visible()
    page.goto(f"{address}/enheter/{devices.used}")
    page.locator(".device__acts summary").click()
    last = page.locator(".device__acts .menu__list a").last
    last.scroll_into_view_if_needed()
    assert last.inner_text() == "Anmäl stulen"
    box = last.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 844 - 68
