"""Those who log in: adding them, what they may do and see, their passwords, closing them.

Every change is an event in the account's own chain, which holds ids and facts and never a name or a password.
An account's events belong to nobody, so these acts need a session of the whole scope.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from assetreg.db.account import Account
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Conflict, Denied, Invalid, Missing
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import AccountChange, NewAccount, Preferences
from assetreg.services import account_grants, account_scope, history, logins, passwords


class AccountExists(Conflict):
    code = "account_exists"
    message = "Det finns redan ett konto som heter {name}. Välj ett annat användarnamn, eller öppna det som finns."


class UnknownAccount(Missing):
    code = "unknown_account"
    message = "Det finns inget konto som heter {name}. Se vilka som finns på sidan Konton eller med assetreg user list."


class WholeScopeNeeded(Denied):
    code = "whole_scope_needed"
    message = "Konton sköts av en administratör som ser alla kommuner. Be en sådan om hjälp."


class OwnAccount(Conflict):
    code = "own_account"
    message = "Du kan inte stänga ditt eget konto eller ändra dess roll. Be en annan administratör."


class AccountChanged(Conflict):
    code = "account_changed"
    message = "Kontot har ändrats sedan du öppnade sidan. Läs om den och gör om ändringen."


class PasswordMissing(Invalid):
    code = "password_missing"
    message = "Ange ett lösenord, så att den som får kontot kan logga in."


class NoPassword(Conflict):
    code = "no_password"
    message = "Kontot har inget lösenord: den som har det loggar in med kommunens konto, eller är ett program."


class FromDirectory(Conflict):
    code = "from_directory"
    message = "Roll, kommuner och slutdatum för det här kontot kommer från reglerna för inloggning. Ändra reglerna."


class PasswordWrong(Conflict):
    code = "password_wrong"
    message = "Det nuvarande lösenordet stämmer inte."


def find(session: ScopedSession, name: str) -> Account:
    """The account of that name, locked for a change. Raises UnknownAccount."""
    query = select(Account).where(Account.name == logins.normal_name(name)).with_for_update()
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise UnknownAccount(name=name)
    return found


def get(session: ScopedSession, account: int) -> Account:
    """The account, locked for a change. Raises Missing."""
    found = session.execute(select(Account).where(Account.id == account).with_for_update()).scalar_one_or_none()
    if found is None:
        raise Missing
    return found


def add(session: ScopedSession, command: NewAccount, *, actor: Actor) -> Account:
    """Raises AccountExists, UnknownAccountPlace, or what is wrong with the password.

    Without a password nobody can log in to the account until one is set.
    """
    require_administrator(session, actor)
    name, shown = logins.normal_name(command.name), command.display_name or command.name
    if session.execute(select(Account.id).where(Account.name == name)).first():
        raise AccountExists(field="name", name=name)
    places = account_scope.resolve(session, command.places)
    if command.password is not None:
        passwords.check_new(command.password, names=(name, shown))
    account = Account(
        name=name,
        display_name=shown,
        password_hash=passwords.hashed(command.password) if command.password is not None else None,
        role=command.role,
        whole=not places,
        language="sv",
        theme="system",
        expires_on=command.expires_on,
        created_at=actor.at,
        head_seq=0,
        head_hash="",
    )
    session.add(account)
    session.flush()
    account_grants.add_places(session, account, places)
    facts = {"role": command.role, "places": account_grants.stated(places), "expires_on": command.expires_on}
    history.record(session, account, "account_added", facts, actor=actor)
    session.flush()
    return account


def change(
    session: ScopedSession, account: Account, command: AccountChange, *, actor: Actor, version: int | None = None
) -> None:
    """Gives the account the stated role, places and last day. ``version`` is the one the editor saw."""
    if version is not None and version != account.head_seq:
        raise AccountChanged
    set_role(session, account, command.role, actor=actor)
    set_scope(session, account, command.places, actor=actor)
    set_expiry(session, account, command.expires_on, actor=actor)


def set_role(session: ScopedSession, account: Account, role: Role, *, actor: Actor) -> None:
    """Another role ends the account's log-ins. Raises FromDirectory where the rules decide."""
    require_administrator(session, actor)
    if account.role is role:
        return
    _refuse_own(account, actor)
    _refuse_directory(account)
    account_grants.put_role(session, account, role, actor=actor)
    logins.end_all(session, account.id)
    session.flush()


def set_scope(session: ScopedSession, account: Account, stated: tuple[str, ...], *, actor: Actor) -> None:
    """What the account sees from its next request on; nothing stated is every owner. Raises UnknownAccountPlace."""
    require_administrator(session, actor)
    places = account_scope.resolve(session, stated)
    if account_grants.sees(session, account, places):
        return
    _refuse_own(account, actor)
    _refuse_directory(account)
    account_grants.put_places(session, account, places, actor=actor)
    session.flush()


def set_expiry(session: ScopedSession, account: Account, last_day: date | None, *, actor: Actor) -> None:
    require_administrator(session, actor)
    if account.expires_on == last_day:
        return
    _refuse_directory(account)
    account_grants.put_last_day(session, account, last_day, actor=actor)
    session.flush()


def set_password(session: ScopedSession, account: Account, password: str, *, actor: Actor) -> None:
    """Sets another's password, or one's own after the present one was given; ends the account's log-ins."""
    if account.id != actor.account:
        require_administrator(session, actor)
    if account.issuer is not None or tells_program(session, account.id):
        raise NoPassword
    field = "new_password" if account.id == actor.account else "password"
    passwords.check_new(password, names=(account.name, account.display_name), field=field)
    account.password_hash = passwords.hashed(password)
    history.record(session, account, "password_set", {}, actor=actor)
    logins.end_all(session, account.id)
    session.flush()


def disable(session: ScopedSession, account: Account, *, actor: Actor) -> None:
    """Closes the account and ends its log-ins; closing a closed one changes nothing."""
    require_administrator(session, actor)
    _refuse_own(account, actor)
    if account.disabled_at is not None:
        return
    account.disabled_at = actor.at
    history.record(session, account, "account_disabled", {}, actor=actor)
    logins.end_all(session, account.id)
    session.flush()


def enable(session: ScopedSession, account: Account, *, actor: Actor) -> None:
    require_administrator(session, actor)
    if account.disabled_at is None:
        return
    account.disabled_at = None
    history.record(session, account, "account_enabled", {}, actor=actor)
    session.flush()


def prefer(session: ScopedSession, account: Account, wanted: Preferences) -> None:
    """How the pages look to the account; no part of its history."""
    account.language, account.theme = wanted.language, wanted.theme
    session.flush()


def require_administrator(session: ScopedSession, actor: Actor) -> None:
    """Whoever hands out access must have all of it, else a narrow account could widen itself through another."""
    actor.require(Act.ADMINISTER)
    if actor.account is None:
        return
    if not session.execute(select(Account.whole).where(Account.id == actor.account)).scalar_one():
        raise WholeScopeNeeded


def oneself(account: Account, *, at: datetime) -> Actor:
    """The account as the one who acts, before it is logged in."""
    return Actor(account=account.id, role=account.role, door=Door.WEB, at=at)


def tells_program(session: ScopedSession, account: int) -> bool:
    """Whether the account is a program's."""
    return bool(session.execute(select(Account.id).where(Account.id == account, logins.is_program())).first())


def _refuse_directory(account: Account) -> None:
    if account.issuer is not None:
        raise FromDirectory


def _refuse_own(account: Account, actor: Actor) -> None:
    if account.id == actor.account:
        raise OwnAccount
