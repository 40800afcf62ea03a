from __future__ import annotations

import re

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role, Stage
from assetreg.schemas.act import MoveInput, PlaceInput
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import outcome_input
from assetreg.services import devices, moves, outcomes, places
from tests.web.conftest import NOON, Login
from tests.web.fleet import CLERK, fill, make


def trouble(database: Database) -> None:
    """One or two of every trouble, and healthy devices beside them."""
    fill(database)
    with database.transaction(EVERYTHING) as session:
        for owner, reason in (("1860", None), ("1860", "ny moderkortssticka"), ("1861", "samma nummer")):
            data = {"owner": owner, "kind": "laptop", "serial": "DUBBEL1", "purchased": "2024-01-01"}
            devices.register(session, device_input(data, duplicate_reason=reason), actor=CLERK)
        make(session, "1860", 1, serial="Default string", purchased="2024-01-01")
        ended, history = make(session, "1860", 2, purchased="2020-01-01")
        promised = {"outcome": "gift", "date": "2026-11-20", "erasure_method": "by_partner", "decision": "B1"}
        outcomes.register(session, ended, outcome_input({**promised, "valuation_sek": "100"}), actor=CLERK)
        old = outcome_input({"outcome": "external_reuse", "date": "2025-01-01"})
        outcomes.register(session, history, old, actor=CLERK)
        places.ensure(session, places.owner(session, "1860"), department="Skola", unit="Centralskolan")
        lent = make(session, "1860", 1, purchased="2024-01-01", serial="UTLANAD")[0]
        loan = MoveInput(
            to=Stage.ON_LOAN, place=PlaceInput(unit="Centralskolan"), due_back=NOON.date().replace(day=1), on=None
        )
        moves.move(session, lent, loan, actor=system(Door.CLI, NOON.replace(day=1, month=10)))
        old_list = system(Door.IMPORT, NOON)
        make(session, "1860", 1, actor=old_list, stage="disposed", purchased="2019-01-01", serial="SKROTAD")


def counts(page: str) -> dict[str, str]:
    found = re.findall(r'figure__number">\s*([^<]*?)\s*<.*?figure__label">([^<]*)<', page, re.DOTALL)
    return {label.replace("\u00ad", ""): number for number, label in found}


def test_every_trouble_is_counted_and_leads_to_its_devices(web_database: Database, login: Login) -> None:
    trouble(web_database)
    client = login(Role.ADMIN)
    page = client.get("/kvalitet").get_data(as_text=True)
    assert counts(page) == {
        "Utfall saknas": "1",
        "Inköpsdatum saknas": "1",
        "Raderingsuppgift saknas": "1",
        "Raderingsintyg väntas": "1",
        "Samma serienummer på flera enheter": "3",
        "Utan användbart serienummer": "4",
        "Lån som gått ut": "1",
        "Serienummer hos flera kommuner": "3",
        "Nekade serienummer": "0",
    }
    lists = re.findall(r'class="panel__more" href="([^"]+)">Visa alla (\d+)<', page)
    assert len(lists) == 8
    for address, count in lists:
        shown = client.get(address).get_data(as_text=True)
        devices_shown = set(re.findall(r'href="(/enheter/(?:IT-|1860-)[^"/]+)"', shown))
        assert len(devices_shown) == int(count), address


def test_serials_over_several_owners_are_the_administrators_alone(web_database: Database, login: Login) -> None:
    trouble(web_database)
    for client in (login(Role.TECHNICIAN), login(Role.ADMIN, "1860")):
        assert "Serienummer hos flera kommuner" not in client.get("/kvalitet").get_data(as_text=True)
        assert client.get("/kvalitet/serial_elsewhere").status_code == 404


def test_scoped_technician_sees_its_own_troubles(web_database: Database, login: Login) -> None:
    trouble(web_database)
    shown = counts(login(Role.TECHNICIAN, "1861").get("/kvalitet").get_data(as_text=True))
    assert shown["Samma serienummer på flera enheter"] == "0"
    assert shown["Inköpsdatum saknas"] == "1"
    assert shown["Utfall saknas"] == "0"


def test_long_worklist_is_paged_without_losing_or_repeating_any(web_database: Database, login: Login) -> None:
    with web_database.transaction(EVERYTHING) as session:
        for number in range(60):
            data = {"owner": "1860", "kind": "laptop", "serial": f"PAR{number:03}", "purchased": "2024-01-01"}
            devices.register(session, device_input(data), actor=CLERK)
            devices.register(session, device_input(data, duplicate_reason="två chassin"), actor=CLERK)
    client, seen = login(Role.TECHNICIAN), []
    address: str | None = "/kvalitet/serial_shared"
    while address:
        page = client.get(address.replace("&amp;", "&")).get_data(as_text=True)
        seen += re.findall(r'<div class="links__text"><a href="(/enheter/[^"]+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1] if following else None
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize("address", ["/kvalitet/finns-inte", "/kvalitet/OUTCOME_MISSING"])
def test_unknown_worklist_is_not_found(login: Login, address: str) -> None:
    assert login(Role.ADMIN).get(address).status_code == 404


def test_reader_may_not_see_the_worklists(login: Login) -> None:
    assert login(Role.READER, "1860").get("/kvalitet").status_code == 403
