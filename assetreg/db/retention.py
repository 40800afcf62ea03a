"""How long things are kept, as an administrator has chosen, and the clearings that have been done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, delete, update
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, BigId, ByNobody, Chained, Identified, Key, Shared, TermColumn, refers_to
from assetreg.db.guarded import GuardedSession
from assetreg.db.history import FreeText
from assetreg.domain.retention import Kept
from assetreg.domain.terms import Door


class RetentionTime(Identified, Chained, Base):
    """A time that has been chosen, in the unit of its rule; without a row the usual one holds."""

    __tablename__ = "retention_time"
    owned = Shared()

    kept: Mapped[Kept] = mapped_column(TermColumn(Kept), unique=True)
    amount: Mapped[int]
    changed_at: Mapped[datetime]


class PruneRun(Identified, Base):
    """One clearing: when, by whom, and how much of each family so far.

    ``event_mark`` is the last event whose free text has been looked at; the next run goes on after it.
    """

    __tablename__ = "prune_run"
    __table_args__ = (Index(None, "started_at"),)
    owned = ByNobody()

    account_id: Mapped[int | None] = mapped_column(refers_to("account.id"))
    door: Mapped[Door] = mapped_column(TermColumn(Door))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]]
    event_mark: Mapped[int] = mapped_column(BigId)
    state: Mapped[str] = mapped_column(Key(16))


def remove(session: GuardedSession, table: Any, ids: Sequence[int]) -> int:
    """Deletes rows by id in one statement; only for a session that sees everything."""
    if not session.scope.everything:
        raise ValueError("only the whole register is cleared")
    if not ids:
        return 0
    session.flush()
    with session.unguarded("rows whose time has passed, read by a session that sees everything") as connection:
        found: Any = connection.execute(delete(table).where(table.id.in_(list(ids))))
    return int(found.rowcount)


def erase_texts(session: GuardedSession, ids: Sequence[int]) -> int:
    """Empties free texts and the salts that their events' hashes were made with; gives how many said anything."""
    if not session.scope.everything:
        raise ValueError("only the whole register is cleared")
    if not ids:
        return 0
    session.flush()
    said = update(FreeText).where(FreeText.id.in_(list(ids)), FreeText.body.is_not(None))
    with session.unguarded("texts whose time has passed, read by a session that sees everything") as connection:
        found: Any = connection.execute(said.values(body=None, salt=""))
    return int(found.rowcount)
