"""Everything the register holds about one person, and that somebody took it out."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.reading_log import PersonalDataRead
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Denied, Missing
from assetreg.domain.retention import ReadWhat
from assetreg.schemas.device import device_input
from assetreg.services import devices, pseudonymising, register_extract
from assetreg.services.register_extract import Extract, ExtractPart
from tests.cast import NOON, REGISTER, Cast
from tests.services.pruning.traces import GONE, LONG_AGO, Traced, leave_traces


@pytest.fixture
def traced(database: Database, cast: Cast) -> Traced:
    return leave_traces(database, cast)


def taken(traced: Traced, person: int) -> Extract:
    with traced.database.transaction(EVERYTHING) as session:
        return register_extract.read(session, person, actor=traced.cast.admin.actor)


def test_extract_holds_every_place_a_person_is_named_and_nobody_else(traced: Traced) -> None:
    with traced.database.transaction(EVERYTHING) as session:
        device = session.get_one(Device, traced.device)
        devices.edit(session, device, device_input({"hostname": f"LAX-{GONE[2]}"}), actor=REGISTER)
        tag = device.tag
    found = taken(traced, traced.person)
    assert {fact.what: fact.value for fact in found.of(ExtractPart.PERSON)} == {
        "Namn": GONE[0],
        "E-post": GONE[1],
        "Nummer": GONE[2],
        "Ägare": "Laxå",
        "I registret": "",
    }
    assert [(fact.what, fact.at) for fact in found.of(ExtractPart.DEVICES)] == [(tag, LONG_AGO)]
    texts = {fact.value.rpartition(". ")[2]: fact.what for fact in found.of(ExtractPart.TEXTS)}
    assert texts == {
        f"{GONE[0]} har datorn": "",
        f"{GONE[0]}s gamla": tag,
        f"{GONE[1]} ringde": tag,
        f"{GONE[0]} slutade": tag,
    }
    assert [fact.what for fact in found.of(ExtractPart.FILES)] == [
        "personer.csv, rad 2",
        "enheter.csv, rad 2",
        "enheter.csv, rad 4",
    ]
    assert [(fact.what, fact.value) for fact in found.of(ExtractPart.FIELDS)] == [(tag, f"LAX-{GONE[2]}")]
    assert "Kim" not in str(found.facts)


def test_extract_is_logged_and_the_next_one_says_so(traced: Traced) -> None:
    taken(traced, traced.person)
    with traced.database.reading(EVERYTHING) as session:
        (row,) = session.execute(select(PersonalDataRead)).scalars()
        assert (row.account_id, row.what, row.person_id) == (
            traced.cast.admin.actor.account,
            ReadWhat.EXTRACT,
            traced.person,
        )
    readers = taken(traced, traced.person).of(ExtractPart.READERS)
    assert [(fact.swedish, fact.value, fact.at) for fact in readers] == [("Registerutdrag", "Admin", NOON)]


def test_forgotten_person_has_dates_and_no_name(traced: Traced) -> None:
    pseudonymising.pseudonymise(
        traced.database, traced.person, reason="Begäran om radering", actor=traced.cast.admin.actor
    )
    found = taken(traced, traced.person)
    assert not any(word.lower() in str(found.facts).lower() for word in GONE)
    assert [fact.what for fact in found.of(ExtractPart.EVENTS)] == ["Pseudonymiserad"]
    assert len(found.of(ExtractPart.DEVICES)) == 1


def test_file_has_a_row_for_each_fact_and_says_what_was_searched(traced: Traced) -> None:
    found = taken(traced, traced.person)
    assert len(list(found.sheet().rows)) == len(found.facts)
    about = dict(found.about(actor=REGISTER).facts)
    assert about["Genomsökt"] == register_extract.SEARCHED


def test_only_an_administrator_takes_one_out(traced: Traced, cast: Cast) -> None:
    with traced.database.transaction(EVERYTHING) as session, pytest.raises(Denied):
        register_extract.read(session, traced.person, actor=cast.technician.actor)
    with traced.database.transaction(EVERYTHING) as session, pytest.raises(Missing):
        register_extract.read(session, 10**9, actor=cast.admin.actor)
