"""The list of devices: filters that are index ranges, a sort, and pages that begin where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, select, tuple_

from assetreg.db.catalogue import Model
from assetreg.db.device import Device, kept, waiting
from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.db.person import Person
from assetreg.db.session import ScopedSession
from assetreg.db.tally import DeviceCount
from assetreg.domain.access import Act, Actor
from assetreg.domain.lifecycle import DUE_STAGES
from assetreg.domain.retention import ReadWhat
from assetreg.domain.terms import Kind, Precision, Stage
from assetreg.services import paging, places, reading_log
from assetreg.services.catalogue import full_name
from assetreg.services.device_filter import LACKS, DeviceFilter, Sort, Standing, conditions, stage_of
from assetreg.services.paging import BadCursor, Page
from assetreg.services.persons import FORGOTTEN_NAME, uses

__all__ = ["LACKS", "DeviceFilter", "DeviceRow", "Sort", "Standing", "Total", "count", "every", "page", "total"]

COUNTED = 1000
"""A list is counted up to here; past it the page says "fler än"."""

_SORTED_BY = {Sort.DUE: Device.due_on, Sort.PURCHASED: Device.purchased_on, Sort.SUPPORT: Device.support_ends_on}


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One line of the list, with the names people know things by."""

    id: int
    tag: str
    kind: Kind
    stage: Stage
    owner_code: str
    owner: str
    department: str | None
    unit: str | None
    room: str | None
    group: str | None
    model: str
    serial: str | None
    imei: str | None
    hostname: str | None
    user: str | None
    cost_centre: str | None
    purchased_on: date | None
    purchased_precision: Precision | None
    due_on: date | None
    replaced_by_id: int | None
    support_ends_on: date | None
    os: str | None
    os_version: str | None
    price: Decimal | None
    changed_at: datetime

    @property
    def awaits_on(self) -> date | None:
        """The day the device is to be replaced by, while it still is to be."""
        return self.due_on if self.stage in DUE_STAGES and self.replaced_by_id is None else None


@dataclass(frozen=True, slots=True)
class Total:
    """How many devices a list has; ``more``: at least so many."""

    n: int
    more: bool = False


def page(
    session: ScopedSession,
    wanted: DeviceFilter,
    *,
    actor: Actor,
    cursor: str | None = None,
    before: str | None = None,
    limit: int = paging.PAGE,
) -> Page[DeviceRow]:
    """One page of the list: the first, the one after ``cursor``, or the one that ends ``before`` a cursor.

    Rows without the value sorted by come last. Raises BadCursor, UnknownOwner.
    """
    found, named = _page(session, wanted, actor, cursor or before, limit, back=before is not None and not cursor)
    reading_log.note(session, ReadWhat.SEARCH if wanted.q else ReadWhat.LIST, actor=actor, count=named)
    return found


def _page(
    session: ScopedSession, wanted: DeviceFilter, actor: Actor, cursor: str | None, limit: int, *, back: bool = False
) -> tuple[Page[DeviceRow], int]:
    """One page, and how many persons it names."""
    actor.require(Act.READ_DEVICES)
    rows = _from_cursor(session, wanted, actor, cursor, limit + 1, back=back)
    kept, more = rows[:limit], len(rows) > limit
    kept = kept[::-1] if back else kept
    shown = [_row(row, actor) for row in kept]
    named = sum(row.user_name is not None for row in kept) if actor.may(Act.READ_PERSONS) else 0
    if not shown:
        return Page(shown, None), named
    first, last = (paging.encode(_sort_value(row, wanted.sort), row.tag) for row in (shown[0], shown[-1]))
    earlier, later = (more, True) if back else (cursor is not None, more)
    return Page(shown, last if later else None, previous=first if earlier else None), named


def every(session: ScopedSession, wanted: DeviceFilter, *, actor: Actor) -> Iterator[DeviceRow]:
    """The whole list, page by page, for exports, which note themselves whom they name."""
    cursor: str | None = None
    while True:
        found, _ = _page(session, wanted, actor, cursor, paging.MOST)
        yield from found.rows
        cursor = found.next
        if cursor is None:
            return


def count(session: ScopedSession, wanted: DeviceFilter, *, actor: Actor) -> int:
    """How many devices the list has, counted to one past ``COUNTED`` at most."""
    some = select(Device.id).where(*conditions(session, wanted, actor)).limit(COUNTED + 1).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def total(session: ScopedSession, wanted: DeviceFilter, *, actor: Actor) -> Total:
    """How many devices the list has: exactly where the kept counts know it, else counted to ``COUNTED``."""
    plain = replace(wanted, owner=None, kind=None, stage=None, standing=Standing.ALL, sort=Sort.TAG, descending=False)
    if plain != DeviceFilter():
        n = count(session, wanted, actor=actor)
        return Total(min(n, COUNTED), more=n > COUNTED)
    asked = [stage_of(DeviceCount.stage, wanted)]
    if wanted.owner:
        asked.append(DeviceCount.owner_id == places.owner(session, wanted.owner).id)
    if wanted.kind:
        asked.append(DeviceCount.kind == wanted.kind)
    kept = select(func.coalesce(func.sum(DeviceCount.n), 0)).where(*asked)
    return Total(int(session.execute(kept).scalar_one()))


Stretch = tuple[Any, list[ColumnElement[bool]]]


def _from_cursor(
    session: ScopedSession, wanted: DeviceFilter, actor: Actor, cursor: str | None, limit: int, *, back: bool
) -> list[Any]:
    """The rows from a cursor on, or backwards from it."""
    stretches = _stretches(wanted, conditions(session, wanted, actor))
    value, tag = (None, None) if cursor is None else paging.decode(cursor, _kind_of(wanted.sort), str)
    here = 0 if cursor is None or value is not None else len(stretches) - 1
    after = None if tag is None else _key(stretches[here][0], value, tag)
    found: list[Any] = []
    for by, given in stretches[here::-1] if back else stretches[here:]:
        if len(found) < limit:
            statement = _select(by, given, after, descending=wanted.descending is not back)
            found += session.execute(statement.limit(limit - len(found)))
        after = None
    return found


def _key(by: Any, value: date | None, tag: str) -> tuple[Any, ...]:
    if by is Device.tag:
        return (tag,)
    if value is None:
        raise BadCursor(field="cursor")
    return (value, tag)


def _stretches(wanted: DeviceFilter, given: list[ColumnElement[bool]]) -> list[Stretch]:
    """Those with the value sorted by, then those without it, by tag; each is an index range of its own."""
    if wanted.sort is Sort.TAG:
        return [(Device.tag, given)]
    by = _SORTED_BY[wanted.sort]
    if wanted.sort is Sort.SUPPORT and wanted.support_before is None:
        given = [*given, kept()]
    if wanted.sort is not Sort.DUE:
        return [(by, [*given, by.is_not(None)]), (Device.tag, [*given, by.is_(None)])]
    if wanted.due_from or wanted.due_to:
        return [(by, given)]
    awaits = [by.is_not(None), *waiting()]
    return [(by, [*given, *awaits]), (Device.tag, [*given, not_(and_(*awaits))])]


def _select(
    by: Any, given: list[ColumnElement[bool]], after: tuple[Any, ...] | None, *, descending: bool
) -> Select[Any]:
    """The rows in order, after the given sort values; the pair is compared as a pair, so the index is used."""
    keys = [Device.tag] if by is Device.tag else [by, Device.tag]
    statement = _columns().where(*given)
    if after is not None:
        left, right = tuple_(*keys), tuple_(*after)
        statement = statement.where(left < right if descending else left > right)
    return statement.order_by(*(key.desc() if descending else key for key in keys))


_BEFORE_MODEL, _BEFORE_USER, _SHOWN = 10, 13, 23
"""The columns stand in the order of a row's fields: a long list has no time to look each of them up by name."""


def _columns() -> Select[Any]:
    rows: Any = (
        select(
            *(Device.id, Device.tag, Device.kind, Device.stage),
            *(Owner.code, Owner.name, Department.name, Unit.name, Room.name, Group.name),
            *(Device.serial, Device.imei, Device.hostname),
            *(Device.cost_centre, Device.purchased_on, Device.purchased_precision, Device.due_on),
            *(Device.replaced_by_id, Device.support_ends_on, Device.os, Device.os_version, Device.price),
            *(Device.changed_at, Device.person_id, Device.model_id),
            Model.manufacturer,
            Model.name.label("model_name"),
            Person.name.label("user_name"),
        )
        .join(Owner, Owner.id == Device.owner_id)
        .outerjoin(Department, Department.id == Device.department_id)
        .outerjoin(Unit, Unit.id == Device.unit_id)
        .outerjoin(Room, Room.id == Device.room_id)
        .outerjoin(Group, Group.id == Device.group_id)
        .outerjoin(Model, Model.id == Device.model_id)
        .outerjoin(Person, uses())
    )
    return rows  # type: ignore[no-any-return]


def _row(row: Any, actor: Actor) -> DeviceRow:
    user = None
    if row.person_id is not None and actor.may(Act.READ_PERSONS):
        user = row.user_name or FORGOTTEN_NAME
    model = full_name(row.manufacturer, row.model_name) if row.model_id else ""
    values = (*row[:_BEFORE_MODEL], model, *row[_BEFORE_MODEL:_BEFORE_USER], user, *row[_BEFORE_USER:_SHOWN])
    return DeviceRow(*values)


def _kind_of(sort: Sort) -> type:
    return str if sort is Sort.TAG else date


def _sort_value(row: DeviceRow, sort: Sort) -> date | None:
    values = {Sort.DUE: row.awaits_on, Sort.PURCHASED: row.purchased_on, Sort.SUPPORT: row.support_ends_on}
    return values.get(sort)
