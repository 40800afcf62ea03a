"""A command line on a register of its own: `assetreg("user", "list")`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner

from assetreg.cli.main import assetreg as command
from assetreg.services import passwords
from tests.databases import Databases

KEYS = {
    "ASSETREG_HISTORY_KEY": "the key that every test signs its history with",
    "ASSETREG_SECRET_KEY": "the key of every test, long enough",
}


@dataclass(frozen=True, slots=True)
class Answer:
    exit: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The settings of a register that has not been made: a file, in a folder with a space in its name."""
    stated = {"ASSETREG_DATABASE_URL": f"sqlite:///{tmp_path}/ett register/a.db"}
    for name, value in stated.items():
        monkeypatch.setenv(name, value)
    return stated


@pytest.fixture
def bare(environment: dict[str, str]) -> Run:
    """The command line before there is a register."""

    def run(*arguments: str, stdin: str = "") -> Answer:
        done = CliRunner().invoke(command, list(arguments), input=stdin)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def unmade(
    databases: Databases, environment: dict[str, str], empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The settings of a register that has not been made, on each engine; a server's must be given its keys."""
    if databases.name == "postgres":
        environment |= {"ASSETREG_DATABASE_URL": empty_database_url, **KEYS}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
    return environment


@pytest.fixture
def assetreg(bare: Run, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on an empty register at the newest migration, on each engine."""
    for name, value in {"ASSETREG_DATABASE_URL": database_url, **KEYS}.items():
        monkeypatch.setenv(name, value)
    return bare
