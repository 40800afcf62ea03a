"""The pages of departments, units, rooms and groups: a way in for those who met "finns inte"."""

from __future__ import annotations

import re

from assetreg.domain.terms import Role
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Login
from tests.web.forms_filled import fill, opened, said, send

NEW = "/platser/ny"


def text(client: CheckedClient, path: str = "/platser") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def built(login: Login) -> CheckedClient:
    admin = login(Role.ADMIN)
    said(admin, fill(admin, NEW, kind="department", owner="1860", name="Bildning"))
    said(admin, fill(admin, NEW, kind="unit", owner="1860", name="Nya skolan", department="bildning"))
    said(admin, fill(admin, NEW, kind="unit", owner="1860", name="Gamla skolan", department="Bildning"))
    return admin


def unit_path(client: CheckedClient, name: str) -> str:
    [path] = re.findall(rf'href="(/platser/enhet/\d+)">{name}</a>', text(client))
    return str(path)


def test_administrator_adds_a_department_and_a_unit(login: Login) -> None:
    admin = built(login)
    page = text(admin)
    assert "Bildning" in page
    assert "Nya skolan" in page
    assert "finns redan där" in fill(admin, NEW, kind="department", owner="1860", name="BILDNING").get_data(
        as_text=True
    )
    assert "Ange enhet också" in fill(admin, NEW, kind="room", owner="1860", name="B1").get_data(as_text=True)


def test_technician_adds_and_renames_a_room_from_the_units_page(login: Login) -> None:
    built(login)
    client = login(Role.TECHNICIAN, "1860")
    path = unit_path(client, "Nya skolan")
    [new_room] = re.findall(r'href="(/platser/ny\?kind=room[^"]*)"', text(client, path))
    form = opened(client, new_room.replace("&amp;", "&"), NEW)
    assert (form["kind"], form["owner"], form["unit"]) == ("room", "1860", "Nya skolan")
    assert "B12 är tillagd" in said(client, send(client, NEW, form, name="B12"))
    [rename] = re.findall(r'href="(/platser/room/\d+/namn)"', text(client, path))
    form = opened(client, rename)
    assert "B12 heter nu Biblioteket" in said(client, send(client, rename, form, name="Biblioteket"))
    late = send(client, rename, form, name="Slöjdsalen")
    assert late.status_code == 409
    assert "Någon annan har döpt om B12 till Biblioteket" in late.get_data(as_text=True)
    assert "Biblioteket" in text(client, path)


def test_technician_is_told_who_adds_a_unit_and_cannot_pass_it_by(login: Login) -> None:
    built(login)
    client = login(Role.TECHNICIAN, "1860")
    page = text(client, NEW)
    assert "Förvaltningar och enheter lägger administratören till." in page
    assert 'value="department"' not in page
    answer = client.post(NEW, data={"kind": "unit", "owner": "1860", "name": "Egen", "department": "Bildning"})
    assert answer.status_code == 403
    assert "Egen" not in text(login(Role.ADMIN))


def test_reader_sees_places_of_its_own_owners_alone_and_changes_none(login: Login) -> None:
    admin = built(login)
    said(admin, fill(admin, NEW, kind="department", owner="1861", name="Kultur och fritid"))
    client = login(Role.READER, "1860")
    page = text(client)
    assert "Nya skolan" in page
    assert "Kultur och fritid" not in page
    assert "Ny plats" not in page
    assert "Byt namn" not in text(client, unit_path(client, "Nya skolan"))
    assert login(Role.READER, "1861").get(unit_path(client, "Nya skolan")).status_code == 404


def test_unknown_kind_is_no_address(login: Login) -> None:
    assert login(Role.ADMIN).get("/platser/vind/1/namn").status_code == 404
    assert login(Role.ADMIN).get("/platser/room/4711/namn").status_code == 404
