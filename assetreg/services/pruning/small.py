"""What is nobody's need for long: ended jobs, log-ins, failed log-ins, stored replies, and the log of readings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from assetreg.db.account import Login, LoginAttempt
from assetreg.db.api import StoredReply
from assetreg.db.job import Job
from assetreg.db.reading_log import PersonalDataRead
from assetreg.db.retention import remove
from assetreg.db.session import ScopedSession
from assetreg.domain.retention import Kept
from assetreg.services import api_replies
from assetreg.services.retention import Times

BATCH = 1000
REPLIES = "stored_replies"
LARGEST = 2**62


def due(times: Times, *, at: datetime) -> Mapping[str, tuple[Any, ColumnElement[bool]]]:
    """By the word of the family: its table and which of its rows have passed their time."""
    return {
        Kept.JOBS.value: (Job, Job.ended_at < times.cutoff(Kept.JOBS, at=at)),
        Kept.LOGINS.value: (Login, Login.seen_at < times.cutoff(Kept.LOGINS, at=at)),
        Kept.LOGIN_ATTEMPTS.value: (LoginAttempt, LoginAttempt.at < times.cutoff(Kept.LOGIN_ATTEMPTS, at=at)),
        Kept.READ_LOG.value: (PersonalDataRead, PersonalDataRead.at < times.cutoff(Kept.READ_LOG, at=at)),
        REPLIES: (StoredReply, StoredReply.at < at - api_replies.KEPT),
    }


def count(session: ScopedSession, times: Times, *, at: datetime) -> dict[str, int]:
    found = {}
    for name, (table, old) in due(times, at=at).items():
        found[name] = session.execute(select(func.count(table.id)).where(old)).scalar_one()
    return found


def clear_next(session: ScopedSession, name: str, times: Times, *, at: datetime) -> int:
    """Takes away the next rows of the family; 0 when there are none left."""
    if name == REPLIES:
        return api_replies.clear(session, before=at - api_replies.KEPT)
    table, old = due(times, at=at)[name]
    wanted = select(table.id).where(old).order_by(table.id).limit(BATCH)
    if table is PersonalDataRead:
        wanted = _from_the_end(wanted, times, at=at)
    else:
        wanted = wanted.with_for_update(skip_locked=True)
    return remove(session, table, list(session.execute(wanted).scalars()))


def _from_the_end(wanted: Any, times: Times, *, at: datetime) -> Any:
    """The log is only ever shortened at its oldest end, so a row that waits behind a younger one waits with it."""
    kept = times.cutoff(Kept.READ_LOG, at=at)
    first_kept = select(func.min(PersonalDataRead.id)).where(PersonalDataRead.at >= kept).scalar_subquery()
    return wanted.where(PersonalDataRead.id < func.coalesce(first_kept, LARGEST))
