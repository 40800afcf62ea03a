"""Small rows for the tests of the tables: each builder fills what must be filled and takes the rest by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import JSON, Boolean, Date, Integer, String, inspect

from assetreg.db.base import TermColumn, UtcDateTime
from assetreg.db.session import Database, ScopedSession
from assetreg.db.tables import Base, Department, Device, Event, Label, Outcome, Owner, Person, Unit
from assetreg.domain.access import EVERYTHING, Scope
from assetreg.domain.terms import Kind, LabelState, OutcomeType, Stage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
_ANYTHING: list[tuple[type, Any]] = [
    (UtcDateTime, NOON),
    (Boolean, False),
    (Integer, 1),
    (Date, NOON.date()),
    (String, ""),
    (JSON, {}),
]
_numbers = count(1)
_Row = TypeVar("_Row", bound=Base)


def owner(session: ScopedSession, code: str) -> Owner:
    return kept(session, made(Owner, code=code, name=f"Kommun {code}"))


def department(session: ScopedSession, of: Owner, name: str) -> Department:
    return kept(session, made(Department, owner_id=of.id, name=name))


def unit(session: ScopedSession, of: Department, name: str) -> Unit:
    return kept(session, made(Unit, owner_id=of.owner_id, department_id=of.id, name=name))


def new_device(at: Owner | Unit, **columns: Any) -> Device:
    """A laptop in use in a unit, or of an owner alone, that no session knows yet."""
    number = next(_numbers)
    usual = {"tag": f"T-{number:06}", "kind": Kind.LAPTOP, "stage": Stage.DEPLOYED, "search_key": f"t-{number:06}"}
    return made(Device, **(usual | place(at) | columns))


def device(session: ScopedSession, at: Owner | Unit, **columns: Any) -> Device:
    return kept(session, new_device(at, **columns))


def person(session: ScopedSession, at: Owner | Unit, name: str) -> Person:
    return kept(session, made(Person, **place(at), name=name))


def label(session: ScopedSession, of: Device | None, token: str) -> Label:
    """A label on a device, or a blank one where there is none."""
    if of is None:
        return kept(session, made(Label, token=token, state=LabelState.BLANK))
    return kept(session, made(Label, **place_of(of), token=token, state=LabelState.ATTACHED, device_id=of.id))


def event(session: ScopedSession, of: Device, **columns: Any) -> Event:
    usual = {"subject": "device", "subject_id": of.id, "payload": "{}"}
    return kept(session, made(Event, **(usual | place_of(of) | columns)))


def outcome(session: ScopedSession, of: Device, **columns: Any) -> Outcome:
    usual = {"device_id": of.id, "type": OutcomeType.EXTERNAL_REUSE, "final": True, "year": 2026}
    return kept(session, made(Outcome, **(usual | place_of(of) | columns)))


def kept(session: ScopedSession, row: _Row) -> _Row:
    session.add(row)
    session.flush()
    return row


def made(table: type[_Row], **columns: Any) -> _Row:
    """A row with the columns given and something harmless in every other that must not be empty."""
    filled = {
        attribute.key: _anything(attribute.columns[0].type)
        for attribute in inspect(table).column_attrs
        if _must_be_filled(attribute.columns[0])
    }
    return table(**(filled | columns))


def _must_be_filled(column: Any) -> bool:
    return not (column.nullable or column.primary_key or column.default is not None)


def _anything(kind: Any) -> Any:
    if isinstance(kind, TermColumn):
        return next(iter(kind.by_value.values()))
    return next(value for type_, value in _ANYTHING if isinstance(kind, type_))


def place(at: Owner | Unit) -> dict[str, int]:
    if isinstance(at, Owner):
        return {"owner_id": at.id}
    return {"owner_id": at.owner_id, "department_id": at.department_id, "unit_id": at.id}


def place_of(row: Device) -> dict[str, int | None]:
    return {"owner_id": row.owner_id, "department_id": row.department_id, "unit_id": row.unit_id}


@dataclass(frozen=True)
class Side:
    """What one owner has, by id. ``devices`` are in the order school, office, nowhere in particular."""

    owner: int
    departments: tuple[int, int]
    units: tuple[int, int]
    devices: tuple[int, int, int]
    labels: tuple[int, int, int]
    events: tuple[int, int, int]
    outcomes: tuple[int, int, int]
    persons: tuple[int, int, int]

    @property
    def scope(self) -> Scope:
        return Scope(owners=frozenset({self.owner}), touched=frozenset({self.owner}), account=None)

    @property
    def school(self) -> Scope:
        return Scope(units=frozenset({self.units[0]}), touched=frozenset({self.owner}))

    @property
    def office(self) -> Scope:
        return Scope(departments=frozenset({self.departments[1]}), touched=frozenset({self.owner}))


@dataclass(frozen=True)
class Neighbours:
    """Two owners with the same sorts of rows, and a blank label that is nobody's; B's first device replaces A's."""

    a: Side
    b: Side
    blank: int


def neighbours(database: Database) -> Neighbours:
    with database.transaction(EVERYTHING) as session:
        a, b = _side(session, "A"), _side(session, "B")
        session.get_one(Device, a.devices[0]).replaces_id = b.devices[0]
        return Neighbours(a, b, blank=label(session, None, "BLANK").id)


def _side(session: ScopedSession, code: str) -> Side:
    own = owner(session, code)
    departments: list[Department] = [department(session, own, name) for name in ("Skola", "Kontor")]
    units = [unit(session, each, f"{each.name} 1") for each in departments]
    places: list[Owner | Unit] = [*units, own]
    devices = [device(session, at, tag=f"{code}-{n}") for n, at in enumerate(places)]
    return Side(
        owner=own.id,
        departments=_ids(departments),
        units=_ids(units),
        devices=_ids(devices),
        labels=_ids(label(session, each, f"L{each.tag}") for each in devices),
        events=_ids(event(session, each) for each in devices),
        outcomes=_ids(outcome(session, each) for each in devices),
        persons=_ids(person(session, at, f"Person {code} {n}") for n, at in enumerate(places)),
    )


def _ids(rows: Any) -> Any:
    return tuple(row.id for row in rows)
