from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Role
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Clock, Login
from tests.web.fleet import fill, make


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_: Any, __: Any, statement: str, *rest: Any) -> None:
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine, "before_cursor_execute", note)


def figures(page: str) -> dict[str, str]:
    """The key figures of a page, by label."""
    numbers = re.findall(r'figure__number">\s*([^<]*?)\s*<.*?figure__label">([^<]*)<', page, re.DOTALL)
    return {label: number for number, label in numbers}


@pytest.mark.parametrize("role", list(Role))
def test_first_page_of_every_role_opens_on_an_empty_and_on_a_filled_register(
    web_database: Database, login: Login, role: Role
) -> None:
    client = login(role)
    assert client.get("/").status_code == 200
    fill(web_database)
    page = client.get("/")
    assert page.status_code == 200
    assert "Hej, " in page.get_data(as_text=True)


@pytest.mark.parametrize("role", list(Role))
def test_first_page_asks_as_much_of_a_large_register_as_of_a_small_one(
    web_database: Database, login: Login, role: Role
) -> None:
    fill(web_database)
    client = login(role)
    asked = []
    for _ in range(2):
        client.get("/")
        with statements(web_database) as said:
            client.get("/")
        asked.append(len(said))
        with web_database.transaction(EVERYTHING) as session:
            make(session, "1814", 60, purchased="2021-01-01", stage="deployed")
    assert asked[1] <= asked[0] <= 25


def test_planner_sees_what_is_due_and_where_it_is(web_database: Database, login: Login) -> None:
    fill(web_database)
    page = login(Role.PLANNER).get("/").get_data(as_text=True)
    shown = figures(page)
    assert (shown["försenade"], shown["saknar inköpsdatum"]) == ("1", "1")
    assert 'href="/enheter?due_to=2026-11-19&amp;sort=due"' in page
    assert "före 2026" in page
    assert "inga" in page


def test_numbers_of_the_first_page_are_those_of_the_lists_they_lead_to(web_database: Database, login: Login) -> None:
    fill(web_database)
    client = login(Role.PLANNER)
    page = client.get("/").get_data(as_text=True)
    links = re.findall(r'<a class="figure[^"]*" href="([^"]+)">\s*<span class="figure__number">([^<]*)', page)
    assert links
    for address, number in links:
        found = client.get(address.replace("&amp;", "&")).get_data(as_text=True)
        if number == "0":
            assert "Inga enheter" in found
        else:
            assert f"{number} enhet" in found


def test_kommun_reader_sees_its_own_devices_and_figures(web_database: Database, login: Login) -> None:
    fill(web_database)
    page = login(Role.READER, "1861").get("/").get_data(as_text=True)
    assert figures(page)["enheter"] == "1"
    assert "Hallsberg" in page
    assert "Laxå" not in page
    numbers = re.findall(r'headline__number"[^>]*>([^<]*)<', page)
    assert numbers == ["0", "1"]


def test_choice_of_owner_narrows_the_first_page(web_database: Database, login: Login) -> None:
    fill(web_database)
    client = login(Role.ADMIN)
    assert figures(client.get("/").get_data(as_text=True))["enheter i registret"] == "4"
    assert figures(client.get("/?owner=1861").get_data(as_text=True))["enheter i registret"] == "1"


def test_technician_finds_the_devices_it_touched_last(web_database: Database, login: Login) -> None:
    fill(web_database)
    client = login(Role.TECHNICIAN)
    assert "Inga enheter än" in client.get("/").get_data(as_text=True)
    assert (
        client.post(
            "/enheter/ny", data={"owner": "1860", "kind": "laptop", "serial": "MINEGEN1", "form_id": form_id(client)}
        ).status_code
        == 303
    )
    page = client.get("/").get_data(as_text=True)
    assert len(re.findall(r'<a href="/enheter/IT-', page)) == 1


def form_id(client: Any) -> str:
    page = client.get("/enheter/ny").get_data(as_text=True)
    found = re.search(r'name="form_id" value="([^"]+)"', page)
    return found[1] if found else ""


def test_admin_sees_the_accounts_that_nobody_uses(web_database: Database, login: Login, clock: Clock) -> None:
    login(Role.READER, name="vilande", display_name="Vilande kontot")
    assert "Vilande kontot" not in login(Role.ADMIN).get("/").get_data(as_text=True)
    clock.turn(days=91)
    client = login(Role.ADMIN)
    page = client.get("/").get_data(as_text=True)
    assert "Vilande kontot" in page
    assert figures(page)["konton som ingen använder"] == "2"


def test_mdm_lead_gets_no_numbers_that_nobody_knows(web_database: Database, login: Login) -> None:
    fill(web_database)
    page = login(Role.MDM).get("/").get_data(as_text=True)
    assert "Vi vet inte än vilka enheter som hanteras" in page
    assert figures(page)["enheter som ska hanteras"] == "4"


def test_overdue_are_those_of_past_years_and_of_this_year_until_yesterday(web_database: Database, login: Login) -> None:
    with web_database.transaction(EVERYTHING) as session:
        for owner, bought in (
            ("1860", "2020-01-01"),
            ("1814", "2023-05-05"),
            ("1814", "2022-11-19"),
            ("1814", "2022-11-20"),
        ):
            make(session, owner, 1, purchased=bought, stage="deployed")
    page = login(Role.PLANNER).get("/").get_data(as_text=True)
    assert figures(page)["försenade"] == str(counted(login(Role.PLANNER), "due_to=2026-11-19"))


def counted(client: CheckedClient, asked: str) -> int:
    found = re.search(r"(\d+) enheter", client.get(f"/enheter?{asked}").get_data(as_text=True))
    assert found is not None
    return int(found[1])
