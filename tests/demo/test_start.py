"""`./run demo`: the first start fills, the next keeps, an interrupted one starts over."""

from __future__ import annotations

import socket
import stat
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assetreg.demo import __main__ as start
from assetreg.demo.welcome import HOST, NoFreePort, free_port, greeting, kept_logins

TODAY = date(2026, 11, 21)


def ready(folder: Path) -> Path:
    return start.ready(folder, devices=120, today=TODAY)


def test_first_start_fills_and_the_second_keeps(tmp_path: Path) -> None:
    folder = tmp_path / "a place with spaces"
    database = ready(folder)
    made, logins = database.stat().st_mtime_ns, kept_logins(folder).read_text(encoding="utf-8")
    assert ready(folder) == database
    assert database.stat().st_mtime_ns == made
    assert kept_logins(folder).read_text(encoding="utf-8") == logins
    assert list(folder.glob("*.part*")) == []
    for name in ("tekniker", "planerare", "hallbarhet", "mdm", "lekeberg", "revisor", "admin"):
        assert f"\n  {name} " in greeting(folder, 8080, label="/t/7K3M9Q2P")
    assert "http://127.0.0.1:8080/t/7K3M9Q2P " in greeting(folder, 8080, label="/t/7K3M9Q2P")


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are a Unix matter")
def test_log_ins_and_register_are_their_owners_to_read(tmp_path: Path) -> None:
    database = ready(tmp_path)
    for file in (database, kept_logins(tmp_path)):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_interrupted_start_is_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(start, "build", broken_off)
        with pytest.raises(KeyboardInterrupt):
            ready(tmp_path)
    assert not (tmp_path / "demo.db").exists()
    assert (tmp_path / "demo.db.part").exists()
    assert ready(tmp_path).exists()
    assert list(tmp_path.glob("*.part*")) == []


def test_occupied_port_is_passed_over() -> None:
    with closing(socket.socket()) as taken:
        taken.bind((HOST, 0))
        taken.listen()
        occupied = taken.getsockname()[1]
        assert free_port(occupied) > occupied


def test_no_free_port_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.socket()) as taken:
        taken.bind((HOST, 0))
        taken.listen()
        monkeypatch.setattr("assetreg.demo.welcome.PORTS_TRIED", 0)
        with pytest.raises(NoFreePort, match="--port"):
            free_port(taken.getsockname()[1])
