"""What the history says of a device's columns, against what stands in them.

Every column that somebody states is set by ``changes`` and told by the event beside it, so the last word of the
history is what the column holds. A column that was set past the register, or events cut off together with the
device's note of how many there are, show as a difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select

from assetreg.db.device import Device
from assetreg.db.history import Event
from assetreg.db.session import ScopedSession
from assetreg.services import history, reference

UNTOLD = frozenset(
    {"id", "version", "head_seq", "head_hash", "created_at", "changed_at", "hand_edited", "serial_key", "search_key"}
).union(reference.STORED_FACTS)
"""Bookkeeping, and what is recomputed from the other columns."""

Told = dict[str, Any]


def differing(session: ScopedSession, devices: Sequence[Device]) -> Iterator[tuple[Device, str, Any, Any]]:
    """Device, column, what stands there and what the history says last, where those differ.

    A device without a single event is passed over: that all of it is gone is for the chain to tell.
    """
    told = _told(session, [device.id for device in devices])
    columns = [each.key for each in inspect(Device).column_attrs if each.key not in UNTOLD]
    for device in devices:
        said = told.get(device.id)
        if said is None:
            continue
        stored = history.plain({name: getattr(device, name) for name in columns})
        for name in columns:
            if not _same(getattr(device, name), stored[name], said.get(name)):
                yield device, name, stored[name], said.get(name)


def _told(session: ScopedSession, ids: Sequence[int]) -> dict[int, Told]:
    rows = session.execute(
        select(Event.subject_id, Event.payload)
        .where(Event.subject == Device.__tablename__, Event.subject_id.in_(ids))
        .order_by(Event.subject_id, Event.seq)
    )
    found: dict[int, Told] = {}
    for subject, payload in rows:
        said = found.setdefault(subject, {})
        for name, pair in _changes(payload).items():
            said[name] = pair[-1] if isinstance(pair, list) and pair else pair
    return found


def _changes(payload: str) -> dict[str, Any]:
    """None for what is no payload of ours, which the chain names as edited."""
    try:
        changes = json.loads(payload)["changes"]
    except (ValueError, KeyError, TypeError):
        return {}
    return changes if isinstance(changes, dict) else {}


def _same(value: object, stored: object, said: object) -> bool:
    if isinstance(value, Decimal) and isinstance(said, str):
        return stored == said or value == _number(said)
    return stored == said


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None
