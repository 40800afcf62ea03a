"""A worker's turn with one job: whose authority it has, its heartbeat, and whether it should stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, Actor, Scope
from assetreg.jobs import heartbeat
from assetreg.services import jobs
from assetreg.services.jobs import Task

BEATS_EVERY_S = 1.0


class Stopped(Exception):
    """The worker has been asked to end; the job is left to another."""


@dataclass(slots=True)
class Turn:
    database: Database
    task: Task
    clock: Callable[[], datetime]
    ended: Callable[[], bool]
    beaten: float = field(default=0.0)

    @property
    def arguments(self) -> Any:
        return self.task.arguments

    def who(self) -> tuple[Scope, Actor]:
        """What the starter sees and may do now, asked before each batch. Raises AccountClosed or Stopped."""
        heartbeat.beat()
        if self.ended():
            raise Stopped
        with self.database.reading(EVERYTHING) as session:
            return jobs.authority(session, self.task, at=self.clock())

    def progress(self, done: int, total: int | None) -> None:
        """Tells how far the job has come, not oftener than is of use."""
        if time.monotonic() - self.beaten < BEATS_EVERY_S:
            return
        self.beaten = time.monotonic()
        with self.database.transaction(EVERYTHING) as session:
            jobs.beat(session, self.task, at=self.clock(), done=done, total=total)
