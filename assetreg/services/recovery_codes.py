"""Codes for the day the telephone is gone: ten at a time, each good once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from sqlalchemy import func, select

from assetreg.db.account import Account
from assetreg.db.second_factor import RecoveryCode
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.services import history, sealing

MADE = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are taken for one another on paper: 12 of them are 59 bits."""
PARTS, PART = 3, 4


def make(session: ScopedSession, account: Account, *, key: bytes, actor: Actor) -> tuple[str, ...]:
    """New codes in place of the old ones, shown this once."""
    clear(session, account.id)
    codes = tuple(_drawn() for _ in range(MADE))
    session.add_all(
        RecoveryCode(account_id=account.id, code_hash=_hashed(code, account.id, key), used_at=None) for code in codes
    )
    history.record(session, account, "recovery_codes_made", {"count": MADE}, actor=actor)
    session.flush()
    return codes


def use(session: ScopedSession, account: int, code: str, *, key: bytes, at: datetime) -> bool:
    """Whether it is one of the account's codes that has not been used; it is used now."""
    query = select(RecoveryCode).where(
        RecoveryCode.account_id == account,
        RecoveryCode.code_hash == _hashed(code, account, key),
        RecoveryCode.used_at.is_(None),
    )
    row = session.execute(query.with_for_update()).scalar_one_or_none()
    if row is None:
        return False
    row.used_at = at
    session.flush()
    return True


def left(session: ScopedSession, account: int) -> int:
    """How many of the codes have not been used."""
    query = select(func.count(RecoveryCode.id)).where(RecoveryCode.account_id == account)
    return session.execute(query.where(RecoveryCode.used_at.is_(None))).scalar_one()


def clear(session: ScopedSession, account: int) -> None:
    for row in session.execute(select(RecoveryCode).where(RecoveryCode.account_id == account)).scalars():
        session.delete(row)


def _drawn() -> str:
    letters = [secrets.choice(LETTERS) for _ in range(PARTS * PART)]
    return "-".join("".join(letters[n : n + PART]) for n in range(0, len(letters), PART))


def _hashed(code: str, account: int, key: bytes) -> str:
    """However it was typed: case, dashes and spaces make no difference."""
    plain = "".join(c for c in code.casefold() if c.isalnum())
    derived = sealing.derived(key, "recovery codes")
    return hmac.new(derived, f"{account}:{plain}".encode(errors="replace"), hashlib.sha256).hexdigest()
