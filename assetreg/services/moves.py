"""Moving a device along its life: one move, checked against the one table of transitions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from assetreg.db.device import Device
from assetreg.db.history import Change
from assetreg.db.organisation import Owner
from assetreg.db.session import ScopedSession
from assetreg.domain import lifecycle
from assetreg.domain.access import Act, Actor
from assetreg.domain.dates import check_happened
from assetreg.domain.history import EventFacts
from assetreg.domain.lifecycle import HELD_BY_USER, LOST, LoanEndsBefore, Transition
from assetreg.domain.moves import Fact, Move
from assetreg.domain.terms import Stage
from assetreg.schemas.act import MoveInput, PlaceInput
from assetreg.services import changes, erasures, history, persons, places, stage_days

FORGETS_ERASURE = frozenset({Move.DEPLOY, Move.LEND, Move.KEEP, Move.REPAIRED})


def move(
    session: ScopedSession, device: Device, command: MoveInput, *, actor: Actor, act: Change | None = None
) -> EventFacts:
    """Takes the device to the stage and records it. The device is locked by the caller.

    Raises Denied, a Conflict that lists the moves that are allowed, TooEarly or LoanEndsBefore for days that cannot
    be, or InvalidInput for facts that lack.
    """
    actor.require(Act.MOVE_DEVICES)
    on = command.on or actor.today
    check_happened(on, today=actor.today, field="date")
    _refuse_days(session, device, command, on)
    transition = lifecycle.check_move(
        device.stage,
        command.to,
        facts=_facts(session, device, command),
        kind=device.kind,
        before=device.stage_before,
    )
    values = _values(session, device, command, transition, on)
    if command.erasure and transition.target not in erasures.HOLDS_DATA:
        erasure = erasures.add(session, device, command.erasure, on=on, actor=actor)
        values.setdefault("erasure_id", erasure.id)
    said = _said(command)
    text = history.write_text(session, said, beside=device) if said else None
    facts = {"move": transition.move.value}
    event = changes.change(session, device, values, "moved", actor=actor, on=on, act=act, text=text, facts=facts)
    session.end_act()
    return event


def _refuse_days(session: ScopedSession, device: Device, command: MoveInput, on: date) -> None:
    """A device can be received before its invoice comes; nothing else happens to it before it is ours."""
    if device.stage is not Stage.ORDERED:
        _refuse_earlier(session, device, on)
    if command.to is Stage.ON_LOAN and command.due_back is not None and command.due_back < on:
        raise LoanEndsBefore(field="due_back", on=on, due_back=command.due_back)


def _refuse_earlier(session: ScopedSession, device: Device, on: date) -> None:
    """Raises TooEarly; a bulk act that has taken the device its last step knows the day, and does not ask again."""
    known = history.stage_days(session)
    if device.id in known:
        stage_days.refuse_before(device, on, since=known[device.id])
    else:
        stage_days.refuse_earlier(session, device, on)


def next_moves(device: Device) -> tuple[Transition, ...]:
    """What can be done next, in the order of the life cycle."""
    return lifecycle.allowed_from(device.stage, before=device.stage_before)


def place_values(session: ScopedSession, holder: Owner, place: PlaceInput) -> dict[str, Any]:
    """The columns that a stated place and person set; what is not stated is left as it is."""
    if not place.stated:
        return {}
    values: dict[str, Any] = {}
    if place.department or place.unit or place.room or place.group:
        found = places.find(
            session, holder, department=place.department, unit=place.unit, room=place.room, group=place.group
        )
        names = ("department_id", "unit_id", "room_id", "group_id")
        values |= {name: getattr(found, name) for name in names}
    if place.user:
        person = persons.find(session, holder, place.user)
        values["person_id"] = person.id
        if "unit_id" not in values and person.department_id is not None:
            values |= {"department_id": person.department_id, "unit_id": person.unit_id}
            values |= {"room_id": None, "group_id": None}
    return values


def _said(command: MoveInput) -> str | None:
    """What a person wrote, kept apart from the event, for a receiver can be somebody's name."""
    parts = (
        command.receiver and f"Mottagare: {command.receiver}.",
        command.police_reference and f"Polisens diarienummer: {command.police_reference}.",
        command.reason,
    )
    return " ".join(part for part in parts if part) or None


def _erased(session: ScopedSession, device: Device, command: MoveInput) -> bool:
    """A promise that the partner erases is enough on the way out, never on the way back to somebody else."""
    known = erasures.known(session, device, command.erasure)
    return known.done or (known.promised and command.to is Stage.READY_FOR_DISPOSAL)


def _facts(session: ScopedSession, device: Device, command: MoveInput) -> frozenset[Fact]:
    """What is stated now and what the register already knows."""
    placed = command.place.stated or device.unit_id is not None or device.person_id is not None
    borrower = command.place.user or command.place.unit or command.place.group
    known = {
        Fact.DATE: True,
        Fact.REASON: command.reason,
        Fact.PLACE: placed,
        Fact.ERASURE: _erased(session, device, command),
        Fact.POLICE_OR_REASON: command.police_reference or command.reason,
        Fact.BORROWER: borrower,
        Fact.DUE_BACK: command.due_back,
        Fact.RECEIVER: command.receiver,
    }
    return frozenset(fact for fact, value in known.items() if value)


def _values(
    session: ScopedSession, device: Device, command: MoveInput, transition: Transition, on: date
) -> dict[str, Any]:
    """The columns the move sets, beside the erasure. Being away changes nothing but the stage."""
    values: dict[str, Any] = {"stage": transition.target}
    place = command.place
    if (place.room or place.group) and not place.unit:
        place = replace(place, unit=places.unit_name(session, device.unit_id))
    values |= place_values(session, places.owner_of(session, device.owner_id), place)
    if transition.move in FORGETS_ERASURE:
        values["erasure_id"] = None
    if transition.target in LOST:
        return values | {"stage_before": device.stage if device.stage not in LOST else device.stage_before}
    if transition.target not in HELD_BY_USER:
        values |= {"person_id": None, "group_id": None}
    if device.stage in LOST:
        return values | {"stage_before": None}
    if transition.target not in HELD_BY_USER:
        values.setdefault("room_id", None)
    values["loan_until"] = command.due_back if transition.target is Stage.ON_LOAN else None
    return values | _dates(device, transition, on)


def _dates(device: Device, transition: Transition, on: date) -> dict[str, date | None]:
    """The dates a move gives: delivered when first received, in service when first in use, returned when handed in."""
    if transition.move is Move.RECEIVE and device.delivered_on is None:
        return {"delivered_on": on}
    if transition.target in (Stage.DEPLOYED, Stage.ON_LOAN) and device.in_service_on is None:
        return {"in_service_on": on}
    if transition.move is Move.RETURN:
        return {"returned_on": on}
    if transition.move is Move.DISPATCH:
        return {"dispatched_on": on}
    return {}
