"""Finding a person, and the page of one: what is known and which devices the person has and has had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select, tuple_

from assetreg.db.device import Device
from assetreg.db.organisation import Department, Owner, Unit
from assetreg.db.person import Assignment, Person
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.lifecycle import ENDED
from assetreg.domain.retention import ReadWhat
from assetreg.domain.sorting import search_key, sort_key
from assetreg.domain.terms import Kind, Stage
from assetreg.services import changes, paging, persons, places, reading_log
from assetreg.services.paging import Page

SHORTEST_MIDDLE = 3
FEW = 5
NOT_HELD = (*ENDED, Stage.VOIDED)
"""A device that is gone is nobody's, whatever its row says of a user."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list. ``devices`` is how many the person has now, within the scope."""

    id: int
    name: str
    email: str | None
    external_id: str | None
    owner_code: str
    owner: str
    department: str | None
    unit: str | None
    left_on: date | None
    pseudonymised_at: datetime | None
    devices: int
    sort_key: str
    version: int


@dataclass(frozen=True, slots=True)
class Had:
    """A device the person has or has had; ``tag`` is None for one that is outside the scope now."""

    device_id: int
    tag: str | None
    kind: Kind | None
    model: str
    started_at: datetime
    ended_at: datetime | None


def page(
    session: ScopedSession, typed: str, *, actor: Actor, cursor: str | None = None, limit: int = paging.PAGE
) -> Page[PersonRow]:
    """The persons whose name, e-mail or number holds what was typed (two letters: begins so), by name.

    Nothing typed gives everyone in the scope. The forgotten are nobody's to find. Raises Denied or BadCursor.
    """
    actor.require(Act.READ_PERSONS)
    wanted = _columns().where(Person.pseudonymised_at.is_(None)).order_by(Person.sort_key, Person.id)
    words = search_key(typed)
    if words:
        middle = len(words) >= SHORTEST_MIDDLE
        match = Person.search_key.contains if middle else Person.search_key.startswith
        wanted = wanted.where(match(words, autoescape=True))
    if cursor:
        after: Any = tuple_(*paging.decode(cursor, str, int))
        wanted = wanted.where(tuple_(Person.sort_key, Person.id) > after)
    rows = [_row(row) for row in session.execute(wanted.limit(limit + 1))]
    shown = rows[:limit]
    if shown:
        reading_log.note(session, ReadWhat.SEARCH if words else ReadWhat.LIST, actor=actor, count=len(shown))
    last = shown[-1] if len(rows) > limit else None
    return Page(shown, paging.encode(last.sort_key, last.id) if last else None)


def called(session: ScopedSession, text: str, *, actor: Actor, owner: str | None = None) -> list[PersonRow]:
    """The persons with exactly this name, e-mail or number, at one owner or any; a few of them."""
    actor.require(Act.READ_PERSONS)
    wanted = text.strip()
    same = or_(
        Person.external_id == wanted,
        Person.email == wanted.lower(),
        Person.sort_key == sort_key(wanted)[: persons.LONGEST_KEY],
    )
    query = _columns().where(Person.pseudonymised_at.is_(None), same).order_by(Person.id).limit(FEW)
    if owner:
        query = query.where(Person.owner_id == places.owner(session, owner).id)
    return [_row(row) for row in session.execute(query)]


def one(session: ScopedSession, person_id: int, *, actor: Actor) -> PersonRow | None:
    """The person as the page shows it, the forgotten too; None outside the scope. Noted as read."""
    actor.require(Act.READ_PERSONS)
    row = session.execute(_columns().where(Person.id == person_id)).one_or_none()
    if row is None:
        return None
    if row.pseudonymised_at is None:
        reading_log.note(session, ReadWhat.PERSON, actor=actor, persons=[person_id])
    return _row(row)


def held(session: ScopedSession, person_id: int) -> list[Had]:
    """The devices that the person has and has had, as far as the scope goes, the latest first."""
    rows = session.execute(
        select(
            *(Assignment.device_id, Assignment.started_at, Assignment.ended_at),
            *(Device.tag, Device.kind, Device.model_id),
        )
        .select_from(Assignment)
        .outerjoin(Device, Device.id == Assignment.device_id)
        .where(Assignment.person_id == person_id)
        .order_by(Assignment.ended_at.is_not(None), Assignment.started_at.desc(), Assignment.id.desc())
    )
    return [
        Had(row[0], row.tag, row.kind, changes.model_name(session, row.model_id), row.started_at, row.ended_at)
        for row in rows
    ]


def _columns() -> Any:
    now = (
        select(func.count(Device.id))
        .where(Device.person_id == Person.id, Device.stage.not_in(NOT_HELD))
        .correlate(Person)
        .scalar_subquery()
    )
    return (
        select(
            *(Person.id, Person.name, Person.email, Person.external_id, Person.left_on, Person.pseudonymised_at),
            *(Person.sort_key, Person.head_seq, Owner.code, Owner.name.label("owner")),
            *(Department.name.label("department"), Unit.name.label("unit"), now.label("devices")),
        )
        .select_from(Person)
        .join(Owner, Owner.id == Person.owner_id)
        .outerjoin(Department, Department.id == Person.department_id)
        .outerjoin(Unit, Unit.id == Person.unit_id)
    )


def _row(row: Any) -> PersonRow:
    return PersonRow(
        id=row.id,
        name=row.name or "",
        email=row.email,
        external_id=row.external_id,
        owner_code=row.code,
        owner=row.owner,
        department=row.department,
        unit=row.unit,
        left_on=row.left_on,
        pseudonymised_at=row.pseudonymised_at,
        devices=row.devices,
        sort_key=row.sort_key,
        version=row.head_seq,
    )
