"""How the register stands, in numbers for whatever watches over it: never about a person or a single device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from assetreg.db import migrations, protection
from assetreg.db.intake import Import
from assetreg.db.job import Job
from assetreg.db.session import ScopedSession
from assetreg.db.tally import DeviceCount
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import ImportState, JobState, Stage
from assetreg.services import jobs
from assetreg.services.imports.holding import AT_WORK

RECENT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RegisterStanding:
    """``failed`` counts the jobs of the last day. ``oldest_s`` is how long the first job in line has waited."""

    queued: int
    running: int
    failed: int
    oldest_s: float
    interrupted: int
    devices: dict[Stage, int]
    migration: int
    newest: int
    protected: bool


def read(session: ScopedSession, *, at: datetime) -> RegisterStanding:
    """Needs the session of the whole register."""
    if session.scope != EVERYTHING:
        raise ValueError("only the whole register can be counted")
    counted = select(Job.state, func.count(Job.id)).where(Job.state.in_(jobs.OPEN)).group_by(Job.state)
    open_jobs = {row[0]: row[1] for row in session.execute(counted)}
    first = select(Job.created_at).where(Job.state == JobState.QUEUED).order_by(Job.created_at).limit(1)
    oldest = session.execute(first).scalar_one_or_none()
    failed = select(func.count(Job.id)).where(Job.state == JobState.FAILED, Job.ended_at > at - RECENT)
    left = Import.state.in_(AT_WORK) & (Import.held_until.is_(None) | (Import.held_until <= at))
    broken = select(func.count(Import.id)).where((Import.state == ImportState.INTERRUPTED) | left)
    devices = select(DeviceCount.stage, func.sum(DeviceCount.n)).group_by(DeviceCount.stage)
    with session.unguarded("asks how the database is built, not for rows") as connection:
        current, missing = migrations.current(connection), protection.missing(connection)
    return RegisterStanding(
        queued=open_jobs.get(JobState.QUEUED, 0),
        running=open_jobs.get(JobState.RUNNING, 0),
        failed=session.execute(failed).scalar_one(),
        oldest_s=max(0.0, (at - oldest).total_seconds()) if oldest else 0.0,
        interrupted=session.execute(broken).scalar_one(),
        devices={stage: int(n) for stage, n in session.execute(devices)},
        migration=int(current or 0),
        newest=int(migrations.newest()),
        protected=not missing,
    )
