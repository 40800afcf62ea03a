"""What a browser has begun and must end within minutes: a random token in a cookie, its hash in the register."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from assetreg.db.account import Account
from assetreg.db.second_factor import LoginStep
from assetreg.db.session import ScopedSession
from assetreg.domain.errors import Invalid

LASTS = timedelta(minutes=10)
PRUNED_AT_ONCE = 200


class StepOver(Invalid):
    code = "step_over"
    message = "Det tog för lång tid, eller så har du redan gjort det här. Börja om med att logga in."


class Begun(StrEnum):
    """What was begun."""

    SECOND_STEP = "second_step"
    PASSKEY_LOGIN = "passkey_login"
    PASSKEY_NEW = "passkey_new"


@dataclass(frozen=True, slots=True)
class Step:
    """``challenge`` is what a passkey must sign; ``mark`` that of the password given when the step began."""

    id: int
    account: int | None
    challenge: str | None
    mark: str | None


def begin(
    session: ScopedSession,
    kind: Begun,
    *,
    at: datetime,
    account: int | None = None,
    challenge: str | None = None,
    mark: str | None = None,
) -> str:
    """The token that the same browser comes back with."""
    old = select(LoginStep).where(LoginStep.created_at < at - LASTS).order_by(LoginStep.id).limit(PRUNED_AT_ONCE)
    for row in session.execute(old.with_for_update(skip_locked=True)).scalars():
        session.delete(row)
    token = secrets.token_urlsafe(32)
    session.add(
        LoginStep(
            token_hash=_hashed(token), kind=kind, account_id=account, challenge=challenge, mark=mark, created_at=at
        )
    )
    session.flush()
    return token


def found(session: ScopedSession, token: str | None, kind: Begun, *, at: datetime) -> Step:
    """What the token began. Raises StepOver."""
    row = _row(session, token, kind, at=at)
    return Step(row.id, row.account_id, row.challenge, row.mark)


def taken(session: ScopedSession, token: str | None, kind: Begun, *, at: datetime) -> Step:
    """What the token began, which no other request can end from now on. Raises StepOver."""
    row = _row(session, token, kind, at=at)
    step = Step(row.id, row.account_id, row.challenge, row.mark)
    session.delete(row)
    session.flush()
    return step


def mark_of(account: Account) -> str:
    """Changes with the password."""
    return hashlib.sha256((account.password_hash or "").encode()).hexdigest()


def _row(session: ScopedSession, token: str | None, kind: Begun, *, at: datetime) -> LoginStep:
    query = select(LoginStep).where(
        LoginStep.token_hash == _hashed(token or ""), LoginStep.kind == kind, LoginStep.created_at > at - LASTS
    )
    if not session.only_reads:
        query = query.with_for_update()
    row = session.execute(query).scalar_one_or_none()
    if row is None:
        raise StepOver
    return row


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
