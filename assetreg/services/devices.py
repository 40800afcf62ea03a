"""Devices: finding one, registering many or one, and changing what is stated of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import inspect, select

from assetreg.db.device import Device
from assetreg.db.history import Change
from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Conflict, Invalid, Missing
from assetreg.domain.lifecycle import HELD_BY_USER, LOST, Voided
from assetreg.domain.terms import Door, Stage
from assetreg.schemas.device import DeviceInput
from assetreg.services import changes, device_values, history, identity, labels, ownership, places
from assetreg.services.changes import BY_HAND
from assetreg.services.device_values import PRECISIONS

REGISTERED_BY_HAND = (Stage.ORDERED, Stage.IN_STOCK, Stage.DEPLOYED, Stage.RETURNED)
"""The stages a person can register a device in; a list of an older register says where its devices are."""
REGISTERED_FROM_LIST = tuple(stage for stage in Stage if stage is not Stage.VOIDED)


class ChangedMeanwhile(Conflict):
    code = "changed_meanwhile"
    message = "Någon annan har ändrat enheten sedan du öppnade den. Jämför uppgifterna och spara igen."

    def __init__(self, *, version: int | None = None, now: int | None = None, field: str | None = None) -> None:
        self.version, self.now = version, now
        super().__init__(field=field)


class StageByAct(Invalid):
    code = "stage_by_act"
    message = "En ny enhet kan inte få status {stage}. Registrera den som {allowed} och gör steget därefter."


class UserNotInUse(Invalid):
    code = "user_not_in_use"
    message = "Enhetens status är {stage}, så den kan inte ha en användare. Ta den i drift, eller lämna användaren tom."


def get(session: ScopedSession, tag: str) -> Device:
    """The device of a tag. Raises Missing, also for one outside the scope."""
    device = session.execute(select(Device).where(Device.tag == tag)).scalar_one_or_none()
    if device is None:
        raise Missing(field="tag")
    return device


def lock(session: ScopedSession, tag: str, *, version: int | None = None) -> Device:
    """The device, held until the end of the transaction. Raises Missing, or ChangedMeanwhile for another version."""
    device = session.execute(
        select(Device).where(Device.tag == tag).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if device is None:
        raise Missing(field="tag")
    if version is not None and device.version != version:
        raise ChangedMeanwhile(version=version, now=device.version)
    return device


def register(session: ScopedSession, command: DeviceInput, *, actor: Actor) -> Device:
    """A new device, labelled, in stock unless another stage is stated."""
    return register_many(session, [command], actor=actor)[0]


def register_many(
    session: ScopedSession, commands: Sequence[DeviceInput], *, actor: Actor, act: Change | None = None
) -> list[Device]:
    """New devices in one go. Raises for the first that cannot be; callers with rows to report ask one by one."""
    actor.require(Act.IMPORT_DEVICES if actor.door is Door.IMPORT else Act.EDIT_DEVICES)
    identity.take_turn(session)
    numbers = identity.take_numbers(session, [command.get("asset_tag") for command in commands])
    with session.no_autoflush:
        identity.refuse_taken_serials(session, [(command.get("serial"), command) for command in commands])
        devices = [
            _new(session, command, number, actor=actor) for number, command in zip(numbers, commands, strict=True)
        ]
        _refuse_same(session, devices, commands)
        ownership.read_transfers(session, devices)
        for device, command in zip(devices, commands, strict=True):
            _record_new(session, command, device, actor=actor, act=act)
        session.add_all(devices)
        identity.remember(session, devices)
        labels.stick(session, devices, actor=actor)
    session.end_act()
    return devices


def edit(
    session: ScopedSession, device: Device, command: DeviceInput, *, actor: Actor, act: Change | None = None
) -> list[str]:
    """Changes what is stated of a device, and gives the columns that differed; nothing is recorded for none.

    Owner and stage are not edited: they change by transfer, by a move or by an outcome.
    """
    actor.require(Act.IMPORT_DEVICES if actor.door is Door.IMPORT else Act.EDIT_DEVICES)
    if device.stage is Stage.VOIDED:
        raise Voided
    holder = places.owner_of(session, device.owner_id)
    values = device_values.columns(session, command, holder=holder, device=device)
    if "serial" in values and values["serial"] != device.serial:
        identity.take_turn(session)
        identity.refuse_taken_serial(session, values["serial"], command)
    by_hand = actor.door in BY_HAND
    device_values.check(device, values, today=actor.today, outcome=_ended_on(session, device), by_hand=by_hand)
    _check_user(device.stage, values, actor=actor)
    values = device_values.with_note(session, command, device, values)
    differing = changes.differing(device, values)
    if not differing:
        return []
    reason = command.duplicate_reason or command.reason
    text = history.write_text(session, reason, beside=device) if reason else None
    changes.change(session, device, values, "edited", actor=actor, act=act, text=text)
    session.end_act()
    return sorted(differing)


def _new(session: ScopedSession, command: DeviceInput, number: int, *, actor: Actor) -> Device:
    stated = command.values
    holder = places.owner(session, stated.get("owner") or "")
    stage = _first_stage(stated.get("stage") or Stage.IN_STOCK, actor=actor)
    device = Device()
    held = vars(device)
    held |= _BLANK | {"id": number, "owner_id": holder.id, "stage": stage, "hand_edited": {}}
    held |= {"created_at": actor.at, "changed_at": actor.at}
    held |= identity.new_tag(holder, stated.get("asset_tag"), number)
    values = device_values.columns(session, command, holder=holder)
    device_values.check(device, values, today=actor.today, by_hand=actor.door in BY_HAND)
    _check_user(stage, values, actor=actor)
    changes.check_place(session, {"owner_id": holder.id, "department_id": None, "unit_id": None} | values)
    held |= values
    changes.refresh(session, device, ("serial", "tag", "kind"))
    return device


def _first_stage(stage: Stage, *, actor: Actor) -> Stage:
    allowed = REGISTERED_BY_HAND if actor.door in BY_HAND else REGISTERED_FROM_LIST
    if stage not in allowed:
        raise StageByAct(field="stage", stage=stage, allowed=REGISTERED_BY_HAND)
    return stage


def _check_user(stage: Stage, values: dict[str, Any], *, actor: Actor) -> None:
    """Only a device in use has a user: a person is told so, a list's word for it is left out."""
    if values.get("person_id") is None or stage in (*HELD_BY_USER, *LOST):
        return
    if actor.door in BY_HAND:
        raise UserNotInUse(field="user", stage=stage)
    del values["person_id"]


def _ended_on(session: ScopedSession, device: Device) -> date | None:
    """The day of the device's outcome, which nothing it was bought or used on can follow."""
    if device.outcome_id is None:
        return None
    return session.execute(select(Outcome.on).where(Outcome.id == device.outcome_id)).scalar_one_or_none()


def _refuse_same(session: ScopedSession, devices: Sequence[Device], commands: Sequence[DeviceInput]) -> None:
    """Two new devices of one go may not share a tag or a serial any more than a new and an old one."""
    stated = {device.tag for device, command in zip(devices, commands, strict=True) if command.get("asset_tag")}
    taken = identity.taken_tags(session, stated) if stated else set()
    seen: dict[str, str] = {}
    for device, command in zip(devices, commands, strict=True):
        if device.tag in taken:
            raise identity.TagTaken(field="asset_tag", tag=device.tag)
        taken.add(device.tag)
        if device.serial_key is None or command.duplicate_reason:
            continue
        if device.serial_key in seen:
            raise identity.SerialTaken(field="serial", serial=device.serial, tag=seen[device.serial_key])
        seen[device.serial_key] = device.tag


def _record_new(
    session: ScopedSession, command: DeviceInput, device: Device, *, actor: Actor, act: Change | None
) -> None:
    if command.get("note"):
        device.note_id = history.write_text(session, command.get("note"), beside=device).id
    held = vars(device)
    stated = {name: held[name] for name in _REGISTERED if held.get(name) is not None}
    reason = command.duplicate_reason or command.reason
    history.record(
        session,
        device,
        "registered",
        {"changes": {name: [None, value] for name, value in stated.items()}},
        actor=actor,
        person=device.person_id,
        text=history.write_text(session, reason, beside=device) if reason else None,
        change=act,
    )


_BLANK = {
    **{each.key: None for each in inspect(Device).column_attrs if each.key not in ("id", "version")},
    "search_key": "",
    "head_seq": 0,
    "head_hash": "",
}
"""A row that no session has yet is nobody's to watch: its columns are set all at once, which a long list needs."""

_REGISTERED = (
    *("tag", "bare_tag", "kind", "model_id", "serial", "imei", "mac", "hostname", "stage"),
    *("owner_id", "department_id", "unit_id", "room_id", "group_id", "person_id", "cost_centre"),
    *("ordered_on", "purchased_on", "delivered_on", "in_service_on", "warranty_until"),
    *PRECISIONS.values(),
    *("price", "supplier_id", "order_number", "os", "os_version", "note_id"),
)
