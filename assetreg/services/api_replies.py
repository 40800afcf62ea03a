"""A request that is sent again with the same Idempotency-Key is done once, and answered alike."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from assetreg.db import api
from assetreg.db.api import StoredReply
from assetreg.db.session import ScopedSession
from assetreg.domain.errors import Conflict, Invalid

KEPT = timedelta(hours=24)
CLEARED_AT_ONCE = 200
LONGEST_KEY = 200


class KeyReused(Invalid):
    code = "idempotency_key_reused"
    message = "Nyckeln i Idempotency-Key är använd med ett annat innehåll. Dra en ny nyckel för en ny begäran."


class StillInFlight(Conflict):
    code = "idempotency_key_in_flight"
    message = "Samma begäran behandlas just nu. Vänta tills den är klar och fråga igen med samma nyckel."


class KeyTooLong(Invalid):
    code = "idempotency_key_too_long"
    message = "Nyckeln i Idempotency-Key är tom eller längre än {most} tecken. Använd till exempel ett UUID."


@dataclass(frozen=True, slots=True)
class Request:
    """What tells one request from another: who, how, where, under which key, with which content (SHA-256)."""

    account: int
    method: str
    path: str
    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is given again: the status, the address and the numbers of what was made."""

    status: int
    location: str | None
    ids: dict[str, Any]


def find(session: ScopedSession, request: Request, *, at: datetime) -> Kept | None:
    """What the request came to when it was done; None the first time, and then nobody else may do it meanwhile.

    Raises KeyTooLong, KeyReused or StillInFlight.
    """
    if not 0 < len(request.key) <= LONGEST_KEY:
        raise KeyTooLong(field="Idempotency-Key", most=LONGEST_KEY)
    with session.unguarded("a lock on the number of a key, no row") as connection:
        if not api.take_turn(connection, _number(request)):
            raise StillInFlight(field="Idempotency-Key")
    row = session.execute(
        select(StoredReply).where(
            StoredReply.account_id == request.account,
            StoredReply.method == request.method,
            StoredReply.path == request.path,
            StoredReply.key == request.key,
        )
    ).scalar_one_or_none()
    if row is None:
        return None
    if row.at <= at - KEPT:
        session.delete(row)
        session.flush()
        return None
    if row.body_hash != request.body_hash:
        raise KeyReused(field="Idempotency-Key")
    return Kept(row.status, row.location, dict(row.ids))


def keep(session: ScopedSession, request: Request, kept: Kept, *, at: datetime) -> None:
    """Written in the transaction of the change itself."""
    row = StoredReply(
        account_id=request.account,
        method=request.method,
        path=request.path,
        key=request.key,
        body_hash=request.body_hash,
        status=kept.status,
        location=kept.location,
        ids=kept.ids,
        at=at,
    )
    session.add(row)
    session.flush()


def clear(session: ScopedSession, *, before: datetime) -> int:
    """Forgets some of the replies older than the moment, and says how many; 0 when there are none left."""
    old = select(StoredReply).where(StoredReply.at < before).order_by(StoredReply.id).limit(CLEARED_AT_ONCE)
    rows = session.execute(old.with_for_update(skip_locked=True)).scalars().all()
    for row in rows:
        session.delete(row)
    session.flush()
    return len(rows)


def _number(request: Request) -> int:
    told = "\0".join((str(request.account), request.method, request.path, request.key))
    return int.from_bytes(hashlib.sha256(told.encode(errors="replace")).digest()[:8], signed=True)
