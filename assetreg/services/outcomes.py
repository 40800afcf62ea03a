"""Outcomes: registering what became of a device, and reversing it when it was wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.history import Change, Event
from assetreg.db.numbers import draw_id
from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain import indicators, lifecycle, outcomes, reversals
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Conflict, Missing
from assetreg.domain.lifecycle import HELD_BY_USER
from assetreg.domain.terms import Door, OutcomeType
from assetreg.domain.waste import normal_waste_code
from assetreg.schemas.outcome import OutcomeInput, ReversalInput
from assetreg.services import changes, erasures, history, ownership
from assetreg.services.remembered import remembered

STATED = (
    *("partner", "report", "report_row", "import_id", "weight_kg", "proceeds", "decision", "valuation"),
    *("carrier", "receiver", "police_reference"),
)


FROM_LISTS = frozenset({Door.IMPORT, Door.SYNC})
"""The doors of what others tell of, where the register may not have followed every step."""


class OwnedElsewhereThen(Conflict):
    code = "owned_elsewhere_then"
    message = "Enheten tillhörde en annan ägare {on}. Be en administratör registrera utfallet."


class DeviceElsewhereNow(Conflict):
    code = "device_elsewhere_now"
    message = "Enheten tillhör numera en annan ägare. Be en administratör makulera utfallet."


@dataclass(frozen=True, slots=True)
class Registered:
    """An outcome in the register, and what the act should say all the same."""

    outcome: Outcome
    notices: tuple[outcomes.Notice, ...]


def get(session: ScopedSession, outcome_id: int) -> Outcome:
    """Raises Missing, also for one outside the scope."""
    outcome = session.execute(select(Outcome).where(Outcome.id == outcome_id)).scalar_one_or_none()
    if outcome is None:
        raise Missing
    return outcome


def standing(session: ScopedSession, device: Device) -> Outcome | None:
    """The device's final outcome that holds, if it has one."""
    if device.outcome_id is None:
        return None
    made: dict[int, Outcome] = remembered(session, "outcomes")
    if device.outcome_id in made:
        return made[device.outcome_id]
    return session.execute(select(Outcome).where(Outcome.id == device.outcome_id)).scalar_one_or_none()


def register(
    session: ScopedSession, device: Device, command: OutcomeInput, *, actor: Actor, act: Change | None = None
) -> Registered:
    """Registers the outcome, and ends the device if it is a final one. The device is locked by the caller.

    Raises Denied, AlreadyEnded, or InvalidInput with everything that lacks or cannot be.
    """
    actor.require(Act.IMPORT_OUTCOMES if actor.door is Door.IMPORT else Act.REGISTER_OUTCOMES)
    on = command.on or actor.today
    existing = standing(session, device)
    if existing is None and device.outcome_id is not None:
        raise lifecycle.Ended
    sanitised = erasures.known(session, device, command.erasure)
    notices = outcomes.check_outcome(
        _facts(device, command, on, sanitised, door=actor.door),
        device=outcomes.DeviceAtOutcome(
            kind=device.kind, stage=device.stage, purchased=device.purchased_on, has_user=device.person_id is not None
        ),
        existing=_existing(existing),
        today=actor.today,
    )
    row = _row(session, device, command, on=on, actor=actor)
    row.erasure_pending = row.type in outcomes.NEEDS_ERASURE and device.kind.has_storage and not sanitised.done
    if command.erasure:
        row.erasure_id = erasures.add(session, device, command.erasure, on=on, actor=actor).id
    session.add(row)
    remembered(session, "outcomes")[row.id] = row
    _end(session, device, row, command, actor=actor, act=act)
    return Registered(row, tuple(notices))


def reverse(session: ScopedSession, outcome: Outcome, command: ReversalInput, *, actor: Actor) -> Outcome:
    """Takes an outcome back; the device returns to the stage it had. Locks the device.

    Raises Denied, AlreadyReversed, DeviceElsewhereNow, or InvalidInput for the day or a missing reason.
    """
    actor.require(Act.REVERSE_OUTCOMES)
    on = command.on or actor.today
    device = _held(session, outcome)
    existing = outcomes.ExistingOutcome(outcome.type, outcome.on, outcome.report, outcome.reversed_on)
    reversals.check_reversal(existing, on=on, reason=command.reason, today=actor.today)
    outcome.reversed_on, outcome.reversed_at = on, actor.at
    values = _restored(session, device, outcome)
    text = history.write_text(session, command.reason, beside=device) if command.reason else None
    changes.change(
        session,
        device,
        values,
        "outcome_reversed",
        actor=actor,
        on=on,
        text=text,
        reverses=outcome.event_seq,
        facts={"outcome": outcome.id, "type": outcome.type.value},
    )
    session.flush()
    return outcome


def _held(session: ScopedSession, outcome: Outcome) -> Device:
    """The outcome's device, locked, and the outcome as it is once it is: somebody else may just have reversed it."""
    session.flush()
    now = {"populate_existing": True}
    device = session.execute(
        select(Device).where(Device.id == outcome.device_id).with_for_update().execution_options(**now)
    ).scalar_one_or_none()
    if device is None:
        raise DeviceElsewhereNow
    session.execute(select(Outcome).where(Outcome.id == outcome.id).execution_options(**now)).scalar_one()
    return device


def _restored(session: ScopedSession, device: Device, outcome: Outcome) -> dict[str, Any]:
    """The columns that put the device back where it was, unless it has gone elsewhere since.

    A device that is in use again holds data again, so what was said of its erasure no longer holds.
    """
    if outcome.final:
        if outcome.id != device.outcome_id:
            return {}
    elif outcome.stage_before is device.stage or _moved_since(session, outcome):
        return {}
    stage = reversals.stage_restored(outcome.stage_before)
    values: dict[str, Any] = {"stage": stage, "stage_before": outcome.lost_from}
    if outcome.final:
        values["outcome_id"] = None
    if stage in (*HELD_BY_USER, *lifecycle.LOST):
        values["erasure_id"] = None
    return values


def _moved_since(session: ScopedSession, outcome: Outcome) -> bool:
    later = session.execute(
        select(Event.payload).where(
            Event.subject == "device", Event.subject_id == outcome.device_id, Event.seq > outcome.event_seq
        )
    )
    return any("stage" in json.loads(payload).get("changes", {}) for payload in later.scalars())


def _facts(
    device: Device, command: OutcomeInput, on: date, sanitised: erasures.Sanitised, *, door: Door
) -> outcomes.OutcomeFacts:
    return outcomes.OutcomeFacts(
        type=command.type,
        on=on,
        partner=command.partner,
        report=command.report,
        decision=command.decision,
        valuation=command.valuation,
        waste_code=command.waste_code,
        weight_kg=command.weight_kg,
        carrier=command.carrier,
        receiver=command.receiver,
        police_reference=command.police_reference,
        reason=command.reason,
        has_erasure=sanitised.done,
        erasure_by_partner=sanitised.promised,
        from_history=on < device.created_at.date(),
        from_file=door in FROM_LISTS,
    )


def _existing(outcome: Outcome | None) -> outcomes.ExistingOutcome | None:
    if outcome is None:
        return None
    return outcomes.ExistingOutcome(outcome.type, outcome.on, outcome.report, outcome.reversed_on)


def _row(session: ScopedSession, device: Device, command: OutcomeInput, *, on: date, actor: Actor) -> Outcome:
    """The outcome with the owner the device had that day. Raises OwnedElsewhereThen."""
    place = ownership.place_on(session, device, on)
    if not session.scope.covers(place.owner_id, place.department_id, place.unit_id):
        raise OwnedElsewhereThen(field="date", on=on)
    return Outcome(
        id=draw_id(session, Outcome),
        device_id=device.id,
        owner_id=place.owner_id,
        department_id=place.department_id,
        unit_id=place.unit_id,
        type=command.type,
        final=command.type in outcomes.FINAL,
        on=on,
        year=indicators.year_of(on),
        indicator=device.indicator,
        purchased_on=device.purchased_on,
        seen_in_intune=False,
        registered_at=actor.at,
        event_seq=device.head_seq + 1,
        stage_before=device.stage,
        lost_from=device.stage_before,
        erasure_id=device.erasure_id,
        erasure_pending=False,
        waste_code=normal_waste_code(command.waste_code) if command.waste_code else None,
        **{name: getattr(command, name) for name in STATED},
    )


def _end(
    session: ScopedSession, device: Device, row: Outcome, command: OutcomeInput, *, actor: Actor, act: Change | None
) -> None:
    """Moves the device as the outcome says and records it, naming the steps that were skipped."""
    stage = reversals.stage_after(row.type, device.stage)
    values: dict[str, Any] = {"stage": stage}
    if stage is not device.stage:
        values |= {"stage_before": None, "loan_until": None}
    if stage not in HELD_BY_USER:
        values["person_id"] = None
    facts: dict[str, object] = {"outcome": row.id, "type": row.type.value}
    if row.final:
        values["outcome_id"] = row.id
        skipped = lifecycle.skipped_steps(device.stage)
        if skipped and row.type is not OutcomeType.LOST_OR_STOLEN:
            facts["skipped"] = [step.value for step in skipped]
    if row.erasure_id is not None and stage not in erasures.HOLDS_DATA:
        values["erasure_id"] = row.erasure_id
    text = history.write_text(session, command.reason, beside=device) if command.reason else None
    event = changes.change(session, device, values, "outcome", actor=actor, on=row.on, act=act, text=text, facts=facts)
    row.event_seq = event.seq
    session.end_act()
