"""One-time codes from an app (TOTP, RFC 6238): six digits, a new one every half minute."""

from __future__ import annotations

import re
from datetime import datetime

import pyotp
from sqlalchemy import select

from assetreg.db.account import Account
from assetreg.db.second_factor import Authenticator
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.errors import Conflict, Invalid
from assetreg.services import history, sealing
from assetreg.services.accounts import NoPassword

STEPS_ASIDE = 1
"""A code is taken half a minute early or late, for clocks that go wrong."""


class WrongCode(Invalid):
    code = "wrong_code"
    message = "Koden stämmer inte, eller har redan använts. Vänta på nästa kod i appen och försök igen."


class NothingToConfirm(Conflict):
    code = "nothing_to_confirm"
    message = "Det finns ingen app att bekräfta. Börja om från Mitt konto."


class AlreadyConfirmed(Conflict):
    code = "already_confirmed"
    message = "Kontot har redan en app för engångskoder. Ta bort den först om du har bytt telefon."


def begin(session: ScopedSession, account: Account, *, key: bytes, at: datetime) -> str:
    """A new secret (base32) for the app; it counts once a code of it has been confirmed. Raises AlreadyConfirmed."""
    if account.password_hash is None:
        raise NoPassword
    row = _row(session, account.id)
    if row is not None and row.confirmed_at is not None:
        raise AlreadyConfirmed
    secret = pyotp.random_base32()
    stored = sealing.sealed(secret, key=key, about=_about(account.id))
    if row is None:
        session.add(Authenticator(account_id=account.id, secret=stored, created_at=at, confirmed_at=None, last_step=0))
    else:
        row.secret, row.created_at = stored, at
    session.flush()
    return secret


def confirmed(session: ScopedSession, account: int) -> bool:
    query = select(Authenticator.id).where(Authenticator.account_id == account, Authenticator.confirmed_at.is_not(None))
    return session.execute(query).first() is not None


def begun(session: ScopedSession, account: int, *, key: bytes) -> str | None:
    """The secret that waits to be confirmed."""
    row = _row(session, account)
    if row is None or row.confirmed_at is not None:
        return None
    return sealing.opened(row.secret, key=key, about=_about(account))


def confirm(session: ScopedSession, account: Account, code: str, *, key: bytes, actor: Actor) -> None:
    """The app is in use from now on. Raises WrongCode or NothingToConfirm."""
    row = _row(session, account.id)
    if row is None or row.confirmed_at is not None:
        raise NothingToConfirm
    if not _fits(row, code, key=key, at=actor.at):
        raise WrongCode(field="code")
    row.confirmed_at = actor.at
    history.record(session, account, "authenticator_added", {}, actor=actor)
    session.flush()


def check(session: ScopedSession, account: int, code: str, *, key: bytes, at: datetime) -> bool:
    """Whether it is a code of the account's app that has not been used; neither it nor an older one works again."""
    row = _row(session, account)
    if row is None or row.confirmed_at is None or not _fits(row, code, key=key, at=at):
        return False
    session.flush()
    return True


def remove(session: ScopedSession, account: Account, *, actor: Actor) -> bool:
    """Whether there was one; only one in use is an event."""
    row = _row(session, account.id)
    if row is None:
        return False
    session.delete(row)
    if row.confirmed_at is not None:
        history.record(session, account, "authenticator_removed", {}, actor=actor)
    session.flush()
    return True


def address(secret: str, *, name: str, organisation: str) -> str:
    """What the app reads from the square (the otpauth scheme of authenticator apps)."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=organisation)


def _row(session: ScopedSession, account: int) -> Authenticator | None:
    query = select(Authenticator).where(Authenticator.account_id == account)
    if not session.only_reads:
        query = query.with_for_update()
    return session.execute(query).scalar_one_or_none()


def _fits(row: Authenticator, code: str, *, key: bytes, at: datetime) -> bool:
    """Compares in the same time whichever step it is, and writes down the step that fitted."""
    secret = sealing.opened(row.secret, key=key, about=_about(row.account_id))
    digits = re.sub(r"\s", "", code)
    if secret is None or not re.fullmatch(r"[0-9]{6}", digits):
        return False
    totp = pyotp.TOTP(secret)
    now = totp.timecode(at)
    fitting = [
        step
        for step in range(now - STEPS_ASIDE, now + STEPS_ASIDE + 1)
        if pyotp.utils.strings_equal(digits, totp.generate_otp(step))
    ]
    if not fitting or fitting[-1] <= row.last_step:
        return False
    row.last_step = fitting[-1]
    return True


def _about(account: int) -> str:
    return f"authenticator {account}"
