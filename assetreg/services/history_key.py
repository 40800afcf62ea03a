"""Whether the stated history key is the register's own: events written with another could never be verified.

The database keeps a check value (HMAC-SHA256, RFC 2104, of a fixed text), from which the key cannot be read.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from assetreg.db.catalogue import Setting
from assetreg.db.history import Event
from assetreg.db.session import Database, ScopedSession
from assetreg.domain import history
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Conflict
from assetreg.services.history import EVENT_COLUMNS

STORED_AS = "history_key_check"
TRIED = 20
_TEXT = b"assetreg: the key of this register's history"


class WrongHistoryKey(Conflict):
    code = "wrong_history_key"
    message = (
        "Nyckeln i ASSETREG_HISTORY_KEY är inte den som registrets historik är förseglad med. Inget är ändrat. "
        "Ange den rätta nyckeln; för ett register i en fil ligger den i filen history-key bredvid databasen."
    )


def check_value(key: bytes) -> str:
    return hmac.new(key, _TEXT, hashlib.sha256).hexdigest()


def refuse_other(session: ScopedSession | Connection, key: bytes) -> bool:
    """Whether there is a check value, which is then the key's. Raises WrongHistoryKey."""
    stored = session.execute(select(Setting.value).where(Setting.key == STORED_AS)).scalar_one_or_none()
    if stored is None:
        return False
    if not hmac.compare_digest(str(stored["value"]), check_value(key)):
        raise WrongHistoryKey
    return True


def settle(database: Database) -> None:
    """Keeps the check value of a register that has none, once the key is seen to be that of its first events.

    A register that cannot be written to is left without one. Raises WrongHistoryKey.
    """
    with database.reading(EVERYTHING) as session:
        key: bytes = session.info["history_key"]
        if refuse_other(session, key):
            return
        _refuse_unless_signed(session, key)
    try:
        with database.transaction(EVERYTHING) as session:
            session.add(Setting(key=STORED_AS, value={"value": check_value(key)}, changed_at=datetime.now(UTC)))
    except DBAPIError:
        with database.reading(EVERYTHING) as session:
            refuse_other(session, key)


def _refuse_unless_signed(session: ScopedSession, key: bytes) -> None:
    """One event that verifies is enough: a forged one among the first is for ``assetreg check`` to tell."""
    columns = [getattr(Event, name) for name in EVENT_COLUMNS]
    rows = session.execute(select(*columns, Event.prev, Event.hash).order_by(Event.id).limit(TRIED)).all()
    if rows and not any(_verifies(row, key) for row in rows):
        raise WrongHistoryKey


def _verifies(row: Any, key: bytes) -> bool:
    facts = history.EventFacts(**{name: getattr(row, name) for name in EVENT_COLUMNS})
    return hmac.compare_digest(history.event_hash(key, facts, prev=row.prev), row.hash)
