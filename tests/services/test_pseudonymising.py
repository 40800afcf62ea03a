"""Forgetting one person at once: what it takes, and what it takes away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.intake import ImportRow
from assetreg.db.person import Person
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Denied, Missing
from assetreg.schemas.device import device_input
from assetreg.services import devices, jobs, persons, pseudonymising
from assetreg.services.imports.refusals import ColumnsMissing
from assetreg.services.persons import Forgotten
from assetreg.services.pseudonymising import PersonChanged, ReasonMissing, ReasonNames, StillAssigned
from assetreg.sources.refusals import FileRefused
from tests.cast import NOON, REGISTER, Cast, some_device
from tests.services.imports.lists import Importing
from tests.services.pruning.traces import (
    GONE,
    KEPT,
    WORDS,
    Traced,
    differences,
    everything_said,
    idle_person,
    leave_traces,
)


@pytest.fixture
def traced(database: Database, cast: Cast) -> Traced:
    return leave_traces(database, cast)


def test_everything_that_names_the_person_goes_and_the_rest_stays(traced: Traced) -> None:
    database = traced.database
    with database.reading(EVERYTHING) as session:
        foreseen = pseudonymising.foresee(session, persons.get(session, traced.person))
    assert (foreseen.texts, foreseen.rows, set(foreseen.files)) == (4, 3, {"personer.csv", "enheter.csv"})
    cleared = pseudonymising.pseudonymise(
        database, traced.person, reason="Skyddade uppgifter", actor=traced.cast.admin.actor
    )
    assert cleared == {"texts": 4, "rows": 3, "files": 2}
    said = everything_said(database)
    assert [word for word in WORDS if word in said] == []
    assert KEPT in said
    assert "skyddade uppgifter" in said
    assert differences(database) == []


def test_what_lists_and_jobs_say_of_the_person_beside_their_rows_goes_too(database: Database, cast: Cast) -> None:
    """An earlier name in an older list, a file without headers, an undoing that left the person, a value for all."""
    importing = Importing(database)
    heads = "namn;kommun;e-post;nummer\r\n"
    undone = importing.applied(f"{heads}Zacharina Maid;1860;zacharina@laxa.example;77123\r\n", "persons")
    listed = "serienummer;typ;kommun;användare;status\r\n"
    importing.applied(f"{listed}PFZAQ1;laptop;1860;Zacharina Maid;I drift\r\n")
    importing.undone(undone)
    importing.applied(f"{heads}{GONE[0]};1860;{GONE[1]};77123\r\nKim Ek;1860;kim.ek@laxa.example;1001\r\n", "persons")
    with pytest.raises(FileRefused):
        importing.staged(f"{GONE[0]};1860;{GONE[1]};77123\r\nKim Ek;1860;;1001\r\n", "persons")
    with database.transaction(EVERYTHING) as session:
        device = session.execute(select(Device).where(Device.serial == "PFZAQ1")).scalar_one()
        number = device.person_id or 0
        devices.edit(session, device, device_input({"user": None}), actor=REGISTER)
        jobs.enqueue(session, "import.stage", {"import": 4}, actor=REGISTER)
        task = jobs.lease(session, "worker", at=NOON)
        assert task is not None
        jobs.fail(session, task, ColumnsMissing(columns=["namn"], headers=[GONE[0], "1860"]), at=NOON)
    pseudonymising.pseudonymise(database, number, reason="Begärt", actor=cast.admin.actor)
    said = everything_said(database)
    assert [word for word in (*WORDS, "maid", "77123") if word in said] == []
    assert (KEPT in said, differences(database)) == (True, [])


def test_number_of_digits_alone_is_no_price_and_no_room(database: Database, cast: Cast) -> None:
    importing = Importing(database)
    importing.applied(f"namn;kommun;e-post;nummer\r\n{GONE[0]};1860;{GONE[1]};8300\r\n", "persons")
    priced = importing.applied(
        "serienummer;typ;kommun;pris;anställd\r\nPF1;laptop;1860;8300;\r\nPF2;laptop;1860;1;8300\r\n"
    )
    with database.reading(EVERYTHING) as session:
        number = session.execute(select(Person.id).where(Person.external_id == "8300")).scalar_one()
    pseudonymising.pseudonymise(database, number, reason="Begärt", actor=cast.admin.actor)
    with database.reading(EVERYTHING) as session:
        left = select(ImportRow.number).where(ImportRow.import_id == priced)
        assert session.execute(left).scalars().all() == [2]


def test_person_with_a_device_is_refused_by_its_tag(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        row = idle_person(session, "Har En")
        number, tag = row.id, some_device(session, user=row.email, stage="deployed").tag
    with pytest.raises(StillAssigned, match=tag):
        pseudonymising.pseudonymise(database, number, reason="Bad om det", actor=cast.admin.actor)
    with database.reading(EVERYTHING) as session:
        assert session.get_one(Person, number).name == "Har En"


@pytest.mark.parametrize("reason", ["", "  "])
def test_reason_is_needed(traced: Traced, reason: str) -> None:
    with pytest.raises(ReasonMissing):
        pseudonymising.pseudonymise(traced.database, traced.person, reason=reason, actor=traced.cast.admin.actor)


@pytest.mark.parametrize("reason", [f"{GONE[0]} bad om det", GONE[1].upper(), f"nr {GONE[2]}"])
def test_reason_that_names_the_person_is_refused(traced: Traced, reason: str) -> None:
    with pytest.raises(ReasonNames):
        pseudonymising.pseudonymise(traced.database, traced.person, reason=reason, actor=traced.cast.admin.actor)


def test_second_time_and_stale_page_are_told(traced: Traced) -> None:
    actor, database = traced.cast.admin.actor, traced.database
    with database.transaction(EVERYTHING) as session:
        persons.leave(session, persons.get(session, traced.person), NOON.date(), actor=actor)
    with pytest.raises(PersonChanged):
        pseudonymising.pseudonymise(database, traced.person, reason="Begärt", actor=actor, version=0)
    pseudonymising.pseudonymise(database, traced.person, reason="Begärt", actor=actor, version=1)
    with pytest.raises(Forgotten):
        pseudonymising.pseudonymise(database, traced.person, reason="Begärt", actor=actor)
    with database.transaction(EVERYTHING) as session, pytest.raises(Forgotten):
        persons.leave(session, persons.get(session, traced.person), None, actor=actor)


def test_only_an_administrator_and_only_who_there_is(traced: Traced) -> None:
    with pytest.raises(Denied):
        pseudonymising.pseudonymise(
            traced.database, traced.person, reason="x", actor=replace(traced.cast.planner.actor)
        )
    with pytest.raises(Missing):
        pseudonymising.pseudonymise(traced.database, 10**9, reason="x", actor=REGISTER)
