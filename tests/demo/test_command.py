"""`assetreg demo` on an empty register, on a file that is not there, and on a register in use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from assetreg.cli.main import assetreg

ARGUMENTS = ["demo", "--devices", "120", "--today", "2026-11-21", "--json"]


def fills_once(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("ASSETREG_DATABASE_URL", database_url)
    filled = CliRunner().invoke(assetreg, ARGUMENTS)
    assert filled.exit_code == 0, filled.stderr
    answer = json.loads(filled.stdout)
    assert answer["devices"] == 120
    assert {login["name"] for login in answer["logins"]} >= {"tekniker", "admin", "lekeberg"}
    again = CliRunner().invoke(assetreg, ARGUMENTS)
    assert again.exit_code == 1
    assert "inte tomt" in again.stderr
    assert "Traceback" not in again.stderr


def test_empty_register_is_filled_once(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET", "HISTORY"):
        monkeypatch.setenv(f"ASSETREG_{name}_KEY", "the key of every test, long enough")
    fills_once(monkeypatch, database_url)


def test_register_file_that_is_not_there_is_made_and_filled_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fills_once(monkeypatch, f"sqlite:///{tmp_path / 'fleet.db'}")
