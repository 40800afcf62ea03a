"""The second lock in PostgreSQL: what a reader of one owner sees, and what the register's own role can and cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from assetreg.db import search
from assetreg.db.device import Device
from assetreg.db.session import Database
from assetreg.db.tables import Base
from assetreg.domain.access import EVERYTHING
from assetreg.schemas.outcome import outcome_input
from assetreg.services import backup, integrity, outcomes, readiness
from tests.cast import OFFICE, REGISTER, SCHOOL, assemble, some_device
from tests.databases import PostgresDatabases
from tests.in_service.machine import EXAMPLES, PAGES

SCRIPT = (EXAMPLES / "row-level-security.sql").read_text(encoding="utf-8")
PAGE = (PAGES / "row-level-security.md").read_text(encoding="utf-8")
[READER, TAKEN_OFF] = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LAXA, HALLSBERG = "1860", "1861"
ENDED = {
    "outcome": "material_recycling",
    "partner": "Återvinnarna",
    "weight_kg": "11,125",
    "waste_code": "160214",
    "erasure_certificate": "C1",
}
NOT_BY_OWNER = {"account_place", "sign_in_rule_place", "policy", "foreign_serial"}
READ = ("device", "event", "outcome", "erasure", "figure_fact", "device_count", "indicator_value")
PLACES = ("department", "unit", "room", "device_group")
BY_SEARCH = re.compile(r"Index Cond: \(.*search_key")
KEPT_FROM_READERS = (
    "person",
    "free_text",
    "assignment",
    "label",
    "account",
    "login",
    "upload_part",
    "import_row",
    "api_token",
)


@pytest.fixture
def url(postgresql_databases: PostgresDatabases, history_key: bytes) -> Iterator[str]:
    """A register with devices at two owners, one of each ended, behind the lock; its owner's address."""
    made = postgresql_databases.migrated()
    database = Database(made, history_key=history_key)
    assemble(database)
    with database.transaction(EVERYTHING) as session:
        for number, (owner, unit) in enumerate([(LAXA, SCHOOL), (LAXA, OFFICE), (HALLSBERG, None), (HALLSBERG, None)]):
            some_device(session, owner=owner, unit=unit, hostname=f"dator{number}")
            gone = some_device(session, owner=owner, kind="server")
            outcomes.register(session, gone, outcome_input(ENDED), actor=REGISTER)
    database.close()
    run(made, SCRIPT)
    run(made, SCRIPT)
    run(made, READER)
    yield made
    run(made, "DROP OWNED BY laxa_rapport, assetreg_run, assetreg_reader; DELETE FROM lock.reader;")
    run(made, "DROP ROLE laxa_rapport; DROP ROLE assetreg_run; DROP ROLE assetreg_reader;")
    postgresql_databases.discard(made)


def run(url: str, script: str) -> None:
    with connected(url).connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(script)
        driver.commit()


def connected(url: str, role: str | None = None) -> Engine:
    address = make_url(url)
    return create_engine(address.set(username=role) if role else address, poolclass=NullPool)


def owners_of(engine: Engine, table: str) -> set[str]:
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT DISTINCT o.code FROM {table} t JOIN owner o ON o.id = t.owner_id"))
        return set(found.scalars())


def refusal(engine: Engine, statement: str) -> str:
    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text(statement))
    return str(refused.value.orig)


def test_reader_sees_the_rows_of_its_own_owner_alone(url: str) -> None:
    whole, reader = connected(url), connected(url, "laxa_rapport")
    assert {LAXA, HALLSBERG} <= owners_of(whole, "device") & owners_of(whole, "outcome") & owners_of(whole, "event")
    for table in (*READ, *PLACES):
        assert owners_of(reader, table) <= {LAXA}, table
    for table in ("device", "event", "outcome", "erasure", "figure_fact", "device_count", "unit"):
        assert owners_of(reader, table) == {LAXA}, table
    with reader.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM device")).scalar_one() == 4
        assert connection.execute(text("SELECT count(*) FROM device WHERE hostname LIKE 'dator%'")).scalar_one() == 2


def test_reader_without_an_owner_sees_nothing(url: str) -> None:
    run(url, "DELETE FROM lock.reader")
    with connected(url, "laxa_rapport").connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM device")).scalar_one() == 0


@pytest.mark.parametrize("table", KEPT_FROM_READERS)
def test_reader_may_not_read_who_uses_or_logs_in(url: str, table: str) -> None:
    assert "permission denied" in refusal(connected(url, "laxa_rapport"), f"SELECT 1 FROM {table}")


def test_names_are_locked_even_where_the_right_is_given(url: str) -> None:
    run(url, "GRANT SELECT ON person, free_text TO laxa_rapport")
    assert owners_of(connected(url), "person") == {LAXA, HALLSBERG}
    assert owners_of(connected(url, "laxa_rapport"), "person") == {LAXA}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE device SET hostname = 'x'",
        "DELETE FROM outcome",
        "INSERT INTO lock.reader VALUES ('laxa_rapport', '1861')",
        "SELECT * FROM lock.reader",
        "ALTER TABLE device DISABLE ROW LEVEL SECURITY",
        "DROP POLICY reader_sees_own ON device",
        "SET ROLE assetreg_run",
    ],
)
def test_reader_changes_neither_rows_nor_the_lock(url: str, statement: str) -> None:
    said = refusal(connected(url, "laxa_rapport"), statement)
    assert "permission denied" in said or "must be owner" in said


def test_register_works_as_a_role_that_owns_nothing(url: str, history_key: bytes, tmp_path: Path) -> None:
    role = make_url(url).set(username="assetreg_run").render_as_string(hide_password=False)
    database = readiness.ready(Database(role, history_key=history_key, statement_limit_ms=2000))
    with database.transaction(EVERYTHING) as session:
        new = some_device(session, owner=HALLSBERG, hostname="nykomling")
        outcomes.register(session, new, outcome_input(ENDED), actor=REGISTER)
    with database.reading(EVERYTHING) as session:
        found = session.execute(select(Device.id).where(search.by_words(session, "komling"))).scalars().all()
        assert found == [new.id]
        assert len(session.execute(select(Device.id)).all()) == 9
        assert [each.sentence.text() for each in integrity.differences(session)] == []
    keys = backup.Keys(history_key, b"the key of every test, long enough")
    made = backup.write(database, tmp_path / "a.backup", keys=keys, at=datetime.now(UTC))
    assert {table.name: table.rows for table in made.tables}["device"] == 9
    database.close()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE event DISABLE TRIGGER event_refuses_change",
        "DROP TRIGGER event_refuses_change ON event",
        "DROP FUNCTION refuse_history_change() CASCADE",
        "UPDATE event SET payload = '{}'",
        "DELETE FROM event",
        "TRUNCATE event",
        "UPDATE alembic_version SET version_num = '0001'",
        "DROP POLICY reader_sees_own ON device",
        "CREATE TABLE public.mine (id int)",
    ],
)
def test_register_in_service_cannot_take_a_protection_away(url: str, statement: str) -> None:
    said = refusal(connected(url, "assetreg_run"), statement)
    assert re.search("must be owner|permission denied|history cannot be changed", said), said


def test_search_of_the_register_is_not_slowed(url: str) -> None:
    """A reader's is: the lock's condition has to come before LIKE, which may tell what it is asked about."""
    indexed = {role: bool(BY_SEARCH.search(plan(url, role))) for role in ("assetreg_run", "laxa_rapport")}
    assert indexed == {"assetreg_run": True, "laxa_rapport": False}


def plan(url: str, role: str) -> str:
    with connected(url, role).connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        asked = "EXPLAIN SELECT id FROM device WHERE search_key LIKE '%komling%'"
        return "\n".join(connection.execute(text(asked)).scalars())


def test_every_owned_table_has_the_lock(url: str) -> None:
    owned = {name for name, table in Base.metadata.tables.items() if "owner_id" in table.c}
    with connected(url).connect() as connection:
        found = connection.execute(text("SELECT relname FROM pg_class WHERE relrowsecurity")).scalars()
        assert set(found) == owned - NOT_BY_OWNER


def test_lock_can_be_taken_off(url: str) -> None:
    run(url, TAKEN_OFF)
    assert {LAXA, HALLSBERG} <= owners_of(connected(url, "laxa_rapport"), "device")
