"""What a list of devices is narrowed to, and the conditions that says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select

from assetreg.db import search
from assetreg.db.device import Device, ended_without, in_cycle, in_register, kept, waiting
from assetreg.db.organisation import Department, Group, Unit
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.lifecycle import ENDED
from assetreg.domain.sorting import sort_key
from assetreg.domain.terms import Kind, Stage, Term
from assetreg.services import places

PLACES_FOUND = 100
IN_REGISTER = tuple(stage for stage in Stage if stage not in ENDED)
SHORTEST_WITHIN = 3
"""Shorter words are looked for only where a place's name begins, as they are where a number does."""


class Sort(Term):
    TAG = "tag", "Inventarienummer", "Asset tag"
    DUE = "due", "Byts senast", "Due"
    PURCHASED = "purchased", "Inköpt", "Purchased"
    SUPPORT = "support", "Stöd upphör", "Support ends"


class Standing(Term):
    """Which devices a list is about when no stage is stated."""

    REGISTER = "register", "I registret", "In the register"
    ENDED = "ended", "Avslutade", "Ended"
    ALL = "all", "Alla", "All"


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """What the list is narrowed to; None leaves a thing open. Windows include both ends.

    ``due`` windows mean devices still to be replaced: in a due stage and without a successor. A department, unit or
    group is the one that is called so, however it is spelled in capitals, or those whose names hold the text.
    """

    owner: str | None = None
    department: str | None = None
    unit: str | None = None
    group: str | None = None
    kind: Kind | None = None
    stage: Stage | None = None
    standing: Standing = Standing.ALL
    model: int | None = None
    q: str | None = None
    due_from: date | None = None
    due_to: date | None = None
    support_before: date | None = None
    lacks: str | None = None
    sort: Sort = Sort.TAG
    descending: bool = False


LACKS = {
    "purchased": (Device.purchased_on.is_(None), in_cycle(), in_register()),
    "serial": (Device.serial_key.is_(None), in_cycle()),
    "outcome": tuple(ended_without()),
    "support": (Device.support_ends_on.is_(None), in_cycle()),
}


def conditions(session: ScopedSession, wanted: DeviceFilter, actor: Actor) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.owner:
        found.append(Device.owner_id == places.owner(session, wanted.owner).id)
    for column, entity, name in (
        (Device.department_id, Department, wanted.department),
        (Device.unit_id, Unit, wanted.unit),
        (Device.group_id, Group, wanted.group),
    ):
        if name:
            found.append(column.in_(_named(session, entity, name)))
    if wanted.kind:
        found.append(Device.kind == wanted.kind)
    if wanted.model:
        found.append(Device.model_id == wanted.model)
    found += _stage(wanted)
    found += _windows(wanted)
    if wanted.lacks in LACKS:
        found += LACKS[wanted.lacks]
    if wanted.q:
        found.append(_search(session, wanted.q, actor))
    return found


def _search(session: ScopedSession, typed: str, actor: Actor) -> ColumnElement[bool]:
    """The devices that are called so, whose user is, or that are at a place that is."""
    ways = [search.by_words(session, typed)]
    if actor.may(Act.READ_PERSONS):
        ways.append(search.by_user(typed))
    key = sort_key(typed)
    if key:
        holders = [row.id for row in places.owners(session) if _holds(sort_key(row.name), key)]
        found = (holders, _places(session, Unit, key), _places(session, Group, key))
        columns = (Device.owner_id, Device.unit_id, Device.group_id)
        ways += [column.in_(ids) for column, ids in zip(columns, found, strict=True) if ids]
    return or_(false(), *ways)


def _holds(name: str, key: str) -> bool:
    return key in name if len(key) >= SHORTEST_WITHIN else name.startswith(key)


def _places(session: ScopedSession, entity: Any, key: str) -> list[int]:
    """The places whose name holds the key; a short one only begins it."""
    match = entity.sort_key.contains if len(key) >= SHORTEST_WITHIN else entity.sort_key.startswith
    return list(session.execute(select(entity.id).where(match(key, autoescape=True)).limit(PLACES_FOUND)).scalars())


def _named(session: ScopedSession, entity: Any, text: str) -> list[int]:
    """The places called just that, or where none is, those whose names hold it."""
    key = sort_key(text)
    same = list(session.execute(select(entity.id).where(entity.sort_key == key)).scalars())
    return same or (_places(session, entity, key) if key else [])


def _stage(wanted: DeviceFilter) -> list[ColumnElement[bool]]:
    """A search for a number also finds the voided, which nothing else does."""
    everything = wanted.stage is None and wanted.standing is Standing.ALL
    return [] if everything and wanted.q else [stage_of(Device.stage, wanted)]


def stage_of(column: Any, wanted: DeviceFilter) -> ColumnElement[bool]:
    """A stated stage, else what the list is about."""
    found = kept(column)
    if wanted.stage:
        found = column == wanted.stage
    elif wanted.standing is Standing.ENDED:
        found = kept(column) & (column == Stage.DISPOSED)
    elif wanted.standing is Standing.REGISTER:
        found = in_register(column)
    return found


def _windows(wanted: DeviceFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.due_from:
        found.append(Device.due_on >= wanted.due_from)
    if wanted.due_to:
        found.append(Device.due_on <= wanted.due_to)
    if found:
        found += waiting()
    if wanted.support_before:
        found += [Device.support_ends_on < wanted.support_before, in_cycle()]
    return found
