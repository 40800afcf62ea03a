"""Roots over all heads, kept outside the register: they show a history forged by somebody who has the key.

A line is ``<moment> <event id> <root>``. The root covers the chains as they stood when the newest event had
that id, so it can be computed again for as long as the events are whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import func, select

from assetreg.db import protection
from assetreg.db.history import Event
from assetreg.db.session import ScopedSession
from assetreg.domain import history
from assetreg.domain.sentences import Sentence
from assetreg.services.integrity import Difference


def line(session: ScopedSession, *, at: datetime) -> str:
    """Today's line for the file. Waits for writers that are under way, so that no older event comes after it.

    A session that only reads sees the register anew, for what it saw before may lack what those writers add.
    """
    if session.only_reads:
        session.rollback()
    with session.unguarded("the events of every owner are held still") as connection:
        protection.hold_still(connection)
    newest = session.execute(select(func.max(Event.id))).scalar_one() or 0
    return f"{at.isoformat(timespec='seconds')} {newest} {root(session, newest)}"


def compare(session: ScopedSession, lines: Iterable[str]) -> Iterator[Difference]:
    """A difference for each line whose root is no longer what the events of that time come to."""
    for text in filter(str.strip, lines):
        parts = text.split()
        if len(parts) != 3 or not parts[1].isdigit():
            yield Difference("anchor", Sentence("Raden {text} går inte att läsa.", {"text": text}))
        elif root(session, int(parts[1])) != parts[2]:
            yield Difference("anchor", Sentence("Historiken före {at} har ändrats.", {"at": parts[0]}))


def root(session: ScopedSession, newest: int) -> str:
    """One hash over the last event of every chain, among events up to the given id."""
    last = (
        select(Event.subject, Event.subject_id, func.max(Event.seq).label("seq"))
        .where(Event.id <= newest)
        .group_by(Event.subject, Event.subject_id)
        .subquery()
    )
    rows = session.execute(
        select(Event.subject, Event.subject_id, Event.seq, Event.hash)
        .join(
            last,
            (last.c.subject == Event.subject) & (last.c.subject_id == Event.subject_id) & (last.c.seq == Event.seq),
        )
        .order_by(Event.subject, Event.subject_id)
    )
    return history.anchor_root((row[0], row[1], row[2], row[3]) for row in rows)
