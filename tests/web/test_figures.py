from __future__ import annotations

import re

import pytest

from assetreg.db.session import Database
from assetreg.domain.terms import Role
from tests.web.conftest import Login
from tests.web.fleet import fill


def headlines(page: str) -> list[str]:
    return re.findall(r'headline__number"[^>]*>([^<]*)<', page)


def test_number_stands_first_with_its_parts_and_leads_to_its_rows(web_database: Database, login: Login) -> None:
    fill(web_database)
    client = login(Role.SUSTAINABILITY)
    page = client.get("/aterbruk?year=2026").get_data(as_text=True)
    assert headlines(page) == ["2", "1"]
    assert "50,0" in page
    addresses = {address.replace("&amp;", "&") for address in re.findall(r'href="(/utfall\?[^"]+)"', page)}
    assert "/utfall?ar=2026&indikator=I1&del=headline" in addresses
    for address in addresses:
        shown = re.search(rf'href="{re.escape(address.replace("&", "&amp;"))}"[^>]*>(\d+)<', page)
        assert shown is not None
        behind = client.get(address).get_data(as_text=True)
        assert re.search(rf"\b{shown[1]} (utfall|enhet|enheter)\b", behind), address


def test_year_known_by_its_total_is_marked_and_its_rows_stand_beside(web_database: Database, login: Login) -> None:
    fill(web_database)
    page = login(Role.AUDITOR).get("/aterbruk/2023").get_data(as_text=True)
    assert headlines(page) == ["864", "25"]
    assert page.count("endast totalsiffra") == 2
    assert "Enheterna i registret ger 0 för samma år." in page
    assert "78,5\u00a0%" in page


def test_reader_of_one_owner_gets_its_figures_and_nobody_elses(web_database: Database, login: Login) -> None:
    fill(web_database)
    client = login(Role.READER, "1861")
    page = client.get("/aterbruk?year=2026").get_data(as_text=True)
    assert headlines(page) == ["0", "1"]
    assert "Laxå" not in page
    assert "Totalt" not in page
    assert headlines(client.get("/aterbruk?year=2026&owner=1860").get_data(as_text=True)) == ["0", "1"]
    assert "864" not in client.get("/aterbruk/2023").get_data(as_text=True)


def test_reader_of_several_owners_gets_no_total(web_database: Database, login: Login) -> None:
    fill(web_database)
    page = login(Role.READER, "1860", "1861").get("/aterbruk?year=2026").get_data(as_text=True)
    assert headlines(page) == ["2", "0"]
    assert "Hallsberg" in page
    assert "Totalt" not in page


def test_choice_of_owner_shows_its_figures(web_database: Database, login: Login) -> None:
    fill(web_database)
    page = login(Role.ADMIN).get("/aterbruk?year=2026&owner=1861").get_data(as_text=True)
    assert headlines(page) == ["0", "1"]
    assert "agare=1861" in page


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("as_of=2026-03-31", ["1", "0"]),
        ("as_of=2026-11-20", ["2", "1"]),
        ("as_known_on=2026-11-19", ["0", "0"]),
        ("as_known_on=2026-11-20", ["2", "1"]),
    ],
)
def test_figures_can_be_asked_for_as_of_a_day_and_as_they_were_known(
    web_database: Database, login: Login, asked: str, shown: list[str]
) -> None:
    fill(web_database)
    answer = login(Role.AUDITOR).get(f"/aterbruk?year=2026&{asked}")
    assert answer.status_code == 200
    assert headlines(answer.get_data(as_text=True)) == shown


@pytest.mark.parametrize(
    "asked", ["as_of=2026-03-31", "as_known_on=2026-11-20", "as_of=2026-04-30&as_known_on=2026-11-20"]
)
def test_numbers_of_another_day_lead_to_the_rows_of_that_day(web_database: Database, login: Login, asked: str) -> None:
    fill(web_database)
    client = login(Role.AUDITOR)
    page = client.get(f"/aterbruk?year=2026&{asked}").get_data(as_text=True)
    addresses = set(re.findall(r'href="(/utfall\?[^"]+)"', page))
    assert addresses
    for address in addresses:
        shown = re.search(rf'href="{re.escape(address)}"[^>]*>(\d+)<', page)
        assert shown is not None
        behind = client.get(address.replace("&amp;", "&")).get_data(as_text=True)
        assert f'data-number="{shown[1]}"' in behind, address


def test_day_that_cannot_be_read_is_said_beside_its_field_and_kept(web_database: Database, login: Login) -> None:
    answer = login(Role.AUDITOR).get("/aterbruk?year=2026&as_of=i%20fjol")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="i fjol"' in page
    assert 'id="e-as_of"' in page


@pytest.mark.parametrize("year", ["0", "9999", "-1", "abc", "2026'", "99999999999999999999"])
def test_year_that_is_none_is_not_there(web_database: Database, login: Login, year: str) -> None:
    fill(web_database)
    client = login(Role.AUDITOR)
    assert client.get("/aterbruk", query_string={"year": year}).status_code == 404
    assert client.get("/utfall", query_string={"ar": year}).status_code == 404
    assert client.get(f"/aterbruk/{year}").status_code == 404
    assert client.get("/aterbruk/2023").status_code == 200


def test_day_that_has_not_come_is_said_beside_its_field(web_database: Database, login: Login) -> None:
    fill(web_database)
    answer = login(Role.AUDITOR).get("/aterbruk?year=2026&as_of=2026-11-21")
    assert answer.status_code == 422
    assert "2026-11-21 har inte varit än" in answer.get_data(as_text=True)


def test_year_of_the_page_is_marked_in_its_chart_and_named_beside_it(web_database: Database, login: Login) -> None:
    fill(web_database)
    client = login(Role.AUDITOR)
    for year in ("2023", "2026"):
        page = client.get(f"/aterbruk/{year}").get_data(as_text=True)
        assert page.count('class="c-chosen"') == 2
        assert re.findall(r'class="c-strong">(20\d\d)<', page) == [year, year]
    assert "så de går inte att lägga ihop till totalen" in client.get("/aterbruk/2023").get_data(as_text=True)
    assert "lägga ihop till totalen" not in client.get("/aterbruk/2026").get_data(as_text=True)


def test_empty_register_shows_nought_and_missing_shares(login: Login) -> None:
    page = login(Role.SUSTAINABILITY).get("/aterbruk?year=2026").get_data(as_text=True)
    assert headlines(page) == ["0", "0"]
    assert "saknas" in page
    assert "0,0" not in page


def test_part_of_a_kommun_is_told_why_there_is_nothing(web_database: Database, login: Login) -> None:
    from assetreg.domain.access import EVERYTHING
    from assetreg.services import places

    with web_database.transaction(EVERYTHING) as session:
        places.ensure(session, places.owner(session, "1860"), department="Skola", unit="Centralskolan")
    page = login(Role.READER, "1860/Centralskolan").get("/aterbruk").get_data(as_text=True)
    assert "Inga siffror att visa" in page
