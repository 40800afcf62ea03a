"""How far the numbers of events are settled: below it no transaction under way can still add one.

On PostgreSQL a number is drawn long before its transaction ends, so a reader who went on from the highest number
seen would miss those that were still being written. Before a transaction draws its first it therefore takes a
shared lock that says the highest number drawn until then, and keeps it to its end; the lowest such lock is the
horizon. SQLite has one writer, so there every number that can be read is settled.
"""

from __future__ import annotations

from sqlalchemy import func, select, text

from assetreg.db.guarded import GuardedSession
from assetreg.db.history import Event

MARK = 0x5EED << 44
"""The part of the lock's number that tells it from other locks; the rest, 44 bits, is the event's number."""

_DRAWN = text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_id_seq")
_LOCK = text("SELECT pg_advisory_xact_lock_shared(:number)")
_LOWEST = text(
    "SELECT min((classid::bigint << 32) | objid::bigint) FROM pg_locks "
    "WHERE locktype = 'advisory' AND objsubid = 1 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND ((classid::bigint << 32) | objid::bigint) >= :mark AND ((classid::bigint << 32) | objid::bigint) < :end"
)


def announce(session: GuardedSession) -> None:
    """Says, before the transaction draws its first number, that it may take any above those drawn so far."""
    if session.is_sqlite or session.info.get("announced") is session.get_transaction():
        return
    with session.unguarded("a lock on a number, no row") as connection:
        drawn = connection.execute(_DRAWN).scalar_one()
        connection.execute(_LOCK, {"number": MARK + drawn})
    session.info["announced"] = session.get_transaction()


def horizon(session: GuardedSession) -> int:
    """The highest number up to which every event is there to be read or never will be."""
    with session.unguarded("the highest number tells nothing of any event") as connection:
        if connection.dialect.name != "postgresql":
            return connection.execute(select(func.max(Event.id))).scalar_one() or 0
        drawn: int = connection.execute(_DRAWN).scalar_one()
        lowest = connection.execute(_LOWEST, {"mark": MARK, "end": MARK + (1 << 44)}).scalar_one()
    return drawn if lowest is None else min(drawn, lowest - MARK)
