"""Slowing those who guess passwords: counted in the database, so that it holds over every process.

An account is slowed, never locked. The count goes by the name as typed, whether there is such an account or
not, and by the address; both are kept as keyed hashes for a day. Tries during the wait are not counted.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from assetreg.db.account import LoginAttempt
from assetreg.db.session import ScopedSession
from assetreg.domain.errors import Refusal

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)
FREE_BY_NAME, FREE_BY_ADDRESS = 5, 50
FIRST_WAIT_S, LONGEST_WAIT_S = 5, 300
PRUNED_AT_ONCE = 200


class Slowed(Refusal):
    code = "slowed"
    message = "För många försök. Vänta {seconds} sekunder och försök igen."


@dataclass(frozen=True, slots=True)
class Keys:
    """Whom the tries are counted against."""

    name: str
    address: str

    @classmethod
    def of(cls, name: str, address: str, *, secret: bytes) -> Keys:
        return cls(_keyed(secret, f"name:{name}"), _keyed(secret, f"address:{_network(address)}"))


def wait_after(failures: int, *, free: int) -> timedelta:
    """How long after the last of so many failures the next try must wait."""
    if failures < free:
        return timedelta(0)
    doubled: int = FIRST_WAIT_S * 2 ** min(failures - free, 10)
    return timedelta(seconds=min(doubled, LONGEST_WAIT_S))


def check(session: ScopedSession, keys: Keys, *, at: datetime) -> None:
    """Raises Slowed with the seconds that are left to wait."""
    rows = session.execute(
        select(LoginAttempt.key, func.count(), func.max(LoginAttempt.at))
        .where(LoginAttempt.key.in_([keys.name, keys.address]), LoginAttempt.at > at - WINDOW)
        .group_by(LoginAttempt.key)
    )
    left = timedelta(0)
    for key, failures, last in rows:
        free = FREE_BY_NAME if key == keys.name else FREE_BY_ADDRESS
        left = max(left, last + wait_after(failures, free=free) - at)
    if left > timedelta(0):
        raise Slowed(seconds=int(left.total_seconds()) + 1)


def note_failure(session: ScopedSession, keys: Keys, *, at: datetime) -> None:
    session.add_all([LoginAttempt(key=keys.name, at=at), LoginAttempt(key=keys.address, at=at)])
    _prune(session, at=at)


def forgive(session: ScopedSession, keys: Keys) -> None:
    """After a log-in the name starts afresh; the address does not, for it may be guessing at other names."""
    _delete(session, select(LoginAttempt).where(LoginAttempt.key == keys.name))


def _prune(session: ScopedSession, *, at: datetime) -> None:
    old = select(LoginAttempt).where(LoginAttempt.at < at - KEPT).order_by(LoginAttempt.id)
    _delete(session, old.limit(PRUNED_AT_ONCE).with_for_update(skip_locked=True))


def _delete(session: ScopedSession, rows: object) -> None:
    for row in session.execute(rows).scalars():  # type: ignore[call-overload]
        session.delete(row)


def _keyed(secret: bytes, text: str) -> str:
    return hmac.new(secret, text.encode(errors="replace"), hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    """An address, or for IPv6 the network one subscriber has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network(f"{parsed}/64", strict=False))
