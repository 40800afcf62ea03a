"""The devices that are due for replacement, and what stands beside them: those without a date, those lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select

from assetreg.db.device import Device, waiting
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.lifecycle import LOST
from assetreg.services import device_list, paging, places
from assetreg.services.device_list import DeviceFilter, DeviceRow, Sort


@dataclass(frozen=True, slots=True)
class Due:
    """Due from ``first`` (None: from the beginning) to ``last``, both days included, the most urgent first.

    ``undated`` devices have no due date; ``lost`` ones are missing or stolen and would be due in the window.
    """

    first: date | None
    last: date
    rows: tuple[DeviceRow, ...]
    undated: int
    lost: int


def due(session: ScopedSession, *, first: date | None, last: date | None, owner: str | None, actor: Actor) -> Due:
    """Raises Denied or UnknownOwner."""
    last = last or actor.today
    wanted = DeviceFilter(owner=owner, due_from=first, due_to=last, sort=Sort.DUE)
    rows = tuple(device_list.every(session, wanted, actor=actor))
    return Due(first, last, rows, _undated(session, owner), _lost(session, owner, first, last))


@dataclass(frozen=True, slots=True)
class DuePage:
    """One page of what is due; what stands beside is counted on the first page, and None on those after it."""

    first: date | None
    last: date
    rows: Sequence[DeviceRow]
    next: str | None
    undated: int | None
    lost: int | None


def page(
    session: ScopedSession,
    *,
    first: date | None,
    last: date | None,
    owner: str | None,
    actor: Actor,
    cursor: str | None = None,
    limit: int = paging.PAGE,
) -> DuePage:
    """Raises Denied, UnknownOwner or BadCursor."""
    last = last or actor.today
    wanted = DeviceFilter(owner=owner, due_from=first, due_to=last, sort=Sort.DUE)
    found = device_list.page(session, wanted, actor=actor, cursor=cursor, limit=limit)
    undated, lost = (None, None) if cursor else (_undated(session, owner), _lost(session, owner, first, last))
    return DuePage(first, last, found.rows, found.next, undated, lost)


def _undated(session: ScopedSession, owner: str | None) -> int:
    return _count(session, owner, Device.due_on.is_(None), *waiting())


def _lost(session: ScopedSession, owner: str | None, first: date | None, last: date) -> int:
    window = [Device.due_on <= last] + ([Device.due_on >= first] if first else [])
    return _count(session, owner, Device.stage.in_(LOST), Device.replaced_by_id.is_(None), *window)


def _count(session: ScopedSession, owner: str | None, *conditions: ColumnElement[bool]) -> int:
    counted = select(func.count(Device.id)).where(*conditions)
    if owner is not None:
        counted = counted.where(Device.owner_id == places.owner(session, owner).id)
    return session.execute(counted).scalar_one()
