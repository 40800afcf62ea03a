"""What the database itself refuses: changing or removing an event, whoever asks.

A batch migration on SQLite rebuilds a table and silently loses its triggers, so they are put in place after
every migration, and ``missing`` is asked at start and by ``assetreg check``.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

REFUSAL = "history cannot be changed"

_SQLITE = {
    name: f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for name, when in {
        "event_refuses_update": "BEFORE UPDATE ON event",
        "event_refuses_delete": "BEFORE DELETE ON event",
        "event_refuses_replace": """BEFORE INSERT ON event WHEN EXISTS (
            SELECT 1 FROM event WHERE id = NEW.id
            OR (subject = NEW.subject AND subject_id = NEW.subject_id AND seq = NEW.seq))""",
    }.items()
}

_POSTGRES = {
    "event_refuses_change": "BEFORE UPDATE OR DELETE ON event FOR EACH ROW",
    "event_refuses_truncate": "BEFORE TRUNCATE ON event FOR EACH STATEMENT",
}

_POSTGRES_BODY = f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END"

_POSTGRES_IN_PLACE = """SELECT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE tgrelid = to_regclass('event') AND tgenabled = 'A' AND tgqual IS NULL AND prosrc = :body"""


def install(connection: Connection) -> None:
    """Puts every trigger in place again; harmless where they already are."""
    if connection.dialect.name == "sqlite":
        for name, statement in _SQLITE.items():
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            connection.execute(text(statement))
        return
    function = "CREATE OR REPLACE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS"
    connection.execute(text(f"{function} $${_POSTGRES_BODY}$$"))
    for name, when in _POSTGRES.items():
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name} ON event"))
        connection.execute(text(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION refuse_history_change()"))
        connection.execute(text(f"ALTER TABLE event ENABLE ALWAYS TRIGGER {name}"))


def missing(connection: Connection) -> list[str]:
    """The names of triggers that are not in place, are switched off or do something else."""
    if connection.dialect.name == "sqlite":
        statements = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        return sorted(name for name, statement in _SQLITE.items() if statement not in statements)
    in_place = connection.execute(text(_POSTGRES_IN_PLACE), {"body": _POSTGRES_BODY}).scalars()
    return sorted(set(_POSTGRES) - set(in_place))


def see_one_moment(connection: Connection) -> None:
    """Said first in a transaction: every statement sees the register as at the first one, as on SQLite anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def hold_still(connection: Connection) -> None:
    """Until the transaction's end nobody adds an event; on SQLite a reader sees whole transactions anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE event IN SHARE MODE"))
