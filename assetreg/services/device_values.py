"""From what is stated of a device to its columns: names become ids, dates keep their precision."""

from __future__ import annotations

from datetime import date
from typing import Any

from assetreg.db.catalogue import Model
from assetreg.db.device import Device
from assetreg.db.organisation import Owner
from assetreg.db.session import ScopedSession
from assetreg.domain.cells import PartialDate
from assetreg.domain.dates import DeviceDates, check_dates
from assetreg.domain.sorting import sort_key
from assetreg.domain.terms import Kind, Precision
from assetreg.schemas.device import DeviceInput
from assetreg.services import catalogue, history, persons, places

PLAIN = {
    "serial": "serial",
    "kind": "kind",
    "imei": "imei",
    "mac": "mac",
    "hostname": "hostname",
    "cost_centre": "cost_centre",
    "price_sek": "price",
    "order_number": "order_number",
    "os": "os",
    "os_version": "os_version",
}
DATES = {
    "ordered": "ordered_on",
    "purchased": "purchased_on",
    "delivered": "delivered_on",
    "in_service": "in_service_on",
    "warranty_until": "warranty_until",
}
PRECISIONS = {
    "ordered_on": "ordered_precision",
    "purchased_on": "purchased_precision",
    "delivered_on": "delivered_precision",
    "in_service_on": "in_service_precision",
    "warranty_until": "warranty_precision",
}
"""The column that says how much of a date is known. All but that of the purchase are empty for a whole day."""
PLACES = ("department", "unit", "room", "group")


def known_date(device: Any, name: str) -> PartialDate | None:
    """The date by its stated name, as far as it is known, of a device or of a row with its columns."""
    column = DATES[name]
    value = getattr(device, column)
    return PartialDate(value, getattr(device, PRECISIONS[column]) or Precision.DAY) if value else None


def columns(
    session: ScopedSession, command: DeviceInput, *, holder: Owner, device: Device | None = None
) -> dict[str, Any]:
    """The columns that the stated values set, for a new device or for the one given; stage and owner excepted.

    Raises what the places, persons and dates raise. The note is a row of its own: see ``with_note``.
    """
    stated = command.values
    found = {column: stated[name] for name, column in PLAIN.items() if name in stated}
    for name, column in DATES.items():
        if name in stated:
            found |= {column: _first(stated[name]), PRECISIONS[column]: _precision(name, stated[name])}
    found |= _place(session, command, holder, device)
    found |= _catalogue(session, command, device)
    if "user" in stated:
        found["person_id"] = persons.find(session, holder, stated["user"]).id if stated["user"] else None
    return found


def with_note(session: ScopedSession, command: DeviceInput, device: Device, found: dict[str, Any]) -> dict[str, Any]:
    """The columns with the note, kept where it can be erased; a note that says the same stays."""
    if "note" not in command.values:
        return found
    body = command.get("note")
    if body == history.read_text(session, device.note_id):
        return found
    note = history.write_text(session, body, beside=device) if body else None
    return found | {"note_id": note.id if note else None}


def check(
    device: Device, found: dict[str, Any], *, today: date, outcome: date | None = None, by_hand: bool = False
) -> None:
    """Raises InvalidInput when the device's dates cannot all be true once the columns are set.

    ``outcome`` is the day the device ended, if it has. What is set ``by_hand`` is also held to the order of the dates.
    """

    def known(column: str) -> PartialDate | None:
        value = found[column] if column in found else getattr(device, column)
        precision = found.get(PRECISIONS[column], getattr(device, PRECISIONS[column]))
        return PartialDate(value, precision or Precision.DAY) if value else None

    dates = DeviceDates(
        ordered=known("ordered_on"),
        purchased=known("purchased_on"),
        delivered=known("delivered_on"),
        in_service=known("in_service_on"),
        warranty_until=known("warranty_until"),
        outcome=PartialDate(outcome, Precision.DAY) if outcome else None,
    )
    fresh = {name for name, column in DATES.items() if column in found and found[column] != getattr(device, column)}
    check_dates(dates, today=today, stated=frozenset(fresh) if by_hand else frozenset())


def _precision(name: str, value: PartialDate | None) -> Precision | None:
    if value is None or (name != "purchased" and value.precision is Precision.DAY):
        return None
    return value.precision


def _first(value: PartialDate | None) -> Any:
    return value.value if value else None


def _place(session: ScopedSession, command: DeviceInput, holder: Owner, device: Device | None) -> dict[str, Any]:
    """A stated unit moves the device there and leaves its room and group unless they are stated too.

    So does another department without a unit. A room or a group alone is one of the unit where the device is.
    """
    stated = {name: command.get(name) for name in PLACES if name in command.values}
    if not stated:
        return {}
    here = device.unit_id if device else None
    below = {name: stated[name] for name in ("room", "group") if stated.get(name)}
    if below and not stated.keys() & {"department", "unit"}:
        place = places.find(session, holder, unit=places.unit_name(session, here), **below)
    else:
        place = places.find(session, holder, **stated)
    found = {f"{name}_id": getattr(place, f"{name}_id") for name in stated}
    leaves = "unit" in stated or (device is not None and found.get("department_id") != device.department_id)
    if leaves and stated.keys() & {"department", "unit"}:
        found |= {"unit_id": place.unit_id, "room_id": place.room_id, "group_id": place.group_id}
        if place.unit_id is not None:
            found["department_id"] = place.department_id
    return found


def _catalogue(session: ScopedSession, command: DeviceInput, device: Device | None) -> dict[str, Any]:
    """A model that is stated without its maker keeps the maker it has."""
    stated = command.values
    found: dict[str, Any] = {}
    if "supplier" in stated:
        found["supplier_id"] = catalogue.supplier(session, stated["supplier"]).id if stated["supplier"] else None
    if "model" in stated or "manufacturer" in stated:
        kind: Kind = stated.get("kind") or (device.kind if device else Kind.OTHER)
        now = session.get(Model, device.model_id) if device and device.model_id else None
        name = stated.get("model", now.name if now else None)
        maker = stated.get("manufacturer")
        if "manufacturer" not in stated and now is not None and sort_key(now.name) == sort_key(name or ""):
            maker = now.manufacturer
        found["model_id"] = catalogue.model(session, kind, maker, name).id if name else None
    return found
