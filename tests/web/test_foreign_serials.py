"""The page of refused serials, from the form that is refused to the line that is closed."""

from __future__ import annotations

import re

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Role
from assetreg.schemas.device import device_input
from assetreg.services import devices, identity
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Clock, Login
from tests.web.fleet import CLERK
from tests.web.test_session import statements

SERIAL = "5CG1234ABC"
PAGE = "/kvalitet/serial_refused"


@pytest.fixture
def held(web_database: Database) -> str:
    """The tag of a device of Hallsberg with the serial, one of Laxå beside it."""
    with web_database.transaction(EVERYTHING) as session:
        commands = [
            device_input({"owner": owner, "kind": "laptop", "serial": serial})
            for owner, serial in (("1861", SERIAL), ("1860", "EGEN0001"))
        ]
        return devices.register_many(session, commands, actor=CLERK)[0].tag


def register(client: CheckedClient, serial: str = SERIAL) -> str:
    """Sends the form of a new device, and gives what it answers to the refusal."""
    form = client.get("/enheter/ny").get_data(as_text=True)
    number = re.search(r'name="form_id" value="([^"]+)"', form)
    assert number is not None
    sent = {"form_id": number[1], "kind": "laptop", "serial": serial, "owner": "1860", "stage": "in_stock"}
    answer = client.post("/enheter/ny", data=sent)
    assert answer.status_code == 409
    return answer.get_data(as_text=True)


def closing(page: str) -> tuple[str, dict[str, str]]:
    """Where the first line's form goes, and what it sends."""
    form = r'action="(/kvalitet/serial_refused/\d+/klart)"><input type="hidden" name="times" value="(\d+)"'
    found = re.search(form, page)
    assert found is not None
    return found[1], {"times": found[2]}


def test_refused_form_tells_its_sender_nothing_and_the_administrator_all(held: str, login: Login) -> None:
    asker = login(Role.TECHNICIAN, "1860", name="kim", display_name="Kim Ek")
    said = register(asker)
    assert "kan inte registreras här, kontakta förvaltaren" in said
    assert held not in said
    assert "Hallsberg" not in said
    admin = login(Role.ADMIN)
    assert "Nekade serienummer" in admin.get("/").get_data(as_text=True)
    overview = admin.get("/kvalitet").get_data(as_text=True)
    assert f'href="{PAGE}">Visa alla 1<' in overview
    page = admin.get(PAGE).get_data(as_text=True)
    for word in (SERIAL, f'href="/enheter/{held}"', "Hallsberg", "Kim Ek", "Laxå", "Webbsidan", "2026-11-20 12:00"):
        assert word in page
    assert "gånger" not in page


def test_edit_that_takes_another_owners_serial_is_told_of(held: str, login: Login, web_database: Database) -> None:
    asker = login(Role.TECHNICIAN, "1860")
    with web_database.reading(EVERYTHING) as session:
        [device] = identity.find(session, "EGEN0001")
    answer = asker.post(f"/enheter/{device.tag}/andra", data={"version": device.version, "serial": SERIAL})
    assert answer.status_code == 409
    assert SERIAL in login(Role.ADMIN).get(PAGE).get_data(as_text=True)


def test_line_is_closed_once_and_for_all(held: str, login: Login) -> None:
    register(login(Role.TECHNICIAN, "1860"))
    admin = login(Role.ADMIN)
    address, sent = closing(admin.get(PAGE).get_data(as_text=True))
    for _ in range(2):
        answer = admin.post(address, data=sent)
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    page = admin.get(PAGE).get_data(as_text=True)
    assert f"Serienumret {SERIAL} är klart." in page
    assert "Inget att göra" in page


def test_line_that_has_grown_since_is_shown_again(held: str, login: Login, clock: Clock) -> None:
    asker, admin = login(Role.TECHNICIAN, "1860"), login(Role.ADMIN)
    register(asker)
    address, sent = closing(admin.get(PAGE).get_data(as_text=True))
    clock.turn(minutes=5)
    register(asker)
    answer = admin.post(address, data=sent)
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "har nekats igen" in page
    assert "2 gånger sedan 2026-11-20 12:00" in page
    address, sent = closing(page)
    assert admin.post(address, data=sent).status_code == 303


@pytest.mark.parametrize("sees", [("1860",), ("1861",)])
def test_administrator_of_one_owner_finds_no_such_list(held: str, login: Login, sees: tuple[str, ...]) -> None:
    register(login(Role.TECHNICIAN, "1860"))
    client = login(Role.ADMIN, *sees)
    assert "Nekade serienummer" not in client.get("/kvalitet").get_data(as_text=True)
    assert client.get(PAGE).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_other_roles_may_neither_see_nor_close(held: str, login: Login, role: Role) -> None:
    register(login(Role.TECHNICIAN, "1860"))
    address, sent = closing(login(Role.ADMIN).get(PAGE).get_data(as_text=True))
    client = login(role)
    assert client.get(PAGE).status_code == 403
    assert client.post(address, data=sent).status_code == 403
    assert SERIAL in login(Role.ADMIN).get(PAGE).get_data(as_text=True)


def test_hostile_serial_is_shown_as_text(login: Login, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        command = device_input({"owner": "1861", "kind": "laptop", "serial": "<b>5CG9</b>"})
        devices.register_many(session, [command], actor=CLERK)
    register(login(Role.TECHNICIAN, "1860"), "<b>5CG9</b>")
    page = login(Role.ADMIN).get(PAGE).get_data(as_text=True)
    assert "<b>5CG9" not in page
    assert "&lt;b&gt;5CG9" in page.replace("&lt;B&gt;", "&lt;b&gt;")


def test_page_asks_as_often_for_one_line_as_for_many(held: str, login: Login, web_database: Database) -> None:
    asker, admin = login(Role.TECHNICIAN, "1860"), login(Role.ADMIN)
    register(asker)
    with statements(web_database) as one:
        admin.get(PAGE)
    with web_database.transaction(EVERYTHING) as session:
        commands = [device_input({"owner": "1861", "kind": "laptop", "serial": f"MANGA{n:03}"}) for n in range(12)]
        devices.register_many(session, commands, actor=CLERK)
    for number in range(12):
        register(asker, f"MANGA{number:03}")
    with statements(web_database) as many:
        admin.get(PAGE)
    assert len(many) == len(one)
