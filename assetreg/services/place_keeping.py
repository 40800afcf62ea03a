"""Adding and renaming departments, units, rooms and groups by hand, each with an event in the place's own history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Conflict, Denied, Missing
from assetreg.domain.place_kinds import IN_UNITS, PlaceKind
from assetreg.domain.terms import GroupType
from assetreg.schemas.place import PlaceInput
from assetreg.services import history, places
from assetreg.services.place_directory import place_key

ENTITIES: dict[PlaceKind, Any] = {
    PlaceKind.DEPARTMENT: Department,
    PlaceKind.UNIT: Unit,
    PlaceKind.ROOM: Room,
    PlaceKind.GROUP: Group,
}
_GROUP_WORDS = (("vagn", GroupType.CART), ("arbetslag", GroupType.TEAM))


class PlaceExists(Conflict):
    code = "place_exists"
    message = "{name} finns redan där. Använd det som finns, eller välj ett annat namn."


class RenamedMeanwhile(Conflict):
    code = "renamed_meanwhile"
    message = "Någon annan har döpt om {was} till {now} sedan du öppnade sidan. Kontrollera namnet och spara igen."


class AdministratorsPlace(Denied):
    code = "administrators_place"
    message = "Förvaltningar och enheter lägger administratören till och döper om. Be administratören om det."


class UnitOutsideYours(Denied):
    code = "unit_outside_yours"
    message = "{unit} ligger utanför det du har hand om. Be administratören, eller någon på enheten."


def may_keep(session: ScopedSession, kind: PlaceKind, *, actor: Actor, owner: Owner, unit: Unit | None) -> bool:
    """Whether the actor may add such a place there, or rename it; rooms and groups also belong to who moves devices."""
    scope = session.scope
    whole = scope.everything or owner.id in scope.owners
    if kind not in IN_UNITS or unit is None:
        return whole and actor.may(Act.ADMINISTER)
    return actor.may(Act.MOVE_DEVICES) and scope.covers(owner.id, unit.department_id, unit.id)


def add(session: ScopedSession, command: PlaceInput, *, actor: Actor) -> Any:
    """The new row. Raises UnknownOwner, UnknownPlace, PlaceExists, AdministratorsPlace or UnitOutsideYours."""
    holder = places.owner(session, command.owner)
    unit: Unit | None = None
    columns: dict[str, int | None] = {"owner_id": holder.id}
    if command.kind in IN_UNITS:
        found = places.find(session, holder, unit=command.unit)
        unit = session.get_one(Unit, found.unit_id)
        columns |= {"unit_id": unit.id}
    elif command.kind is PlaceKind.UNIT:
        home = places.find(session, holder, department=command.department)
        columns |= {"department_id": home.department_id}
    _require(session, command.kind, actor=actor, owner=holder, unit=unit)
    made = places.make(session, ENTITIES[command.kind], command.name, **columns, **_type(command))
    if made is None:
        raise PlaceExists(field="name", name=command.name)
    _tell(session, made, [None, made.name], kind="place_added", unit=unit, actor=actor)
    return made


def get(session: ScopedSession, kind: PlaceKind, place_id: int) -> Any:
    """Raises Missing, also for one outside the scope."""
    found = session.get(ENTITIES[kind], place_id)
    if found is None:
        raise Missing
    return found


def rename(
    session: ScopedSession, kind: PlaceKind, place_id: int, name: str, *, actor: Actor, was: str | None = None
) -> Any:
    """Gives the place another name, everywhere and at once; ``was`` is the name that whoever renames it has seen.

    Raises Missing, PlaceExists, RenamedMeanwhile, AdministratorsPlace or UnitOutsideYours.
    """
    entity = ENTITIES[kind]
    row = get(session, kind, place_id)
    places.take_turn(session, {"unit_id": row.unit_id} if kind in IN_UNITS else {"owner_id": row.owner_id})
    session.refresh(row, with_for_update=True)
    unit = session.get_one(Unit, row.unit_id) if kind in IN_UNITS else None
    _require(session, kind, actor=actor, owner=places.owner_of(session, row.owner_id), unit=unit)
    if was is not None and row.name != was:
        raise RenamedMeanwhile(field="name", was=was, now=row.name)
    if row.name == name:
        return row
    if _taken(session, entity, row, name):
        raise PlaceExists(field="name", name=name)
    before, row.name, row.sort_key = row.name, name, place_key(entity, name)
    _tell(session, row, [before, name], kind="place_renamed", unit=unit, actor=actor)
    return row


def _require(session: ScopedSession, kind: PlaceKind, *, actor: Actor, owner: Owner, unit: Unit | None) -> None:
    if may_keep(session, kind, actor=actor, owner=owner, unit=unit):
        return
    if unit is None:
        raise AdministratorsPlace
    if not actor.may(Act.MOVE_DEVICES):
        raise Denied
    raise UnitOutsideYours(unit=unit.name)


def _taken(session: ScopedSession, entity: Any, row: Any, name: str) -> bool:
    """Whether another place beside it is called that; a class may be called as that of another school year."""
    beside = [entity.owner_id == row.owner_id]
    beside += [getattr(entity, each) == getattr(row, each) for each in ("unit_id", "school_year") if hasattr(row, each)]
    alike = select(entity.id).where(*beside, entity.sort_key == place_key(entity, name), entity.id != row.id).limit(1)
    return session.execute(alike).first() is not None


def _type(command: PlaceInput) -> dict[str, Any]:
    if command.kind is PlaceKind.UNIT:
        return {"type": places.unit_type(command.name)}
    if command.kind is PlaceKind.GROUP:
        word = command.name.casefold()
        return {"type": next((kind for part, kind in _GROUP_WORDS if part in word), GroupType.CLASS)}
    return {}


def _tell(
    session: ScopedSession, row: Any, pair: list[str | None], *, kind: str, unit: Unit | None, actor: Actor
) -> None:
    payload = {"changes": {"name": pair}}
    department = unit.department_id if unit is not None else None
    change = history.begin(session, kind, actor=actor)
    history.record(session, row, kind, payload, actor=actor, change=change, department=department)
    session.flush()
