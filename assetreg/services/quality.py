"""Worklists: what in the register needs mending, how much of it there is, and the devices it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.orm import aliased

from assetreg.db.catalogue import Model
from assetreg.db.device import Device
from assetreg.db.organisation import Owner, Unit
from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Missing
from assetreg.domain.terms import Kind, Stage, Term
from assetreg.services import foreign_serials, paging
from assetreg.services.catalogue import full_name
from assetreg.services.device_list import COUNTED, LACKS
from assetreg.services.foreign_serials import ForeignLine
from assetreg.services.paging import Page

SAMPLE = 3


class Worklist(Term):
    """In the order of what they do to the figures."""

    OUTCOME_MISSING = "outcome_missing", "Utfall saknas", "Outcome missing"
    PURCHASE_MISSING = "purchase_missing", "Inköpsdatum saknas", "Purchase date missing"
    ERASURE_MISSING = "erasure_missing", "Raderingsuppgift saknas", "Erasure record missing"
    CERTIFICATE_AWAITED = "certificate_awaited", "Raderingsintyg väntas", "Erasure certificate awaited"
    SERIAL_SHARED = "serial_shared", "Samma serienummer på flera enheter", "Serial shared by several devices"
    SERIAL_MISSING = "serial_missing", "Utan användbart serienummer", "No usable serial"
    LOAN_OVERDUE = "loan_overdue", "Lån som gått ut", "Overdue loans"
    SERIAL_ELSEWHERE = "serial_elsewhere", "Serienummer hos flera kommuner", "Serial with several owners"
    SERIAL_REFUSED = "serial_refused", "Nekade serienummer", "Refused serials"


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A device on a worklist; ``about`` is the serial, the outcome's type or the loan's end that it is there for."""

    id: int
    tag: str
    kind: Kind
    model: str
    serial: str | None
    stage: Stage
    owner_code: str
    owner: str
    unit: str | None
    about: str | Term | date | None


@dataclass(frozen=True, slots=True)
class Counted:
    """A worklist with how many it holds (to one past ``COUNTED``) and the first few."""

    list: Worklist
    count: int
    sample: tuple[WorkRow | ForeignLine, ...]


def worklists(session: ScopedSession, *, actor: Actor, sample: int = 0) -> list[Counted]:
    """Every worklist the actor may see, in a fixed number of queries. Raises Denied."""
    actor.require(Act.READ_QUALITY)
    found = []
    for each in shown_to(session, actor):
        rows = _sample(session, each, actor=actor, limit=sample) if sample else ()
        found.append(Counted(each, count(session, each, actor=actor), tuple(rows)))
    return found


def shown_to(session: ScopedSession, actor: Actor) -> list[Worklist]:
    """Serials over several owners are the administrator's, who sees every owner."""
    whole = actor.may(Act.ADMINISTER) and session.scope.everything
    return [each for each in Worklist if each not in OVER_OWNERS or whole]


def count(session: ScopedSession, wanted: Worklist, *, actor: Actor) -> int:
    """Counted to one past ``COUNTED`` at most. Raises Denied."""
    actor.require(Act.READ_QUALITY)
    _refuse_hidden(session, wanted, actor)
    if wanted is Worklist.SERIAL_REFUSED:
        return foreign_serials.count(session, actor=actor, most=COUNTED + 1)
    some = _ids(wanted, actor.today).limit(COUNTED + 1).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def page(
    session: ScopedSession, wanted: Worklist, *, actor: Actor, cursor: str | None = None, limit: int = paging.PAGE
) -> Page[WorkRow]:
    """Some of a worklist: equal serials beside each other, the rest by number. Raises Denied, Missing or BadCursor.

    Refused serials are not devices: ``foreign_serials.page`` has them.
    """
    actor.require(Act.READ_QUALITY)
    _refuse_hidden(session, wanted, actor)
    if wanted is Worklist.SERIAL_REFUSED:
        raise Missing
    key, last = paging.decode(cursor, str, int) if cursor else (None, None)
    statement = _rows(wanted, actor.today, (key, last) if cursor else None)
    rows = list(session.execute(statement.limit(limit + 1)))
    shown = [_row(row) for row in rows[:limit]]
    after = rows[limit - 1] if len(rows) > limit else None
    return Page(shown, None if after is None else paging.encode(after.key, after.id))


def _sample(session: ScopedSession, wanted: Worklist, *, actor: Actor, limit: int) -> Sequence[WorkRow | ForeignLine]:
    if wanted is Worklist.SERIAL_REFUSED:
        return foreign_serials.page(session, actor=actor, limit=limit).rows
    return page(session, wanted, actor=actor, limit=limit).rows


def _refuse_hidden(session: ScopedSession, wanted: Worklist, actor: Actor) -> None:
    if wanted not in shown_to(session, actor):
        raise Missing


def _ids(wanted: Worklist, today: date) -> Select[Any]:
    statement = select(Device.id).select_from(Device)
    if wanted in OF_OUTCOMES:
        statement = statement.join(Outcome, Outcome.id == Device.outcome_id)
    return statement.where(*_conditions(wanted, today))


def _rows(wanted: Worklist, today: date, after: tuple[str | None, int | None] | None) -> Select[Any]:
    about, key = ABOUT.get(wanted, Device.serial), Device.serial_key if wanted in SHARED else Device.tag
    statement: Any = (
        select(
            *(Device.id, Device.tag, Device.kind, Device.serial, Device.stage, Device.model_id),
            *(Model.manufacturer, Model.name.label("model_name"), Owner.code.label("owner_code")),
            *(Owner.name.label("owner"), Unit.name.label("unit"), about.label("about"), key.label("key")),
        )
        .select_from(Device)
        .join(Owner, Owner.id == Device.owner_id)
        .outerjoin(Unit, Unit.id == Device.unit_id)
        .outerjoin(Model, Model.id == Device.model_id)
    )
    if wanted in OF_OUTCOMES:
        statement = statement.join(Outcome, Outcome.id == Device.outcome_id)
    if after is not None:
        statement = statement.where(tuple_(key, Device.id) > tuple_(*after))
    statement = statement.where(*_conditions(wanted, today)).order_by(key, Device.id)
    return cast("Select[Any]", statement)


OVER_OWNERS = (Worklist.SERIAL_ELSEWHERE, Worklist.SERIAL_REFUSED)
SHARED = (Worklist.SERIAL_SHARED, Worklist.SERIAL_ELSEWHERE)
OF_OUTCOMES = (Worklist.ERASURE_MISSING, Worklist.CERTIFICATE_AWAITED)
ABOUT: Mapping[Worklist, Any] = {
    Worklist.ERASURE_MISSING: Outcome.on,
    Worklist.CERTIFICATE_AWAITED: Outcome.on,
    Worklist.LOAN_OVERDUE: Device.loan_until,
}


def _erasure_awaited() -> ColumnElement[bool]:
    """The few devices whose erasure is not shown yet are found before anything else is looked at."""
    awaiting = aliased(Outcome)
    few = Device.id.in_(select(awaiting.device_id).where(awaiting.erasure_pending.is_(True)))
    return and_(few, Outcome.erasure_pending.is_(True))


def _shared(*, across: bool) -> Select[Any]:
    """Serials that several devices have, or several owners."""
    counted = func.count(Device.owner_id.distinct()) if across else func.count(Device.serial_key)
    statement = (
        select(Device.serial_key)
        .where(Device.serial_key.is_not(None), Device.stage != Stage.VOIDED)
        .group_by(Device.serial_key)
        .having(counted > 1)
    )
    return cast("Select[Any]", statement)


def _conditions(wanted: Worklist, today: date) -> tuple[ColumnElement[bool], ...]:
    live = Device.stage != Stage.VOIDED
    known: Mapping[Worklist, Callable[[], tuple[ColumnElement[bool], ...]]] = {
        Worklist.OUTCOME_MISSING: lambda: LACKS["outcome"],
        Worklist.PURCHASE_MISSING: lambda: LACKS["purchased"],
        Worklist.SERIAL_MISSING: lambda: LACKS["serial"],
        Worklist.ERASURE_MISSING: lambda: (_erasure_awaited(), Outcome.erasure_id.is_(None)),
        Worklist.CERTIFICATE_AWAITED: lambda: (_erasure_awaited(), Outcome.erasure_id.is_not(None)),
        Worklist.LOAN_OVERDUE: lambda: (Device.stage == Stage.ON_LOAN, Device.loan_until < today),
        Worklist.SERIAL_SHARED: lambda: (Device.serial_key.in_(_shared(across=False)), live),
        Worklist.SERIAL_ELSEWHERE: lambda: (Device.serial_key.in_(_shared(across=True)), live),
    }
    return known[wanted]()


def _row(row: Any) -> WorkRow:
    names = ("id", "tag", "kind", "serial", "stage", "owner_code", "owner", "unit", "about")
    model = full_name(row.manufacturer, row.model_name) if row.model_id else ""
    return WorkRow(**{name: getattr(row, name) for name in names}, model=model)
