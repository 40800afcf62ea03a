"""An owner's places by name, read at once for a bulk act that will look up many of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import or_, select

from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.db.session import ScopedSession
from assetreg.domain.sorting import sort_key
from assetreg.services.remembered import remembered

AT_ONCE = 500
LONGEST_KEY: Mapping[Any, int] = {Department: 300, Unit: 300, Room: 200, Group: 200}
"""A name of odd letters (½, ligatures) makes a key several times as long as itself; so much of it is kept."""


def place_key(entity: Any, name: str) -> str:
    """What places of the kind are sorted by, and known by when letter case alone differs."""
    return sort_key(name)[: LONGEST_KEY[entity]]


class Directory:
    """Every department and unit of an owner, and those of its rooms and groups that were asked for by name."""

    def __init__(self, asked: Mapping[Any, Collection[str]]) -> None:
        self.asked = {entity: frozenset(names) for entity, names in asked.items()}
        self.departments: dict[int, str] = {}
        self.rows: dict[tuple[Any, int | None, str], Any] = {}
        self.alike: dict[tuple[Any, int | None, str], Any] = {}

    def add(self, row: Any) -> None:
        """Rows come in the order of their ids, so that the newest of several is found."""
        within = getattr(row, "unit_id", None)
        self.rows[type(row), within, row.name] = row
        self.alike[type(row), within, row.sort_key] = row
        if isinstance(row, Department):
            self.departments[row.id] = row.name

    def department_of(self, unit: Unit) -> str | None:
        """The name of the unit's department."""
        return self.departments.get(unit.department_id)

    def tells(self, entity: Any, name: str) -> bool:
        return entity in (Department, Unit) or name in self.asked[entity]

    def find(self, entity: Any, name: str, within: int | None) -> Any:
        """The row of that name, or the newest one that differs by letter case alone; None when there is none."""
        found = self.rows.get((entity, within, name))
        return found if found is not None else self.alike.get((entity, within, place_key(entity, name)))


def of(session: ScopedSession, owner_id: int) -> Directory | None:
    """The directory of an owner, if it has been read and nothing has been rolled back since."""
    found: Directory | None = remembered(session, "directories").get(owner_id)
    return found


def read(session: ScopedSession, holder: Owner, *, rooms: Collection[str], groups: Collection[str]) -> Directory:
    """Reads the owner's directory with the rooms and groups of these names."""
    directory = Directory({Room: rooms, Group: groups})
    for entity in (Department, Unit):
        for row in session.execute(select(entity).where(entity.owner_id == holder.id).order_by(entity.id)).scalars():
            directory.add(row)
    for kind, names in directory.asked.items():
        wanted = sorted(names)
        for first in range(0, len(wanted), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            named = or_(kind.name.in_(some), kind.sort_key.in_([place_key(kind, name) for name in some]))
            rows = select(kind).where(kind.owner_id == holder.id, named).order_by(kind.id)
            for row in session.execute(rows).scalars():
                directory.add(row)
    remembered(session, "directories")[holder.id] = directory
    return directory
