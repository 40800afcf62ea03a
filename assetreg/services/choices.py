"""What forms offer: the places, models and suppliers that are in the register, in Swedish order."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from assetreg.db.catalogue import Model, Supplier
from assetreg.db.device import Device
from assetreg.db.organisation import Department, Owner, Unit
from assetreg.db.session import ScopedSession
from assetreg.domain.sorting import sort_key
from assetreg.domain.terms import Stage
from assetreg.services import changes, places

MOST = 400
"""A list of suggestions longer than this is of no help; what is not in it can be typed all the same."""
MOST_IN_STOCK = 5


@dataclass(frozen=True, slots=True)
class StockChoice:
    """A device in stock that could take another's place."""

    tag: str
    model: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class OwnedUnit:
    name: str
    owner_code: str
    owner: str


def owners(session: ScopedSession) -> list[Owner]:
    return places.owners(session)


def units(session: ScopedSession, *, owner_id: int | None = None) -> list[str]:
    """The names of the units in the scope, or of one owner's."""
    query = select(Unit.name, Unit.sort_key).distinct().order_by(Unit.sort_key).limit(MOST)
    if owner_id is not None:
        query = query.where(Unit.owner_id == owner_id)
    return [row[0] for row in session.execute(query)]


def units_elsewhere(session: ScopedSession, *, owner_id: int) -> list[OwnedUnit]:
    """The units of the other owners, each with whose it is."""
    rows = session.execute(
        select(Unit.name, Owner.code, Owner.name)
        .join(Owner, Owner.id == Unit.owner_id)
        .where(Unit.owner_id != owner_id)
        .order_by(Unit.sort_key, Owner.position)
        .limit(MOST)
    )
    return [OwnedUnit(*row) for row in rows]


def unit_named(session: ScopedSession, text: str) -> str | None:
    """The unit that is called just that, however it is spelled in capitals."""
    query = select(Unit.name).where(Unit.sort_key == sort_key(text)).limit(1)
    return session.execute(query).scalar_one_or_none()


def departments(session: ScopedSession) -> list[str]:
    query = select(Department.name, Department.sort_key).distinct().order_by(Department.sort_key).limit(MOST)
    return [row[0] for row in session.execute(query)]


def models(session: ScopedSession) -> list[str]:
    rows = session.execute(select(Model.name, Model.sort_key).order_by(Model.sort_key).limit(MOST))
    return list(dict.fromkeys(row[0] for row in rows))


def manufacturers(session: ScopedSession) -> list[str]:
    rows = session.execute(select(Model.manufacturer).where(Model.manufacturer != "").distinct().limit(MOST))
    return sorted(row[0] for row in rows)


def suppliers(session: ScopedSession) -> list[str]:
    return sorted(session.execute(select(Supplier.name).limit(MOST)).scalars())


def in_stock(session: ScopedSession, old: Device) -> list[StockChoice]:
    """Devices of the same kind and owner that lie in stock and replace no other."""
    rows = session.execute(
        select(Device.tag, Device.model_id, Unit.name)
        .outerjoin(Unit, Unit.id == Device.unit_id)
        .where(
            Device.stage == Stage.IN_STOCK,
            Device.owner_id == old.owner_id,
            Device.kind == old.kind,
            Device.replaces_id.is_(None),
            Device.id != old.id,
        )
        .order_by(Device.purchased_on.desc(), Device.tag)
        .limit(MOST_IN_STOCK)
    )
    return [StockChoice(tag, changes.model_name(session, model_id), unit) for tag, model_id, unit in rows]
