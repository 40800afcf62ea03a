"""Whether a standby keeps up with the primary, so that lists may be read there.

The standby's own clock does not tell: a quiet primary and a broken line look alike from there. So the primary is
asked how far it has written and the standby how far it has come; neither needs any right.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

log = logging.getLogger("assetreg.standby")

LOOKED_EVERY_S = 1.0
LEFT_ALONE_S = 10.0
_WRITTEN = text("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn")
_REPLAYED = text("SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn WHERE pg_is_in_recovery()")


class Standby:
    """A copy of the register and how far behind it is; asked at most once a second and process."""

    def __init__(
        self, primary: Engine, copy: Engine, *, lag_s: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.primary = primary
        self.copy = copy
        self.lag_s = lag_s
        self._clock = clock
        self._lock = threading.Lock()
        self._written: deque[tuple[float, int]] = deque(maxlen=int(2 * lag_s / LOOKED_EVERY_S) + 8)
        self._next_look = 0.0
        self._fresh_as_of: float | None = None

    def engine_if_fresh(self) -> Engine | None:
        """The copy, if it has everything that was committed ``lag_s`` ago or earlier; else None."""
        now = self._clock()
        if now >= self._next_look and self._lock.acquire(blocking=False):
            try:
                self._look(now)
            finally:
                self._lock.release()
        fresh = self._fresh_as_of
        return self.copy if fresh is not None and now - fresh <= self.lag_s else None

    def _look(self, now: float) -> None:
        self._next_look = now + LOOKED_EVERY_S
        with self.primary.connect() as connection:
            self._written.append((now, int(connection.execute(_WRITTEN).scalar_one())))
        try:
            with self.copy.connect() as connection:
                replayed = connection.execute(_REPLAYED).scalar_one_or_none()
        except DBAPIError as error:
            log.warning("the standby does not answer: %s", type(error).__name__)
            replayed, self._next_look = None, now + LEFT_ALONE_S
        if replayed is None:
            self._fresh_as_of = None
            return
        reached = [at for at, written in self._written if written <= int(replayed)]
        if reached:
            self._fresh_as_of = reached[-1]
