"""The people who use devices: found by what they are called, and forgotten without a trace."""

from __future__ import annotations

import pytest

from assetreg.db.history import FreeText
from assetreg.db.person import Person
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Stage
from assetreg.services import persons, places
from assetreg.services.persons import PersonInput, SeveralPersons, UnknownPerson
from tests import cast as actors
from tests.cast import Cast, chain_faults, devices_with, some_device_in, words_in


@pytest.mark.parametrize("text", ["Kim Ek", " kim  EK ", "KIM.EK@laxa.example", "1001"])
def test_person_is_found_by_name_address_or_number(session: ScopedSession, cast: Cast, text: str) -> None:
    laxa = places.owner(session, "1860")
    assert persons.find(session, laxa, text).id == cast.persons["kim.ek@laxa.example"]


def test_same_number_at_another_owner_is_another_person(session: ScopedSession, cast: Cast) -> None:
    hallsberg = places.owner(session, "1861")
    assert persons.find(session, hallsberg, "1001").id == cast.persons["mika.ask@hallsberg.example"]


@pytest.mark.parametrize("text", ["Ingen Alls", "mika.ask@hallsberg.example", "--", "%"])
def test_unknown_person_is_refused_by_the_owners_name(session: ScopedSession, text: str) -> None:
    with pytest.raises(UnknownPerson) as refused:
        persons.find(session, places.owner(session, "1860"), text)
    assert "Laxå" in refused.value.sentence()


def test_name_of_two_is_asked_about(session: ScopedSession) -> None:
    with pytest.raises(SeveralPersons):
        persons.find(session, places.owner(session, "1860"), "bo asp")


def test_technician_of_a_school_finds_those_of_the_school_alone(database: Database, cast: Cast) -> None:
    with database.reading(cast.school.scope) as session:
        laxa = places.owner(session, "1860")
        assert persons.find(session, laxa, "Bo Asp").email == "bo.asp@laxa.example"
        with pytest.raises(UnknownPerson):
            persons.find(session, laxa, "Lo Al")


def test_person_is_known_by_the_number_and_before_it_by_the_address(session: ScopedSession, cast: Cast) -> None:
    laxa = cast.owners["1860"]
    known = cast.persons["bo.asp@laxa.example"]
    numbered = PersonInput("Bo Asp", "bo.asp@laxa.example", "2001")
    row = persons.known_as(session, laxa, numbered)
    assert row is not None
    assert row.id == known
    assert persons.update(row, numbered)
    session.flush()
    assert not persons.update(row, numbered)
    assert persons.known_as(session, laxa, PersonInput("B Asp", None, "2001")) is row
    other = PersonInput("Någon Annan", "bo.asp@laxa.example", "2002")
    assert persons.known_as(session, laxa, other) is None
    assert persons.known_as(session, laxa, PersonInput("Bo Asp")) is None


def test_what_a_list_leaves_out_stays(session: ScopedSession, cast: Cast) -> None:
    row = session.get_one(Person, cast.persons["kim.ek@laxa.example"])
    assert persons.update(row, PersonInput("Kim Ek-Al"))
    assert (row.email, row.external_id, row.unit_id) == (
        "kim.ek@laxa.example",
        "1001",
        cast.units[actors.SCHOOL],
    )
    assert row.search_key == "kim ek-al kim.ek@laxa.example 1001"


def test_longest_name_and_address_fit_on_both_engines(session: ScopedSession, cast: Cast) -> None:
    long = PersonInput("1 " * 100, "x" * 242 + "@laxa.example"[:12], "9" * 120)
    row = persons.add(session, cast.owners["1860"], long)
    assert persons.find(session, places.owner(session, "1860"), long.name).id == row.id


def test_forgotten_person_is_nowhere_and_the_history_still_holds(
    database: Database, cast: Cast, history_key: bytes
) -> None:
    with database.transaction(EVERYTHING) as session:
        told = PersonInput("Zacharina Quisling", "zacharina.quisling@laxa.example", "QX-77-QX")
        row = persons.add(session, cast.owners["1860"], told)
        used = [some_device_in(session, Stage.DEPLOYED) for _ in range(2)]
        for device in used:
            devices_with(session, device, user="QX-77-QX")
        number = row.id
    words = ("zacharina", "quisling", "qx-77-qx")
    assert set(words_in(database, words)) == set(words)
    with database.transaction(EVERYTHING) as session:
        persons.forget(session, session.get_one(Person, number), actor=cast.admin.actor)
    with database.transaction(EVERYTHING) as session:
        forgotten = session.get_one(Person, number)
        assert (forgotten.name, forgotten.email, forgotten.external_id, forgotten.search_key) == (None, None, None, "")
        assert forgotten.pseudonymised_at == cast.admin.actor.at
        assert persons.shown(forgotten.name) == "Tidigare användare"
        for device in used:
            there = session.get_one(type(device), device.id)
            assert there.person_id == number
            assert chain_faults(session, there) == []
        with pytest.raises(UnknownPerson):
            persons.find(session, places.owner(session, "1860"), "Zacharina Quisling")
    assert words_in(database, words) == []


def test_erased_text_is_nowhere_and_the_history_still_holds(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        device = some_device_in(session, Stage.DEPLOYED, note="Zacharinas dator")
        devices_with(session, device, hostname="LAX-9", reason="Quisling bad om det")
        number, event = device.id, actors.events(session, device)[-1]
        texts = [device.note_id, event.text_id]
    with database.transaction(EVERYTHING) as session:
        for text in texts:
            row = session.get_one(FreeText, text)
            row.body, row.salt = None, ""
    with database.transaction(EVERYTHING) as session:
        assert chain_faults(session, session.get_one(type(device), number)) == []
    assert words_in(database, ("zacharina", "quisling")) == []
