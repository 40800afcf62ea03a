"""What a register says, in words that two registers can share: no ids, no moments; and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import func, inspect, select

from assetreg.db.catalogue import Model, Supplier
from assetreg.db.device import Device
from assetreg.db.history import Event, FreeText
from assetreg.db.label import Label
from assetreg.db.organisation import Department, Group, Room, Unit
from assetreg.db.outcome import Outcome
from assetreg.db.person import Person
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.services import integrity

NAMED: dict[str, tuple[Any, str]] = {
    "model_id": (Model, "name"),
    "supplier_id": (Supplier, "name"),
    "department_id": (Department, "name"),
    "unit_id": (Unit, "name"),
    "room_id": (Room, "name"),
    "group_id": (Group, "name"),
    "person_id": (Person, "name"),
    "note_id": (FreeText, "body"),
    "due_reason_id": (FreeText, "body"),
}
OF_ITS_OWN = {
    "id",
    "tag",
    "bare_tag",
    "search_key",
    "head_hash",
    "created_at",
    "changed_at",
    "outcome_id",
    "erasure_id",
}
"""What no two registers agree on: numbers are drawn, and moments pass."""

Fleet = dict[str, dict[str, Any]]


def fleet(database: Database) -> Fleet:
    """Every device by serial: its columns, what happened to it, its outcomes and its labels."""
    with database.reading(EVERYTHING) as session:
        names = [each.key for each in inspect(Device).column_attrs if each.key not in OF_ITS_OWN]
        known = {column: _names(session, *source) for column, source in NAMED.items()}
        kinds = _kinds(session)
        labels = _counted(session, Label)
        outcomes = _counted(session, Outcome)
        found: Fleet = {}
        for device in session.execute(select(Device).order_by(Device.id)).scalars():
            told = {name: getattr(device, name) for name in names}
            told |= {column: known[column].get(told[column]) for column in known}
            told |= {"events": kinds.get(device.id), "labels": labels[device.id], "outcomes": outcomes[device.id]}
            key = str(device.serial)
            assert key not in found, f"two devices have the serial {key}"
            found[key] = told
        return found


def places(database: Database) -> dict[str, int]:
    """How many there are of each place, model and supplier."""
    with database.reading(EVERYTHING) as session:
        counted: Counter[str] = Counter()
        for entity in (Department, Unit, Room, Group, Model, Supplier):
            for name in session.execute(select(entity.name)).scalars():
                counted[f"{entity.__tablename__} {name}"] += 1
        return dict(counted)


def faults(database: Database) -> list[str]:
    """What ``assetreg check`` would name."""
    with database.snapshot(EVERYTHING) as session:
        return [f"{each.about}: {each.sentence.text()}" for each in integrity.differences(session)]


def _names(session: ScopedSession, entity: Any, column: str) -> dict[int, str]:
    return {row[0]: row[1] for row in session.execute(select(entity.id, getattr(entity, column)))}


def _kinds(session: ScopedSession) -> dict[int, list[str]]:
    rows = select(Event.subject_id, Event.kind).where(Event.subject == "device").order_by(Event.subject_id, Event.seq)
    found: dict[int, list[str]] = {}
    for subject, kind in session.execute(rows):
        found.setdefault(subject, []).append(kind)
    return found


def _counted(session: ScopedSession, entity: Any) -> Counter[int]:
    rows = session.execute(select(entity.device_id, func.count(entity.id)).group_by(entity.device_id))
    return Counter({row[0]: row[1] for row in rows if row[0] is not None})
