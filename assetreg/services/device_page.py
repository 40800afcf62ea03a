"""Everything the page of one device shows, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from assetreg.db.catalogue import Supplier
from assetreg.db.device import Device
from assetreg.db.history import FreeText
from assetreg.db.label import Label
from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.db.outcome import Erasure, Outcome
from assetreg.db.person import Person
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.lifecycle import DUE_STAGES, ENDED, Transition
from assetreg.domain.retention import ReadWhat
from assetreg.domain.terms import Stage
from assetreg.services import changes, history, labels, moves, reading_log, stage_days
from assetreg.services.device_history import HistoryLine, lines
from assetreg.services.persons import FORGOTTEN_NAME, uses


@dataclass(frozen=True, slots=True)
class Relative:
    """The device before or after this one; None for one the caller may not see."""

    tag: str
    stage: Stage
    model: str


@dataclass(frozen=True, slots=True)
class DevicePage:
    """The device with the names of all it points at, what can be done next, and its history.

    ``came`` has the day it came to each stage, since it last was taken into use or into stock.
    """

    device: Device
    owner: Owner
    department: str | None
    unit: str | None
    room: str | None
    group: str | None
    user: str | None
    model: str
    supplier: str | None
    note: str | None
    due_reason: str | None
    overdue: bool
    support_ended: bool
    predecessor: Relative | None
    successor: Relative | None
    labels: tuple[Label, ...]
    outcomes: tuple[Outcome, ...]
    erasures: tuple[Erasure, ...]
    next_moves: tuple[Transition, ...]
    came: Mapping[Stage, date]
    history: tuple[HistoryLine, ...]

    @property
    def ended(self) -> bool:
        return self.device.stage in ENDED

    @property
    def outcome(self) -> Outcome | None:
        """The final outcome that holds."""
        return next((outcome for outcome in self.outcomes if outcome.id == self.device.outcome_id), None)


def read(session: ScopedSession, device: Device, *, actor: Actor) -> DevicePage:
    """What the page of the device shows to this caller."""
    actor.require(Act.READ_DEVICES)
    today = actor.today
    names = _names(session, device)
    user = _user(device, names.person, actor)
    if user and device.person_id is not None and names.person:
        reading_log.note(session, ReadWhat.DEVICE, actor=actor, persons=[device.person_id], device=device.id)
    relatives = _relatives(session, device)
    return DevicePage(
        device=device,
        owner=names.Owner,
        department=names.department,
        unit=names.unit,
        room=names.room,
        group=names.group,
        user=user,
        model=changes.model_name(session, device.model_id),
        supplier=names.supplier,
        note=names.note,
        due_reason=history.read_text(session, device.due_reason_id),
        overdue=_overdue(device, today),
        support_ended=device.support_ends_on is not None and device.support_ends_on < today,
        predecessor=relatives.get(device.replaces_id or 0),
        successor=relatives.get(device.replaced_by_id or 0),
        labels=tuple(labels.of_device(session, device)),
        outcomes=_outcomes(session, device),
        erasures=_erasures(session, device),
        next_moves=moves.next_moves(device),
        came=stage_days.of_this_life(stage_days.read(session, device)),
        history=tuple(lines(session, device, actor=actor)),
    )


def _overdue(device: Device, today: date) -> bool:
    waiting = device.stage in DUE_STAGES and device.replaced_by_id is None
    return waiting and device.due_on is not None and device.due_on < today


def _user(device: Device, name: str | None, actor: Actor) -> str | None:
    if device.person_id is None or not actor.may(Act.READ_PERSONS):
        return None
    return name or FORGOTTEN_NAME


def _names(session: ScopedSession, device: Device) -> Any:
    return session.execute(
        select(
            Owner,
            Department.name.label("department"),
            Unit.name.label("unit"),
            Room.name.label("room"),
            Group.name.label("group"),
            Person.name.label("person"),
            Supplier.name.label("supplier"),
            FreeText.body.label("note"),
        )
        .select_from(Device)
        .join(Owner, Owner.id == Device.owner_id)
        .outerjoin(Department, Department.id == Device.department_id)
        .outerjoin(Unit, Unit.id == Device.unit_id)
        .outerjoin(Room, Room.id == Device.room_id)
        .outerjoin(Group, Group.id == Device.group_id)
        .outerjoin(Person, uses())
        .outerjoin(Supplier, Supplier.id == Device.supplier_id)
        .outerjoin(FreeText, FreeText.id == Device.note_id)
        .where(Device.id == device.id)
    ).one()


def _relatives(session: ScopedSession, device: Device) -> dict[int, Relative]:
    ids = [id_ for id_ in (device.replaces_id, device.replaced_by_id) if id_ is not None]
    if not ids:
        return {}
    rows = session.execute(
        select(Device.id, Device.tag, Device.stage, Device.model_id).where(or_(*(Device.id == id_ for id_ in ids)))
    )
    return {row[0]: Relative(row[1], row[2], changes.model_name(session, row[3])) for row in rows}


def _outcomes(session: ScopedSession, device: Device) -> tuple[Outcome, ...]:
    rows = session.execute(select(Outcome).where(Outcome.device_id == device.id).order_by(Outcome.id.desc()))
    return tuple(rows.scalars())


def _erasures(session: ScopedSession, device: Device) -> tuple[Erasure, ...]:
    rows = session.execute(select(Erasure).where(Erasure.device_id == device.id).order_by(Erasure.id.desc()))
    return tuple(rows.scalars())
