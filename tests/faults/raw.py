"""The register's database in the hands of somebody who has it, and not our program: the drivers alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

TRIGGERS = {
    "sqlite": ("event_refuses_update", "event_refuses_delete", "event_refuses_replace"),
    "postgres": ("event_refuses_change", "event_refuses_truncate"),
}


class Intruder:
    """Says what it likes to the database; ``%s`` stands for a value on both engines."""

    def __init__(self, connection: Any, engine: str) -> None:
        self.connection = connection
        self.engine = engine

    def say(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        text = statement.replace("%s", "?") if self.engine == "sqlite" else statement
        cursor = self.connection.execute(text, values)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def drop_triggers(self) -> None:
        on_event = "" if self.engine == "sqlite" else " ON event"
        for name in TRIGGERS[self.engine]:
            self.say(f"DROP TRIGGER {name}{on_event}")

    def events(self, subject_id: int) -> list[dict[str, Any]]:
        """The device's events as the columns stand."""
        names = [row[0] for row in self._columns()]
        chosen = ", ".join(f'"{name}"' for name in names)
        rows = self.say(
            f"SELECT {chosen} FROM event WHERE subject = 'device' AND subject_id = %s ORDER BY seq", subject_id
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def set_event(self, event: dict[str, Any], **values: object) -> None:
        stated = ", ".join(f"{name} = %s" for name in values)
        self.say(f"UPDATE event SET {stated} WHERE id = %s", *values.values(), event["id"])

    def set_device(self, subject_id: int, **values: object) -> None:
        stated = ", ".join(f"{name} = %s" for name in values)
        self.say(f"UPDATE device SET {stated} WHERE id = %s", *values.values(), subject_id)

    def _columns(self) -> list[tuple[Any, ...]]:
        if self.engine == "sqlite":
            return self.say("SELECT name FROM pragma_table_info('event')")
        return self.say("SELECT column_name FROM information_schema.columns WHERE table_name = 'event'")


@contextmanager
def intruding(url: str) -> Iterator[Intruder]:
    """With a connection of its own, in one transaction that is committed."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(address.database), isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield Intruder(connection, "sqlite")
            connection.execute("COMMIT")
        return
    stated = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(stated, options="-c timezone=UTC") as connection:
        yield Intruder(connection, "postgres")
