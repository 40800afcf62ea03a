"""Making a register where it cannot be made, and keys that cannot be read: refused with the reason, nothing written."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.pool import NullPool

from tests.cli.conftest import KEYS, Run


@pytest.fixture
def own_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


def test_folder_that_cannot_be_made_is_refused(
    bare: Run, own_keys: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fil").write_text("upptagen", encoding="utf-8")
    monkeypatch.setenv("ASSETREG_DATABASE_URL", f"sqlite:///{tmp_path}/fil/mapp/a.db")
    answer = bare("upgrade", "--json")
    assert answer.exit == 1
    assert answer.document["refused"][0]["code"] == "register_unmakeable"
    assert str(tmp_path / "fil" / "mapp" / "a.db") in answer.err


def test_folder_where_keys_cannot_be_kept_is_refused(
    bare: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fil").write_text("upptagen", encoding="utf-8")
    monkeypatch.setenv("ASSETREG_DATABASE_URL", f"sqlite:///{tmp_path}/fil/mapp/a.db")
    answer = bare("upgrade")
    assert answer.exit == 1
    assert "ASSETREG_HISTORY_KEY" in answer.err
    assert "går inte att läsa eller skriva" in answer.err


def test_key_file_that_cannot_be_read_is_named(bare: Run, tmp_path: Path) -> None:
    bare("upgrade")
    kept = tmp_path / "ett register" / "history-key"
    kept.unlink()
    kept.mkdir()
    for command in (("user", "list"), ("check",), ("upgrade",)):
        answer = bare(*command, "--json")
        assert answer.exit == 1
        assert answer.document["refused"][0]["code"] == "bad_setting"
        assert str(kept) in answer.err


def test_emptied_key_file_is_no_key(bare: Run, tmp_path: Path) -> None:
    bare("upgrade")
    (tmp_path / "ett register" / "history-key").write_text("\n", encoding="ascii")
    answer = bare("user", "list")
    assert answer.exit == 1
    assert "mindre än 32 tecken" in answer.err


def test_file_of_another_program_is_left_as_it_is(
    bare: Run, own_keys: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "bokföring.db"
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE verifikat (nummer)")
        made.commit()
    before = other.read_bytes()
    monkeypatch.setenv("ASSETREG_DATABASE_URL", f"sqlite:///{other}")
    answer = bare("upgrade", "--json")
    assert answer.exit == 1
    assert answer.document["refused"][0]["code"] == "not_our_database"
    assert "(verifikat)" in answer.err
    assert other.read_bytes() == before


@pytest.mark.parametrize("command", ["upgrade", "due"])
def test_no_key_is_left_beside_the_file_of_another_program(
    bare: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    folder = tmp_path / "bokföring"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "a.db")) as made:
        made.execute("CREATE TABLE verifikat (nummer)")
        made.commit()
    monkeypatch.setenv("ASSETREG_DATABASE_URL", f"sqlite:///{folder}/a.db")
    answer = bare(command)
    assert answer.exit == 1
    assert "innehåller redan något annat (verifikat)" in answer.err
    assert [path.name for path in folder.iterdir()] == ["a.db"]


def test_file_that_is_no_database_is_left_as_it_is(bare: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tmp_path / "brev" / "brev.txt"
    text.parent.mkdir()
    text.write_text("Hej! " * 300, encoding="utf-8")
    monkeypatch.setenv("ASSETREG_DATABASE_URL", f"sqlite:///{text}")
    answer = bare("upgrade", "--json")
    assert answer.document["refused"][0]["code"] == "not_a_database"
    assert text.read_text(encoding="utf-8") == "Hej! " * 300
    assert [path.name for path in text.parent.iterdir()] == ["brev.txt"]


def test_empty_file_is_no_register_until_it_is_made_one(
    bare: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tomt" / "a.db"
    file.parent.mkdir()
    file.touch(mode=0o644)
    monkeypatch.setenv("ASSETREG_DATABASE_URL", f"sqlite:///{file}")
    assert "Det finns inget register" in bare("due").err
    assert bare("upgrade").exit == 0
    assert bare("due").exit == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_database_that_holds_other_tables_is_refused_on_each_engine(assetreg: Run, database_url: str) -> None:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    tables = inspect(engine).get_table_names()
    answer = assetreg("upgrade")
    assert answer.exit == 1
    assert "är inget register" in answer.err
    assert inspect(engine).get_table_names() == tables


@pytest.mark.parametrize("command", ["upgrade", "due"])
def test_register_of_a_newer_version_is_refused(assetreg: Run, database_url: str, command: str) -> None:
    with create_engine(database_url, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    answer = assetreg(command)
    assert answer.exit == 1
    assert "migration 9999" in answer.err
    assert "eller en nyare" in answer.err
