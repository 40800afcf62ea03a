"""Whose a device is and was: handing it over to another owner, and who had it on a day."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.history import Change, Event
from assetreg.db.session import ScopedSession
from assetreg.domain import transfer
from assetreg.domain.access import Act, Actor
from assetreg.domain.history import EventFacts
from assetreg.schemas.act import TransferInput
from assetreg.services import changes, history, moves, places
from assetreg.services.places import Place
from assetreg.services.remembered import remembered

TRANSFERRED = "transferred"


def hand_over(
    session: ScopedSession, device: Device, command: TransferInput, *, actor: Actor, act: Change | None = None
) -> EventFacts:
    """Gives the device to another owner from a day on. The device is locked by the caller.

    Its place and its user stay behind: the new owner does not learn who used it. Raises Denied, UnknownOwner,
    a Conflict for the same owner or an ended device, or InvalidInput for the day.
    """
    actor.require(Act.TRANSFER_DEVICES)
    on = command.on or actor.today
    holder = places.owner(session, command.owner)
    last = _transfers(session, device)
    transfer.check_transfer(
        transfer.TransferFacts(
            stage=device.stage,
            owner_id=device.owner_id,
            new_owner_id=holder.id,
            on=on,
            purchased=device.purchased_on,
            owned_since=last[-1][0] if last else None,
        ),
        today=actor.today,
    )
    values: dict[str, Any] = dict.fromkeys(("department_id", "unit_id", "room_id", "group_id", "person_id"))
    values |= {"owner_id": holder.id, "cost_centre": None}
    values |= moves.place_values(session, holder, command.place)
    text = history.write_text(session, command.reason, beside=device) if command.reason else None
    remembered(session, "transfers").pop(device.id, None)
    event = changes.change(session, device, values, TRANSFERRED, actor=actor, on=on, act=act, text=text)
    session.end_act()
    return event


def place_on(session: ScopedSession, device: Device, day: date) -> Place:
    """Where the device belonged on a day: the owner before the first transfer after it, else where it is now."""
    for on, payload in _transfers(session, device):
        if on is not None and on > day:
            before = {name: pair[0] for name, pair in json.loads(payload)["changes"].items()}
            return Place(before["owner_id"], before.get("department_id"), before.get("unit_id"))
    return Place(device.owner_id, device.department_id, device.unit_id)


def _transfers(session: ScopedSession, device: Device) -> list[tuple[date | None, str]]:
    """The day and the payload of each of the device's transfers, in the order of their days."""
    known: dict[int, list[tuple[date | None, str]]] = remembered(session, "transfers")
    if device.id not in known:
        session.flush()
        read_transfers(session, [device])
    return known[device.id]


def read_transfers(session: ScopedSession, devices: Collection[Device]) -> None:
    """Reads the transfers of many devices at once; those asked of devices that are registered now are none."""
    known: dict[int, list[tuple[date | None, str]]] = remembered(session, "transfers")
    ids = [device.id for device in devices if device.head_seq]
    known.update({device.id: [] for device in devices})
    rows = (
        select(Event.subject_id, Event.on, Event.payload)
        .where(Event.subject == "device", Event.subject_id.in_(ids), Event.kind == TRANSFERRED)
        .order_by(Event.on, Event.seq)
    )
    if not ids:
        return
    with session.unguarded("whose a device was on a day holds whoever asks; the caller checks that it may be used"):
        for subject_id, on, payload in session.execute(rows):
            known[subject_id].append((on, payload))
