"""What the database itself refuses: changing or removing an event, whoever asks.

A batch migration on SQLite rebuilds a table and silently loses its triggers, so they are put in place after
every migration, and ``missing`` is asked at start and by ``assetreg check``.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

REFUSAL = "history cannot be changed"

_SQLITE = {
    "event_refuses_update": "BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, '{refusal}'); END",
    "event_refuses_delete": "BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, '{refusal}'); END",
    "event_refuses_replace": """BEFORE INSERT ON event WHEN EXISTS (
            SELECT 1 FROM event WHERE id = NEW.id
            OR (subject = NEW.subject AND subject_id = NEW.subject_id AND seq = NEW.seq))
        BEGIN SELECT RAISE(ABORT, '{refusal}'); END""",
}

_POSTGRES = {
    "event_refuses_change": "BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_history_change()",
    "event_refuses_truncate": "BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()",
}

_POSTGRES_FUNCTION = f"""CREATE OR REPLACE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"""


def install(connection: Connection) -> None:
    """Puts every trigger in place again; harmless where they already are."""
    if connection.dialect.name == "sqlite":
        for name, body in _SQLITE.items():
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            connection.execute(text(f"CREATE TRIGGER {name} {body.format(refusal=REFUSAL)}"))
        return
    connection.execute(text(_POSTGRES_FUNCTION))
    for name, body in _POSTGRES.items():
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name} ON event"))
        connection.execute(text(f"CREATE TRIGGER {name} {body}"))
        connection.execute(text(f"ALTER TABLE event ENABLE ALWAYS TRIGGER {name}"))


def missing(connection: Connection) -> list[str]:
    """The names of triggers that are not in place, or are switched off."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        return sorted(set(_SQLITE) - set(found))
    found = connection.execute(
        text("SELECT tgname FROM pg_trigger WHERE tgrelid = 'event'::regclass AND tgenabled = 'A'")
    ).scalars()
    return sorted(set(_POSTGRES) - set(found))
