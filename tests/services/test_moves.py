"""Every move of the table through the service: what it takes, what it sets, and what it refuses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from assetreg.db.device import Device
from assetreg.db.outcome import Erasure
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.domain.dates import FutureDate
from assetreg.domain.errors import Conflict, Denied, InvalidInput
from assetreg.domain.lifecycle import (
    HELD_BY_USER,
    LIVE,
    LOST,
    TRANSITIONS,
    AlreadyThere,
    NeedsOutcome,
    NotAllowed,
    Transition,
    VoidedByUndo,
)
from assetreg.domain.moves import Fact, Move
from assetreg.domain.terms import Stage
from assetreg.schemas.act import MoveInput, PlaceInput, move_input
from assetreg.services import devices, history, moves, places
from assetreg.services.changes import OutsideScope
from tests import cast as actors
from tests.cast import (
    EVERY_FACT,
    TODAY,
    Cast,
    chain_faults,
    changed,
    events,
    noise,
    payloads,
    some_device,
    some_device_in,
    targets,
    values_of,
    whole_move,
)

EVERY_STEP = [pytest.param(step, id=f"{source.value}-{to.value}") for (source, to), step in TRANSITIONS.items()]
DEMANDING = [
    pytest.param(step, id=f"{source.value}-{to.value}")
    for (source, to), step in TRANSITIONS.items()
    if step.requires(actors.LAPTOP) - {Fact.DATE}
]
FIELDS = {
    Fact.REASON: ("reason",),
    Fact.PLACE: ("unit", "user"),
    Fact.ERASURE: ("erasure_method", "erasure_certificate"),
    Fact.POLICE_OR_REASON: ("police_reference", "reason"),
    Fact.BORROWER: ("user", "unit"),
    Fact.DUE_BACK: ("due_back",),
    Fact.RECEIVER: ("receiver",),
}


def at_source(session: ScopedSession, step: Transition, **values: Any) -> Device:
    """A device that stands where the move starts; a lost one was lost from where the move goes."""
    if step.move is Move.FOUND:
        device = some_device_in(session, step.target, **values)
        moves.move(session, device, whole_move(step.source, date=actors.LONG_AGO), actor=actors.REGISTER)
        return device
    return some_device_in(session, step.source, **values)


def go(session: ScopedSession, device: Device, to: Stage, **facts: Any) -> None:
    moves.move(session, device, move_input({"to": to.value} | facts), actor=actors.REGISTER)


@pytest.mark.parametrize("step", EVERY_STEP)
def test_move_of_the_table_goes_through_and_is_recorded(session: ScopedSession, cast: Cast, step: Transition) -> None:
    noise(session, 2)
    device = at_source(session, step)
    assert step.target in {each.target for each in moves.next_moves(device)}
    event = moves.move(session, device, whole_move(step.target, date="2026-11-05"), actor=cast.technician.actor)
    assert device.stage is step.target
    assert (event.kind, event.on, event.actor_id) == ("moved", date(2026, 11, 5), cast.technician.actor.account)
    assert payloads(session, device)[-1]["move"] == step.move.value
    assert changed(session, device)["stage"] == [step.source.value, step.target.value]
    assert chain_faults(session, device) == []


@pytest.mark.parametrize("stage", [*LIVE, *LOST], ids=str)
def test_move_outside_the_table_is_refused_with_those_inside_it(session: ScopedSession, stage: Stage) -> None:
    device = some_device_in(session, stage)
    before = len(events(session, device))
    allowed = targets(device)
    for to in set(LIVE) | set(LOST):
        if to in allowed or to is stage:
            continue
        with pytest.raises(NotAllowed) as refused:
            moves.move(session, device, whole_move(to), actor=actors.REGISTER)
        said = refused.value.sentence()
        assert all(step.move.sv.lower() in said for step in moves.next_moves(device))
    assert (device.stage, len(events(session, device))) == (stage, before)


@pytest.mark.parametrize(
    ("to", "refusal"),
    [(Stage.DEPLOYED, AlreadyThere), (Stage.DISPOSED, NeedsOutcome), (Stage.VOIDED, VoidedByUndo)],
)
def test_stage_that_no_move_leads_to(session: ScopedSession, to: Stage, refusal: type[Conflict]) -> None:
    device = some_device_in(session, Stage.DEPLOYED)
    with pytest.raises(refusal):
        moves.move(session, device, whole_move(to), actor=actors.REGISTER)


@pytest.mark.parametrize("step", DEMANDING)
def test_fact_that_lacks_is_asked_for_beside_its_field(session: ScopedSession, step: Transition) -> None:
    for fact in step.requires(actors.LAPTOP) - {Fact.DATE}:
        device = at_source(session, step)
        device.unit_id = device.department_id = device.person_id = device.erasure_id = None
        session.flush()
        facts = {name: value for name, value in EVERY_FACT.items() if name not in FIELDS[fact]}
        with pytest.raises(InvalidInput) as refused:
            go(session, device, step.target, **facts)
        assert fact.field in refused.value.by_field()
        assert device.stage is step.source


def test_every_lacking_fact_is_asked_for_at_once(session: ScopedSession) -> None:
    device = some_device(session)
    with pytest.raises(InvalidInput) as refused:
        go(session, device, Stage.ON_LOAN)
    assert set(refused.value.by_field()) == {"user", "due_back"}


def test_what_the_register_knows_need_not_be_stated(session: ScopedSession) -> None:
    device = some_device(session, unit=actors.SCHOOL)
    go(session, device, Stage.DEPLOYED)
    go(session, device, Stage.RETURNED)
    go(session, device, Stage.WIPED, erasure_method="purge")
    go(session, device, Stage.READY_FOR_DISPOSAL)
    assert device.stage is Stage.READY_FOR_DISPOSAL


def test_kind_without_storage_needs_no_erasure(session: ScopedSession) -> None:
    monitor = some_device_in(session, Stage.RETURNED, kind="monitor")
    monitor.erasure_id = None
    go(session, monitor, Stage.READY_FOR_DISPOSAL)
    assert monitor.stage is Stage.READY_FOR_DISPOSAL


def test_move_is_not_made_in_the_future(session: ScopedSession) -> None:
    device = some_device(session, unit=actors.SCHOOL)
    with pytest.raises(FutureDate) as refused:
        go(session, device, Stage.DEPLOYED, date=(TODAY + timedelta(days=1)).isoformat())
    assert refused.value.field == "date"


def test_reader_may_not_move(session: ScopedSession, cast: Cast) -> None:
    with pytest.raises(Denied):
        moves.move(session, some_device(session), whole_move(Stage.DEPLOYED), actor=cast.reader.actor)


def test_return_takes_user_room_and_group_and_leaves_the_unit(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, unit=actors.SCHOOL, room="B12", group="7A")
    place = {"unit": actors.SCHOOL, "room": "B12", "group": "7A"}
    go(session, device, Stage.DEPLOYED, date=actors.LONG_AGO, user="1001", **place)
    assert device.person_id == cast.persons["kim.ek@laxa.example"]
    go(session, device, Stage.RETURNED, date="2026-06-12")
    assert values_of(device, "person_id", "room_id", "group_id") == [None, None, None]
    assert device.unit_id == cast.units[actors.SCHOOL]
    assert device.returned_on == date(2026, 6, 12)
    assert changed(session, device)["person_id"] == [cast.persons["kim.ek@laxa.example"], None]
    assert events(session, device)[-1].person_id == cast.persons["kim.ek@laxa.example"]


def test_user_alone_brings_the_place_where_the_user_is(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, unit=actors.SCHOOL, room="B12", group="7A")
    go(session, device, Stage.DEPLOYED, user="lo.al@laxa.example")
    assert device.unit_id == cast.units[actors.OFFICE]
    assert (device.room_id, device.group_id) == (None, None)


def test_group_alone_is_one_where_the_device_is(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, unit=actors.SCHOOL)
    go(session, device, Stage.DEPLOYED, group="7A", room="B12")
    assert None not in (device.group_id, device.room_id)
    assert device.unit_id == cast.units[actors.SCHOOL]


def test_room_without_a_unit_is_refused_and_not_forgotten(session: ScopedSession) -> None:
    with pytest.raises(places.PlaceLacksUnit):
        go(session, some_device(session), Stage.DEPLOYED, room="B12")


def test_dates_are_set_the_first_time_only(session: ScopedSession) -> None:
    device = some_device(session, stage="ordered", unit=actors.SCHOOL)
    go(session, device, Stage.IN_STOCK, date="2023-03-10")
    go(session, device, Stage.DEPLOYED, date="2023-04-01")
    go(session, device, Stage.IN_STOCK, date="2024-04-01", reason="Byte")
    go(session, device, Stage.DEPLOYED, date="2024-05-01")
    assert (device.delivered_on, device.in_service_on) == (date(2023, 3, 10), date(2023, 4, 1))


def test_loan_has_an_end_until_it_ends(session: ScopedSession) -> None:
    device = some_device(session, unit=actors.SCHOOL)
    go(session, device, Stage.ON_LOAN, user="1001", due_back="2027-01-31")
    assert device.loan_until == date(2027, 1, 31)
    go(session, device, Stage.MISSING, reason="Borta")
    go(session, device, Stage.ON_LOAN)
    assert device.loan_until == date(2027, 1, 31)
    go(session, device, Stage.IN_STOCK)
    assert values_of(device, "loan_until", "person_id") == [None, None]


def test_erasure_is_forgotten_when_the_device_is_in_use_again(session: ScopedSession) -> None:
    device = some_device_in(session, Stage.WIPED)
    go(session, device, Stage.IN_STOCK)
    assert values_of(device, "erasure_id") != [None]
    go(session, device, Stage.DEPLOYED, unit=actors.SCHOOL, erasure_method="purge")
    assert values_of(device, "erasure_id") == [None]
    go(session, device, Stage.RETURNED)
    with pytest.raises(InvalidInput) as refused:
        go(session, device, Stage.WIPED)
    assert "erasure_method" in refused.value.by_field()


def test_erasure_is_kept_as_it_was_stated(session: ScopedSession, cast: Cast) -> None:
    device = some_device_in(session, Stage.RETURNED)
    stated = {"erasure_method": "clear", "erasure_date": "2026-11-01", "erasure_tool": "Blancco", "date": "2026-11-02"}
    moves.move(session, device, move_input({"to": "wiped"} | stated), actor=cast.technician.actor)
    row = session.get_one(Erasure, device.erasure_id)
    assert (row.method, row.on, row.tool, row.verified) == ("clear", date(2026, 11, 1), "Blancco", False)
    assert row.done_by_id == cast.technician.actor.account


def test_promise_that_the_partner_erases_is_enough_on_the_way_out_alone(session: ScopedSession) -> None:
    device = some_device_in(session, Stage.RETURNED)
    for to in (Stage.WIPED, Stage.IN_STOCK):
        with pytest.raises(InvalidInput):
            go(session, device, to, erasure_method="by_partner")
    go(session, device, Stage.READY_FOR_DISPOSAL, erasure_method="by_partner")
    assert device.erasure_id is not None
    with pytest.raises(InvalidInput) as refused:
        go(session, device, Stage.IN_STOCK)
    assert "erasure_method" in refused.value.by_field()
    go(session, device, Stage.IN_STOCK, erasure_method="by_partner", erasure_certificate="C-9")
    assert device.stage is Stage.IN_STOCK


@pytest.mark.parametrize("lost", LOST, ids=str)
@pytest.mark.parametrize("stage", LIVE, ids=str)
def test_found_device_is_as_it_was_before_it_was_lost(session: ScopedSession, stage: Stage, lost: Stage) -> None:
    device = some_device_in(session, stage)
    kept = ("stage", "person_id", "unit_id", "room_id", "group_id", "loan_until", "in_service_on", "erasure_id")
    before = {name: getattr(device, name) for name in kept}
    go(session, device, Stage.MISSING, reason="Borta vid inventeringen")
    if lost is Stage.STOLEN:
        go(session, device, Stage.STOLEN, police_reference="K-1")
    assert device.stage_before is stage
    with pytest.raises(NotAllowed):
        go(session, device, next(other for other in LIVE if other is not stage))
    go(session, device, stage)
    assert {name: getattr(device, name) for name in kept} == before
    assert device.stage_before is None


def test_found_device_that_nobody_knows_where_from_is_returned_without_a_user(session: ScopedSession) -> None:
    device = some_device(session, actor=actors.IMPORT, stage="missing", user="1001", unit=actors.SCHOOL)
    assert device.person_id is not None
    go(session, device, Stage.RETURNED)
    assert values_of(device, "stage", "person_id") == [Stage.RETURNED, None]


def test_device_in_use_that_is_found_did_not_come_into_use_that_day(session: ScopedSession) -> None:
    device = some_device(session, stage="deployed", unit=actors.SCHOOL)
    go(session, device, Stage.MISSING, reason="Borta")
    go(session, device, Stage.DEPLOYED)
    assert device.in_service_on is None


def test_receiver_and_reason_are_kept_where_they_can_be_erased(session: ScopedSession) -> None:
    device = some_device_in(session, Stage.READY_FOR_DISPOSAL)
    go(session, device, Stage.DISPATCHED, receiver="Anna på Atea", reason="Pall 7")
    event = events(session, device)[-1]
    assert "Anna" not in event.payload
    assert history.read_text(session, event.text_id) == "Mottagare: Anna på Atea. Pall 7"


def test_person_is_with_a_device_in_use_alone(session: ScopedSession) -> None:
    for stage in LIVE:
        device = some_device_in(session, stage)
        assert (device.person_id is not None) == (stage in HELD_BY_USER)


def test_technician_of_a_school_cannot_move_a_device_away_from_it(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        tag = some_device(session, unit=actors.SCHOOL).tag
    away = MoveInput(to=Stage.DEPLOYED, place=PlaceInput(unit=actors.SECOND_SCHOOL))
    with database.transaction(cast.school.scope) as session, pytest.raises(OutsideScope):
        moves.move(session, devices.lock(session, tag), away, actor=cast.school.actor)
    here = MoveInput(to=Stage.DEPLOYED, place=PlaceInput(user="1001"))
    with database.transaction(cast.school.scope) as session:
        moves.move(session, devices.lock(session, tag), here, actor=cast.school.actor)
