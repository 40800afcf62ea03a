"""`./run demo`: the first start fills, the next keeps, an interrupted one starts over."""

from __future__ import annotations

import socket
import sqlite3
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from assetreg.demo import __main__ as start
from assetreg.demo.alone import alone, claim
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
        assert f"\n  {name} " in greeting(database, 8080, label="/t/7K3M9Q2P")
    assert "http://127.0.0.1:8080/t/7K3M9Q2P " in greeting(database, 8080, label="/t/7K3M9Q2P")


def test_greeting_names_the_file_that_begins_it_all_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = tmp_path / "a place with spaces" / "demo.db"
    assert f"\n  {database}\n" in greeting(database, 8080, label="/t/X")
    monkeypatch.chdir(tmp_path)
    assert "\n  a place with spaces/demo.db\n" in greeting(database, 8080, label="/t/X").replace("\\", "/")


def test_of_two_first_starts_at_once_one_fills_and_the_other_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    filled: list[Path] = []
    begun = Event()

    def slow(database: Path, **_: Any) -> None:
        filled.append(database)
        begun.set()
        time.sleep(0.6)
        database.touch()

    monkeypatch.setattr(start, "_fill", slow)
    monkeypatch.setattr("assetreg.services.upgrading.upgrade", lambda _: None)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ready, tmp_path)
        assert begun.wait(10)
        second = pool.submit(ready, tmp_path)
        assert first.result(30) == second.result(30) == tmp_path / "demo.db"
    assert len(filled) == 1
    assert capfd.readouterr().err == "En annan start fyller registret just nu. Den här väntar tills den är klar.\n"


def test_start_that_fails_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "_fill", broken_off)
    with pytest.raises(KeyboardInterrupt):
        ready(tmp_path)
    waited: list[bool] = []
    with alone(tmp_path, waits=lambda: waited.append(True)):
        assert waited == []


def test_leavings_of_a_register_that_was_taken_away_are_not_read_into_the_new_one(tmp_path: Path) -> None:
    database = ready(tmp_path)
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("UPDATE owner SET name = 'Kvarleva' WHERE code = '1860'")
        opened.commit()
        wal = database.with_name("demo.db-wal").read_bytes()
    database.unlink()
    database.with_name("demo.db-wal").write_bytes(wal)
    with closing(sqlite3.connect(ready(tmp_path))) as opened:
        assert opened.execute("SELECT name FROM owner WHERE code = '1860'").fetchall() == [("Laxå",)]
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)


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


def test_port_that_another_start_is_about_to_serve_on_is_passed_over(tmp_path: Path) -> None:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        wanted = probe.getsockname()[1]
    words = "import sys, pathlib; from assetreg.demo.alone import claim; "
    words += "print(claim(pathlib.Path(sys.argv[1]), int(sys.argv[2])), flush=True); sys.stdin.read()"
    claimed = partial(claim, tmp_path)
    other = subprocess.Popen(
        [sys.executable, "-c", words, str(tmp_path), str(wanted)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"True"
        assert free_port(wanted, claimed=claimed) > wanted
    assert free_port(wanted, claimed=claimed) == wanted


def test_no_free_port_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.socket()) as taken:
        taken.bind((HOST, 0))
        taken.listen()
        monkeypatch.setattr("assetreg.demo.welcome.PORTS_TRIED", 0)
        with pytest.raises(NoFreePort, match="--port"):
            free_port(taken.getsockname()[1])
