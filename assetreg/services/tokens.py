"""Programs that use the interface: each is an account that nobody can log in to, and a secret that is shown once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from assetreg.db.account import Account
from assetreg.db.api import ApiToken
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor, Scope
from assetreg.domain.errors import Missing
from assetreg.domain.terms import Role
from assetreg.schemas.account import NewAccount
from assetreg.services import account_scope, accounts, logins

PREFIX = "assetreg_"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class UnknownToken(Missing):
    code = "unknown_token"
    message = "Det finns ingen token som heter {name}. Visa dem som finns med: assetreg token list."


@dataclass(frozen=True, slots=True)
class Program:
    """Who holds a token: what its account may do and see."""

    account: int
    name: str
    role: Role
    scope: Scope


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token as lists show it; without ``places`` it sees every owner. ``used_at`` is exact to the minute."""

    name: str
    role: Role
    places: tuple[str, ...]
    expires_on: date | None
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def add(session: ScopedSession, command: NewAccount, *, actor: Actor) -> str:
    """A new token, given this once and never again. Raises AccountExists, UnknownAccountPlace or Denied."""
    account = accounts.add(session, command, actor=actor)
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(ApiToken(account_id=account.id, token_hash=_hashed(token), created_at=actor.at, minute=0, taken=0))
    session.flush()
    return token


def find(session: ScopedSession, token: str, *, at: datetime) -> Program | None:
    """Who holds the token; None for one that is unknown, revoked or past its last day."""
    account = session.execute(
        select(Account).join(ApiToken, ApiToken.account_id == Account.id).where(ApiToken.token_hash == _hashed(token))
    ).scalar_one_or_none()
    if account is None or not logins.is_open(account.disabled_at, account.expires_on, at=at):
        return None
    return Program(account.id, account.name, account.role, account_scope.scope_of(session, account))


def listed(session: ScopedSession, *, actor: Actor) -> list[TokenRow]:
    """Every token, by name. Raises Denied."""
    actor.require(Act.ADMINISTER)
    rows = session.execute(
        select(Account, ApiToken.created_at, ApiToken.minute)
        .join(ApiToken, ApiToken.account_id == Account.id)
        .order_by(Account.name)
    ).all()
    places = account_scope.stated_places(session, [account.id for account, _, _ in rows])
    return [
        TokenRow(
            name=account.name,
            role=account.role,
            places=tuple(places.get(account.id, ())),
            expires_on=account.expires_on,
            created_at=created_at,
            used_at=EPOCH + minute * MINUTE if minute else None,
            revoked_at=account.disabled_at,
        )
        for account, created_at, minute in rows
    ]


def revoke(session: ScopedSession, name: str, *, actor: Actor) -> None:
    """The token works no more from now on. Raises UnknownToken or Denied."""
    account = session.execute(
        select(Account)
        .join(ApiToken, ApiToken.account_id == Account.id)
        .where(Account.name == logins.normal_name(name))
        .with_for_update(of=Account)
    ).scalar_one_or_none()
    if account is None:
        raise UnknownToken(name=name)
    accounts.disable(session, account, actor=actor)


def take(session: ScopedSession, account: int, *, at: datetime, block: int, limit: int) -> int:
    """Hands out the next requests of the minute: ``block`` of them, the fewer that are left, or 0.

    The row is locked, so that no number of server processes hands out more than ``limit`` in all.
    """
    row = session.execute(select(ApiToken).where(ApiToken.account_id == account).with_for_update()).scalar_one()
    minute = (at - EPOCH) // MINUTE
    taken = row.taken if row.minute == minute else 0
    given = max(0, min(block, limit - taken))
    if given:
        row.minute, row.taken = minute, taken + given
        session.flush()
    return given


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
