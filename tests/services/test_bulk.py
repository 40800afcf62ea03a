"""One act on many devices, on both engines: all of them or none."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from assetreg.db.history import Change
from assetreg.db.session import Database
from assetreg.db.tally import DeviceCount
from assetreg.domain.access import EVERYTHING, Actor
from assetreg.domain.errors import Denied, InvalidInput, Missing
from assetreg.domain.moves import Move
from assetreg.domain.terms import Door, Role, Stage
from assetreg.schemas.act import MoveInput
from assetreg.services import bulk, devices
from assetreg.services.bulk import NoneChosen, SomeRefuse, TooManyChosen
from tests.web.device_fleet import ACTOR, device, place, step

RETURN = MoveInput(to=Stage.RETURNED)


@pytest.fixture
def used(database: Database) -> dict[str, int]:
    """Three devices in use, by tag their version; a fourth that nobody chooses."""
    with database.transaction(EVERYTHING) as session:
        place(session, "1860", "Centralskolan")
        rows = [device(session, f"BULK{n:04}", unit="Centralskolan") for n in range(4)]
        for row in rows:
            step(session, row, "deployed", date="2026-01-01")
        session.flush()
        return {row.tag: row.version for row in rows[:3]}


def stages(database: Database) -> dict[str, int]:
    with database.reading(EVERYTHING) as session:
        rows = session.execute(select(DeviceCount.stage, DeviceCount.n).where(DeviceCount.n > 0))
        return {str(stage): n for stage, n in rows}


def test_all_take_the_step_in_one_act(database: Database, used: dict[str, int]) -> None:
    with database.transaction(EVERYTHING) as session:
        act = bulk.move_all(session, used, Move.RETURN, RETURN, actor=ACTOR)
    assert stages(database) == {"deployed": 1, "returned": 3}
    with database.reading(EVERYTHING) as session:
        change, tags = bulk.done_in(session, act.id, actor=ACTOR)
        assert (change.what, tags) == ("bulk return", sorted(used))


def test_one_that_refuses_stops_them_all_and_is_named(database: Database, used: dict[str, int]) -> None:
    late, *_ = used
    with database.transaction(EVERYTHING) as session:
        step(session, devices.lock(session, late), "in_stock", date="2026-02-02", reason="x")
    now = used | {late: used[late] + 1}
    for versions in (used, now):
        with pytest.raises(SomeRefuse) as refused, database.transaction(EVERYTHING) as session:
            bulk.move_all(session, versions, Move.RETURN, RETURN, actor=ACTOR)
        assert set(refused.value.by_tag) == {late}
    assert stages(database) == {"deployed": 3, "in_stock": 1}
    with database.reading(EVERYTHING) as session:
        assert session.execute(select(Change).where(Change.what.startswith("bulk"))).all() == []


def test_fault_of_the_form_is_raised_as_the_forms(database: Database, used: dict[str, int]) -> None:
    with database.transaction(EVERYTHING) as session:
        for tag in used:
            step(session, devices.lock(session, tag), "returned")
        versions = {tag: devices.get(session, tag).version for tag in used}
        session.flush()
        versions = {tag: devices.get(session, tag).version for tag in used}
    with pytest.raises(InvalidInput) as refused, database.transaction(EVERYTHING) as session:
        bulk.move_all(session, versions, Move.WIPE, RETURN, actor=ACTOR)
    assert [each.field for each in refused.value.refusals] == ["erasure_method"]
    assert stages(database) == {"deployed": 1, "returned": 3}


def test_nothing_too_much_and_unknown_are_refused(database: Database, used: dict[str, int]) -> None:
    with database.transaction(EVERYTHING) as session:
        with pytest.raises(NoneChosen):
            bulk.move_all(session, {}, Move.RETURN, RETURN, actor=ACTOR)
        with pytest.raises(NoneChosen):
            bulk.look(session, [], Move.RETURN)
        with pytest.raises(TooManyChosen):
            bulk.look(session, [f"X{n}" for n in range(201)], Move.RETURN)
        with pytest.raises(Missing):
            bulk.look(session, [*used, "IT-999999Z"], Move.RETURN)
        with pytest.raises(Missing):
            bulk.move_all(session, used | {"IT-999999Z": 1}, Move.RETURN, RETURN, actor=ACTOR)


def test_role_that_may_not_move_is_refused(database: Database, used: dict[str, int]) -> None:
    actor = Actor(account=None, role=Role.MDM, door=Door.WEB, at=ACTOR.at)
    with pytest.raises(Denied), database.transaction(EVERYTHING) as session:
        bulk.move_all(session, used, Move.RETURN, RETURN, actor=actor)
    assert stages(database) == {"deployed": 4}


def test_look_says_of_each_whether_it_fits(database: Database, used: dict[str, int]) -> None:
    first, *others = used
    with database.transaction(EVERYTHING) as session:
        step(session, devices.lock(session, first), "in_stock", date="2026-02-02", reason="x")
    with database.reading(EVERYTHING) as session:
        seen = bulk.look(session, [*others, first, first], Move.RETURN)
        assert [each.tag for each in seen] == [*others, first]
        assert [each.refusal is None for each in seen] == [True, True, False]
        assert all(each.refusal is None for each in bulk.look(session, list(used), None))
