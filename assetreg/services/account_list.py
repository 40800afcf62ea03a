"""The accounts as lists show them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select

from assetreg.db.account import Account, Login
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Missing
from assetreg.domain.terms import Role
from assetreg.services import account_scope, logins


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account; without ``places`` it sees every owner. ``version`` counts its changes.

    ``directory`` is one that logs in with the municipality's account, ``program`` one that holds a token and never
    logs in; ``second_factor`` says that a password alone does not log in.
    """

    id: int
    name: str
    display_name: str
    role: Role
    expires_on: date | None
    last_login_at: datetime | None
    disabled_at: datetime | None
    version: int
    directory: bool
    program: bool
    second_factor: bool
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Some accounts by name; ``previous`` and ``next`` are the names to go on from, None at the ends."""

    rows: tuple[AccountRow, ...]
    previous: str | None
    next: str | None


_COLUMNS = (
    Account.id,
    Account.name,
    Account.display_name,
    Account.role,
    Account.expires_on,
    Account.last_login_at,
    Account.disabled_at,
    Account.head_seq,
    Account.issuer.is_not(None),
    logins.is_program(),
    logins.has_second_factor(),
)


def list_accounts(session: ScopedSession, *, actor: Actor) -> tuple[AccountRow, ...]:
    """Every account, by name."""
    actor.require(Act.ADMINISTER)
    return _rows(session, select(*_COLUMNS).order_by(Account.name))


def page(
    session: ScopedSession, *, actor: Actor, after: str | None = None, before: str | None = None, limit: int = 50
) -> AccountPage:
    """The accounts after a name, or the ones right before one."""
    actor.require(Act.ADMINISTER)
    query = select(*_COLUMNS).limit(limit + 1)
    if before is not None:
        rows = _rows(session, query.where(Account.name < before).order_by(Account.name.desc()))
        more, rows = len(rows) > limit, rows[:limit][::-1]
        return AccountPage(rows, rows[0].name if more else None, rows[-1].name if rows else None)
    if after is not None:
        query = query.where(Account.name > after)
    rows = _rows(session, query.order_by(Account.name))
    more, rows = len(rows) > limit, rows[:limit]
    return AccountPage(rows, rows[0].name if after is not None and rows else None, rows[-1].name if more else None)


def one(session: ScopedSession, account: int, *, actor: Actor) -> AccountRow:
    """Raises Missing."""
    actor.require(Act.ADMINISTER)
    rows = _rows(session, select(*_COLUMNS).where(Account.id == account))
    if not rows:
        raise Missing
    return rows[0]


def open_count(session: ScopedSession, account: int) -> int:
    """How many log-ins the account has that were not ended."""
    return session.execute(select(func.count(Login.id)).where(Login.account_id == account)).scalar_one()


def _rows(session: ScopedSession, query: object) -> tuple[AccountRow, ...]:
    found = session.execute(query).all()  # type: ignore[call-overload]
    places = account_scope.stated_places(session, [row.id for row in found])
    return tuple(replace(AccountRow(*row), places=tuple(places.get(row.id, ()))) for row in found)
