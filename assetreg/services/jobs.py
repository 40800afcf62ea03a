"""Background work: a row is a job, a lease says who does it, and a lease that runs out makes it anyone's again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select

from assetreg.db.account import Account
from assetreg.db.job import Job
from assetreg.db.session import ScopedSession
from assetreg.domain.access import EVERYTHING, Actor, Scope, system
from assetreg.domain.errors import Conflict, Missing, Refusal
from assetreg.domain.sentences import Sentence
from assetreg.domain.stored_sentences import fault_from_json, fault_to_json
from assetreg.domain.terms import Door, JobState
from assetreg.services import account_scope
from assetreg.services.logins import is_open

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
IDLE_AFTER = timedelta(seconds=10)
"""A job that has waited so long while nothing is being done waits for a worker that is not there."""

OPEN = (JobState.QUEUED, JobState.RUNNING)


class LeaseLost(Conflict):
    code = "lease_lost"
    message = "En annan process har tagit över arbetet."


class AccountClosed(Conflict):
    code = "account_closed"
    message = "Kontot som startade arbetet är stängt. Det som var infört står kvar, resten blev inte gjort."


class TooManyAttempts(Conflict):
    code = "too_many_attempts"
    message = "Arbetet avbröts {count} gånger och försöks inte igen. Kontakta förvaltaren."


class WorkBroken(Conflict):
    code = "work_broken"
    message = "Arbetet stötte på ett fel som inte var väntat. Försök igen, och kontakta förvaltaren om det händer igen."


@dataclass(frozen=True, slots=True)
class Task:
    """A leased job as its worker gets it; ``is_repeated`` when another has begun it before and not said how it went."""

    id: int
    kind: str
    arguments: Mapping[str, Any]
    account: int | None
    worker: str
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a job has come; ``total`` is None while nobody knows."""

    id: int
    kind: str
    state: JobState
    done: int
    total: int | None
    started_at: datetime | None
    fault: Sentence | None
    waits_in_vain: bool


def enqueue(session: ScopedSession, kind: str, arguments: Mapping[str, Any], *, actor: Actor) -> Job:
    """A job to be done for the caller; the one there is, should the same wait or be under way already."""
    known = _open(session, kind, arguments)
    if known is not None:
        return known
    job = Job(
        account_id=session.scope.account,
        kind=kind,
        arguments=dict(arguments),
        state=JobState.QUEUED,
        done=0,
        attempts=0,
        created_at=actor.at,
    )
    session.add(job)
    session.flush()
    return job


def lease(session: ScopedSession, worker: str, *, at: datetime) -> Task | None:
    """The oldest job that nobody does, now this worker's until the lease runs out; None where there is none.

    The session sees everything. A job that has been tried too often is failed instead.
    """
    free = or_(Job.state == JobState.QUEUED, and_(Job.state == JobState.RUNNING, Job.leased_until <= at))
    while True:
        wanted = select(Job).where(free).order_by(Job.id).limit(1).with_for_update(skip_locked=True)
        job = session.execute(wanted).scalar_one_or_none()
        if job is None:
            return None
        if job.attempts >= MOST_ATTEMPTS:
            _end(job, JobState.FAILED, at=at, fault=TooManyAttempts(count=job.attempts))
            session.flush()
            continue
        job.state, job.leased_by, job.leased_until = JobState.RUNNING, worker, at + LEASE
        job.attempts += 1
        job.started_at = job.started_at or at
        session.flush()
        return Task(job.id, job.kind, dict(job.arguments), job.account_id, worker, is_repeated=job.attempts > 1)


def beat(
    session: ScopedSession, task: Task, *, at: datetime, done: int | None = None, total: int | None = None
) -> None:
    """Says that the worker is alive, and how far it has come. Raises LeaseLost."""
    job = _held(session, task)
    job.leased_until = at + LEASE
    if done is not None:
        job.done, job.total = done, total


def finish(session: ScopedSession, task: Task, *, at: datetime) -> None:
    """Raises LeaseLost."""
    _end(_held(session, task), JobState.DONE, at=at)


def fail(session: ScopedSession, task: Task, refusal: Refusal, *, at: datetime) -> None:
    """Raises LeaseLost."""
    _end(_held(session, task), JobState.FAILED, at=at, fault=refusal)


def give_back(session: ScopedSession, task: Task) -> None:
    """A worker that has to stop leaves the job to the next one at once. Raises LeaseLost."""
    job = _held(session, task)
    job.state, job.leased_by, job.leased_until = JobState.QUEUED, None, None
    job.attempts -= 1


def authority(session: ScopedSession, task: Task, *, at: datetime) -> tuple[Scope, Actor]:
    """What the starter of a job sees and may do now. Raises AccountClosed, or LeaseLost when another does the job."""
    _refuse_lost(session, task)
    if task.account is None:
        return EVERYTHING, system(Door.IMPORT, at)
    account = session.get(Account, task.account)
    if account is None or not is_open(account.disabled_at, account.expires_on, at=at):
        raise AccountClosed
    return account_scope.scope_of(session, account), Actor(account.id, account.role, Door.WEB, at)


def standing(session: ScopedSession, kind: str, arguments: Mapping[str, Any], *, at: datetime) -> Standing | None:
    """The open job of this kind, as far as the caller sees it; None when it is over."""
    job = _open(session, kind, arguments)
    if job is None:
        return None
    return Standing(
        id=job.id,
        kind=job.kind,
        state=job.state,
        done=job.done,
        total=job.total,
        started_at=job.started_at,
        fault=fault_from_json(job.fault),
        waits_in_vain=_waits_in_vain(session, job, at),
    )


def _open(session: ScopedSession, kind: str, arguments: Mapping[str, Any]) -> Job | None:
    rows = session.execute(select(Job).where(Job.state.in_(OPEN), Job.kind == kind).order_by(Job.id)).scalars()
    return next((job for job in rows if job.arguments == dict(arguments)), None)


def _waits_in_vain(session: ScopedSession, job: Job, at: datetime) -> bool:
    """Nothing is done on any job that the caller sees, and this one has waited long."""
    if job.state is JobState.RUNNING:
        return job.leased_until is not None and job.leased_until <= at
    if at - job.created_at < IDLE_AFTER:
        return False
    with session.unguarded("whether a worker is busy with anyone's job; nothing of the job is told"):
        busy = select(Job.id).where(Job.state == JobState.RUNNING, Job.leased_until > at).limit(1)
        return session.execute(busy).scalar_one_or_none() is None


def _held(session: ScopedSession, task: Task) -> Job:
    wanted = select(Job).where(Job.id == task.id).with_for_update().execution_options(populate_existing=True)
    job = session.execute(wanted).scalar_one_or_none()
    if job is None:
        raise Missing
    if job.state is not JobState.RUNNING or job.leased_by != task.worker:
        raise LeaseLost
    return job


def _refuse_lost(session: ScopedSession, task: Task) -> None:
    """Asked before a batch, so that two who believe that a job is theirs do not both go on."""
    leased = select(Job.state, Job.leased_by).where(Job.id == task.id)
    if session.execute(leased).one_or_none() != (JobState.RUNNING, task.worker):
        raise LeaseLost


def _end(job: Job, state: JobState, *, at: datetime, fault: Refusal | None = None) -> None:
    job.state, job.ended_at, job.fault = state, at, fault_to_json(fault) if fault else None
    job.leased_by = job.leased_until = None
