"""Serials that a caller was refused because they stand on a device of somebody else: told to the administrators.

The refusal names neither the device nor its owner, so the one who was refused gets no further alone. A door calls
``note`` once the refused transaction is over.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.exc import DBAPIError

from assetreg.db.account import Account, AccountPlace
from assetreg.db.device import Device
from assetreg.db.foreign_serial import ForeignSerial, count_refusals
from assetreg.db.organisation import Owner
from assetreg.db.session import Database, ScopedSession
from assetreg.domain import identifiers
from assetreg.domain.access import NOTHING, Act, Actor
from assetreg.domain.errors import Conflict, InvalidInput, Missing, Refusal
from assetreg.domain.terms import Door, Stage
from assetreg.services import paging
from assetreg.services.identity import SerialElsewhere
from assetreg.services.paging import BadCursor, Page

LARGEST_ID = 2**62

log = logging.getLogger("assetreg.foreign_serials")


class RefusedAgain(Conflict):
    code = "refused_again"
    message = "Serienumret {serial} har nekats igen sedan du öppnade sidan. Läs raden igen innan du stänger den."


@dataclass(frozen=True, slots=True)
class Asked:
    """A refused serial as it was written, and the owner that the device was stated to have."""

    serial: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """A device that has the serial now."""

    tag: str
    owner: str


@dataclass(frozen=True, slots=True)
class ForeignLine:
    """A serial that ``account`` was refused, for ``owner`` where that is known, and the devices that have it.

    The moments are aware.
    """

    id: int
    serial: str
    account: str
    owner: str | None
    door: Door
    first_at: datetime
    last_at: datetime
    times: int
    holders: tuple[Holder, ...]


def note(database: Database, refusal: Refusal, *, actor: Actor) -> None:
    """Notes what the refusal says of serials elsewhere, in a transaction of its own; other refusals say nothing.

    Never raises: the caller has its refusal already, and a note that cannot be written goes to the log.
    """
    found = asked(refusal)
    if not found:
        return
    try:
        with database.transaction(NOTHING) as session:
            record(session, found, actor=actor)
    except DBAPIError:
        log.exception("a serial that was refused could not be noted")


def asked(refusal: Refusal) -> list[Asked]:
    """The serials elsewhere that a refusal is about, none for most."""
    each = refusal.refusals if isinstance(refusal, InvalidInput) else [refusal]
    return [Asked(one.serial, one.owner) for one in each if isinstance(one, SerialElsewhere)]


def record(session: ScopedSession, refused: Iterable[Asked], *, actor: Actor) -> None:
    """The same within a transaction that is committed all the same, as a batch of an import is.

    The register itself sees every owner and is refused nothing, so without an account there is nothing to note.
    """
    by_key = {identifiers.serial_key(each.serial): each for each in refused}
    if not by_key or actor.account is None:
        return
    owners = _owners(session)
    usual = _only_owner(session, actor.account)
    values = [
        {
            "serial_key": key,
            "serial": each.serial,
            "account_id": actor.account,
            "owner_id": owners.get((each.owner or "").strip().casefold(), usual),
            "door": actor.door,
            "last_at": actor.at,
        }
        for key, each in by_key.items()
        if key is not None
    ]
    count_refusals(session, values)


def page(
    session: ScopedSession, *, actor: Actor, cursor: str | None = None, limit: int = paging.PAGE
) -> Page[ForeignLine]:
    """Some of what nobody has dealt with, the latest first. Raises Denied, Missing outside the whole, BadCursor."""
    _refuse_others(session, actor)
    statement = _open_rows()
    if cursor:
        at, last = paging.decode(cursor, datetime, int)
        if at is None or at.tzinfo is None or last is None or not 0 <= last < LARGEST_ID:
            raise BadCursor(field="cursor")
        later = (ForeignSerial.last_at < at) | ((ForeignSerial.last_at == at) & (ForeignSerial.id < last))
        statement = statement.where(later)
    rows = session.execute(statement.limit(limit + 1)).all()
    shown = rows[:limit]
    holders = _holders(session, [row.serial_key for row in shown])
    after = shown[-1] if len(rows) > limit else None
    return Page(
        [_line(row, holders.get(row.serial_key, ())) for row in shown],
        None if after is None else paging.encode(after.last_at, after.id),
    )


def count(session: ScopedSession, *, actor: Actor, most: int) -> int:
    """How many nobody has dealt with, counted to ``most``. Raises as ``page``."""
    _refuse_others(session, actor)
    some = select(ForeignSerial.id).where(ForeignSerial.handled_at.is_(None)).limit(most).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def close(session: ScopedSession, line_id: int, *, times: int, actor: Actor) -> str:
    """Somebody has dealt with it; gives the serial. ``times`` is how often it had been refused when it was looked at.

    Once more on a closed line changes nothing. Raises Denied, Missing, or RefusedAgain.
    """
    _refuse_others(session, actor)
    row = session.get(ForeignSerial, line_id, with_for_update=True)
    if row is None:
        raise Missing
    if row.handled_at is None:
        if row.times != times:
            raise RefusedAgain(serial=row.serial)
        row.handled_at, row.handled_by_id = actor.at, actor.account
        session.flush()
    return row.serial


def _refuse_others(session: ScopedSession, actor: Actor) -> None:
    actor.require(Act.ADMINISTER)
    if not session.scope.everything:
        raise Missing


def _open_rows() -> Select[Any]:
    columns = ("id", "serial_key", "serial", "door", "first_at", "last_at", "times")
    return (
        select(
            *(getattr(ForeignSerial, name) for name in columns),
            Account.display_name.label("account"),
            Owner.name.label("owner"),
        )
        .select_from(ForeignSerial)
        .join(Account, Account.id == ForeignSerial.account_id)
        .outerjoin(Owner, Owner.id == ForeignSerial.owner_id)
        .where(ForeignSerial.handled_at.is_(None))
        .order_by(ForeignSerial.last_at.desc(), ForeignSerial.id.desc())
    )


def _holders(session: ScopedSession, keys: Sequence[str]) -> Mapping[str, tuple[Holder, ...]]:
    rows = session.execute(
        select(Device.serial_key, Device.tag, Owner.name)
        .select_from(Device)
        .join(Owner, Owner.id == Device.owner_id)
        .where(Device.serial_key.in_(keys), Device.stage != Stage.VOIDED)
        .order_by(Device.id)
    )
    found: dict[str, tuple[Holder, ...]] = {}
    for key, tag, owner in rows:
        found[str(key)] = (*found.get(str(key), ()), Holder(tag, owner))
    return found


def _line(row: Any, holders: tuple[Holder, ...]) -> ForeignLine:
    names = ("id", "serial", "account", "owner", "door", "first_at", "last_at", "times")
    return ForeignLine(**{name: getattr(row, name) for name in names}, holders=holders)


def _owners(session: ScopedSession) -> dict[str, int]:
    """The owners by code and by name, as somebody may write them."""
    rows = session.execute(select(Owner.id, Owner.code, Owner.name)).all()
    return {text.casefold(): row.id for row in rows for text in (row.name, row.code)}


def _only_owner(session: ScopedSession, account: int) -> int | None:
    """The owner of an account that sees but one: an edit does not state whose the device is."""
    places = select(AccountPlace.owner_id).where(AccountPlace.account_id == account).distinct()
    seen = list(session.execute(places.limit(2)).scalars())
    return seen[0] if len(seen) == 1 else None
