"""The list of devices: filters that are index ranges, a sort, and pages that begin where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_

from assetreg.db import search
from assetreg.db.catalogue import Model
from assetreg.db.device import Device
from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.db.person import Person
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.lifecycle import DUE_STAGES
from assetreg.domain.terms import Kind, Precision, Stage, Term
from assetreg.services import paging, places
from assetreg.services.catalogue import full_name
from assetreg.services.paging import Page
from assetreg.services.persons import FORGOTTEN_NAME

COUNTED = 1000
"""A list is counted up to here; past it the page says "fler än"."""


class Sort(Term):
    TAG = "tag", "Inventarienummer", "Asset tag"
    DUE = "due", "Byts senast", "Due"
    PURCHASED = "purchased", "Inköpt", "Purchased"
    SUPPORT = "support", "Stöd upphör", "Support ends"


_SORTED_BY = {Sort.DUE: Device.due_on, Sort.PURCHASED: Device.purchased_on, Sort.SUPPORT: Device.support_ends_on}


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """What the list is narrowed to; None leaves a thing open. Windows include both ends.

    ``due`` windows and ``awaiting`` mean devices still to be replaced: in a due stage and without a successor.
    """

    owner: str | None = None
    department: str | None = None
    unit: str | None = None
    group: str | None = None
    kind: Kind | None = None
    stage: Stage | None = None
    model: int | None = None
    q: str | None = None
    due_from: date | None = None
    due_to: date | None = None
    support_before: date | None = None
    lacks: str | None = None
    sort: Sort = Sort.TAG
    descending: bool = False


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
    support_ends_on: date | None
    os: str | None
    os_version: str | None
    price: Decimal | None
    changed_at: datetime


LACKS = {
    "purchased": (Device.purchased_on.is_(None), Device.stage.in_(DUE_STAGES)),
    "serial": (Device.serial_key.is_(None), Device.stage.in_(DUE_STAGES)),
    "outcome": (Device.stage == Stage.DISPOSED, Device.outcome_id.is_(None)),
    "support": (Device.support_ends_on.is_(None), Device.stage.in_(DUE_STAGES)),
}


def page(
    session: ScopedSession,
    wanted: DeviceFilter,
    *,
    actor: Actor,
    cursor: str | None = None,
    limit: int = paging.PAGE,
) -> Page[DeviceRow]:
    """One page of the list. Rows without the value sorted by come last. Raises BadCursor, UnknownOwner."""
    actor.require(Act.READ_DEVICES)
    rows = list(_from_cursor(session, wanted, actor, cursor, limit + 1))
    shown = [_row(row, actor) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(shown, None)
    last = shown[-1]
    return Page(shown, paging.encode(_sort_value(last, wanted.sort), last.tag))


def every(session: ScopedSession, wanted: DeviceFilter, *, actor: Actor) -> Iterator[DeviceRow]:
    """The whole list, page by page, for exports."""
    cursor: str | None = None
    while True:
        found = page(session, wanted, actor=actor, cursor=cursor, limit=paging.MOST)
        yield from found.rows
        cursor = found.next
        if cursor is None:
            return


def count(session: ScopedSession, wanted: DeviceFilter, *, actor: Actor) -> int:
    """How many devices the list has, counted to one past ``COUNTED`` at most."""
    some = select(Device.id).where(*_conditions(session, wanted, actor)).limit(COUNTED + 1).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def _from_cursor(
    session: ScopedSession, wanted: DeviceFilter, actor: Actor, cursor: str | None, limit: int
) -> Iterator[Any]:
    conditions = _conditions(session, wanted, actor)
    value, tag = (None, None) if cursor is None else paging.decode(cursor, _kind_of(wanted.sort), str)
    if wanted.sort is Sort.TAG:
        yield from session.execute(_select(wanted, Device.tag, conditions, (tag,) if tag else None).limit(limit))
        return
    by = _SORTED_BY[wanted.sort]
    found: list[Any] = []
    if cursor is None or value is not None:
        after = (value, tag) if value is not None else None
        found = list(session.execute(_select(wanted, by, [*conditions, by.is_not(None)], after).limit(limit)))
        yield from found
        tag = None
    if len(found) < limit:
        undated = replace(wanted, sort=Sort.TAG)
        rest = _select(undated, Device.tag, [*conditions, by.is_(None)], (tag,) if tag else None)
        yield from session.execute(rest.limit(limit - len(found)))


def _select(
    wanted: DeviceFilter, by: Any, conditions: list[ColumnElement[bool]], after: tuple[Any, ...] | None
) -> Select[Any]:
    """The rows in order, after the given sort values; the pair is compared as a pair, so the index is used."""
    keys = [Device.tag] if by is Device.tag else [by, Device.tag]
    statement = _columns().where(*conditions)
    if after is not None:
        left, right = tuple_(*keys), tuple_(*after)
        statement = statement.where(left < right if wanted.descending else left > right)
    return statement.order_by(*(key.desc() if wanted.descending else key for key in keys))


def _columns() -> Select[Any]:
    rows: Any = (
        select(
            *(Device.id, Device.tag, Device.kind, Device.stage, Device.serial, Device.imei, Device.hostname),
            *(Device.cost_centre, Device.purchased_on, Device.purchased_precision, Device.due_on),
            *(Device.support_ends_on, Device.os, Device.os_version, Device.price, Device.changed_at),
            *(Device.person_id, Device.model_id),
            Owner.code.label("owner_code"),
            Owner.name.label("owner"),
            Department.name.label("department"),
            Unit.name.label("unit"),
            Room.name.label("room"),
            Group.name.label("group"),
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
        .outerjoin(Person, Person.id == Device.person_id)
    )
    return rows  # type: ignore[no-any-return]


def _conditions(session: ScopedSession, wanted: DeviceFilter, actor: Actor) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.owner:
        found.append(Device.owner_id == places.owner(session, wanted.owner).id)
    if wanted.department:
        found.append(Device.department_id.in_(select(Department.id).where(Department.name == wanted.department)))
    if wanted.unit:
        found.append(Device.unit_id.in_(select(Unit.id).where(Unit.name == wanted.unit)))
    if wanted.group:
        found.append(Device.group_id.in_(select(Group.id).where(Group.name == wanted.group)))
    if wanted.kind:
        found.append(Device.kind == wanted.kind)
    if wanted.model:
        found.append(Device.model_id == wanted.model)
    found += _stage(wanted)
    found += _windows(wanted)
    if wanted.lacks in LACKS:
        found += LACKS[wanted.lacks]
    if wanted.q:
        words = search.by_words(session, wanted.q)
        found.append(or_(words, search.by_user(wanted.q)) if actor.may(Act.READ_PERSONS) else words)
    return found


def _stage(wanted: DeviceFilter) -> list[ColumnElement[bool]]:
    """A stated stage; otherwise all but the voided, which only their number or label still finds."""
    if wanted.stage:
        return [Device.stage == wanted.stage]
    return [] if wanted.q else [Device.stage != Stage.VOIDED]


def _windows(wanted: DeviceFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.due_from:
        found.append(Device.due_on >= wanted.due_from)
    if wanted.due_to:
        found.append(Device.due_on <= wanted.due_to)
    if found:
        found += [Device.stage.in_(DUE_STAGES), Device.replaced_by_id.is_(None)]
    if wanted.support_before:
        found += [Device.support_ends_on < wanted.support_before, Device.stage.in_(DUE_STAGES)]
    return found


def _row(row: Any, actor: Actor) -> DeviceRow:
    user = None
    if row.person_id is not None and actor.may(Act.READ_PERSONS):
        user = row.user_name or FORGOTTEN_NAME
    values = {name: getattr(row, name) for name in DeviceRow.__dataclass_fields__ if name not in ("model", "user")}
    model = full_name(row.manufacturer, row.model_name) if row.model_id else ""
    return DeviceRow(**values, model=model, user=user)


def _kind_of(sort: Sort) -> type:
    return str if sort is Sort.TAG else date


def _sort_value(row: DeviceRow, sort: Sort) -> date | None:
    values = {Sort.DUE: row.due_on, Sort.PURCHASED: row.purchased_on, Sort.SUPPORT: row.support_ends_on}
    return values.get(sort)
