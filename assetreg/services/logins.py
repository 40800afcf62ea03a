"""Logging in and staying logged in: a random token in the browser, its hash in the register.

A log-in is three short steps, so that no transaction is held while a password is compared:
``candidate`` reads, ``passwords.matches`` compares, and ``failed`` or ``succeeded`` writes.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from sqlalchemy import ColumnElement, exists, or_, select

from assetreg.db.account import Account, Login
from assetreg.db.api import ApiToken
from assetreg.db.second_factor import Authenticator, LoginStep, Passkey
from assetreg.db.session import ScopedSession
from assetreg.domain.access import STOCKHOLM, Scope
from assetreg.domain.errors import Invalid, Missing
from assetreg.domain.terms import Role
from assetreg.services import account_scope, passwords, throttle

PRUNED_AT_ONCE = 200
LONGEST_AGENT = 120


class WrongLogin(Invalid):
    code = "wrong_login"
    message = "Fel användarnamn eller lösenord. Kontrollera båda och försök igen."


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a log-in lasts: since it was last used, and at most."""

    idle: timedelta
    longest: timedelta

    @classmethod
    def of(cls, idle_hours: int, days: int) -> Self:
        return cls(timedelta(hours=idle_hours), timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a log-in is tried against; ``account`` and ``password_hash`` are None where there is no such account."""

    keys: throttle.Keys
    account: int | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in, read once per request.

    ``directory`` says that they log in with the municipality's account, ``second_factor`` that a password alone does
    not log them in here.
    """

    login: int
    account: int
    name: str
    display_name: str
    role: Role
    language: str
    theme: str
    seen_at: datetime
    places: tuple[account_scope.PlaceIds, ...]
    scope: Scope
    directory: bool
    second_factor: bool


@dataclass(frozen=True, slots=True)
class OpenLogin:
    id: int
    agent: str
    created_at: datetime
    seen_at: datetime


def normal_name(name: str) -> str:
    """The name an account is found by: case, spaces around it and how å is encoded make no difference."""
    return unicodedata.normalize("NFKC", name.replace("\0", "")).strip().casefold()


def candidate(session: ScopedSession, name: str, *, address: str, secret: bytes, at: datetime) -> Candidate:
    """Raises Slowed for a name or address that has failed too often."""
    found = normal_name(name)[:200]
    keys = throttle.Keys.of(found, address, secret=secret)
    throttle.check(session, keys, at=at)
    query = select(Account).where(Account.name == found, ~is_program())
    account = session.execute(query).scalar_one_or_none()
    if account is None or not is_open(account.disabled_at, account.expires_on, at=at):
        return Candidate(keys, None, None)
    return Candidate(keys, account.id, account.password_hash)


def is_open(disabled_at: datetime | None, expires_on: date | None, *, at: datetime) -> bool:
    """Whether an account may be used at the moment; its last day is counted in Sweden."""
    return disabled_at is None and (expires_on is None or at.astimezone(STOCKHOLM).date() <= expires_on)


def is_program() -> ColumnElement[bool]:
    """Whether an account is a program's, which no page lets in."""
    return exists().where(ApiToken.account_id == Account.id)


def has_second_factor() -> ColumnElement[bool]:
    """Whether an account has an app for codes that is in use, or a passkey."""
    app = exists().where(Authenticator.account_id == Account.id, Authenticator.confirmed_at.is_not(None))
    return or_(app, exists().where(Passkey.account_id == Account.id))


def failed(session: ScopedSession, tried: Candidate, *, at: datetime) -> None:
    throttle.note_failure(session, tried.keys, at=at)


def succeeded(
    session: ScopedSession, tried: Candidate, *, agent: str, at: datetime, limits: Limits, fresh_hash: str | None = None
) -> str:
    """Opens a session and gives its token. Raises WrongLogin when the account was changed meanwhile.

    ``fresh_hash`` replaces a hash that was made with older costs.
    """
    account = admitted(session, tried, at=at, fresh_hash=fresh_hash)
    return opened(session, account, agent=agent, at=at, limits=limits)


def admitted(session: ScopedSession, tried: Candidate, *, at: datetime, fresh_hash: str | None = None) -> Account:
    """The account whose password was right, locked for a change. Raises WrongLogin when it was changed meanwhile."""
    query = select(Account).where(Account.id == tried.account).with_for_update()
    account = session.execute(query).scalar_one_or_none()
    still = account and account.password_hash == tried.password_hash
    if account is None or not still or not is_open(account.disabled_at, account.expires_on, at=at):
        raise WrongLogin
    account.password_hash = fresh_hash or account.password_hash
    throttle.forgive(session, tried.keys)
    return account


def opened(
    session: ScopedSession, account: Account, *, agent: str, at: datetime, limits: Limits, sid: str | None = None
) -> str:
    """A new session of someone who has proved who they are, and its token."""
    account.last_login_at = at
    _prune(session, before=at - limits.longest)
    return open_for(session, account.id, agent=agent, at=at, sid=sid)


def fresh_hash(password: str, tried: Candidate) -> str | None:
    """The password hashed anew, where its hash was made with older costs."""
    return passwords.hashed(password) if tried.password_hash and passwords.outdated(tried.password_hash) else None


def open_for(session: ScopedSession, account: int, *, agent: str, at: datetime, sid: str | None = None) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        Login(
            account_id=account,
            token_hash=_hashed(token),
            created_at=at,
            seen_at=at,
            agent=agent[:LONGEST_AGENT].strip(),
            sid=sid,
        )
    )
    session.flush()
    return token


def visitor(session: ScopedSession, token: str, *, at: datetime, limits: Limits) -> Visitor | None:
    """Who holds the token, while the log-in lasts and the account is open."""
    row = session.execute(
        select(Login, Account, has_second_factor())
        .join(Account, Account.id == Login.account_id)
        .where(Login.token_hash == _hashed(token), Login.seen_at > at - limits.idle)
        .where(Login.created_at > at - limits.longest)
    ).one_or_none()
    if row is None:
        return None
    login, account, second_factor = row
    if not is_open(account.disabled_at, account.expires_on, at=at):
        return None
    places = () if account.whole else account_scope.places_of(session, account.id)
    return Visitor(
        login=login.id,
        account=account.id,
        name=account.name,
        display_name=account.display_name,
        role=account.role,
        language=account.language,
        theme=account.theme,
        seen_at=login.seen_at,
        places=places,
        scope=Scope.whole(account.id) if account.whole else account_scope.from_places(places, account=account.id),
        directory=account.issuer is not None,
        second_factor=second_factor,
    )


def touch(session: ScopedSession, login: int, *, at: datetime) -> None:
    """Notes that the log-in is in use."""
    row = session.get(Login, login)
    if row is not None:
        row.seen_at = at


def open_logins(session: ScopedSession, account: int, *, at: datetime, limits: Limits) -> list[OpenLogin]:
    """The account's log-ins that last, the most recently used first."""
    rows = session.execute(
        select(Login.id, Login.agent, Login.created_at, Login.seen_at)
        .where(Login.account_id == account, Login.seen_at > at - limits.idle)
        .where(Login.created_at > at - limits.longest)
        .order_by(Login.seen_at.desc(), Login.id.desc())
    )
    return [OpenLogin(*row) for row in rows]


def end(session: ScopedSession, login: int, *, account: int) -> None:
    """Ends one of the account's log-ins. Raises Missing for one that is not its own."""
    row = session.get(Login, login)
    if row is None or row.account_id != account:
        raise Missing
    session.delete(row)


def end_all(session: ScopedSession, account: int) -> None:
    """Ends the account's log-ins, and those that have come no further than the first step."""
    for table in (Login, LoginStep):
        for row in session.execute(select(table).where(table.account_id == account)).scalars():
            session.delete(row)


def known_sid(session: ScopedSession, issuer: str, sid: str) -> list[int]:
    """The log-ins that the municipality's log-in calls by that name."""
    query = select(Login.id).join(Account, Account.id == Login.account_id).where(Login.sid == sid)
    return list(session.execute(query.where(Account.issuer == issuer)).scalars())


def end_each(session: ScopedSession, ids: list[int]) -> None:
    for row in session.execute(select(Login).where(Login.id.in_(ids))).scalars():
        session.delete(row)


def _prune(session: ScopedSession, *, before: datetime) -> None:
    old = select(Login).where(Login.created_at < before).order_by(Login.id).limit(PRUNED_AT_ONCE)
    for row in session.execute(old.with_for_update(skip_locked=True)).scalars():
        session.delete(row)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
