"""Logging in with the municipality's account: who it is, what the rules give today, and the account made for them."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from assetreg.db.account import Account
from assetreg.db.session import ScopedSession
from assetreg.domain import sign_in
from assetreg.domain.access import Actor, system
from assetreg.domain.errors import Denied
from assetreg.domain.sign_in import Grant, Identity
from assetreg.domain.terms import Door
from assetreg.services import account_grants, history, logins, sign_in_rules
from assetreg.services.account_scope import PlaceIds
from assetreg.services.logins import Limits

LONGEST_NAME = 80
MARK = 8


class NoRuleFits(Denied):
    code = "no_rule_fits"
    message = (
        "Du är inloggad i kommunen, men har ingen behörighet till registret. Be den som sköter Entra ID att ge dig en "
        "approll i registret eller lägga dig i rätt grupp, och försök sedan igen."
    )


class DirectoryAccountClosed(Denied):
    code = "directory_account_closed"
    message = "Ditt konto i registret är stängt. Be administratören att öppna det om du behöver det."


def enter(session: ScopedSession, identity: Identity, *, agent: str, at: datetime, limits: Limits) -> str:
    """Opens a session for the person and gives its token; the account is made the first time.

    Role and places are what the rules give today, each change an event. Needs a session of the whole scope. Raises
    NoRuleFits, GroupsLeftOut or DirectoryAccountClosed; then call ``shut_out``.
    """
    actor = system(Door.WEB, at)
    grant = sign_in.decide(sign_in_rules.rules(session), identity, today=actor.today)
    if grant is None or not (grant.whole or grant.places):
        raise NoRuleFits
    account = _find(session, identity) or _make(session, identity, grant, actor=actor)
    if account.disabled_at is not None:
        raise DirectoryAccountClosed
    account.display_name = identity.display_name or account.display_name
    _apply(session, account, grant, actor=actor)
    return logins.opened(session, account, agent=agent, at=at, limits=limits, sid=identity.session)


def shut_out(session: ScopedSession, identity: Identity) -> None:
    """Ends every session of someone who was just refused: what let them in yesterday does not today."""
    account = _find(session, identity)
    if account is not None:
        logins.end_all(session, account.id)


def _find(session: ScopedSession, identity: Identity) -> Account | None:
    query = select(Account).where(Account.issuer == identity.issuer, Account.subject == identity.subject)
    return session.execute(query.with_for_update()).scalar_one_or_none()


def _make(session: ScopedSession, identity: Identity, grant: Grant, *, actor: Actor) -> Account:
    """A new account; of two log-ins at the same moment, one makes it and the other finds it."""
    account = Account(
        name=_free_name(session, identity),
        display_name=identity.display_name or identity.login_name or "Utan namn",
        password_hash=None,
        role=grant.role,
        whole=grant.whole,
        language="sv",
        theme="system",
        expires_on=grant.ends_on,
        created_at=actor.at,
        issuer=identity.issuer,
        subject=identity.subject,
        head_seq=0,
        head_hash="",
    )
    try:
        with session.begin_nested():
            session.add(account)
            session.flush()
    except IntegrityError:
        found = _find(session, identity)
        if found is None:
            raise
        return found
    places = _places(grant)
    account_grants.add_places(session, account, places)
    facts = {"role": grant.role, "places": account_grants.stated(places), "expires_on": grant.ends_on}
    history.record(session, account, "account_added", {**facts, **_because(grant)}, actor=actor)
    session.flush()
    return account


def _apply(session: ScopedSession, account: Account, grant: Grant, *, actor: Actor) -> None:
    """Gives the account what it is granted today; another role ends its other sessions."""
    places, because = _places(grant), _because(grant)
    if account.role is not grant.role:
        account_grants.put_role(session, account, grant.role, actor=actor, because=because)
        logins.end_all(session, account.id)
    if not account_grants.sees(session, account, places):
        account_grants.put_places(session, account, places, actor=actor, because=because)
    if account.expires_on != grant.ends_on:
        account_grants.put_last_day(session, account, grant.ends_on, actor=actor, because=because)
    session.flush()


def _places(grant: Grant) -> tuple[PlaceIds, ...]:
    if grant.whole:
        return ()
    return tuple(PlaceIds(*place) for place in sorted(grant.places, key=lambda each: [part or 0 for part in each]))


def _because(grant: Grant) -> dict[str, object]:
    return {"rules": list(grant.rules)}


def _free_name(session: ScopedSession, identity: Identity) -> str:
    """The log-in name as accounts write it, with a mark of the person where somebody else has it."""
    name = logins.normal_name(identity.login_name)
    mark = hashlib.sha256(f"{identity.issuer} {identity.subject}".encode()).hexdigest()[:MARK]
    taken = session.execute(select(Account.id).where(Account.name == name[:LONGEST_NAME])).first()
    if name and len(name) <= LONGEST_NAME and not taken:
        return name
    return f"{name[: LONGEST_NAME - MARK - 1]}#{mark}"
