"""One device in the place of another, and one device in a new place: acts of several events."""

from __future__ import annotations

from dataclasses import replace

from assetreg.db.device import Device
from assetreg.db.session import ScopedSession
from assetreg.domain import transfer
from assetreg.domain.access import Act, Actor
from assetreg.domain.dates import check_happened
from assetreg.domain.errors import Conflict, InvalidInput
from assetreg.domain.lifecycle import HELD_BY_USER, FactLacking
from assetreg.domain.moves import Fact, Move
from assetreg.domain.terms import OutcomeType, Stage
from assetreg.schemas.act import MoveInput, SecondLifeInput, SwapInput
from assetreg.schemas.outcome import OutcomeInput
from assetreg.services import changes, erasures, history, moves, outcomes, stage_days


class OtherOwner(Conflict):
    code = "other_owner"
    message = "Den nya enheten tillhör en annan ägare. Flytta den till samma ägare som den gamla först."


class NoSecondLife(Conflict):
    code = "no_second_life"
    message = "Enhetens status är {stage}, så den har inget första liv bakom sig. Ta den i drift i stället."


def swap(session: ScopedSession, old: Device, new: Device, command: SwapInput, *, actor: Actor) -> None:
    """Hands in the old device and puts the new one where it was; each names the other. Both are locked.

    The old one, if somebody used it, becomes returned; otherwise it keeps its stage. Raises Denied, or a
    Conflict when the one cannot take the other's place.
    """
    actor.require(Act.MOVE_DEVICES)
    transfer.check_swap(
        transfer.SwapFacts(
            old_id=old.id,
            new_id=new.id,
            old_stage=old.stage,
            new_stage=new.stage,
            old_successor_id=old.replaced_by_id,
            new_predecessor_id=new.replaces_id,
        )
    )
    if old.owner_id != new.owner_id:
        raise OtherOwner(field="new")
    on = command.on or actor.today
    check_happened(on, today=actor.today, field="date")
    for each in (old, new):
        stage_days.refuse_earlier(session, each, on)
    act = history.begin(session, "swap", actor=actor)
    text = history.write_text(session, command.reason, beside=old) if command.reason else None
    place = {name: getattr(old, name) for name in ("department_id", "unit_id", "room_id", "group_id", "person_id")}
    taking = {"stage": Stage.DEPLOYED, "replaces_id": old.id, "in_service_on": new.in_service_on or on}
    leaving: dict[str, object] = {"replaced_by_id": new.id}
    if old.stage in HELD_BY_USER:
        leaving |= {"stage": Stage.RETURNED, "returned_on": on, "loan_until": None}
        leaving |= dict.fromkeys(("person_id", "room_id", "group_id"))
    facts = {"move": Move.RETURN.value, "other": new.id}
    changes.change(session, old, leaving, "swapped_out", actor=actor, on=on, act=act, text=text, facts=facts)
    facts = {"move": Move.DEPLOY.value, "other": old.id}
    values = place | taking | {"erasure_id": None}
    changes.change(session, new, values, "swapped_in", actor=actor, on=on, act=act, facts=facts)
    session.end_act()


def second_life(session: ScopedSession, device: Device, command: SecondLifeInput, *, actor: Actor) -> Device:
    """Internal reuse: a device that has been handed in, erased, starts again at another place of its owner.

    One act of up to four steps (handed in, erased and restocked, counted as internal reuse, deployed). The
    device is locked by the caller. Raises NoSecondLife, and what each step raises.
    """
    actor.require(Act.MOVE_DEVICES)
    if not (command.place.unit or command.place.group or command.place.user):
        raise InvalidInput([FactLacking(field=Fact.PLACE.field, move=Move.DEPLOY, fact=Fact.PLACE)])
    used = device.in_service_on is not None or device.returned_on is not None
    if device.stage is Stage.ORDERED or (device.stage is Stage.IN_STOCK and not used):
        raise NoSecondLife(stage=device.stage)
    stocked = device.stage is Stage.IN_STOCK
    if stocked and device.kind.has_storage and not erasures.known(session, device, command.erasure).done:
        raise InvalidInput([FactLacking(field=Fact.ERASURE.field, move=Move.RESTOCK, fact=Fact.ERASURE)])
    act = history.begin(session, "second_life", actor=actor)
    step = MoveInput(to=Stage.RETURNED, on=command.on)
    if device.stage in HELD_BY_USER:
        moves.move(session, device, step, actor=actor, act=act)
    if not stocked:
        restock = replace(step, to=Stage.IN_STOCK, erasure=command.erasure)
        moves.move(session, device, restock, actor=actor, act=act)
    reuse = OutcomeInput(
        type=OutcomeType.INTERNAL_REUSE,
        on=command.on,
        reason=command.reason,
        erasure=command.erasure if stocked else None,
    )
    outcomes.register(session, device, reuse, actor=actor, act=act)
    deploy = replace(step, to=Stage.DEPLOYED, place=command.place)
    moves.move(session, device, deploy, actor=actor, act=act)
    return device
