"""A device as the one JSON document that the command line and the API share."""

from __future__ import annotations

from typing import Any

from assetreg.db.device import Device
from assetreg.domain.terms import Term
from assetreg.services import device_values
from assetreg.services.device_history import HistoryLine
from assetreg.services.device_list import DeviceRow
from assetreg.services.device_page import DevicePage


def of_page(page: DevicePage) -> dict[str, Any]:
    """Everything that is known of one device, with its events, the newest first."""
    device, outcome = page.device, page.outcome
    return {
        "tag": device.tag,
        "serial": device.serial,
        "kind": device.kind.value,
        "model": page.model or None,
        "owner": page.owner.code,
        "department": page.department,
        "unit": page.unit,
        "room": page.room,
        "group": page.group,
        "user": page.user,
        "stage": device.stage.value,
        "imei": device.imei,
        "mac": device.mac,
        "hostname": device.hostname,
        "cost_centre": device.cost_centre,
        **_dates(device),
        "price_sek": _amount(device.price),
        "supplier": page.supplier,
        "order_number": device.order_number,
        "due_on": device.due_on,
        "os": device.os,
        "os_version": device.os_version,
        "support_ends_on": device.support_ends_on,
        "mdm_state": None,
        "note": page.note,
        "outcome": outcome
        and {"id": outcome.id, "type": outcome.type.value, "date": outcome.on, "report": outcome.report},
        "replaces": page.predecessor.tag if page.predecessor else None,
        "replaced_by": page.successor.tag if page.successor else None,
        "version": device.version,
        "changed_at": device.changed_at.isoformat(),
        "events": [of_event(line) for line in page.history],
    }


def _dates(device: Device) -> dict[str, Any]:
    """Each date, a month or a year as its first day, and how much of it is known."""
    known = {name: device_values.known_date(device, name) for name in device_values.DATES}
    days = {name: each and each.value for name, each in known.items()}
    return days | {f"{name}_precision": each and each.precision.value for name, each in known.items()}


def of_row(row: DeviceRow) -> dict[str, Any]:
    """A device as a line of a list."""
    return {
        "tag": row.tag,
        "serial": row.serial,
        "kind": row.kind.value,
        "model": row.model or None,
        "owner": row.owner_code,
        "department": row.department,
        "unit": row.unit,
        "room": row.room,
        "group": row.group,
        "user": row.user,
        "stage": row.stage.value,
        "imei": row.imei,
        "hostname": row.hostname,
        "cost_centre": row.cost_centre,
        "purchased": row.purchased_on,
        "purchased_precision": row.purchased_precision.value if row.purchased_precision else None,
        "price_sek": _amount(row.price),
        "due_on": row.due_on,
        "os": row.os,
        "os_version": row.os_version,
        "support_ends_on": row.support_ends_on,
        "mdm_state": None,
        "changed_at": row.changed_at.isoformat(),
    }


def of_event(line: HistoryLine) -> dict[str, Any]:
    """One event of a device, as a Swedish sentence and the fields it changed."""
    return {
        "seq": line.seq,
        "at": line.at.isoformat(),
        "on": line.on,
        "door": line.door.value,
        "sentence": line.sentence.text(),
        "reason": line.reason,
        "fields": [
            {"name": field.name, "before": _text(field.before), "after": _text(field.after)} for field in line.fields
        ],
        "skipped": [stage.value for stage in line.skipped],
    }


def _text(value: str | None) -> str | None:
    """A value of the history as the device page shows it: a term by its Swedish label, a day as ISO."""
    return value.sv if isinstance(value, Term) else None if value is None else str(value)


def _amount(price: Any) -> str | None:
    return None if price is None else str(price)
