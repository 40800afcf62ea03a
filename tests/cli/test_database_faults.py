"""Why a database cannot serve, told apart: on both engines, with the reason whole and without the password."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from assetreg.cli.database_faults import database_fault
from tests.cli.conftest import KEYS, Run
from tests.databases import PostgresDatabases


@pytest.fixture
def file(bare: Run, tmp_path: Path) -> Path:
    assert bare("upgrade").exit == 0
    return tmp_path / "ett register" / "a.db"


def test_file_that_is_no_database_is_named(bare: Run, file: Path) -> None:
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    file.write_text("Kära dagbok, " * 500, encoding="utf-8")
    for command in (("user", "list"), ("upgrade",), ("check",)):
        answer = bare(*command, "--json")
        assert answer.exit == 1
        assert answer.document["refused"][0]["code"] == "not_a_database"
        assert str(file) in answer.err


def test_register_that_cannot_be_written_says_that_and_not_that_the_server_is_down(file: Path) -> None:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as opened, pytest.raises(sqlite3.Error) as told:
        opened.execute("DELETE FROM owner")
    sentence = database_fault(_wrapped(told.value), place="sqlite:////x/a.db").sentence()
    assert "sqlite:////x/a.db går inte att skriva i" in sentence
    assert "servern" not in sentence


def test_register_that_somebody_holds_is_busy(file: Path) -> None:
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(file, timeout=0)) as other:
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as told:
            other.execute("BEGIN IMMEDIATE")
    assert database_fault(_wrapped(told.value), place="x").code == "database_busy"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ('connection failed: FATAL:  password authentication failed for user "anna"', "database_log_in_refused"),
        ('connection failed: FATAL:  role "anna" does not exist', "database_log_in_refused"),
        ('connection failed: FATAL:  database "registret" does not exist', "no_such_database"),
        ("connection failed: FATAL:  sorry, too many clients: too many connections", "server_crowded"),
        ("failed to resolve host 'dbb': [Errno -2] Name or service not known", "database_host_unknown"),
        ("connection timeout expired", "database_server_away"),
        ("connection failed: FATAL:  the database system is starting up", "database_silent"),
    ],
)
def test_causes_of_a_connection_that_never_was_are_told_apart(words: str, code: str) -> None:
    assert database_fault(_wrapped(psycopg.OperationalError(words)), place="x").code == code


def test_reason_that_nobody_foresaw_is_told_whole() -> None:
    words = "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally at 14:05"
    sentence = database_fault(_wrapped(psycopg.OperationalError(words)), place="x").sentence()
    assert "terminated abnormally at 14:05" in sentence
    assert "\n" not in sentence


def test_missing_database_and_wrong_password_on_a_server(
    bare: Run, postgresql_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    url = make_url(postgresql_databases.server_url)
    missing = url.set(database="finns_inte_alls").render_as_string(hide_password=False)
    nobody = url.set(username="ingen_alls").render_as_string(hide_password=False)
    for stated, codes in ((missing, {"no_such_database"}), (nobody, {"database_log_in_refused"})):
        monkeypatch.setenv("ASSETREG_DATABASE_URL", stated)
        answer = bare("due", "--json")
        assert answer.document["refused"][0]["code"] in codes, answer.err


def _wrapped(error: Exception) -> OperationalError:
    return OperationalError("SELECT 1", {}, error)
