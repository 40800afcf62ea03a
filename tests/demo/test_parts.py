"""A fleet that is larger than one transaction takes: made of several, and one register when it is done."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from assetreg.db.session import Database
from assetreg.db.tables import Device, Person
from assetreg.demo import build
from assetreg.demo.build import plans
from assetreg.domain.access import EVERYTHING
from assetreg.services import integrity
from tests.databases import Databases

TODAY = date(2026, 11, 21)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setattr(sys.modules["assetreg.demo.build"], "PART", 150)


@pytest.mark.usefixtures("small_parts")
def test_parts_make_one_register_of_the_number_asked_for(databases: Databases, history_key: bytes) -> None:
    database = Database(databases.migrated(), history_key=history_key)
    told: list[tuple[int, int]] = []
    try:
        summary = build(database, seed=3, today=TODAY, devices=400, progress=lambda done, of: told.append((done, of)))
        with database.reading(EVERYTHING) as session:
            assert summary.devices == session.execute(select(func.count(Device.id))).scalar_one() == 400
            assert summary.persons == session.execute(select(func.count(Person.id))).scalar_one()
            assert list(integrity.differences(session)) == []
    finally:
        database.close()
    assert told == sorted(told)
    assert told[-1] == (400, 400)


@pytest.mark.usefixtures("small_parts")
def test_nothing_that_must_be_unique_comes_twice_in_the_parts() -> None:
    found = [plan for plan, _ in plans(seed=3, today=TODAY, devices=400)]
    assert [len(plan.devices) for plan in found] == [133, 133, 134]
    serials = [device.serial for plan in found for device in plan.devices if device.duplicate_reason is None]
    assert len(set(serials)) >= len(serials) - 2  # three devices say that they have none
    tags = [device.tag for plan in found for device in plan.devices if device.tag]
    people = [person.number for plan in found for person in plan.people]
    assert (len(set(tags)), len(set(people))) == (len(tags), len(people))
    assert tags
    assert people


@pytest.mark.usefixtures("small_parts")
def test_same_seed_makes_the_same_parts() -> None:
    first, again, other = (
        [[(device.serial, device.registered) for device in plan.devices] for plan, _ in parts]
        for parts in (plans(seed=seed, today=TODAY, devices=320) for seed in (3, 3, 4))
    )
    assert first == again
    assert first != other
    assert first[0][:20] != first[1][:20]
