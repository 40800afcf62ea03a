from __future__ import annotations

import re
from typing import Any

import pytest

from assetreg.db.session import Database
from assetreg.domain.terms import Role
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Clock, Login, browser
from tests.web.test_session import statements, try_in

PASSWORD = "sju sjösjuka sjömän sjunger"


def stated(**changes: Any) -> dict[str, Any]:
    usual = {
        "name": "Ny.Person",
        "display_name": "Ny Person",
        "password": PASSWORD,
        "role": "reader",
        "owners": ["1860"],
    }
    return {**usual, **changes}


def version_of(page: str) -> str:
    (version,) = re.findall(r'name="version" value="(\d+)"', page)
    return str(version)


def address_of(client: CheckedClient, shown: str) -> str:
    page = client.get("/konton").get_data(as_text=True)
    (address,) = re.findall(rf'<a href="(/konton/\d+)">{shown}</a>', page)
    return str(address)


def test_new_account_can_log_in_and_is_listed(login: Login) -> None:
    admin = login(Role.ADMIN)
    assert admin.get("/konton/nytt").status_code == 200
    assert admin.post("/konton/nytt", data=stated(expires="2027-06-30")).status_code == 303
    page = admin.get("/konton").get_data(as_text=True)
    assert "Ny Person" in page
    assert "Kommunkontakt" in page
    assert try_in(browser(admin.application), "ny.person", PASSWORD)[0] == 303
    assert 'value="2027-06-30"' in admin.get(address_of(admin, "Ny Person")).get_data(as_text=True)


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"name": "a b"}, 422, "name"),
        ({"name": "x" * 300}, 422, "name"),
        ({"name": "taken"}, 409, "name"),
        ({"role": ""}, 422, "role"),
        ({"role": "boss"}, 422, "role"),
        ({"password": ""}, 422, "password"),
        ({"password": "kort"}, 422, "password"),
        ({"owners": ["9999"]}, 422, "owners"),
        ({"owners": ["1860/Ingenstans"]}, 422, "owners"),
        ({"expires": "2027-06"}, 422, "expires"),
        ({"expires": "4/5/16"}, 422, "expires"),
    ],
)
def test_account_that_cannot_be_added_keeps_what_was_typed(
    login: Login, changes: dict[str, Any], status: int, field: str
) -> None:
    admin, _ = login(Role.ADMIN), login(Role.READER, name="taken")
    answer = admin.post("/konton/nytt", data=stated(**changes))
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert f'id="e-{field}"' in page
    assert 'value="Ny Person"' in page
    assert PASSWORD not in page
    assert "Ny Person" not in admin.get("/konton").get_data(as_text=True)


def test_second_of_two_editors_is_told(login: Login) -> None:
    admin = login(Role.ADMIN)
    admin.post("/konton/nytt", data=stated())
    address = address_of(admin, "Ny Person")
    version = version_of(admin.get(address).get_data(as_text=True))
    assert admin.post(address, data={"role": "planner", "owners": ["1860"], "version": version}).status_code == 303
    answer = admin.post(address, data={"role": "sustainability", "sees": "all", "version": version})
    assert answer.status_code == 409
    assert "har ändrats sedan" in answer.get_data(as_text=True)
    assert "Planerare" in admin.get("/konton").get_data(as_text=True)


def test_same_form_sent_twice_changes_once(login: Login) -> None:
    admin = login(Role.ADMIN)
    assert [admin.post("/konton/nytt", data=stated()).status_code for _ in range(2)] == [303, 409]
    address = address_of(admin, "Ny Person")
    data = {"role": "reader", "owners": ["1860"], "version": version_of(admin.get(address).get_data(as_text=True))}
    assert [admin.post(address, data=data).status_code for _ in range(2)] == [303, 303]


def test_closing_and_opening(login: Login) -> None:
    admin = login(Role.ADMIN)
    admin.post("/konton/nytt", data=stated())
    address, visitor = address_of(admin, "Ny Person"), browser(admin.application)
    try_in(visitor, "ny.person", PASSWORD)
    assert admin.post(f"{address}/stang").status_code == 303
    assert visitor.get("/konto").status_code == 303
    assert try_in(visitor, "ny.person", PASSWORD)[0] == 422
    assert "Stängt" in admin.get("/konton").get_data(as_text=True)
    assert admin.post(f"{address}/oppna").status_code == 303
    assert try_in(visitor, "ny.person", PASSWORD)[0] == 303
    assert admin.post(f"{address}/losenord", data={"password": "ett annat långt lösenord"}).status_code == 303
    assert visitor.get("/konto").status_code == 303
    assert admin.post(f"{address}/losenord", data={"password": "kort"}).status_code == 422


def test_nobody_closes_or_changes_their_own_account(login: Login) -> None:
    admin = login(Role.ADMIN, display_name="Jag Själv")
    address = address_of(admin, "Jag Själv")
    version = version_of(admin.get(address).get_data(as_text=True))
    assert admin.post(f"{address}/stang").status_code == 409
    assert admin.post(address, data={"role": "reader", "sees": "all", "version": version}).status_code == 409
    assert admin.post(address, data={"role": "admin", "owners": ["1860"], "version": version}).status_code == 409
    assert admin.get("/konton").status_code == 200


def test_administrator_of_one_kommun_hands_out_no_access(login: Login) -> None:
    narrow, whole = login(Role.ADMIN, "1860"), login(Role.ADMIN, display_name="Hela Registret")
    address = address_of(whole, "Hela Registret")
    for answer in (
        narrow.get("/konton"),
        narrow.get("/konton/nytt"),
        narrow.post("/konton/nytt", data=stated(role="admin", owners=[])),
        narrow.get(address),
        narrow.post(address, data={"role": "reader", "version": "1"}),
        narrow.post(f"{address}/losenord", data={"password": PASSWORD}),
        narrow.post(f"{address}/stang"),
    ):
        assert answer.status_code == 403
    assert whole.get("/konton").status_code == 200
    assert "Ny Person" not in whole.get("/konton").get_data(as_text=True)


@pytest.mark.parametrize("method", ["get", "post"])
def test_account_that_does_not_exist(login: Login, method: str) -> None:
    admin = login(Role.ADMIN)
    assert getattr(admin, method)("/konton/999999").status_code == 404
    assert admin.post("/konton/999999/stang").status_code == 404


def test_list_is_paged_and_asks_as_often_for_one_as_for_fifty(login: Login, web_database: Database) -> None:
    from assetreg.domain.access import EVERYTHING, system
    from assetreg.domain.terms import Door
    from assetreg.schemas.account import NewAccount
    from assetreg.services import accounts
    from tests.web.conftest import NOON

    admin = login(Role.ADMIN, name="aaa")
    with statements(web_database) as one:
        admin.get("/konton")
    with web_database.transaction(EVERYTHING) as session:
        for number in range(119):
            wanted = NewAccount(name=f"b{number:03}", role=Role.READER, places=("1860",))
            accounts.add(session, wanted, actor=system(Door.CLI, NOON))
    with statements(web_database) as many:
        page = admin.get("/konton").get_data(as_text=True)
    assert len(many) == len(one)
    seen, back = [], ""
    while True:
        seen.append(re.findall(r'<a href="/konton/\d+">(\w+)</a>', page))
        following = re.findall(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        page = admin.get(following[0]).get_data(as_text=True)
        (back,) = re.findall(r'rel="prev" href="([^"]+)"', page)
    assert [len(names) for names in seen] == [50, 50, 20]
    assert [name for names in seen for name in names] == ["aaa"] + [f"b{number:03}" for number in range(119)]
    page = admin.get(back).get_data(as_text=True)
    assert re.findall(r'<a href="/konton/\d+">(\w+)</a>', page) == seen[1]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"owners": []}, {"sees"}),
        ({"sees": "some", "owners": []}, {"owners"}),
        ({"sees": "all"}, {"owners"}),
        ({"expires": "2026-11-19"}, {"expires"}),
        ({"owners": [], "password": "", "role": "auditor"}, {"sees", "expires"}),
        ({"owners": [], "password": "", "expires": "2020-01-01"}, {"sees", "expires", "password"}),
    ],
)
def test_new_account_says_what_it_sees_and_ends_in_time_to_come(
    login: Login, changes: dict[str, Any], fields: set[str]
) -> None:
    admin = login(Role.ADMIN)
    answer = admin.post("/konton/nytt", data=stated(**changes))
    assert answer.status_code == 422
    assert set(re.findall(r'id="e-(\w+)"', answer.get_data(as_text=True))) == fields
    assert "Ny Person" not in admin.get("/konton").get_data(as_text=True)


def test_account_that_has_ended_keeps_its_day_and_the_list_names_kommun_and_user(login: Login, clock: Clock) -> None:
    admin = login(Role.ADMIN)
    admin.post("/konton/nytt", data=stated(expires="2026-11-21"))
    listed = admin.get("/konton").get_data(as_text=True)
    assert ">Laxå<" in listed
    assert ">ny.person<" in listed
    clock.turn(days=3)
    admin = login(Role.ADMIN, name="later")
    address = address_of(admin, "Ny Person")
    form = {"role": "planner", "owners": ["1860"], "version": version_of(admin.get(address).get_data(as_text=True))}
    assert admin.post(address, data={**form, "expires": "2026-11-20"}).status_code == 422
    assert admin.post(address, data={**form, "expires": "2026-11-21"}).status_code == 303
