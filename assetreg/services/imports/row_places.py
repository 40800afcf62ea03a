"""The places that rows name: added where the caller may add them, and refused where they contradict the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.domain.sorting import sort_key
from assetreg.services import places
from assetreg.services.imports.reading import Item
from assetreg.services.imports.refusals import PlaceOutsideScope, UnitElsewhere
from assetreg.services.imports.work import Work
from assetreg.services.remembered import remembered

PARTS = ("department", "unit", "room", "group")


@dataclass(frozen=True, slots=True)
class Known:
    """The names that an owner has: its departments, its units with theirs, and (unit, name) of what lies below."""

    departments: frozenset[str]
    units: Mapping[str, str]
    rooms: AbstractSet[tuple[str, str]]
    groups: AbstractSet[tuple[str, str]]

    def holds(self, stated: Mapping[str, str]) -> bool:
        """Whether the place is there exactly as it is written, all of it."""
        unit, department = stated.get("unit"), stated.get("department")
        if unit is None:
            return department in self.departments and not {"room", "group"} & stated.keys()
        home = self.units.get(unit)
        if home is None or (department is not None and department != home):
            return False
        room, group = stated.get("room"), stated.get("group")
        return (not room or (unit, room) in self.rooms) and (not group or (unit, group) in self.groups)


class RowPlaces:
    """Makes sure that a row's places are there, once for each that the batch names."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.below: dict[str, list[str]] = {"room": [], "group": []}

    def prepare(self, items: Sequence[Item]) -> None:
        """Notes which rooms and groups the batch names, so that they are looked up together."""
        for name in self.below:
            self.below[name] = sorted({str(item.loaded[name]) for item in items if item.loaded.get(name)})

    def ensure(self, holder: Owner, loaded: Mapping[str, Any]) -> None:
        """Adds what is missing; a caller who sees only a part of the owner adds nothing. Raises UnitElsewhere."""
        stated = {name: loaded[name] for name in PARTS if loaded.get(name)}
        key = (holder.id, *(stated.get(name) for name in PARTS))
        sure = remembered(self.work.session, "sure_places")
        if not stated or key in sure:
            return
        if not self._known(holder).holds(stated):
            self._refuse_elsewhere(holder, stated)
            scope = self.work.session.scope
            if scope.everything or holder.id in scope.owners:
                for name in places.ensure(self.work.session, holder, **stated):
                    self.work.added[f"{name} ({holder.name})"] = None
        sure[key] = True

    def _known(self, holder: Owner) -> Known:
        known: dict[int, Known] = remembered(self.work.session, f"places of batch {id(self)}")
        if holder.id not in known:
            known[holder.id] = self._read(holder)
        return known[holder.id]

    def _read(self, holder: Owner) -> Known:
        session = self.work.session
        departments = session.execute(select(Department.id, Department.name).where(Department.owner_id == holder.id))
        homes = {row.id: row.name for row in departments}
        units = session.execute(select(Unit.id, Unit.name, Unit.department_id).where(Unit.owner_id == holder.id)).all()
        names = {row.id: row.name for row in units}
        below: dict[str, set[tuple[str, str]]] = {"room": set(), "group": set()}
        for kind, entity in (("room", Room), ("group", Group)):
            wanted = select(entity.unit_id, entity.name).where(
                entity.owner_id == holder.id, entity.name.in_(self.below[kind])
            )
            below[kind] = {(names[row.unit_id], row.name) for row in session.execute(wanted) if row.unit_id in names}
        return Known(
            departments=frozenset(homes.values()),
            units={row.name: homes.get(row.department_id, "") for row in units},
            rooms=below["room"],
            groups=below["group"],
        )

    def refuse_outside(self, owner: int | None, department: int | None, unit: int | None) -> None:
        """Raises PlaceOutsideScope for a place that the caller does not see."""
        if not self.work.session.scope.covers(owner, department, unit):
            raise PlaceOutsideScope(field="unit")

    def _refuse_elsewhere(self, holder: Owner, stated: dict[str, str]) -> None:
        if "unit" not in stated or "department" not in stated:
            return
        home = self.work.session.execute(
            select(Department.name)
            .join(Unit, Unit.department_id == Department.id)
            .where(Unit.owner_id == holder.id, Unit.name == stated["unit"])
        ).scalar_one_or_none()
        if home is not None and sort_key(home) != sort_key(stated["department"]):
            raise UnitElsewhere(field="department", unit=stated["unit"], department=home, stated=stated["department"])
