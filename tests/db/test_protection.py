"""What the database itself refuses, whoever asks and however."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Engine, String, text
from sqlalchemy.exc import DBAPIError

from assetreg.db import migrations, protection
from assetreg.db.session import Database, driver_url, make_engine
from assetreg.db.tables import Device, Event
from assetreg.domain.access import EVERYTHING
from tests.db import rows

COLUMNS = "id, subject, subject_id, seq, at, kind, door, format, payload, prev, hash"


@pytest.fixture
def engine(database: Database) -> Engine:
    """A database with two events of each of two devices."""
    with database.transaction(EVERYTHING) as session:
        own = rows.owner(session, "A")
        for device in (rows.device(session, own), rows.device(session, own)):
            rows.event(session, device, seq=1)
            rows.event(session, device, seq=2, payload='{"stage":"deployed"}')
    return database.engine.execution_options(writes=True)


def events(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT * FROM event ORDER BY id"))]


def copied(**changes: str) -> str:
    """An INSERT of event 2 again, with some columns changed."""
    columns = COLUMNS.split(", ")
    return f"({COLUMNS}) SELECT {', '.join(changes.get(each, each) for each in columns)} FROM event WHERE id = 2"


ON_BOTH = {
    "update": "UPDATE event SET payload = '{}' WHERE id = 2",
    "update of a whole chain": "UPDATE event SET subject_id = 99 WHERE subject_id = 1",
    "delete": "DELETE FROM event WHERE id = 2",
    "delete of all": "DELETE FROM event",
    "upsert by id": f"INSERT INTO event {copied(seq='9')} ON CONFLICT (id) DO UPDATE SET payload = 'x'",
    "upsert by chain": f"""INSERT INTO event {copied(id="99")}
        ON CONFLICT (subject, subject_id, seq) DO UPDATE SET payload = 'x'""",
}
ON_SQLITE = {
    "replace by id": f"INSERT OR REPLACE INTO event {copied(seq='9')}",
    "replace by chain": f"INSERT OR REPLACE INTO event {copied(id='99')}",
    "replace, short": f"REPLACE INTO event {copied(id='99')}",
    "update or replace": "UPDATE OR REPLACE event SET seq = 1 WHERE id = 2",
    "update or ignore": "UPDATE OR IGNORE event SET payload = 'x' WHERE id = 2",
    "insert or ignore": f"INSERT OR IGNORE INTO event {copied(payload=chr(39) + 'x' + chr(39))}",
}
ON_POSTGRES = {
    "truncate": "TRUNCATE event",
    "truncate of what is above": "TRUNCATE account CASCADE",
    "merge": """MERGE INTO event USING (SELECT 2 AS n) AS other ON event.id = other.n
        WHEN MATCHED THEN UPDATE SET payload = 'x'""",
    "delete": "DELETE FROM event",
}


def only_on(name: str, engine: Engine | Connection) -> None:
    if engine.dialect.name != name:
        pytest.skip(f"speaks of {name} alone")


def refuses(engine: Engine, *statements: str) -> None:
    before = events(engine)
    with engine.connect() as connection, connection.begin():
        for statement in statements[:-1]:
            connection.execute(text(statement))
        with pytest.raises(DBAPIError, match=protection.REFUSAL):
            connection.execute(text(statements[-1]))
        connection.rollback()
    assert events(engine) == before
    assert len(before) == 4


@pytest.mark.parametrize("name", list(ON_BOTH))
def test_history_is_only_added_to(name: str, engine: Engine) -> None:
    refuses(engine, ON_BOTH[name])


@pytest.mark.parametrize("name", list(ON_SQLITE))
def test_sqlite_replaces_no_event(name: str, engine: Engine) -> None:
    only_on("sqlite", engine)
    refuses(engine, ON_SQLITE[name])


@pytest.mark.parametrize("name", list(ON_POSTGRES))
def test_postgres_takes_no_event_away_in_a_replica_session_either(name: str, engine: Engine) -> None:
    only_on("postgresql", engine)
    refuses(engine, ON_POSTGRES[name])
    refuses(engine, "SET session_replication_role = replica", ON_POSTGRES[name])


def test_next_event_of_a_chain_is_added(database: Database, engine: Engine) -> None:
    with database.transaction(EVERYTHING) as session:
        device = session.get_one(Device, 1)
        added = rows.event(session, device, seq=3)
        session.flush()
        assert session.get(Event, added.id) is not None
    assert len(events(engine)) == 5


def test_object_in_the_session_is_refused_too(database: Database, engine: Engine) -> None:
    with database.reading(EVERYTHING) as session:
        session.get_one(Event, 2).payload = "{}"
        with pytest.raises(DBAPIError, match=protection.REFUSAL):
            session.flush()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as opened:
        yield opened
        opened.rollback()


def names(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        return ["event_refuses_delete", "event_refuses_replace", "event_refuses_update"]
    return ["event_refuses_change", "event_refuses_truncate"]


def test_nothing_is_missing_after_the_migrations(connection: Connection) -> None:
    assert protection.missing(connection) == []


def test_every_dropped_trigger_is_named_and_put_back(connection: Connection) -> None:
    on_event = "" if connection.dialect.name == "sqlite" else " ON event"
    for name in names(connection):
        connection.execute(text(f"DROP TRIGGER {name}{on_event}"))
        assert protection.missing(connection) == [name]
        protection.install(connection)
        assert protection.missing(connection) == []


@pytest.mark.parametrize("how", ["DISABLE TRIGGER", "ENABLE TRIGGER", "ENABLE REPLICA TRIGGER"])
def test_trigger_that_does_not_always_fire_is_named(how: str, connection: Connection) -> None:
    only_on("postgresql", connection)
    for name in names(connection):
        connection.execute(text(f"ALTER TABLE event {how} {name}"))
        assert protection.missing(connection) == [name]
        protection.install(connection)
    assert protection.missing(connection) == []


def test_trigger_that_lets_everything_pass_is_named(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TRIGGER event_refuses_update"))
        connection.execute(text("CREATE TRIGGER event_refuses_update BEFORE UPDATE ON event BEGIN SELECT 1; END"))
        assert protection.missing(connection) == ["event_refuses_update"]
    else:
        harmless = "CREATE OR REPLACE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS"
        connection.execute(text(f"{harmless} $$BEGIN RETURN NEW; END$$"))
        assert protection.missing(connection) == names(connection)
    protection.install(connection)
    assert protection.missing(connection) == []


def test_installing_twice_changes_nothing(connection: Connection) -> None:
    protection.install(connection)
    protection.install(connection)
    assert protection.missing(connection) == []


def test_rebuilt_event_table_has_lost_its_triggers(engine: Engine, connection: Connection) -> None:
    """A batch migration that forgets the triggers; the environment of the migrations puts them back."""
    only_on("sqlite", engine)
    with Operations(MigrationContext.configure(connection)).batch_alter_table("event", recreate="always") as batch:
        batch.alter_column("kind", type_=String(40))
    assert protection.missing(connection) == names(connection)
    protection.install(connection)
    assert protection.missing(connection) == []
    connection.commit()
    refuses(engine, ON_BOTH["delete"])


def test_triggers_are_in_place_after_every_migration(empty_database_url: str) -> None:
    engine = make_engine(driver_url(empty_database_url)).execution_options(writes=True)
    with engine.connect() as connection:
        assert protection.missing(connection) == names(connection)
    protected = []
    for revision in migrations.all_revisions():
        migrations.upgrade_with(engine, revision)
        with engine.connect() as connection:
            assert migrations.current(connection) == revision
            if engine.dialect.has_table(connection, "event"):
                assert protection.missing(connection) == []
                protected.append(revision)
    engine.dispose()
    assert protected[0] == "0004"
    assert protected[-1] == migrations.newest()
