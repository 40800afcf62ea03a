"""Numbered migrations: from nothing to what the tables say, in order, once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, Inspector, inspect, text

from assetreg import places
from assetreg.db import migrations
from assetreg.db.session import Database, SqliteTooOld, check_sqlite_version, driver_url, make_engine
from assetreg.db.tables import Base

SEARCH_INDEX = "device_search"
ASSIGNMENT_TRIGGERS = {"device_assignment_begins", "device_assignment_changes"}
SEARCH_OBJECTS = {"ix_device_search_key_trigram"}


def is_ours(_: object, name: str | None, kind: str, *__: object) -> bool:
    """All but the search index: no model speaks of FTS5 tables or of trigram indexes."""
    return not (kind == "table" and (name or "").startswith(SEARCH_INDEX)) and name not in SEARCH_OBJECTS


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True, "include_object": is_ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def test_migrations_make_what_the_tables_say(database: Database) -> None:
    with database.engine.connect() as connection:
        assert differences(connection) == []


def test_missing_column_and_changed_type_would_be_noticed(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.execute(text("ALTER TABLE supplier ADD COLUMN phone VARCHAR(20)"))
        connection.execute(text("DROP INDEX ix_device_imei"))
        found = {difference[0] for difference in differences(connection)}
        assert found == {"remove_column", "add_index"}
        connection.rollback()


def test_upgrade_from_empty_reaches_the_newest(empty_database_url: str) -> None:
    engine = make_engine(driver_url(empty_database_url))
    with engine.connect() as connection:
        assert migrations.current(connection) is None
    migrations.upgrade(empty_database_url)
    with engine.connect() as connection:
        assert migrations.current(connection) == migrations.newest()
    engine.dispose()


def described(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = connection.execute(text("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"))
        else:
            found = connection.execute(text("SELECT relname, relkind, oid FROM pg_class ORDER BY 3"))
        return [tuple(row) for row in found]


def test_second_upgrade_does_nothing(empty_database_url: str) -> None:
    migrations.upgrade(empty_database_url)
    engine = make_engine(driver_url(empty_database_url))
    before = described(engine)
    migrations.upgrade(empty_database_url)
    assert described(engine) == before
    engine.dispose()


def test_file_names_are_numbered_in_order_without_a_fork() -> None:
    files = sorted(Path(places.folder("migrations"), "versions").glob("[!_]*.py"))
    numbers = [re.match(r"(\d{4})_[a-z_]+\.py$", file.name) for file in files]
    assert [match and match.group(1) for match in numbers] == [f"{n:04}" for n in range(1, len(files) + 1)]
    assert migrations.all_revisions() == [f"{n:04}" for n in range(1, len(files) + 1)]
    assert migrations.newest() == f"{len(files):04}"


def foreign_keys(inspector: Inspector) -> dict[str, dict[str, Any]]:
    return {
        f"{table}.{key['constrained_columns'][0]}": dict(key["options"])
        for table in inspector.get_table_names()
        for key in inspector.get_foreign_keys(table)
    }


def test_foreign_keys_are_checked_at_the_commit(database: Database) -> None:
    found = foreign_keys(inspect(database.engine))
    assert len(found) > 40
    assert {key: how for key, how in found.items() if not deferred(how)} == {}


def deferred(options: dict[str, Any]) -> bool:
    return bool(options.get("deferrable")) and str(options.get("initially")).upper() == "DEFERRED"


def test_search_objects_and_triggers_are_there_at_the_newest_migration(database: Database) -> None:
    """A later batch migration of the device table would lose its triggers on SQLite."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            found = connection.execute(
                text("SELECT name FROM sqlite_master WHERE tbl_name = 'device' AND type = 'trigger'")
            )
            expected = {f"{SEARCH_INDEX}_{when}" for when in ("insert", "update", "delete")} | ASSIGNMENT_TRIGGERS
        else:
            found = connection.execute(text("SELECT indexname FROM pg_indexes WHERE indexname LIKE '%trigram'"))
            expected = SEARCH_OBJECTS
        assert set(found.scalars()) == expected


@pytest.mark.parametrize("version", [(3, 34, 1), (3, 7), (2, 99, 99)])
def test_old_sqlite_is_refused_with_a_sentence(version: tuple[int, ...]) -> None:
    with pytest.raises(SqliteTooOld, match=r"är för gammalt\. Uppgradera till SQLite 3\.35 eller senare") as caught:
        check_sqlite_version(version)
    assert ".".join(map(str, version)) in caught.value.sentence()


@pytest.mark.parametrize("version", [(3, 35), (3, 35, 0), (3, 40, 1), (4, 0)])
def test_new_sqlite_is_accepted(version: tuple[int, ...]) -> None:
    check_sqlite_version(version)


def test_version_is_checked_before_the_first_connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse() -> None:
        raise SqliteTooOld(found="3.7", oldest="3.35")

    monkeypatch.setattr("assetreg.db.session.check_sqlite_version", refuse)
    with pytest.raises(SqliteTooOld):
        Database(f"sqlite:///{tmp_path / 'register.db'}", history_key=b"key")
    assert not (tmp_path / "register.db").exists()
