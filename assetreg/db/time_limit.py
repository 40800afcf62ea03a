"""The longest time of a statement on SQLite, which has no such setting of its own."""

from __future__ import annotations

from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, event

ASKED_EVERY = 10_000
"""Steps of SQLite's own machine between two looks at the clock: about a millisecond's work."""


def install(engine: Engine, limit_ms: int) -> None:
    """Lets no statement work longer; it then ends as one that PostgreSQL cancels does, with an OperationalError.

    Waiting for the writer's lock is not work, and is limited by the busy timeout alone.
    """

    @event.listens_for(engine, "connect")
    def watch(connection: Any, record: Any) -> None:
        def is_over() -> bool:
            return bool(monotonic() > record.info.get("deadline", float("inf")))

        connection.set_progress_handler(is_over, ASKED_EVERY)

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Connection, *_: Any) -> None:
        connection.info["deadline"] = monotonic() + limit_ms / 1000

    @event.listens_for(engine, "checkin")
    def rest(_: Any, record: Any) -> None:
        """What the pool itself does with a connection, such as taking a transaction back, takes what it takes."""
        record.info.pop("deadline", None)
