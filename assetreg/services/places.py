"""Finding owners, departments, units, rooms and groups by what people call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.db.session import ScopedSession
from assetreg.domain.errors import Invalid
from assetreg.domain.terms import GroupType, UnitType
from assetreg.services import place_directory, provisional
from assetreg.services.place_directory import place_key
from assetreg.services.remembered import remembered

OTHER_DEPARTMENT = "Övrigt"


class UnknownOwner(Invalid):
    code = "unknown_owner"
    message = "Ägaren {value} finns inte, eller så har du inte behörighet till den. Ange kommunkod eller namn."


class UnknownPlace(Invalid):
    code = "unknown_place"
    message = (
        "{value} finns inte hos {owner}. Välj en plats som finns, eller lägg till den under Platser: "
        "rum och grupper lägger du till själv, förvaltningar och enheter lägger administratören till."
    )


class PlaceLacksUnit(Invalid):
    code = "place_lacks_unit"
    message = "{value} hör till en enhet. Ange vilken enhet också."


@dataclass(frozen=True, slots=True)
class Place:
    """Where something lies, by id."""

    owner_id: int
    department_id: int | None = None
    unit_id: int | None = None
    room_id: int | None = None
    group_id: int | None = None


def owners(session: ScopedSession) -> list[Owner]:
    """The owners that lie in the scope wholly or in part, in their order."""
    known: list[Owner] | None = session.info.get("owners")
    if known is None:
        rows = session.execute(select(Owner).order_by(Owner.position, Owner.id)).scalars()
        scope = session.scope
        known = [row for row in rows if scope.everything or row.id in scope.touched]
        session.info["owners"] = known
    return known


def owner_of(session: ScopedSession, owner_id: int) -> Owner:
    """The owner of a device that the session has."""
    known: dict[int, Owner] = remembered(session, "owners by id")
    if owner_id not in known:
        known[owner_id] = session.get_one(Owner, owner_id)
    return known[owner_id]


def owner(session: ScopedSession, text: str) -> Owner:
    """The owner of a code or a name. Raises UnknownOwner also for one outside the scope."""
    wanted = text.strip().casefold()
    for candidate in owners(session):
        if wanted in (candidate.code.casefold(), candidate.name.casefold()):
            return candidate
    raise UnknownOwner(field="owner", value=text)


def find(
    session: ScopedSession,
    holder: Owner,
    *,
    department: str | None = None,
    unit: str | None = None,
    room: str | None = None,
    group: str | None = None,
) -> Place:
    """The place with these names at an owner; a unit brings its department. Raises UnknownPlace, PlaceLacksUnit."""
    known: dict[tuple[object, ...], Place] = remembered(session, "places")
    key = (holder.id, department, unit, room, group)
    if key not in known:
        known[key] = _find(session, holder, department=department, unit=unit, room=room, group=group)
    return known[key]


def _find(
    session: ScopedSession,
    holder: Owner,
    *,
    department: str | None,
    unit: str | None,
    room: str | None,
    group: str | None,
) -> Place:
    found_unit = _unit(session, holder, unit) if unit else None
    department_id = found_unit.department_id if found_unit else None
    if department and department_id is None:
        department_id = _named(session, Department, holder, department, "department").id
    for text, field in ((room, "room"), (group, "group")):
        if text and found_unit is None:
            raise PlaceLacksUnit(field=field, value=text)
    return Place(
        owner_id=holder.id,
        department_id=department_id,
        unit_id=found_unit.id if found_unit else None,
        room_id=_named(session, Room, holder, room, "room", found_unit).id if room else None,
        group_id=_named(session, Group, holder, group, "group", found_unit).id if group else None,
    )


def ensure(
    session: ScopedSession,
    holder: Owner,
    *,
    department: str | None = None,
    unit: str | None = None,
    room: str | None = None,
    group: str | None = None,
) -> list[str]:
    """Adds what is missing of a place that a list names, and says what was added.

    A new unit that comes without a department is put in one called "Övrigt".
    """
    added: list[str] = []
    known = _lookup(session, Unit, unit, owner_id=holder.id) if unit else None
    home = None
    if department or (unit and known is None):
        home = _ensured(session, added, Department, department or OTHER_DEPARTMENT, owner_id=holder.id)
    if unit and known is None and home is not None:
        columns = {"owner_id": holder.id, "department_id": home.id, "type": unit_type(unit)}
        known = _ensured(session, added, Unit, unit, **columns)
    if known is None:
        return added
    if room:
        _ensured(session, added, Room, room, owner_id=holder.id, unit_id=known.id)
    if group:
        _ensured(session, added, Group, group, owner_id=holder.id, unit_id=known.id, type=GroupType.CLASS)
    return added


_TYPE_WORDS = (
    ("förskola", UnitType.PRESCHOOL),
    ("skola", UnitType.SCHOOL),
    ("gymnasi", UnitType.SCHOOL),
    ("hem", UnitType.CARE),
    ("boende", UnitType.CARE),
)


def _unit(session: ScopedSession, holder: Owner, name: str) -> Unit:
    found: Unit = _named(session, Unit, holder, name, "unit")
    return found


def _named(session: ScopedSession, entity: Any, holder: Owner, name: str, field: str, unit: Unit | None = None) -> Any:
    found = _lookup(session, entity, name, owner_id=holder.id, **({"unit_id": unit.id} if unit else {}))
    if found is None:
        raise UnknownPlace(field=field, value=name, owner=holder.name)
    return found


def _lookup(session: ScopedSession, entity: Any, name: str, **columns: int) -> Any:
    """The row of that name where the columns say, or the newest one that differs by letter case alone."""
    directory = place_directory.of(session, columns["owner_id"])
    if directory is not None and directory.tells(entity, name):
        return directory.find(entity, name, columns.get("unit_id"))
    return _ask(session, entity, name, **columns)


def _ask(session: ScopedSession, entity: Any, name: str, **columns: int) -> Any:
    same = or_(entity.name == name, entity.sort_key == place_key(entity, name))
    where = [getattr(entity, column) == value for column, value in columns.items()]
    newest = select(entity).where(same, *where).order_by(entity.name != name, entity.id.desc()).limit(1)
    return session.execute(newest).scalar_one_or_none()


def _ensured(session: ScopedSession, added: list[str], entity: Any, name: str, **columns: Any) -> Any:
    same = {key: value for key, value in columns.items() if key in ("owner_id", "unit_id")}
    found = _lookup(session, entity, name, **same)
    if found is None:
        found = _asked_in_turn(session, entity, name, columns, same)
        if found is None:
            provisional.adds(session)
            found = entity(name=name, sort_key=place_key(entity, name), **columns)
            session.add(found)
            session.flush()
            added.append(name)
        directory = place_directory.of(session, found.owner_id)
        if directory is not None:
            directory.add(found)
    return found


def _asked_in_turn(
    session: ScopedSession, entity: Any, name: str, columns: Mapping[str, Any], same: Mapping[str, int]
) -> Any:
    """What somebody else has added since it was looked for, or None and the turn to add it."""
    if session.is_sqlite:
        return None
    take_turn(session, columns)
    return _ask(session, entity, name, **same)


def make(session: ScopedSession, entity: Any, name: str, **columns: Any) -> Any:
    """The new place, or None where there is one of that name already, also in other letter case."""
    added: list[str] = []
    found = _ensured(session, added, entity, name, **columns)
    return found if added else None


def unit_type(name: str) -> UnitType:
    """What a unit most likely is, by its name."""
    return next((kind for word, kind in _TYPE_WORDS if word in name.casefold()), UnitType.OFFICE)


def take_turn(session: ScopedSession, columns: Mapping[str, Any]) -> None:
    """Waits until nobody else is adding to the same unit or owner; whoever only refers to it is not kept waiting.

    On SQLite the writer's lock is that turn.
    """
    if session.is_sqlite:
        return
    entity, key = (Unit, columns["unit_id"]) if "unit_id" in columns else (Owner, columns["owner_id"])
    session.execute(select(entity.id).where(entity.id == key).with_for_update(key_share=True))


def unit_name(session: ScopedSession, unit_id: int | None) -> str | None:
    known: dict[int, str] = remembered(session, "unit names")
    if unit_id is not None and unit_id not in known:
        known[unit_id] = session.get_one(Unit, unit_id).name
    return None if unit_id is None else known[unit_id]


def names(session: ScopedSession, holder_id: int) -> list[tuple[str, str]]:
    """Every unit of an owner as (department, unit), in Swedish order; what forms offer."""
    rows = session.execute(
        select(Department.name, Unit.name)
        .join(Unit, Unit.department_id == Department.id)
        .where(Unit.owner_id == holder_id)
        .order_by(Department.sort_key, Unit.sort_key)
    )
    return [(row[0], row[1]) for row in rows]
