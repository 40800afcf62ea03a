from __future__ import annotations

import re
from html import unescape

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, Actor
from assetreg.domain.terms import Door, Indicator, Role
from assetreg.services import devices as register
from assetreg.services import figures, places
from assetreg.services.figures import YearQuestion
from assetreg.services.outcome_list import Part
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import NOON, Login
from tests.web.device_fleet import ERASED, device, end, fleet, reverse, step

READER = Actor(account=None, role=Role.ADMIN, door=Door.WEB, at=NOON)


@pytest.fixture
def ended(web_database: Database) -> list[str]:
    """Fifty-two reused laptops of Laxå, three recycled ones of Hallsberg and one of Gemensamt, and noise."""
    fleet(web_database)
    with web_database.transaction(EVERYTHING) as session:
        places.owner(session, "GEM").in_totals = False
        found = []
        for number in range(52):
            row = device(session, f"END{number:05}")
            end(session, row, "external_reuse", f"2025-01-{number % 28 + 1:02}", partner="Inrego", **ERASED)
            found.append(row.tag)
        for owner, count in (("1861", 3), ("GEM", 1)):
            for number in range(count):
                row = device(session, f"{owner}{number:05}", owner=owner)
                end(session, row, "material_recycling", "2025-02-02", **ERASED)
                found.append(row.tag)
        wrong = device(session, "WRONG001")
        reverse(
            session, end(session, wrong, "gift", "2025-03-03", decision="KS", valuation_sek="1", **ERASED), "2025-04-04"
        )
        waiting = device(session, "WAIT0001")
        step(session, waiting, "ready_for_disposal", date="2025-01-01", **ERASED)
        step(session, waiting, "dispatched", date="2025-12-20", receiver="Inrego")
    return found


def text(client: CheckedClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def number(page: str) -> int:
    found = re.search(r'data-number="(\d+)"', page)
    assert found
    return int(found[1])


def tags(page: str) -> list[str]:
    return re.findall(r'class="cell-main"><a[^>]*>([^<]+)</a>', page)


def test_page_says_the_number_that_led_to_it(login: Login, ended: list[str], web_database: Database) -> None:
    client = login(Role.SUSTAINABILITY)
    with web_database.reading(EVERYTHING) as session:
        report = figures.report(session, YearQuestion(2025), actor=READER)
    for row in report.rows:
        for part in Part:
            told = getattr(row.counted, part.value, None)
            if told is None:
                continue
            owner = f"&agare={row.owner}" if row.owner else ""
            page = text(client, f"/utfall?ar=2025&indikator={row.indicator.value}&del={part.value}{owner}")
            assert number(page) == told, (row.owner, part)
    total = report.row(Indicator.I1)
    assert total is not None
    assert total.counted.headline == 55


def test_pages_hold_every_row_once(login: Login, ended: list[str]) -> None:
    client, path, found = login(Role.AUDITOR), "/utfall?ar=2025&indikator=I1&del=headline", list[str]()
    while path:
        page = text(client, path)
        found += tags(page)
        link = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(link[1]) if link else ""
    assert sorted(found) == sorted(ended[:55])
    assert len(set(found)) == 55


def test_owner_that_a_number_names_goes_before_that_of_the_header(login: Login, ended: list[str]) -> None:
    client = login(Role.SUSTAINABILITY)
    path = "/utfall?ar=2025&indikator=I1&del=headline"
    assert number(text(client, path)) == 55
    assert number(text(client, path + "&agare=GEM")) == 1
    assert number(text(client, path + "&owner=GEM")) == 1
    assert number(text(client, path)) == 1
    assert number(text(client, path + "&agare=1861")) == 3
    assert number(text(client, path + "&owner=")) == 55


def test_reader_of_one_owner_sees_that_owners_rows_alone(login: Login, ended: list[str]) -> None:
    client = login(Role.READER, "1861")
    path = "/utfall?ar=2025&indikator=I1&del=headline"
    assert number(text(client, path)) == 3
    assert client.get(path + "&agare=1860").status_code == 422
    assert set(tags(text(client, "/utfall?ar=2025"))) == set(ended[52:55])


def test_without_a_number_the_year_is_shown_with_what_does_not_count(login: Login, ended: list[str]) -> None:
    page = text(login(Role.AUDITOR), "/utfall?ar=2025")
    assert number(page) == 57
    assert "Makulerat 2025-04-04" in page


def test_pending_devices_are_listed_with_the_day_they_left(
    login: Login, ended: list[str], web_database: Database
) -> None:
    page = text(login(Role.AUDITOR), "/utfall?ar=2025&indikator=I1&del=pending")
    assert number(page) == 1
    assert "2025-12-20" in page
    with web_database.reading(EVERYTHING) as session:
        assert register.get(session, tags(page)[0]).serial == "WAIT0001"


def test_chips_take_away_one_filter_each(login: Login, ended: list[str]) -> None:
    page = text(login(Role.AUDITOR), "/utfall?ar=2025&indikator=I1&del=reuse&agare=1860")
    chips = [unescape(url) for url in re.findall(r'<a class="chip" href="([^"]+)"', page)]
    assert chips == [
        "/utfall?ar=2025&indikator=I1&agare=1860",
        "/utfall?ar=2025&del=reuse&agare=1860",
        "/utfall?ar=2025&indikator=I1&del=reuse",
    ]


@pytest.mark.parametrize(
    ("query", "name"),
    [("indikator=I9", "indikator"), ("del=x", "del"), ("agare=x", "agare"), ("agare=%00", "agare"), ("cursor=x", "")],
)
def test_what_cannot_be_read_is_left_out_and_said(login: Login, ended: list[str], query: str, name: str) -> None:
    answer = login(Role.AUDITOR).get(f"/utfall?ar=2025&{query}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert number(page) == 57
    assert f'id="e-{name}"' in page if name else "Börja om från första sidan" in page
    assert 'class="chip"' not in page


@pytest.mark.parametrize("part", ["headline", ""])
def test_pages_walk_back_the_way_they_came(login: Login, ended: list[str], part: str) -> None:
    client = login(Role.AUDITOR)
    first = text(client, f"/utfall?ar=2025&del={part}")
    assert 'rel="prev"' not in first
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link is not None
    second = text(client, unescape(link[1]))
    back = re.search(r'rel="prev" href="([^"]+)"', second)
    assert back is not None
    again = text(client, unescape(back[1]))
    assert tags(again) == tags(first)
    assert 'rel="prev"' not in again


def test_file_is_offered_only_where_it_would_hold_the_same_rows(login: Login, ended: list[str]) -> None:
    client = login(Role.AUDITOR)
    path = "/utfall?ar=2025&indikator=I1&del="
    offered = {
        asked: "/export/aterbruk.xlsx" in text(client, path + asked)
        for asked in ("reuse", "reuse&owner=1860", "reuse&owner=", "pending", "reuse&agare=1860")
    }
    assert offered["reuse&owner=1860"]
    assert [asked for asked, found in offered.items() if found] == ["reuse&owner=1860"]
