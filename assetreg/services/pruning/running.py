"""One clearing from beginning to end, each batch in a transaction of its own.

Whoever kills it leaves whole batches behind, and the next clearing goes on with what is left: nothing but the mark in
the history has to be remembered, and that is written with the batch it belongs to.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import func, select

from assetreg.db import compaction
from assetreg.db.person import Person
from assetreg.db.retention import PruneRun, erase_texts
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, Act, Actor
from assetreg.domain.retention import Kept
from assetreg.services import retention
from assetreg.services.pruning import idle_persons, old_imports, old_texts, small
from assetreg.services.retention import Times

PAUSE_S = 0.01
"""Between two batches, so that a writer who waits for SQLite's lock gets it."""

RUNNING, DONE, UNWRITTEN = "running", "done", "unwritten"
"""An SQLite register whose file could not be written anew has an unwritten clearing, and the next one does it."""

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Result:
    """What was cleared, by what it was; ``compacted`` is None where that is the database server's own business, and
    where the file holds nothing of what has been cleared."""

    counts: Counts
    compacted: bool | None


@dataclass(slots=True)
class _Work:
    database: Database
    times: Times
    actor: Actor
    run: int
    alive: Callable[[], None]
    counts: Counts = field(default_factory=dict)

    def batch(self, verb: Callable[[ScopedSession], Counts | None], *, mark: int | None = None) -> bool:
        """One batch and the note of it, together or not at all; says whether there was anything."""
        self.alive()
        with self.database.transaction(EVERYTHING) as session:
            found = verb(session)
            if found is None:
                return False
            run = session.get_one(PruneRun, self.run)
            total = {name: self.counts.get(name, 0) + number for name, number in found.items()}
            run.counts = self.counts | total
            run.event_mark = run.event_mark if mark is None else mark
        self.counts |= total
        time.sleep(PAUSE_S)
        return True


def run(database: Database, *, actor: Actor, alive: Callable[[], None] = lambda: None) -> Result:
    """Clears everything whose time has passed at the actor's moment. Raises Denied, or what ``alive`` raises.

    ``alive`` is called before every batch.
    """
    actor.require(Act.ADMINISTER)
    begun = time.monotonic()
    work, mark = _begin(database, actor, alive)
    _persons(work)
    _texts(work, mark)
    for verb in (old_imports.clear_next, old_imports.empty_next):
        while work.batch(partial(verb, times=work.times, actor=actor)):
            pass
    for name in small.due(work.times, at=actor.at):
        while work.batch(partial(_small, work, name)):
            pass
    compacted = compaction.compact(database.engine) if _is_owed(work) else None
    with database.transaction(EVERYTHING) as session:
        over = session.get_one(PruneRun, work.run)
        over.state = UNWRITTEN if compacted is False else DONE
        over.ended_at = actor.at + timedelta(seconds=time.monotonic() - begun)
    return Result(work.counts, compacted)


def _begin(database: Database, actor: Actor, alive: Callable[[], None]) -> tuple[_Work, int]:
    with database.transaction(EVERYTHING) as session:
        mark, times = _mark(session), retention.times(session)
        row = PruneRun(account_id=actor.account, door=actor.door, started_at=actor.at, event_mark=mark, state=RUNNING)
        row.counts = {}
        session.add(row)
        session.flush()
        return _Work(database, times, actor, row.id, alive), mark


def _is_owed(work: _Work) -> bool:
    """Whether the file of an SQLite register still holds what has been cleared: now, by a clearing that did not get
    that far, or by an administrator who has had somebody forgotten since the last one."""
    if not work.database.is_sqlite or any(work.counts.values()):
        return work.database.is_sqlite
    with work.database.reading(EVERYTHING) as session:
        whole = select(PruneRun).where(PruneRun.state == DONE).order_by(PruneRun.id.desc()).limit(1)
        last = session.execute(whole).scalar_one_or_none()
        since = select(PruneRun.counts).where(PruneRun.id > (last.id if last else 0), PruneRun.id != work.run)
        forgotten = select(Person.id).where(Person.pseudonymised_at.is_not(None))
        if last is not None:
            forgotten = forgotten.where(Person.pseudonymised_at > last.started_at)
        if any(any(counts.values()) for counts in session.execute(since).scalars()):
            return True
        return session.execute(forgotten.limit(1)).first() is not None


def preview(session: ScopedSession, *, actor: Actor) -> Counts:
    """What a clearing now would find; nothing is changed. Needs the session of the whole register. Raises Denied."""
    actor.require(Act.ADMINISTER)
    times = retention.times(session)
    texts = old_texts.count(session, _mark(session), times.cutoff(Kept.FREE_TEXT, at=actor.at))
    return {
        "persons": idle_persons.count(session, times, at=actor.at),
        "texts": texts,
        **old_imports.count(session, times, at=actor.at),
        **small.count(session, times, at=actor.at),
    }


def latest(session: ScopedSession) -> PruneRun | None:
    """The last clearing that was begun."""
    return session.execute(select(PruneRun).order_by(PruneRun.id.desc()).limit(1)).scalar_one_or_none()


def _persons(work: _Work) -> None:
    after = 0
    while True:
        with work.database.reading(EVERYTHING) as session:
            ids, traces = idle_persons.next_ones(session, work.times, at=work.actor.at, after=after)
        if not ids:
            return
        after = ids[-1]
        work.batch(partial(idle_persons.pseudonymise, ids=ids, traces=traces, times=work.times, actor=work.actor))


def _texts(work: _Work, mark: int) -> None:
    cutoff = work.times.cutoff(Kept.FREE_TEXT, at=work.actor.at)
    while True:
        with work.database.reading(EVERYTHING) as session:
            last, texts = old_texts.of_events(session, mark, cutoff)
        if last == mark:
            break
        work.batch(partial(_erase, ids=texts), mark=last)
        mark = last
    while work.batch(partial(_erase_gone, cutoff=cutoff)):
        pass


def _erase(session: ScopedSession, ids: list[int]) -> Counts:
    return {"texts": erase_texts(session, ids)}


def _erase_gone(session: ScopedSession, cutoff: datetime) -> Counts | None:
    texts = old_texts.of_gone_devices(session, cutoff)
    return _erase(session, texts) if texts else None


def _small(work: _Work, name: str, session: ScopedSession) -> Counts | None:
    found = small.clear_next(session, name, work.times, at=work.actor.at)
    return {name: found} if found else None


def _mark(session: ScopedSession) -> int:
    """The last event whose text has been looked at by any clearing, a killed one too."""
    return session.execute(select(func.max(PruneRun.event_mark))).scalar_one() or 0
