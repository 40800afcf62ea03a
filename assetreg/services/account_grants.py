"""Writing what an account may do and see, each change with its event; who may do so is asked elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from assetreg.db.account import Account, AccountPlace
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.terms import Role
from assetreg.services import account_scope, history
from assetreg.services.account_scope import PlaceIds

Facts = dict[str, object]


def put_role(
    session: ScopedSession, account: Account, role: Role, *, actor: Actor, because: Facts | None = None
) -> None:
    """``because`` is added to the event, here and below."""
    before, account.role = account.role, role
    history.record(session, account, "role_changed", {"before": before, "after": role, **(because or {})}, actor=actor)


def put_places(
    session: ScopedSession,
    account: Account,
    places: tuple[PlaceIds, ...],
    *,
    actor: Actor,
    because: Facts | None = None,
) -> None:
    """The account sees the places and nothing else; none of them is every owner."""
    before = account_scope.places_of(session, account.id)
    for row in session.execute(select(AccountPlace).where(AccountPlace.account_id == account.id)).scalars():
        session.delete(row)
    account.whole = not places
    add_places(session, account, places)
    facts = {"before": stated(before), "after": stated(places), **(because or {})}
    history.record(session, account, "scope_changed", facts, actor=actor)


def put_last_day(
    session: ScopedSession, account: Account, last_day: date | None, *, actor: Actor, because: Facts | None = None
) -> None:
    facts = {"before": account.expires_on, "after": last_day, **(because or {})}
    account.expires_on = last_day
    history.record(session, account, "expiry_changed", facts, actor=actor)


def sees(session: ScopedSession, account: Account, places: Iterable[PlaceIds]) -> bool:
    """Whether the account sees those places already, no more and no less."""
    wanted = set(places)
    return (account.whole, set(account_scope.places_of(session, account.id))) == (not wanted, wanted)


def add_places(session: ScopedSession, account: Account, places: Iterable[PlaceIds]) -> None:
    session.add_all(
        AccountPlace(account_id=account.id, owner_id=place.owner, department_id=place.department, unit_id=place.unit)
        for place in places
    )


def stated(places: Iterable[PlaceIds]) -> list[dict[str, int | None]] | str:
    """The places as an event holds them."""
    found = [{"owner": place.owner, "department": place.department, "unit": place.unit} for place in places]
    return found or "all"
