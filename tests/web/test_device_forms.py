from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from assetreg.db.device import Device
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Role
from assetreg.services import devices as register
from tests.web.conftest import Login
from tests.web.device_fleet import Fleet, device, fleet
from tests.web.forms_filled import fields, fill, opened, said, send

NEW = {"kind": "laptop", "owner": "1860", "serial": "NEW00001", "purchased": "2026-01-02", "price_sek": "8 300,50"}


@pytest.fixture
def devices(web_database: Database) -> Fleet:
    return fleet(web_database)


def count(database: Database) -> int:
    with database.reading(EVERYTHING) as session:
        return session.execute(select(func.count(Device.id))).scalar_one()


def current(database: Database, tag: str) -> Any:
    with database.reading(EVERYTHING) as session:
        return register.get(session, tag)


def test_new_device_leads_to_its_page_which_says_so(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN)
    answer = fill(client, "/enheter/ny", **NEW, unit="Centralskolan", room="B214", model="EliteBook 840")
    page = said(client, answer)
    assert "är registrerad och har fått en etikett" in page
    row = current(web_database, answer.headers["Location"].rpartition("/")[2])
    assert (row.serial, str(row.price), row.stage, str(row.purchased_on)) == (
        "NEW00001",
        "8300.50",
        "in_stock",
        "2026-01-02",
    )


def test_form_sent_twice_makes_one_device(login: Login, devices: Fleet, web_database: Database) -> None:
    client, before = login(Role.TECHNICIAN), count(web_database)
    form = opened(client, "/enheter/ny") | NEW | {"serial": "Default string"}
    first, second = send(client, "/enheter/ny", form), send(client, "/enheter/ny", form)
    assert first.headers["Location"] == second.headers["Location"]
    assert "redan skickat" in said(client, second)
    assert count(web_database) == before + 1
    other = send(client, "/enheter/ny", form, hostname="pc-2")
    assert other.headers["Location"] != first.headers["Location"]
    again = fill(client, "/enheter/ny", **NEW, hostname="")
    assert again.status_code == 303
    assert count(web_database) == before + 3


def test_form_of_somebody_else_with_the_same_content_is_another_device(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    one, two, before = login(Role.TECHNICIAN), login(Role.TECHNICIAN), count(web_database)
    form = opened(one, "/enheter/ny") | {"kind": "monitor", "owner": "1860"}
    assert send(one, "/enheter/ny", form).headers["Location"] != send(two, "/enheter/ny", form).headers["Location"]
    assert count(web_database) == before + 2


@pytest.mark.parametrize("form_id", ["", "x-y", "99999999999999999999999-1", "-5", "٣-1"])
def test_mangled_form_id_still_makes_one_device(
    login: Login, devices: Fleet, web_database: Database, form_id: str
) -> None:
    client, before = login(Role.TECHNICIAN), count(web_database)
    assert fill(client, "/enheter/ny", **NEW, form_id=form_id).status_code == 303
    assert count(web_database) == before + 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "lapdog"}, "kind"),
        ({"owner": ""}, "owner"),
        ({"owner": "9999"}, "owner"),
        ({"serial": "6.37702E+15"}, "serial"),
        ({"serial": "A" * 5000}, "serial"),
        ({"imei": "123"}, "imei"),
        ({"purchased": "4/5/16"}, "purchased"),
        ({"purchased": "2027-01-01"}, "purchased"),
        ({"purchased": "0000-01-01"}, "purchased"),
        ({"price_sek": "mycket"}, "price_sek"),
        ({"unit": "Ingenstans"}, "unit"),
        ({"room": "B214"}, "room"),
        ({"user": "Anna Ek"}, "user"),
        ({"stage": "disposed"}, "stage"),
        ({"asset_tag": "IT-000001B"}, "asset_tag"),
    ],
)
def test_refused_field_is_named_beside_it_with_the_values_kept(
    login: Login, devices: Fleet, web_database: Database, typed: dict[str, str], field: str
) -> None:
    client, before = login(Role.TECHNICIAN), count(web_database)
    answer = fill(client, "/enheter/ny", **(NEW | {"hostname": "pc-å 😀"} | typed))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="e-{field}"' in page
    assert 'value="pc-å 😀"' in page
    assert count(web_database) == before


def test_form_opened_as_another_field_is_named_once_for_each_fault(login: Login, devices: Fleet) -> None:
    answer = fill(login(Role.TECHNICIAN), "/enheter/ny", kind="", owner="", purchased="igår", serial="NEW1")
    page = answer.get_data(as_text=True)
    assert set(re.findall(r'id="e-(\w+)"', page)) == {"kind", "owner", "purchased"}
    assert "3 saker behöver rättas" in page


def test_taken_serial_names_the_device_and_asks_why_it_is_two(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    client, before = login(Role.TECHNICIAN), count(web_database)
    form = opened(client, "/enheter/ny") | NEW | {"serial": "PF3USED1"}
    answer = send(client, "/enheter/ny", form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert f'href="/enheter/{devices.used}"' in page
    assert 'name="duplicate_reason"' in page
    assert count(web_database) == before
    assert send(client, "/enheter/ny", form, duplicate_reason="tillverkaren har dubblerat").status_code == 303
    assert count(web_database) == before + 1


def test_serial_of_another_owner_is_refused_without_telling_whose(login: Login, devices: Fleet) -> None:
    answer = fill(login(Role.TECHNICIAN, "1860"), "/enheter/ny", **(NEW | {"serial": "PF3OTHER"}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "kontakta förvaltaren" in page
    assert devices.foreign not in page
    assert "Hallsberg" not in page
    assert 'name="duplicate_reason"' not in page


def test_edit_shows_what_is_stated_and_changes_what_differs(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    client = login(Role.TECHNICIAN)
    path = f"/enheter/{devices.used}/andra"
    form = opened(client, path)
    assert (form["serial"], form["unit"], form["room"], form["user"]) == (
        "PF3USED1",
        "Centralskolan",
        "B214",
        "Anna Ek",
    )
    assert (form["price_sek"], form["purchased"], form["model"]) == ("8300,50", "2024-03-01", "ThinkPad L14 Gen 4")
    answer = send(client, path, form, hostname="PC-1", price_sek="", note="Repa på locket", reason="inventering")
    assert "Uppgifterna är sparade" in said(client, answer)
    row = current(web_database, devices.used)
    assert (row.hostname, row.price, row.serial, row.room_id is None) == ("PC-1", None, "PF3USED1", False)
    history = client.get(f"/enheter/{devices.used}").get_data(as_text=True)
    assert "ändrade uppgifter: inventering" in history
    assert "Datornamn: PC-1" in history


def test_edit_without_a_change_records_nothing(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN)
    before = current(web_database, devices.phone).head_seq
    assert opened(client, f"/enheter/{devices.phone}/andra")["purchased"] == "2021"
    assert "Inget var ändrat" in said(client, fill(client, f"/enheter/{devices.phone}/andra"))
    assert current(web_database, devices.phone).head_seq == before
    assert current(web_database, devices.phone).purchased_precision == "year"


def test_dates_known_by_month_or_year_are_still_so_after_an_edit(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    partial = {"ordered": "2020", "delivered": "2021-02", "in_service": "2021-03", "warranty_until": "2025"}
    client = login(Role.TECHNICIAN)
    path = f"/enheter/{devices.phone}/andra"
    assert "Uppgifterna är sparade" in said(client, fill(client, path, **partial))
    assert {name: opened(client, path)[name] for name in partial} == partial
    assert "Uppgifterna är sparade" in said(client, fill(client, path, hostname="PC-2"))
    page = client.get(f"/enheter/{devices.phone}").get_data(as_text=True)
    assert all(f">{day}<" in page for day in partial.values())
    row = current(web_database, devices.phone)
    assert (row.ordered_precision, row.delivered_precision) == ("year", "month")
    assert (row.in_service_precision, row.warranty_precision) == ("month", "year")


def test_edit_moves_the_device_when_the_unit_changes(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN)
    path = f"/enheter/{devices.used}/andra"
    assert fill(client, path, unit="Ramundeboda skola", room="").status_code == 303
    assert current(web_database, devices.used).room_id is None
    refused = fill(client, path, room="B214")
    assert refused.status_code == 422
    assert 'id="e-room"' in refused.get_data(as_text=True)


def test_edit_refuses_a_kind_that_was_emptied(login: Login, devices: Fleet) -> None:
    answer = fill(login(Role.TECHNICIAN), f"/enheter/{devices.used}/andra", kind="")
    assert answer.status_code == 422
    assert 'id="e-kind"' in answer.get_data(as_text=True)


def test_second_editor_sees_both_versions_and_chooses(login: Login, devices: Fleet, web_database: Database) -> None:
    one, two = login(Role.TECHNICIAN, display_name="Anna Rask"), login(Role.PLANNER)
    path = f"/enheter/{devices.used}/andra"
    first, second = opened(one, path), opened(two, path)
    assert send(one, path, first, hostname="PC-A", order_number="1001").status_code == 303
    answer = send(two, path, second, hostname="PC-B", cost_centre="440")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert current(web_database, devices.used).hostname == "PC-A"
    assert "Anna Rask ändrade enheten" in page
    assert {'value="PC-A"', 'value="PC-B"', 'value="1001"', 'value="440"'} <= set(re.findall(r'value="[^"]*"', page))
    chosen = fields(page, path)
    assert (chosen["hostname"], chosen["order_number"], chosen["cost_centre"]) == ("PC-B", "1001", "440")
    assert send(two, path, chosen).status_code == 303
    row = current(web_database, devices.used)
    assert (row.hostname, row.order_number, row.cost_centre) == ("PC-B", "1001", "440")


def test_old_form_sent_again_changes_nothing(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN)
    path = f"/enheter/{devices.used}/andra"
    form = opened(client, path) | {"hostname": "PC-1"}
    assert send(client, path, form).status_code == 303
    before = current(web_database, devices.used)
    assert send(client, path, form).status_code == 409
    assert send(client, path, {**form, "version": ""}).status_code == 409
    assert send(client, path, {**form, "seen": "{]", "hostname": "PC-2"}).status_code == 409
    after = current(web_database, devices.used)
    assert (after.version, after.head_seq) == (before.version, before.head_seq)


def test_unit_keeper_cannot_register_outside_the_unit(login: Login, devices: Fleet, web_database: Database) -> None:
    client, before = login(Role.TECHNICIAN, "1860/Ramundeboda skola"), count(web_database)
    answer = fill(client, "/enheter/ny", **NEW, unit="Centralskolan")
    assert answer.status_code == 422
    assert "utanför den del av registret" in answer.get_data(as_text=True)
    assert fill(client, "/enheter/ny", **NEW, unit="Ramundeboda skola").status_code == 303
    assert count(web_database) == before + 1


def test_control_characters_and_right_to_left_text_are_taken_care_of(login: Login, devices: Fleet) -> None:
    client = login(Role.TECHNICIAN)
    answer = fill(client, "/enheter/ny", **NEW, hostname="pc\x00\x1b1", note="\u202eabc\u202c שלום")
    assert answer.status_code in (303, 422)
    page = client.get(answer.headers["Location"]).get_data(as_text=True) if answer.status_code == 303 else ""
    assert "\x00" not in page
    assert "\u202e" not in page


def test_duplicate_serial_in_an_edit_is_refused_with_a_way_on(login: Login, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        one, two = device(session, "SAME0001").tag, device(session, "SAME0002").tag
    client = login(Role.TECHNICIAN)
    form = opened(client, f"/enheter/{two}/andra")
    answer = send(client, f"/enheter/{two}/andra", form, serial="SAME0001")
    assert answer.status_code == 409
    assert f'href="/enheter/{one}"' in answer.get_data(as_text=True)
    done = send(client, f"/enheter/{two}/andra", form, serial="SAME0001", duplicate_reason="märkta lika")
    assert done.status_code == 303
