"""The places that rows name: added where the caller may add them, and refused where they contradict the register."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from assetreg.db.organisation import Department, Owner, Unit
from assetreg.domain.sorting import sort_key
from assetreg.services import places
from assetreg.services.imports.refusals import PlaceOutsideScope, UnitElsewhere
from assetreg.services.imports.work import Work

PARTS = ("department", "unit", "room", "group")


class RowPlaces:
    """Makes sure that a row's places are there, once for each that the batch names."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.sure: set[tuple[object, ...]] = set()

    def ensure(self, holder: Owner, loaded: dict[str, Any]) -> None:
        """Adds what is missing; a caller who sees only a part of the owner adds nothing. Raises UnitElsewhere."""
        stated = {name: loaded[name] for name in PARTS if loaded.get(name)}
        key = (holder.id, *(stated.get(name) for name in PARTS))
        if not stated or key in self.sure:
            return
        self._refuse_elsewhere(holder, stated)
        scope = self.work.session.scope
        if scope.everything or holder.id in scope.owners:
            for name in places.ensure(self.work.session, holder, **stated):
                self.work.added[f"{name} ({holder.name})"] = None
        self.sure.add(key)

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
