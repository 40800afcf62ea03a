"""What an account that has chosen English reads: also the words that the rules and services put together."""

from __future__ import annotations

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Role
from assetreg.services import devices as register
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Login
from tests.web.device_fleet import Fleet, fleet, step
from tests.web.forms_filled import fill


@pytest.fixture
def devices(web_database: Database) -> Fleet:
    return fleet(web_database)


@pytest.fixture
def technician(login: Login, devices: Fleet) -> CheckedClient:
    client = login(Role.TECHNICIAN)
    assert client.post("/konto/utseende", data={"language": "en", "theme": "system"}).status_code == 303
    return client


def test_history_is_told_in_english(technician: CheckedClient, devices: Fleet, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        step(session, register.get(session, devices.used), "in_repair", date="2026-05-05", reason="broken lid")
    page = technician.get(f"/enheter/{devices.used}").get_data(as_text=True)
    assert "The register sent the device for repair, 2026-05-05" in page
    assert "enheten" not in page


def test_refusal_translates_the_words_put_into_it(technician: CheckedClient, devices: Fleet) -> None:
    form = {"outcome": "lost_or_stolen", "date": "2026-11-18"}
    answer = fill(technician, f"/enheter/{devices.ready}/utfall", **form)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "The outcome lost or stolen needs a police reference or a reason. Fill it in and try again." in page


def test_text_that_a_person_wrote_is_shown_as_it_is(technician: CheckedClient, devices: Fleet) -> None:
    answer = technician.post(
        "/enheter/ny", data={"kind": "laptop", "owner": "1860", "model": "Registret", "imei": "inga"}
    )
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'value="Registret"' in page
    assert "inga is not an IMEI." in page
