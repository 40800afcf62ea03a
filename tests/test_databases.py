from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from tests import servers
from tests.databases import Databases


def say(url: str, *statements: str) -> list[tuple[object, ...]]:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        for statement in statements[:-1]:
            connection.exec_driver_sql(statement)
        return [tuple(row) for row in connection.exec_driver_sql(statements[-1])]


def test_copy_has_the_rows_and_goes_its_own_way(databases: Databases) -> None:
    first = databases.empty()
    noise = databases.empty()
    say(first, "CREATE TABLE pallet (name text)", "INSERT INTO pallet VALUES ('nord') RETURNING name")
    second = databases.copy(first)
    assert say(second, "INSERT INTO pallet VALUES ('syd')", "SELECT name FROM pallet ORDER BY name") == [
        ("nord",),
        ("syd",),
    ]
    assert say(first, "SELECT name FROM pallet") == [("nord",)]
    assert inspect(create_engine(noise, poolclass=NullPool)).get_table_names() == []


def test_discarded_database_is_gone(databases: Databases) -> None:
    url = databases.empty()
    say(url, "CREATE TABLE pallet (name text)", "INSERT INTO pallet VALUES ('nord') RETURNING name")
    databases.discard(url)
    with pytest.raises(SQLAlchemyError):
        say(url, "SELECT name FROM pallet")


def test_address_of_another_database_keeps_the_socket() -> None:
    url = servers.for_database("postgresql+psycopg://assetreg@/postgres?host=%2Ftmp%2Fa", "skola")
    assert url == "postgresql+psycopg://assetreg@/skola?host=%2Ftmp%2Fa"


def test_folder_of_a_living_run_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "owner").write_text("1")
    assert servers.owner_lives(tmp_path)


def test_folder_without_an_owner_yet_is_left_alone(tmp_path: Path) -> None:
    assert servers.owner_lives(tmp_path)


def test_folder_of_a_killed_run_is_swept(tmp_path: Path) -> None:
    (tmp_path / "owner").write_text(str(2**22 + 1))
    assert not servers.owner_lives(tmp_path)
