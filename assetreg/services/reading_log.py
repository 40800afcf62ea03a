"""Who has read personal data: noted where it is read, written by the doors, looked at by administrators and auditors.

Pages and lists are noted in the process and written when the answer has been sent (``write``); a file and a register
extract are written in a transaction before anything is handed out (``at_once``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import exists, select

from assetreg.db import reading_log as store
from assetreg.db.account import Account
from assetreg.db.device import Device
from assetreg.db.person import Person
from assetreg.db.reading_log import PersonalDataRead
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import STOCKHOLM, Act, Actor
from assetreg.domain.errors import Denied
from assetreg.domain.retention import ReadWhat
from assetreg.domain.terms import Door
from assetreg.services.paging import PAGE, Page, decode, encode

ONCE_A_DAY = frozenset({ReadWhat.DEVICE, ReadWhat.PERSON})


class WholeLogNeeded(Denied):
    code = "whole_log_needed"
    message = "Läsloggen är gemensam för alla kommuner och visas för den som ser alla. Be en sådan om hjälp."


@dataclass(frozen=True, slots=True)
class LogQuestion:
    """Which readings are asked for; None leaves a thing open. Both days are included."""

    account: int | None = None
    person: int | None = None
    what: ReadWhat | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class LogRow:
    """One reading. ``account`` is None for the command line; ``person`` is the name, for who may read it."""

    id: int
    at: datetime
    door: Door
    what: ReadWhat
    account: str | None
    person_id: int | None
    person: str | None
    tag: str | None
    count: int


def note(
    session: ScopedSession,
    what: ReadWhat,
    *,
    actor: Actor,
    persons: Iterable[int] = (),
    device: int | None = None,
    count: int = 0,
) -> None:
    """Notes that the actor has been shown persons: each by name, or so many of them (``count``) in a list.

    A person's and a device's page count once a day, process, account and person.
    """
    for person in sorted(set(persons)):
        seen = (actor.today, actor.account, what, person, device) if what in ONCE_A_DAY else None
        store.note(session, _row(what, actor, person=person, device=device, count=1), once=seen)
    if count:
        store.note(session, _row(what, actor, device=device, count=count))


def at_once(session: ScopedSession, what: ReadWhat, *, actor: Actor, person: int | None = None, count: int = 1) -> None:
    """Writes a reading in the session's transaction, before anything is handed out."""
    store.add(session, [_row(what, actor, person=person, count=count)])


def write(database: Database, *, patience_ms: int = store.PATIENCE_MS) -> int:
    """Writes what this process has noted of the register; gives how many rows.

    Another who writes to SQLite is waited for so long, in milliseconds; then the notes wait for the next time.
    """
    return store.write(database.engine, patience_ms=patience_ms)


def waiting(database: Database) -> bool:
    """Whether this process has noted anything of the register that is not written."""
    return store.waiting(database.engine) > 0


def page(session: ScopedSession, wanted: LogQuestion, *, actor: Actor, cursor: str | None = None) -> Page[LogRow]:
    """The newest readings first. Raises Denied, WholeLogNeeded or BadCursor."""
    actor.require(Act.READ_ACCESS_LOG)
    if not session.scope.everything:
        raise WholeLogNeeded
    query = (
        select(PersonalDataRead, Account.display_name, Person.name, Device.tag)
        .select_from(PersonalDataRead)
        .outerjoin(Account, Account.id == PersonalDataRead.account_id)
        .outerjoin(Person, Person.id == PersonalDataRead.person_id)
        .outerjoin(Device, Device.id == PersonalDataRead.device_id)
        .where(*_conditions(wanted))
        .order_by(PersonalDataRead.id.desc())
    )
    if cursor:
        query = query.where(PersonalDataRead.id < decode(cursor, int)[0])
    named = actor.may(Act.READ_PERSONS)
    rows = [_shown(row, named=named) for row in session.execute(query.limit(PAGE + 1))]
    return Page(rows[:PAGE], encode(rows[PAGE - 1].id) if len(rows) > PAGE else None)


def readers(session: ScopedSession, *, actor: Actor) -> list[tuple[int, str]]:
    """The accounts that stand in the log, by name. Raises Denied or WholeLogNeeded."""
    actor.require(Act.READ_ACCESS_LOG)
    if not session.scope.everything:
        raise WholeLogNeeded
    in_log = select(PersonalDataRead.id).where(PersonalDataRead.account_id == Account.id).correlate(Account)
    rows = session.execute(
        select(Account.id, Account.display_name).where(exists(in_log)).order_by(Account.display_name, Account.id)
    )
    return [(row[0], row[1]) for row in rows]


def readers_of(session: ScopedSession, person: int, *, most: int = 500) -> list[tuple[datetime, str | None, ReadWhat]]:
    """When, by whom and how a person's data were read by name, the newest first."""
    rows = session.execute(
        select(PersonalDataRead.at, Account.display_name, PersonalDataRead.what)
        .select_from(PersonalDataRead)
        .outerjoin(Account, Account.id == PersonalDataRead.account_id)
        .where(PersonalDataRead.person_id == person)
        .order_by(PersonalDataRead.id.desc())
        .limit(most)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _conditions(wanted: LogQuestion) -> list[Any]:
    found: list[Any] = []
    if wanted.account is not None:
        found.append(PersonalDataRead.account_id == wanted.account)
    if wanted.person is not None:
        found.append(PersonalDataRead.person_id == wanted.person)
    if wanted.what is not None:
        found.append(PersonalDataRead.what == wanted.what)
    if wanted.first is not None:
        found.append(PersonalDataRead.at >= _midnight(wanted.first))
    if wanted.last is not None:
        found.append(PersonalDataRead.at < _midnight(wanted.last + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=STOCKHOLM)


def _shown(row: Any, *, named: bool) -> LogRow:
    read: PersonalDataRead = row[0]
    return LogRow(
        id=read.id,
        at=read.at,
        door=read.door,
        what=read.what,
        account=row[1],
        person_id=read.person_id,
        person=row[2] if named else None,
        tag=row[3],
        count=read.count,
    )


def _row(
    what: ReadWhat, actor: Actor, *, person: int | None = None, device: int | None = None, count: int
) -> dict[str, Any]:
    return {
        "account_id": actor.account,
        "at": actor.at,
        "door": actor.door,
        "what": what,
        "person_id": person,
        "device_id": device,
        "count": count,
    }
