"""Finding a person, what one has had, that one has left, and that one is taken out or forgotten."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.person import Person
from assetreg.db.reading_log import PersonalDataRead
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.retention import ReadWhat
from assetreg.domain.terms import Role
from assetreg.schemas.act import transfer_input
from assetreg.schemas.device import device_input
from assetreg.services import devices, ownership, persons, places
from assetreg.services.persons import PersonInput
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Login
from tests.web.fleet import CLERK, make

NAME, MAIL = "Zacharina Qvistgren", "zacharina@laxa.example"


@pytest.fixture
def people(web_database: Database) -> dict[str, int]:
    """Zacharina of Laxå has one device and has had another; Lo has nothing, and Mika is Hallsberg's."""
    with web_database.transaction(EVERYTHING) as session:
        laxa, hallsberg = places.owner(session, "1860"), places.owner(session, "1861")
        ids = {
            "zacharina": persons.add(session, laxa.id, PersonInput(NAME, MAIL, "9137")).id,
            "lo": persons.add(session, laxa.id, PersonInput("Lo Al", "lo@laxa.example", "1002")).id,
            "mika": persons.add(session, hallsberg.id, PersonInput("Mika Qvist", None, "1001")).id,
        }
        now, before = make(session, "1860", 2, stage="deployed", user="9137")
        devices.edit(session, before, device_input({"user": None, "note": f"{NAME} tappade den"}), actor=CLERK)
        return ids | {"device": now.id, "before": before.id}


def body(client: CheckedClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def version_of(page: str) -> str:
    (version,) = re.findall(r'name="version" value="(\d+)"', page)
    return str(version)


def read_log(database: Database) -> list[PersonalDataRead]:
    with database.reading(EVERYTHING) as session:
        return list(session.execute(select(PersonalDataRead).order_by(PersonalDataRead.id)).scalars())


def test_person_is_found_by_part_of_the_name_and_nobody_is_listed_unasked(login: Login, people: dict[str, int]) -> None:
    client = login(Role.TECHNICIAN, "1860")
    assert NAME not in body(client, "/personer")
    for typed in ("qvist", "ZACHARINA", MAIL, "9137", "Za"):
        page = body(client, f"/personer?namn={typed}")
        assert NAME in page
        assert "Mika" not in page
    assert "Ingen passar in" in body(client, "/personer?namn=mika")
    assert NAME in body(client, "/personer?namn=qvist&cursor=skräp")


def test_page_shows_what_the_person_has_and_has_had(
    login: Login, people: dict[str, int], web_database: Database
) -> None:
    client = login(Role.PLANNER, "1860")
    page = body(client, f"/personer/{people['zacharina']}")
    with web_database.reading(EVERYTHING) as session:
        now, before = (session.get_one(Device, people[name]).tag for name in ("device", "before"))
    assert page.index("Har nu") < page.index(now) < page.index("Har haft") < page.index(before)
    assert "Glöm personen" not in page
    assert client.get(f"/personer/{people['mika']}").status_code == 404


def test_device_that_has_moved_on_has_no_number_there_and_its_page_no_name(
    login: Login, people: dict[str, int], web_database: Database
) -> None:
    with web_database.transaction(EVERYTHING) as session:
        device = session.get_one(Device, people["device"])
        ownership.hand_over(session, device, transfer_input({"owner": "1861"}), actor=CLERK)
        tag = device.tag
    laxa = login(Role.TECHNICIAN, "1860")
    page = body(laxa, f"/personer/{people['zacharina']}")
    assert tag not in page
    assert "Hos en annan kommun nu" in page
    for client in (login(Role.TECHNICIAN, "1861"), login(Role.ADMIN)):
        for address in (f"/enheter/{tag}", f"/enheter/{tag}/historik"):
            shown = body(client, address)
            assert "Zacharina" not in shown
            assert "Tidigare användare" in shown
        assert "Zacharina" not in body(client, "/enheter?owner=1861")


def test_search_by_the_name_of_an_earlier_owners_user_finds_nothing(
    login: Login, people: dict[str, int], web_database: Database
) -> None:
    client = login(Role.ADMIN)
    with web_database.reading(EVERYTHING) as session:
        tag = session.get_one(Device, people["device"]).tag
    assert tag in body(client, "/enheter?q=qvistgren")
    assert f";{NAME};" in client.get("/export/devices.csv").get_data(as_text=True)
    with web_database.transaction(EVERYTHING) as session:
        session.get_one(Device, people["device"]).owner_id = places.owner(session, "1861").id
    assert tag not in body(client, "/enheter?q=qvistgren")
    assert "Zacharina" not in body(client, "/enheter")
    assert f";{NAME};" not in client.get("/export/devices.csv").get_data(as_text=True)
    assert "Tidigare användare" in body(client, f"/enheter/{tag}")


def test_last_day_is_noted_taken_back_and_told(login: Login, people: dict[str, int]) -> None:
    client, address = login(Role.TECHNICIAN, "1860"), f"/personer/{people['zacharina']}"
    version = version_of(body(client, address))
    form = {"left_on": "2026-11-01", "version": version}
    assert client.post(f"{address}/slutat", data=form).status_code == 303
    assert "Slutade 2026-11-01" in body(client, "/personer?namn=zacharina")
    assert client.post(f"{address}/slutat", data=form).status_code == 303
    stale = client.post(f"{address}/slutat", data={**form, "left_on": "2026-11-02"})
    assert (stale.status_code, 'value="2026-11-02"' in stale.get_data(as_text=True)) == (409, True)
    back = {"left_on": "", "version": version_of(body(client, address))}
    assert client.post(f"{address}/slutat", data=back).status_code == 303
    assert "Slutade 2026" not in body(client, "/personer?namn=zacharina")


@pytest.mark.parametrize("day", ["2027-01-01", "4/5/16", "i går", "0001-01-01"])
def test_day_that_cannot_be_is_told_beside_the_field(login: Login, people: dict[str, int], day: str) -> None:
    client, address = login(Role.TECHNICIAN, "1860"), f"/personer/{people['zacharina']}"
    answer = client.post(f"{address}/slutat", data={"left_on": day, "version": "0"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="e-left_on"' in page
    assert f'value="{day}"' in page


def test_reader_may_look_and_not_note(login: Login, people: dict[str, int]) -> None:
    client, address = login(Role.READER, "1860"), f"/personer/{people['zacharina']}"
    assert "Sista dagen" not in body(client, address)
    assert client.post(f"{address}/slutat", data={"left_on": ""}).status_code == 403
    assert login(Role.AUDITOR).get(address).status_code == 403


def test_extract_shows_everything_in_four_shapes_and_each_is_logged(
    login: Login, people: dict[str, int], web_database: Database
) -> None:
    client, address = login(Role.ADMIN), f"/personer/{people['zacharina']}/utdrag"
    page = body(client, address)
    for said in (NAME, MAIL, "9137", f"{NAME} tappade den", "Läs igenom innan du lämnar ut"):
        assert said in page
    assert "Mika" not in page
    document = json.loads(client.get(f"{address}.json").get_data())
    assert {row["part"] for row in document["rows"]} >= {"Personen", "Fritext som nämner personen"}
    assert NAME in client.get(f"{address}.csv").get_data().decode("utf-8-sig")
    workbook = client.get(f"{address}.xlsx")
    assert workbook.get_data()[:2] == b"PK"
    assert "Zacharina" not in workbook.headers["Content-Disposition"]
    assert client.get(f"{address}.pdf").status_code == 422
    taken = [row for row in read_log(web_database) if row.what is ReadWhat.EXTRACT]
    assert [row.person_id for row in taken] == [people["zacharina"]] * 4


def test_administrator_of_one_owner_takes_nobody_out(login: Login, people: dict[str, int]) -> None:
    client = login(Role.ADMIN, "1860")
    for act in ("utdrag", "utdrag.csv", "glom"):
        assert client.get(f"/personer/{people['zacharina']}/{act}").status_code == 403
    assert "Registerutdrag" not in body(client, f"/personer/{people['zacharina']}")


def test_person_with_a_device_cannot_be_forgotten(login: Login, people: dict[str, int]) -> None:
    client, address = login(Role.ADMIN), f"/personer/{people['zacharina']}/glom"
    assert "Personen har fortfarande enheter" in body(client, address)
    answer = client.post(address, data={"reason": "Bad om det", "sure": "1", "version": "0"})
    assert answer.status_code == 409


def test_person_is_forgotten_after_a_reason_and_a_yes(
    login: Login, people: dict[str, int], web_database: Database
) -> None:
    client, address = login(Role.ADMIN), f"/personer/{people['zacharina']}/glom"
    with web_database.transaction(EVERYTHING) as session:
        device = session.get_one(Device, people["device"])
        devices.edit(session, device, device_input({"user": None}), actor=CLERK)
        tag = session.get_one(Device, people["before"]).tag
    page = body(client, address)
    assert "Fritexter: 1, rader i inlästa filer: 0." in page
    version = version_of(page)
    for form, field in (
        ({"reason": "Bad om det"}, "sure"),
        ({"reason": "", "sure": "1"}, "reason"),
        ({"reason": f"{NAME} ringde", "sure": "1"}, "reason"),
    ):
        answer = client.post(address, data={**form, "version": version})
        assert answer.status_code == 422
        assert f'id="e-{field}"' in answer.get_data(as_text=True)
    sent = {"reason": "Skyddade uppgifter", "sure": "1", "version": version}
    assert client.post(address, data=sent).status_code == 303
    shown = body(client, f"/personer/{people['zacharina']}")
    assert "Pseudonymiserad 2026-11-20" in shown
    assert "Zacharina" not in shown + body(client, f"/enheter/{tag}") + body(client, "/personer?namn=zacharina")
    assert client.post(address, data=sent).status_code == 409
    with web_database.reading(EVERYTHING) as session:
        assert session.get_one(Person, people["zacharina"]).name is None


def test_pages_are_written_in_the_log_when_they_have_been_sent(
    login: Login, people: dict[str, int], web_database: Database
) -> None:
    client = login(Role.TECHNICIAN, "1860")
    for _ in range(2):
        body(client, f"/personer/{people['zacharina']}")
    body(client, "/personer?namn=lo")
    body(client, "/enheter")
    client.get("/export/devices.csv")
    assert [(row.what, row.person_id, row.count) for row in read_log(web_database)] == [
        (ReadWhat.PERSON, people["zacharina"], 1),
        (ReadWhat.SEARCH, None, 1),
        (ReadWhat.LIST, None, 1),
        (ReadWhat.EXPORT, None, 1),
    ]
