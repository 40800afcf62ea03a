"""The places that rows name: added where the caller may add them, and refused where they contradict the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.domain.sorting import sort_key
from assetreg.services import place_directory, places
from assetreg.services.imports.reading import Item
from assetreg.services.imports.refusals import PlaceOutsideScope, UnitElsewhere
from assetreg.services.imports.work import Work
from assetreg.services.place_directory import Directory
from assetreg.services.remembered import remembered

PARTS = ("department", "unit", "room", "group")


def _holds(known: Directory, stated: Mapping[str, str]) -> bool:
    """Whether the place is there exactly as it is written, all of it."""
    home = known.rows.get((Department, None, stated["department"])) if "department" in stated else None
    if "unit" not in stated:
        return home is not None and not {"room", "group"} & stated.keys()
    unit = known.rows.get((Unit, None, stated["unit"]))
    if unit is None or ("department" in stated and (home is None or home.id != unit.department_id)):
        return False
    below = ((Room, stated.get("room")), (Group, stated.get("group")))
    return all(not name or (entity, unit.id, name) in known.rows for entity, name in below)


class RowPlaces:
    """Makes sure that a row's places are there, once for each that the batch names."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.below: dict[str, frozenset[str]] = {"room": frozenset(), "group": frozenset()}

    def prepare(self, items: Sequence[Item]) -> None:
        """Notes which rooms and groups the batch names, so that they are looked up together."""
        for name in self.below:
            self.below[name] = frozenset(str(item.loaded[name]) for item in items if item.loaded.get(name))

    def ensure(self, holder: Owner, loaded: Mapping[str, Any]) -> None:
        """Adds what is missing; a caller who sees only a part of the owner adds nothing. Raises UnitElsewhere."""
        stated = {name: loaded[name] for name in PARTS if loaded.get(name)}
        key = (holder.id, *(stated.get(name) for name in PARTS))
        sure = remembered(self.work.session, "sure_places")
        if not stated or key in sure:
            return
        known = self._known(holder)
        if not _holds(known, stated):
            _refuse_elsewhere(known, stated)
            scope = self.work.session.scope
            if scope.everything or holder.id in scope.owners:
                for name in places.ensure(self.work.session, holder, **stated):
                    self.work.added[f"{name} ({holder.name})"] = None
        sure[key] = True

    def _known(self, holder: Owner) -> Directory:
        known = place_directory.of(self.work.session, holder.id)
        if (
            known is None
            or not self.below["room"] <= known.asked[Room]
            or not self.below["group"] <= known.asked[Group]
        ):
            known = place_directory.read(
                self.work.session, holder, rooms=self.below["room"], groups=self.below["group"]
            )
        return known

    def refuse_outside(self, owner: int | None, department: int | None, unit: int | None) -> None:
        """Raises PlaceOutsideScope for a place that the caller does not see."""
        if not self.work.session.scope.covers(owner, department, unit):
            raise PlaceOutsideScope(field="unit")


def _refuse_elsewhere(known: Directory, stated: Mapping[str, str]) -> None:
    if "unit" not in stated or "department" not in stated:
        return
    unit = known.find(Unit, stated["unit"], None)
    home = known.department_of(unit) if unit is not None and unit.name == stated["unit"] else None
    if home is not None and sort_key(home) != sort_key(stated["department"]):
        raise UnitElsewhere(field="department", unit=stated["unit"], department=home, stated=stated["department"])
