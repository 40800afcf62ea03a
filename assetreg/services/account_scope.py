"""What an account sees: everything, or the places it was given."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from assetreg.db.account import Account, AccountPlace
from assetreg.db.organisation import Department, Owner, Unit
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Scope
from assetreg.domain.errors import Invalid


class UnknownAccountPlace(Invalid):
    code = "unknown_account_place"
    message = "{value} finns inte. Ange en kommunkod ({known}), eller kommunkod/enhet som 1860/Centralskolan."


@dataclass(frozen=True, slots=True)
class PlaceIds:
    """An owner, or a department or unit of one."""

    owner: int
    department: int | None = None
    unit: int | None = None


def places_of(session: ScopedSession, account: int) -> tuple[PlaceIds, ...]:
    rows = session.execute(
        select(AccountPlace.owner_id, AccountPlace.department_id, AccountPlace.unit_id)
        .where(AccountPlace.account_id == account)
        .order_by(AccountPlace.id)
    )
    return tuple(PlaceIds(*row) for row in rows)


def from_places(places: tuple[PlaceIds, ...], *, account: int | None, owner: int | None = None) -> Scope:
    """The scope of the places; ``owner`` leaves only those at that owner."""
    kept = [place for place in places if owner in (None, place.owner)]
    return Scope(
        owners=frozenset(place.owner for place in kept if place.department is None and place.unit is None),
        departments=frozenset(
            place.department for place in kept if place.department is not None and place.unit is None
        ),
        units=frozenset(place.unit for place in kept if place.unit is not None),
        touched=frozenset(place.owner for place in kept),
        account=account,
    )


def scope_of(session: ScopedSession, account: Account) -> Scope:
    if account.whole:
        return Scope.whole(account.id)
    return from_places(places_of(session, account.id), account=account.id)


def narrowed(scope: Scope, places: tuple[PlaceIds, ...], *, owner: int) -> Scope:
    """The part of an account's scope that lies at one owner; never more than the scope."""
    if scope.everything:
        return Scope(owners=frozenset({owner}), touched=frozenset({owner}), account=scope.account)
    return from_places(places, account=scope.account, owner=owner)


def resolve(session: ScopedSession, stated: tuple[str, ...], *, field: str = "owners") -> tuple[PlaceIds, ...]:
    """The places that ``1860`` or ``1860/Centralskolan`` name: an owner's code, and below it a unit or a department.

    Raises UnknownAccountPlace.
    """
    owners = {row[0]: row[1] for row in session.execute(select(Owner.code, Owner.id).order_by(Owner.position))}
    found = []
    for text in dict.fromkeys(stated):
        code, _, below = (part.strip() for part in text.partition("/"))
        place = _below(session, owners[code], below) if code in owners else None
        if place is None:
            raise UnknownAccountPlace(field=field, value=text, known=list(owners))
        found.append(place)
    return tuple(found)


def _below(session: ScopedSession, owner: int, name: str) -> PlaceIds | None:
    if not name:
        return PlaceIds(owner)
    unit = session.execute(select(Unit).where(Unit.owner_id == owner, Unit.name == name)).scalar_one_or_none()
    if unit is not None:
        return PlaceIds(owner, unit.department_id, unit.id)
    query = select(Department.id).where(Department.owner_id == owner, Department.name == name)
    department = session.execute(query).scalar_one_or_none()
    return None if department is None else PlaceIds(owner, department)


def stated_places(session: ScopedSession, accounts: list[int]) -> dict[int, list[str]]:
    """By account, its places written as ``resolve`` reads them, in the order of the owners."""
    rows = session.execute(
        select(AccountPlace.account_id, Owner.code, Department.name, Unit.name)
        .join(Owner, Owner.id == AccountPlace.owner_id)
        .outerjoin(Department, Department.id == AccountPlace.department_id)
        .outerjoin(Unit, Unit.id == AccountPlace.unit_id)
        .where(AccountPlace.account_id.in_(accounts))
        .order_by(Owner.position, AccountPlace.id)
    )
    found: dict[int, list[str]] = {}
    for account, code, department, unit in rows:
        below = unit or department
        found.setdefault(account, []).append(f"{code}/{below}" if below else code)
    return found
