"""The background worker: takes one job at a time and does it, each batch with the starter's own authority."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Refusal
from assetreg.jobs import heartbeat
from assetreg.jobs.daily import Daily
from assetreg.jobs.registry import KINDS
from assetreg.jobs.turn import Stopped, Turn
from assetreg.services import jobs, logbook
from assetreg.services.jobs import Task

log = logging.getLogger("assetreg.jobs")

PAUSE_S = 0.5
PAUSE_WITHOUT_DATABASE_S = 5.0


def run_worker(
    database: Database,
    *,
    until: Callable[[], bool] | None = None,
    clock: Callable[[], datetime] | None = None,
    pause: float = PAUSE_S,
) -> None:
    """Does jobs as they come, until ``until`` says so or the process is asked to end; a batch is always finished."""
    stop = threading.Event()
    _end_gently(stop)
    worker = f"{os.getpid()}-{secrets.token_hex(4)}"
    now = clock or _now
    daily = Daily(database)

    def ended() -> bool:
        return stop.is_set() or (until is not None and until())

    while not ended():
        heartbeat.beat()
        try:
            if not work_once(database, worker, clock=now, ended=ended) and not daily.look(at=now()):
                stop.wait(pause)
        except DBAPIError:
            log.exception("the database does not answer")
            stop.wait(PAUSE_WITHOUT_DATABASE_S)


def work_once(
    database: Database, worker: str, *, clock: Callable[[], datetime], ended: Callable[[], bool] = lambda: False
) -> bool:
    """Does one job, if there is any; says whether there was."""
    with database.transaction(EVERYTHING) as session:
        task = jobs.lease(session, worker, at=clock())
    if task is None:
        return False
    with logbook.about(f"job-{task.id}"):
        begun = time.monotonic()
        _do(database, task, Turn(database, task, clock, ended), clock)
        facts = {"kind": task.kind, "account": task.account, "ms": round((time.monotonic() - begun) * 1000)}
        log.info("job ended", extra={"facts": facts})
    return True


def _do(database: Database, task: Task, turn: Turn, clock: Callable[[], datetime]) -> None:
    try:
        KINDS[task.kind](turn)
    except Stopped:
        _closed(database, jobs.give_back, task)
    except jobs.LeaseLost:
        log.warning("job %s was taken over", task.id)
    except Refusal as refusal:
        _closed(database, jobs.fail, task, refusal, at=clock())
    except DBAPIError:
        raise
    except Exception:
        log.exception("job %s", task.id)
        _closed(database, jobs.fail, task, jobs.WorkBroken(), at=clock())
    else:
        _closed(database, jobs.finish, task, at=clock())


def _closed(database: Database, verb: Callable[..., None], task: Task, *reason: Any, **options: Any) -> None:
    with suppress(jobs.LeaseLost), database.transaction(EVERYTHING) as session:
        verb(session, task, *reason, **options)


def _end_gently(stop: threading.Event) -> None:
    """A worker that is asked to end does so between two batches."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: stop.set())


def _now() -> datetime:
    return datetime.now(UTC)
