"""Two at once on both engines: one of them gets through, the other a sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from assetreg.db.catalogue import Model, Supplier
from assetreg.db.device import Device
from assetreg.db.organisation import Department, Group, Room, Unit
from assetreg.db.outcome import Outcome
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Refusal
from assetreg.domain.outcomes import AlreadyEnded
from assetreg.domain.reversals import AlreadyReversed
from assetreg.domain.terms import OutcomeType, Stage
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import OutcomeInput, ReversalInput
from assetreg.services import catalogue, devices, labels, outcomes, places
from assetreg.services.devices import ChangedMeanwhile
from assetreg.services.identity import SerialTaken, TagTaken
from assetreg.services.labels import LabelTaken
from tests.cast import SCHOOL, Cast, chain_faults, events, noise, some_device, stated

ENDED = OutcomeInput(type=OutcomeType.MATERIAL_RECYCLING)


def at_once(database: Database, *acts: Callable[[ScopedSession, Barrier], object]) -> list[Refusal | BaseException]:
    """What each act was refused with, each in a transaction of its own, all begun before any goes on.

    An act waits at the barrier when it has read what it acts on; where writers take turns from the start (SQLite),
    the one that holds the turn is not kept waiting.
    """
    barrier = Barrier(len(acts))
    found: list[BaseException] = []

    def run(act: Callable[[ScopedSession, Barrier], object]) -> None:
        try:
            with database.transaction(EVERYTHING) as session:
                act(session, barrier)
        except BaseException as error:
            found.append(error)

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return found


def meet(session: ScopedSession, barrier: Barrier) -> None:
    if not session.is_sqlite:
        barrier.wait(10)


def a_device(database: Database, **values: Any) -> Device:
    with database.transaction(EVERYTHING) as session:
        noise(session, 2)
        return some_device(session, **values)


def test_outcome_reversed_twice_at_once_is_reversed_once(database: Database, cast: Cast) -> None:
    device = a_device(database, kind="monitor")
    with database.transaction(EVERYTHING) as session:
        locked = devices.lock(session, device.tag)
        number = outcomes.register(session, locked, ENDED, actor=cast.technician.actor).outcome.id

    def reverse(session: ScopedSession, barrier: Barrier) -> None:
        outcome = outcomes.get(session, number)
        devices.get(session, device.tag)
        meet(session, barrier)
        outcomes.reverse(session, outcome, ReversalInput(reason="Fel"), actor=cast.technician.actor)

    refused = at_once(database, reverse, reverse)
    assert [type(each) for each in refused] == [AlreadyReversed]
    with database.transaction(EVERYTHING) as session:
        there = devices.get(session, device.tag)
        kinds = [event.kind for event in events(session, there)]
        assert kinds == ["registered", "outcome", "outcome_reversed"]
        assert (there.stage, chain_faults(session, there)) == (Stage.IN_STOCK, [])


def test_two_final_outcomes_at_once_are_one(database: Database, cast: Cast) -> None:
    device = a_device(database, kind="monitor")

    def end(session: ScopedSession, barrier: Barrier) -> None:
        devices.get(session, device.tag)
        meet(session, barrier)
        outcomes.register(session, devices.lock(session, device.tag), ENDED, actor=cast.technician.actor)

    assert [type(each) for each in at_once(database, end, end)] == [AlreadyEnded]
    with database.transaction(EVERYTHING) as session:
        assert session.execute(select(func.count(Outcome.id))).scalar_one() == 1
        assert chain_faults(session, devices.get(session, device.tag)) == []


def test_two_who_edit_one_device_at_once_do_not_overwrite_each_other(database: Database, cast: Cast) -> None:
    device = a_device(database)

    def rename(hostname: str) -> Callable[[ScopedSession, Barrier], None]:
        def act(session: ScopedSession, barrier: Barrier) -> None:
            seen = devices.get(session, device.tag).version if not session.is_sqlite else device.version
            meet(session, barrier)
            locked = devices.lock(session, device.tag, version=seen)
            devices.edit(session, locked, device_input({"hostname": hostname}), actor=cast.technician.actor)

        return act

    [refused] = at_once(database, rename("A"), rename("B"))
    assert isinstance(refused, ChangedMeanwhile)
    assert refused.now == device.version + 1
    with database.transaction(EVERYTHING) as session:
        there = devices.get(session, device.tag)
        assert there.hostname in {"A", "B"}
        assert len(events(session, there)) == 2
        assert chain_faults(session, there) == []


@pytest.mark.parametrize(
    ("values", "refusal"), [({"serial": "5CG1234ABC"}, SerialTaken), ({"asset_tag": "1234"}, TagTaken)]
)
def test_device_registered_twice_at_once_is_registered_once(
    database: Database, cast: Cast, values: dict[str, str], refusal: type[Refusal]
) -> None:
    def register(session: ScopedSession, barrier: Barrier) -> None:
        meet(session, barrier)
        devices.register(session, stated(**values), actor=cast.technician.actor)

    assert [type(each) for each in at_once(database, register, register)] == [refusal]


def test_blank_label_bound_twice_at_once_is_bound_once(database: Database, cast: Cast) -> None:
    first, second = a_device(database), a_device(database)
    with database.transaction(EVERYTHING) as session:
        token = labels.print_blank(session, 1, actor=cast.technician.actor)[0].token

    def bind(tag: str) -> Callable[[ScopedSession, Barrier], None]:
        def act(session: ScopedSession, barrier: Barrier) -> None:
            labels.find(session, token)
            device = devices.lock(session, tag)
            meet(session, barrier)
            labels.attach(session, device, token, actor=cast.technician.actor)

        return act

    assert [type(each) for each in at_once(database, bind(first.tag), bind(second.tag))] == [LabelTaken]


def test_model_that_two_lists_name_first_at_once_is_one(database: Database, cast: Cast) -> None:
    def register(session: ScopedSession, barrier: Barrier) -> None:
        meet(session, barrier)
        devices.register(session, stated(model="ThinkPad T14", supplier="Atea"), actor=cast.technician.actor)

    assert at_once(database, register, register) == []
    with database.reading(EVERYTHING) as session:
        assert session.execute(select(func.count(Model.id))).scalar_one() == 1


def both_look_before_either_adds(monkeypatch: pytest.MonkeyPatch, module: ModuleType, adds: str) -> None:
    """Two transactions meet where each has found nothing and goes on to add; on SQLite they take turns anyway."""
    barrier, add = Barrier(2), getattr(module, adds)

    def adding(session: ScopedSession, *args: object) -> object:
        meet(session, barrier)
        return add(session, *args)

    monkeypatch.setattr(module, adds, adding)


@pytest.mark.parametrize(
    ("values", "entity"),
    [({"model": "ThinkPad T14"}, Model), ({"supplier": "Atea"}, Supplier)],
    ids=["model", "supplier"],
)
def test_name_that_two_edits_say_first_at_once_is_one_thing(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch, values: dict[str, str], entity: Any
) -> None:
    tags = [a_device(database, hostname="före").tag for _ in range(2)]
    both_look_before_either_adds(monkeypatch, catalogue, "_first")

    def edit(tag: str) -> Callable[[ScopedSession, Barrier], None]:
        def act(session: ScopedSession, barrier: Barrier) -> None:
            command = device_input({"hostname": "efter", **values})
            devices.edit(session, devices.lock(session, tag), command, actor=cast.technician.actor)

        return act

    assert at_once(database, *map(edit, tags)) == []
    with database.reading(EVERYTHING) as session:
        [row] = session.execute(select(entity)).scalars()
        for tag in tags:
            device = devices.get(session, tag)
            assert device.hostname == "efter"
            assert row.id in (device.model_id, device.supplier_id)
            assert chain_faults(session, device) == []


def test_name_is_known_to_the_rest_of_the_transaction_that_was_second(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_look_before_either_adds(monkeypatch, catalogue, "_first")

    def name_twice(session: ScopedSession, barrier: Barrier) -> None:
        first = catalogue.supplier(session, "Atea Sverige")
        assert catalogue.supplier(session, "ATEA SVERIGE") is first

    assert at_once(database, name_twice, name_twice) == []


@pytest.mark.parametrize(
    ("place", "entity"),
    [
        ({"department": "Nya förvaltningen"}, Department),
        ({"department": "Barn och utbildning", "unit": "Nya skolan"}, Unit),
        ({"unit": SCHOOL, "room": "Nya rummet"}, Room),
        ({"unit": SCHOOL, "group": "9Z"}, Group),
    ],
    ids=["department", "unit", "room", "group"],
)
def test_place_that_two_lists_name_first_at_once_is_one(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch, place: dict[str, str], entity: Any
) -> None:
    both_look_before_either_adds(monkeypatch, places, "take_turn")
    with database.reading(EVERYTHING) as session:
        before = session.execute(select(func.count(entity.id))).scalar_one()

    def name(session: ScopedSession, barrier: Barrier) -> None:
        places.ensure(session, places.owner(session, "1860"), **place)
        places.find(session, places.owner(session, "1860"), **place)

    assert at_once(database, name, name) == []
    with database.reading(EVERYTHING) as session:
        assert session.execute(select(func.count(entity.id))).scalar_one() == before + 1


def test_moment_of_the_loser_leaves_no_trace_in_the_counts(database: Database, cast: Cast) -> None:
    device = a_device(database, kind="monitor")
    later = cast.technician.later(cast.technician.actor.at + timedelta(minutes=1))

    def end(session: ScopedSession, barrier: Barrier) -> None:
        meet(session, barrier)
        outcomes.register(session, devices.lock(session, device.tag), ENDED, actor=later)

    assert len(at_once(database, end, end, end)) == 2
    from tests.cast import miscounted

    with database.reading(EVERYTHING) as session:
        assert miscounted(session) == {}
