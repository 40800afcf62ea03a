"""What an account must show besides its password, taken together: an app for codes, passkeys, recovery codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from assetreg.db.account import Account
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.services import accounts, authenticators, history, logins, passkeys, recovery_codes, throttle
from assetreg.services.login_steps import Step, StepOver, mark_of
from assetreg.services.passkeys import PasskeyRow


@dataclass(frozen=True, slots=True)
class Held:
    """An account's second factors; ``codes_left`` are the recovery codes that have not been used."""

    app: bool
    passkeys: tuple[PasskeyRow, ...]
    codes_left: int

    @property
    def any(self) -> bool:
        return self.app or bool(self.passkeys)


def held(session: ScopedSession, account: int) -> Held:
    return Held(
        app=authenticators.confirmed(session, account),
        passkeys=passkeys.listed(session, account),
        codes_left=recovery_codes.left(session, account),
    )


def needed(session: ScopedSession, account: int) -> bool:
    """Whether the password alone does not log the account in."""
    query = select(Account.id).where(Account.id == account, logins.has_second_factor())
    return session.execute(query).first() is not None


def keys_of(account: int, address: str, *, secret: bytes) -> throttle.Keys:
    """Whom wrong codes are counted against: no name that is typed at a log-in looks like this."""
    return throttle.Keys.of(f"\0second step of {account}", address, secret=secret)


def account_of(session: ScopedSession, step: Step, *, at: datetime) -> Account:
    """Whose second step it is, locked for a change. Raises StepOver where the account was changed meanwhile."""
    query = select(Account).where(Account.id == step.account)
    account = session.execute(query if session.only_reads else query.with_for_update()).scalar_one_or_none()
    if account is None or mark_of(account) != step.mark:
        raise StepOver
    if not logins.is_open(account.disabled_at, account.expires_on, at=at):
        raise StepOver
    return account


def passes(session: ScopedSession, account: Account, code: str, *, key: bytes, at: datetime) -> bool:
    """Whether it is a code from the app, or a recovery code, that has not been used."""
    if authenticators.check(session, account.id, code, key=key, at=at):
        return True
    used = recovery_codes.use(session, account.id, code, key=key, at=at)
    if used:
        actor = accounts.oneself(account, at=at)
        history.record(session, account, "recovery_code_used", {}, actor=actor)
        session.flush()
    return used


def remove_app(session: ScopedSession, account: Account, *, actor: Actor) -> None:
    authenticators.remove(session, account, actor=actor)
    _tidy(session, account)


def remove_passkey(session: ScopedSession, account: Account, passkey: int, *, actor: Actor) -> None:
    """Raises Missing for one that is not the account's own."""
    passkeys.remove(session, account, passkey, actor=actor)
    _tidy(session, account)


def reset(session: ScopedSession, account: Account, *, actor: Actor) -> None:
    """Takes all of them away, so that the password alone logs in again; ends the account's log-ins."""
    accounts.require_administrator(session, actor)
    present = held(session, account.id)
    authenticators.remove(session, account, actor=actor)
    for passkey in present.passkeys:
        passkeys.remove(session, account, passkey.id, actor=actor)
    recovery_codes.clear(session, account.id)
    if present.any:
        history.record(session, account, "second_factor_reset", {}, actor=actor)
    logins.end_all(session, account.id)
    session.flush()


def _tidy(session: ScopedSession, account: Account) -> None:
    """Recovery codes without a second step would be a second way round the password."""
    if not needed(session, account.id):
        recovery_codes.clear(session, account.id)
    session.flush()
