"""`assetreg demo` on a file that is not there, and on a register in use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from assetreg.cli.main import assetreg

ARGUMENTS = ["demo", "--devices", "120", "--today", "2026-11-21", "--json"]


def test_empty_register_is_filled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSETREG_DATABASE_URL", f"sqlite:///{tmp_path / 'fleet.db'}")
    filled = CliRunner().invoke(assetreg, ARGUMENTS)
    assert filled.exit_code == 0, filled.stderr
    answer = json.loads(filled.stdout)
    assert answer["devices"] == 120
    assert {login["name"] for login in answer["logins"]} >= {"tekniker", "admin", "lekeberg"}
    again = CliRunner().invoke(assetreg, ARGUMENTS)
    assert again.exit_code == 1
    assert "inte tomt" in again.stderr
    assert "Traceback" not in again.stderr
