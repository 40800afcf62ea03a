"""An owner's places as they lie below each other, in Swedish order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.place_kinds import PlaceKind
from assetreg.services import place_keeping, places


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place by id and name; ``may_keep`` says whether the reader may rename it."""

    id: int
    name: str
    may_keep: bool


@dataclass(frozen=True, slots=True)
class UnitLine:
    id: int
    name: str
    rooms: int
    groups: int


@dataclass(frozen=True, slots=True)
class DepartmentLines:
    id: int
    name: str
    units: tuple[UnitLine, ...]


@dataclass(frozen=True, slots=True)
class UnitPage:
    """A unit with what lies in it; ``may_add`` says whether the reader may add rooms and groups to it."""

    id: int
    name: str
    owner: Owner
    department: str
    rooms: tuple[NamedPlace, ...]
    groups: tuple[NamedPlace, ...]
    may_keep: bool
    may_add: bool


def tree(session: ScopedSession, holder: Owner, *, actor: Actor) -> tuple[DepartmentLines, ...]:
    """The owner's departments, each with its units and how many rooms and groups they have. Raises Denied."""
    actor.require(Act.READ_DEVICES)
    rooms, groups = _counts(session, Room, holder), _counts(session, Group, holder)
    below: dict[int, list[UnitLine]] = {}
    for row in session.execute(
        select(Unit.id, Unit.name, Unit.department_id).where(Unit.owner_id == holder.id).order_by(Unit.sort_key)
    ):
        line = UnitLine(row.id, row.name, rooms.get(row.id, 0), groups.get(row.id, 0))
        below.setdefault(row.department_id, []).append(line)
    named = select(Department.id, Department.name).where(Department.owner_id == holder.id)
    return tuple(
        DepartmentLines(row.id, row.name, tuple(below.get(row.id, ())))
        for row in session.execute(named.order_by(Department.sort_key))
    )


def unit(session: ScopedSession, unit_id: int, *, actor: Actor) -> UnitPage:
    """Raises Missing or Denied."""
    actor.require(Act.READ_DEVICES)
    row: Unit = place_keeping.get(session, PlaceKind.UNIT, unit_id)
    holder = places.owner_of(session, row.owner_id)
    inside = place_keeping.may_keep(session, PlaceKind.ROOM, actor=actor, owner=holder, unit=row)
    return UnitPage(
        id=row.id,
        name=row.name,
        owner=holder,
        department=session.get_one(Department, row.department_id).name,
        rooms=_named(session, Room, row, inside),
        groups=_named(session, Group, row, inside),
        may_keep=place_keeping.may_keep(session, PlaceKind.UNIT, actor=actor, owner=holder, unit=None),
        may_add=inside,
    )


def _counts(session: ScopedSession, entity: Any, holder: Owner) -> dict[int, int]:
    counted = select(entity.unit_id, func.count(entity.id)).where(entity.owner_id == holder.id).group_by(entity.unit_id)
    return {row[0]: row[1] for row in session.execute(counted)}


def _named(session: ScopedSession, entity: Any, row: Unit, may_keep: bool) -> tuple[NamedPlace, ...]:  # noqa: FBT001
    found = select(entity.id, entity.name).where(entity.unit_id == row.id).order_by(entity.sort_key, entity.id)
    return tuple(NamedPlace(each.id, each.name, may_keep) for each in session.execute(found))
