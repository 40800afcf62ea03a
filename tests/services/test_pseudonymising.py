"""Forgetting one person at once: what it takes, and what it takes away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assetreg.db.person import Person
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Denied, Missing
from assetreg.services import persons, pseudonymising
from assetreg.services.persons import Forgotten
from assetreg.services.pseudonymising import PersonChanged, ReasonMissing, ReasonNames, StillAssigned
from tests.cast import NOON, REGISTER, Cast, some_device
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
