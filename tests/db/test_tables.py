"""What holds for every table, those of tomorrow included."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Mapper

import assetreg
from assetreg.db.base import Base, ByAccount, ByNobody, ByOwnerTouched, ByPlace, Shared
from assetreg.db.session import Database
from assetreg.db.tables import Device
from assetreg.domain.access import EVERYTHING, NOTHING, Scope
from tests.db import rows
from tests.db.rows import Neighbours

MAPPERS = sorted(
    (mapper for mapper in Base.registry.mappers if mapper.class_.metadata is Base.metadata),
    key=lambda mapper: str(mapper.local_table),
)
SHARED_ALTHOUGH_THEY_NAME_A_PLACE = {
    "account_place": "says what an account may see; read before there is a scope",
    "sign_in_rule_place": "says what a log-in may see; read before there is a scope",
    "policy": "a policy for one owner is no secret: everyone's replacement dates are judged by it",
}
SHARED_ALTHOUGH_THEY_NAME_AN_ACCOUNT = {
    "account_place": "says what an account may see; read before there is a scope",
    "api_token": "is looked up by its hash before there is a scope",
    "login": "is looked up by its token before anyone is logged in",
    **dict.fromkeys(("authenticator", "login_step", "passkey", "recovery_code"), "proves who is about to log in"),
}
PACKAGE = Path(assetreg.__file__).parent
OUTSIDE_DB = sorted(path for path in PACKAGE.rglob("*.py") if PACKAGE / "db" not in path.parents)
DOORS = ("web", "api", "cli", "jobs")
BARE_ENGINE = {"get_bind", "_engine", "_connection_for_bind"}

every_table = pytest.mark.parametrize("mapper", [pytest.param(each, id=str(each.local_table)) for each in MAPPERS])


@every_table
def test_table_says_itself_who_owns_its_rows(mapper: Mapper[Any]) -> None:
    assert isinstance(vars(mapper.class_).get("owned"), (Shared, ByPlace, ByOwnerTouched, ByAccount, ByNobody))


@every_table
def test_table_with_a_place_or_an_account_is_owned(mapper: Mapper[Any]) -> None:
    columns = set(mapper.columns.keys())
    if not isinstance(mapper.class_.owned, Shared):
        assert columns & {"owner_id", "account_id"}
        return
    name = str(mapper.local_table)
    assert "owner_id" not in columns or name in SHARED_ALTHOUGH_THEY_NAME_A_PLACE
    assert "account_id" not in columns or name in SHARED_ALTHOUGH_THEY_NAME_AN_ACCOUNT


def test_every_exception_is_still_needed() -> None:
    shared = {
        str(each.local_table): set(each.columns.keys()) for each in MAPPERS if isinstance(each.class_.owned, Shared)
    }
    assert {name for name, columns in shared.items() if "owner_id" in columns} == set(SHARED_ALTHOUGH_THEY_NAME_A_PLACE)
    assert {name for name, columns in shared.items() if "account_id" in columns} == set(
        SHARED_ALTHOUGH_THEY_NAME_AN_ACCOUNT
    )


@every_table
def test_table_has_all_three_columns_of_a_place_or_only_the_owner(mapper: Mapper[Any]) -> None:
    if isinstance(mapper.class_.owned, ByPlace):
        assert {"owner_id", "department_id", "unit_id"} <= set(mapper.columns.keys())


@every_table
def test_table_can_be_read_in_every_kind_of_scope(
    mapper: Mapper[Any], shared_database: Database, sides: Neighbours
) -> None:
    numbers = {}
    for scope in (NOTHING, sides.a.school, sides.a.scope, EVERYTHING):
        with shared_database.reading(scope) as session:
            numbers[scope] = session.scalar(select(func.count()).select_from(mapper.class_)) or 0
    assert sorted(numbers.values()) == list(numbers.values())
    if not isinstance(mapper.class_.owned, Shared):
        assert numbers[NOTHING] == 0


@every_table
def test_what_is_read_is_what_may_be_written(mapper: Mapper[Any], shared_database: Database, sides: Neighbours) -> None:
    """The criterion of a table and its rule for one row agree on every row there is."""
    owned = mapper.class_.owned
    with shared_database.reading(EVERYTHING) as session:
        every = {
            mapper.primary_key_from_instance(row).__repr__(): row for row in session.scalars(select(mapper.class_))
        }
    for scope in (NOTHING, sides.a.school, sides.a.office, sides.a.scope, Scope(account=1)):
        with shared_database.reading(scope) as session:
            seen = {repr(mapper.primary_key_from_instance(row)) for row in session.scalars(select(mapper.class_))}
        assert seen <= {key for key, row in every.items() if owned.holds(row, scope)}
        if scope not in (NOTHING, Scope(account=1)):
            assert seen == {key for key, row in every.items() if owned.holds(row, scope)}


@pytest.mark.parametrize("path", [pytest.param(path, id=path.relative_to(PACKAGE).as_posix()) for path in OUTSIDE_DB])
def test_guard_is_never_left_by_a_door_and_by_a_service_only_with_a_reason(path: Path) -> None:
    module = ast.parse(path.read_text(encoding="utf-8"))
    attributes = {node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute)}
    is_door = path.relative_to(PACKAGE).parts[0] in DOORS
    assert attributes & (BARE_ENGINE | {"unguarded", "engine"} if is_door else BARE_ENGINE) == set()


def found(database: Database, word: str) -> list[int]:
    """The devices the trigram index finds."""
    with database.engine.connect() as connection:
        asked = text("SELECT rowid FROM device_search WHERE device_search MATCH :word ORDER BY rowid")
        return list(connection.execute(asked, {"word": f'"{word}"'}).scalars())


def test_search_index_follows_every_insert_change_and_removal(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL keeps its indexes by itself")
    with database.transaction(EVERYTHING) as session:
        own = rows.owner(session, "A")
        first, second, third = (
            rows.device(session, own, search_key=key) for key in ("åsa thinkpad", "thinkpad", "ipad")
        )
        ids = first.id, second.id, third.id
    assert found(database, "thinkpad") == [ids[0], ids[1]]
    assert found(database, "åsa") == [ids[0]]
    with database.transaction(EVERYTHING) as session:
        session.get_one(Device, ids[0]).search_key = "åsa latitude"
        session.get_one(Device, ids[1]).os = "thinkpad os"
        session.delete(session.get_one(Device, ids[2]))
    assert found(database, "thinkpad") == [ids[1]]
    assert found(database, "latitude") == [ids[0]]
    assert found(database, "ipad") == []
    with database.engine.connect() as connection:
        connection.execute(text("INSERT INTO device_search(device_search, rank) VALUES ('integrity-check', 1)"))


def test_rolled_back_device_is_not_found(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL keeps its indexes by itself")
    with database.reading(EVERYTHING) as session:
        rows.device(session, rows.owner(session, "A"), search_key="thinkpad")
    assert found(database, "thinkpad") == []


def test_trigram_index_serves_a_search_in_the_middle_of_a_word(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("speaks of PostgreSQL alone")
    with database.transaction(EVERYTHING) as session:
        rows.device(session, rows.owner(session, "A"), search_key="åsa thinkpad")
    with database.engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        asked = "SELECT id FROM device WHERE search_key LIKE '%inkpa%'"
        plan = "\n".join(connection.execute(text(f"EXPLAIN {asked}")).scalars())
        assert "ix_device_search_key_trigram" in plan
        assert len(connection.execute(text(asked)).all()) == 1
