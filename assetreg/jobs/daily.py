"""The clearing that the worker does once a day by itself, when nobody else has."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import datetime

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door
from assetreg.jobs.turn import Turn
from assetreg.services.pruning import daily, running

LOOKS_EVERY_S = 600.0


@dataclass(slots=True)
class Daily:
    """Looks now and then whether a day has passed since the last clearing; never at once when a worker starts."""

    database: Database
    looked: float = field(default_factory=time.monotonic)

    def look(self, *, at: datetime) -> bool:
        """Enqueues the clearing when it is time; says whether it did."""
        if time.monotonic() - self.looked < LOOKS_EVERY_S:
            return False
        self.looked = time.monotonic()
        with self.database.reading(EVERYTHING) as session:
            if not daily.is_time(session, at=at):
                return False
        with self.database.transaction(EVERYTHING) as session:
            daily.enqueue(session, actor=system(Door.CLI, at))
        return True


def prune(turn: Turn) -> None:
    """The job: as the register itself, or as the administrator who asked for it."""
    _, actor = turn.who()
    if actor.account is None:
        actor = replace(actor, door=Door.CLI)
    batches = 0

    def alive() -> None:
        nonlocal batches
        turn.who()
        turn.progress(batches, None)
        batches += 1

    running.run(turn.database, actor=actor, alive=alive)
