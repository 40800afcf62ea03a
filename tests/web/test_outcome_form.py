from __future__ import annotations

import re

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, Actor
from assetreg.domain.terms import Door, Indicator, Role
from assetreg.services import devices as register
from assetreg.services import figures
from assetreg.services.figures import YearQuestion
from tests.web.conftest import NOON, Login
from tests.web.device_fleet import Fleet, device, fleet, step
from tests.web.forms_filled import fill, opened, said, send

READER = Actor(account=None, role=Role.ADMIN, door=Door.WEB, at=NOON)


@pytest.fixture
def devices(web_database: Database) -> Fleet:
    return fleet(web_database)


def headline(database: Database, indicator: Indicator = Indicator.I1) -> int:
    with database.reading(EVERYTHING) as session:
        row = figures.report(session, YearQuestion(2026), actor=READER).row(indicator)
        assert row is not None
        return row.figures.headline


def errors(page: str) -> set[str]:
    return set(re.findall(r'id="e-(\w+)"', page))


def test_outcome_ends_the_device_and_moves_the_years_figure(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    client, before = login(Role.TECHNICIAN), headline(web_database)
    form = {"outcome": "external_reuse", "date": "2026-11-18", "partner": "Inrego", "report": "R10"}
    page = said(client, fill(client, f"/enheter/{devices.ready}/utfall", **form))
    assert "Utfallet är registrerat: externt återbruk 2026-11-18. Ny status: avslutad." in page
    assert "Inrego" in page
    assert headline(web_database) == before + 1
    assert headline(web_database, Indicator.I2) == 0


def test_notices_of_the_act_are_said(login: Login, devices: Fleet, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        dateless = device(session, "DATELESS", purchased=None, delivered=None).tag
    client = login(Role.TECHNICIAN)
    assert "Användaren kopplas bort" in client.get(f"/enheter/{devices.used}/utfall").get_data(as_text=True)
    form = {"outcome": "material_recycling", "erasure_method": "by_partner"}
    page = said(client, fill(client, f"/enheter/{devices.used}/utfall", **form))
    assert "Användaren kopplas bort från enheten samma dag." in page
    assert "Raderingsintyget ska följa." in page
    assert "Enheten hade inte gått igenom alla steg" in page
    page = said(client, fill(client, f"/enheter/{dateless}/utfall", **form))
    assert "Inköpsdatum saknas, så det går inte att kontrollera" in page


@pytest.mark.parametrize(
    ("tag", "typed", "fields"),
    [
        ("ready", {}, {"outcome"}),
        ("ready", {"outcome": "scrapped"}, {"outcome"}),
        ("ready", {"outcome": "gift"}, {"decision", "valuation_sek"}),
        ("ready", {"outcome": "gift", "decision": "KS 1", "valuation_sek": "-5"}, {"valuation_sek"}),
        ("ready", {"outcome": "landfill", "waste_code": "16 02 13*"}, {"weight_kg", "carrier", "receiver"}),
        ("ready", {"outcome": "landfill", "waste_code": "skräp"}, {"waste_code"}),
        ("ready", {"outcome": "lost_or_stolen"}, {"police_reference"}),
        ("ready", {"outcome": "external_reuse", "date": "2027-01-01"}, {"date"}),
        ("ready", {"outcome": "external_reuse", "date": "2024-01-01"}, {"date"}),
        ("ready", {"outcome": "external_reuse", "date": "9999-12-31"}, {"date"}),
        ("stock", {"outcome": "external_reuse"}, {"erasure_method"}),
        ("stock", {"outcome": "gift", "erasure_method": "purge"}, {"decision", "valuation_sek"}),
    ],
)
def test_what_an_outcome_lacks_is_said_beside_each_field(
    login: Login, devices: Fleet, web_database: Database, tag: str, typed: dict[str, str], fields: set[str]
) -> None:
    client, before = login(Role.SUSTAINABILITY), headline(web_database)
    answer = fill(client, f"/enheter/{getattr(devices, tag)}/utfall", partner="Inrego AB å", **typed)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, errors(page)) == (422, fields)
    assert 'value="Inrego AB å"' in page
    assert headline(web_database) == before


def test_second_outcome_is_refused_with_the_first_named(login: Login, devices: Fleet, web_database: Database) -> None:
    client, before = login(Role.TECHNICIAN), headline(web_database)
    path = f"/enheter/{devices.ended}/utfall"
    says = "Enheten är redan avslutad: externt återbruk 2026-03-02 (rapport R9)."
    for answer in (client.get(path), client.post(path, data={"outcome": "gift", "version": 1})):
        assert answer.status_code == 409
        assert says in answer.get_data(as_text=True)
    assert headline(web_database) == before


def test_rejected_device_is_ready_again_and_counts_nothing(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    client, before = login(Role.TECHNICIAN), headline(web_database)
    fill(client, f"/enheter/{devices.ready}/steg/dispatch", receiver="Inrego")
    page = said(client, fill(client, f"/enheter/{devices.ready}/utfall", outcome="returned_rejected"))
    assert "Ny status: klar för avveckling" in page
    assert headline(web_database) == before


def test_two_forms_open_at_once_count_the_device_once(login: Login, devices: Fleet, web_database: Database) -> None:
    one, two, before = login(Role.TECHNICIAN), login(Role.SUSTAINABILITY), headline(web_database)
    path = f"/enheter/{devices.ready}/utfall"
    forms = [opened(client, path) | {"outcome": kind} for client, kind in ((one, "external_reuse"), (two, "landfill"))]
    assert send(one, path, forms[0]).status_code == 303
    answer = send(two, path, forms[1])
    assert answer.status_code == 409
    assert "redan avslutad: externt återbruk" in answer.get_data(as_text=True)
    assert headline(web_database) == before + 1
    with web_database.reading(EVERYTHING) as session:
        assert register.get(session, devices.ready).stage == "disposed"


def test_only_outcomes_that_fit_where_the_device_is_are_offered(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    with web_database.transaction(EVERYTHING) as session:
        ordered = device(session, "ORDERED1", stage="ordered", purchased=None, delivered=None).tag
        step(session, register.lock(session, devices.ready), "dispatched", date="2026-03-01", receiver="Inrego")
    client = login(Role.TECHNICIAN)

    def offered(tag: str) -> set[str]:
        return set(
            re.findall(r'name="outcome" value="(\w+)"', client.get(f"/enheter/{tag}/utfall").get_data(as_text=True))
        )

    assert offered(devices.ready) - offered(devices.used) == {"returned_rejected"}
    assert "internal_reuse" not in offered(devices.stock) | offered(devices.used)
    assert offered(ordered) == {"lost_or_stolen", "lease_return", "warranty_swap"}
