"""When the clearing is due, and asking the background worker for one."""

from __future__ import annotations

from datetime import datetime, timedelta

from assetreg.db.job import Job
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.services import jobs
from assetreg.services.jobs import Standing
from assetreg.services.pruning import running

KIND = "prune"
EVERY = timedelta(hours=24)


def is_time(session: ScopedSession, *, at: datetime) -> bool:
    """Whether a day has passed since a clearing was begun, or none ever was. Needs the whole register's session."""
    last = running.latest(session)
    return last is None or at - last.started_at >= EVERY


def enqueue(session: ScopedSession, *, actor: Actor) -> Job:
    """Asks for a clearing; the one that waits or runs already, should there be any. Raises Denied."""
    actor.require(Act.ADMINISTER)
    return jobs.enqueue(session, KIND, {}, actor=actor)


def standing(session: ScopedSession, *, at: datetime) -> Standing | None:
    return jobs.standing(session, KIND, {}, at=at)
