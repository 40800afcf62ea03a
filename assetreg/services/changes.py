"""The one way a device changes: its columns, the facts derived from them, and the event that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from assetreg.db.bulk import carry_labels
from assetreg.db.catalogue import Model
from assetreg.db.device import Device
from assetreg.db.history import Change
from assetreg.db.session import ScopedSession
from assetreg.domain import identifiers, sorting
from assetreg.domain.access import Actor
from assetreg.domain.errors import Invalid
from assetreg.domain.history import EventFacts
from assetreg.domain.terms import Door
from assetreg.services import history, reference
from assetreg.services.catalogue import full_name
from assetreg.services.remembered import remembered

BY_HAND = frozenset({Door.WEB, Door.SCAN, Door.CLI, Door.API})
"""The doors through which a person sets a field, so that an older file does not set it back in silence."""

PLACE = frozenset({"owner_id", "department_id", "unit_id"})
SEARCHED = frozenset({"tag", "serial", "imei", "hostname", "model_id"})


class OutsideScope(Invalid):
    code = "outside_scope"
    message = (
        "Enheten skulle hamna utanför den del av registret som du sköter. Välj en plats som du har behörighet till."
    )


def change(
    session: ScopedSession,
    device: Device,
    values: Mapping[str, Any],
    kind: str,
    *,
    actor: Actor,
    on: date | None = None,
    act: Change | None = None,
    text: history.Text | None = None,
    reverses: int | None = None,
    facts: Mapping[str, object] | None = None,
) -> EventFacts:
    """Sets the columns, stores what follows from them, and records one event with each before and after.

    ``facts`` are what the event tells beside that. An event is recorded even when no column differs; a
    caller to whom that is nothing asks ``differing`` first. Raises OutsideScope.
    """
    person = device.person_id
    before = differing(device, values)
    check_place(session, {name: values.get(name, getattr(device, name)) for name in PLACE})
    for name in before:
        setattr(device, name, values[name])
    with session.no_autoflush:
        refresh(session, device, before)
    if before and actor.door in BY_HAND:
        device.hand_edited = {**device.hand_edited, **dict.fromkeys(sorted(before), actor.today.isoformat())}
    device.changed_at = actor.at
    payload = {"changes": {name: [old, values[name]] for name, old in before.items()}, **(facts or {})}
    return history.record(
        session,
        device,
        kind,
        payload,
        actor=actor,
        on=on,
        person=device.person_id or person,
        text=text,
        reverses=reverses,
        change=act,
    )


def differing(device: Device, values: Mapping[str, Any]) -> dict[str, Any]:
    """The present value of each column that the values would change."""
    before = {name: getattr(device, name) for name in values}
    return {name: value for name, value in before.items() if value != values[name]}


def check_place(session: ScopedSession, place: Mapping[str, int | None]) -> None:
    """Raises OutsideScope unless the session may have a device at the place (owner, department, unit by column)."""
    if not session.scope.covers(place["owner_id"], place["department_id"], place["unit_id"]):
        raise OutsideScope(field="unit" if place["owner_id"] in session.scope.touched else "owner")


def refresh(session: ScopedSession, device: Device, changed: Iterable[str]) -> None:
    """Brings along what follows from the changed columns: serial key, search key, stored facts, labels' place."""
    names = frozenset(changed)
    if "serial" in names:
        device.serial_key = identifiers.serial_key(device.serial) if device.serial else None
    if names & SEARCHED:
        device.search_key = search_key(session, device)
    if names & PLACE:
        carry_labels(session, device)
    if names & reference.DERIVED_FROM:
        reference.store(device, reference.read(session))


def search_key(session: ScopedSession, device: Device) -> str:
    """What a device is found by; never a person's name, which is searched where it can be forgotten."""
    words = [device.tag, device.serial, device.imei, device.hostname, model_name(session, device.model_id)]
    return sorting.search_key(" ".join(word for word in words if word))[:600]


def model_name(session: ScopedSession, model_id: int | None) -> str:
    if model_id is None:
        return ""
    known: dict[int, str] = remembered(session, "model_names")
    if model_id not in known:
        row = session.execute(select(Model.manufacturer, Model.name).where(Model.id == model_id)).one()
        known[model_id] = full_name(*row)
    return known[model_id]
