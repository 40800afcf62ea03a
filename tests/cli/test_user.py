from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from tests.cli.conftest import Run
from tests.databases import Databases

PASSWORD = "ett gammalt paraply i hallen"
UNPROTECTED = {
    "sqlite": ("event_refuses_delete", "DROP TRIGGER event_refuses_delete"),
    "postgres": ("event_refuses_change", "DROP TRIGGER event_refuses_change ON event"),
}


def add(assetreg: Run, name: str, *more: str) -> None:
    arguments = more if "--role" in more else ("--role", "reader", *more)
    assert assetreg("user", "add", name, *arguments, "--password-stdin", stdin=PASSWORD).exit == 0


def test_account_is_added_and_listed(assetreg: Run) -> None:
    add(assetreg, "Bertil", "--role", "admin")
    done = assetreg(
        "user", "add", "Anna", "--role", "reader", "--owner", "1861", "--owner", "1860", "--password-stdin", "--json",
        stdin=PASSWORD + "\n",
    )  # fmt: skip
    assert done.exit == 0
    assert done.document == {"name": "anna", "role": "reader", "owners": ["1861", "1860"]}
    listed = assetreg("user", "list", "--json").document
    assert [(row["name"], row["role"], row["owners"]) for row in listed] == [
        ("anna", "reader", ["1860", "1861"]),
        ("bertil", "admin", None),
    ]
    text = assetreg("user", "list").out
    assert "anna  Kommunkontakt  1860, 1861" in text
    assert "bertil  Administratör  alla kommuner" in text


@pytest.mark.parametrize(
    ("arguments", "stdin", "sentence"),
    [
        (["add", "anna", "--role", "reader"], "", "--password-stdin"),
        (["add", "anna", "--role", "reader", "--password-stdin"], "", "--password-stdin"),
        (["add", "anna", "--role", "reader", "--password-stdin"], "kort", "för kort"),
        (["add", "bertil", "--role", "reader", "--password-stdin"], PASSWORD, "redan ett konto"),
        (["add", "a b", "--role", "reader", "--password-stdin"], PASSWORD, "går inte som användarnamn"),
        (["add", "anna", "--role", "reader", "--owner", "9999", "--password-stdin"], PASSWORD, "9999 finns inte"),
        (["add", "anna", "--role", "auditor", "--expires", "4/5/16", "--password-stdin"], PASSWORD, "4/5/16"),
        (["disable", "nobody"], "", "inget konto som heter nobody"),
        (["set-role", "nobody", "admin"], "", "inget konto som heter nobody"),
        (["set-password", "bertil", "--password-stdin"], "bertil bertil bertil", "lätt att gissa"),
        (["set-scope", "bertil", "--owner", "1860/Ingenstans"], "", "1860/Ingenstans finns inte"),
    ],
)
def test_refusal_is_a_sentence_and_exit_1(assetreg: Run, arguments: list[str], stdin: str, sentence: str) -> None:
    add(assetreg, "bertil")
    before = assetreg("user", "list", "--json").document
    done = assetreg("user", *arguments, stdin=stdin)
    assert (done.exit, done.out) == (1, "")
    assert sentence in done.err
    assert "Traceback" not in done.err
    as_json = assetreg("user", *arguments, "--json", stdin=stdin)
    assert as_json.exit == 1
    assert sentence in as_json.document["refused"][0]["reason"]
    assert assetreg("user", "list", "--json").document == before


@pytest.mark.parametrize(
    "arguments", [["add"], ["add", "anna"], ["add", "anna", "--role", "boss"], ["dance"], ["list", "--no"]]
)
def test_usage_is_exit_2(assetreg: Run, arguments: list[str]) -> None:
    assert assetreg("user", *arguments).exit == 2


def test_accounts_are_changed(assetreg: Run) -> None:
    add(assetreg, "noise")
    add(assetreg, "anna")
    assert assetreg("user", "set-role", "anna", "planner").exit == 0
    assert assetreg("user", "set-scope", "anna", "--owner", "GEM").exit == 0
    assert assetreg("user", "disable", "ANNA").exit == 0
    assert assetreg("user", "set-password", "anna", "--password-stdin", stdin="ett annat långt lösenord").exit == 0
    anna, noise = assetreg("user", "list", "--json").document
    assert (anna["role"], anna["owners"], bool(anna["disabled_at"])) == ("planner", ["GEM"], True)
    assert (noise["role"], noise["owners"], noise["disabled_at"]) == ("reader", None, None)
    assert "stängt" in assetreg("user", "list").out
    assert assetreg("user", "enable", "anna").exit == 0
    assert assetreg("user", "list", "--json").document[0]["disabled_at"] is None


def test_no_register_file_is_made_in_silence(bare: Run, environment: dict[str, str], tmp_path: Path) -> None:
    done = bare("user", "list")
    assert (done.exit, done.out) == (1, "")
    assert "assetreg upgrade" in done.err
    assert list(tmp_path.iterdir()) == []


def test_upgrade_makes_the_register_file_and_says_so(bare: Run, tmp_path: Path) -> None:
    made = bare("upgrade")
    assert made.exit == 0
    assert "skapat" in made.out
    file = tmp_path / "ett register" / "a.db"
    assert str(file) in made.err
    assert {path.name: path.stat().st_mode & 0o077 for path in file.parent.iterdir()} == {
        "a.db": 0,
        "history-key": 0,
        "secret-key": 0,
    }
    again = bare("upgrade", "--json")
    assert again.document["before"] == again.document["after"]
    assert "a.db" in bare("user", "list").err


def say(database_url: str, statement: str) -> None:
    with create_engine(database_url, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql(statement)


def test_upgrade_makes_the_register_once(bare: Run, unmade: dict[str, str]) -> None:
    made = bare("upgrade", "--json")
    assert (made.exit, made.document["before"]) == (0, None)
    again = bare("upgrade", "--json").document
    assert again["before"] == again["after"] == made.document["after"]
    assert bare("user", "list", "--json").document == []


def test_register_that_stands_on_an_older_migration_is_refused(assetreg: Run, database_url: str) -> None:
    say(database_url, "UPDATE alembic_version SET version_num = '0003'")
    done = assetreg("user", "list")
    assert done.exit == 1
    assert "migration 0003" in done.err


def test_register_whose_history_is_unprotected_is_refused(
    assetreg: Run, database_url: str, databases: Databases
) -> None:
    trigger, statement = UNPROTECTED[databases.name]
    say(database_url, statement)
    done = assetreg("user", "list")
    assert done.exit == 1
    assert trigger in done.err
    assert assetreg("upgrade").exit == 0
    assert assetreg("user", "list").exit == 0


def test_lost_history_key_file_is_not_replaced_by_another(bare: Run, tmp_path: Path) -> None:
    bare("upgrade")
    (tmp_path / "ett register" / "history-key").unlink()
    for arguments in (["user", "list"], ["upgrade"]):
        done = bare(*arguments)
        assert done.exit == 1
        assert "ASSETREG_HISTORY_KEY" in done.err
    assert not (tmp_path / "ett register" / "history-key").exists()


def test_database_that_does_not_answer_is_a_sentence(bare: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSETREG_DATABASE_URL", "postgresql://anna:hemligt@127.0.0.1:1/register")
    for name in ("SECRET", "HISTORY"):
        monkeypatch.setenv(f"ASSETREG_{name}_KEY", "x" * 40)
    done = bare("user", "list")
    assert done.exit == 1
    assert "Ingen databasserver svarar på" in done.err
    assert "hemligt" not in done.err


@pytest.mark.parametrize("command", [[], ["user"], ["user", "add"], ["serve"], ["upgrade"], ["worker"]])
def test_help_needs_no_register(bare: Run, command: list[str]) -> None:
    done = bare(*command, "--help")
    assert done.exit == 0
    assert "--json" in done.out or "COMMAND" in done.out
