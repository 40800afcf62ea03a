"""``assetreg check`` and its anchor while people are at work: nobody is accused of what is only under way."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from assetreg.cli.main import assetreg
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.schemas.device import device_input
from assetreg.services import anchors, devices, integrity
from tests.cast import NOON, REGISTER, Cast, some_device

CHECKS = 3
FLEET = 60


@pytest.fixture
def tags(database: Database, cast: Cast) -> list[str]:
    with database.transaction(EVERYTHING) as session:
        return [some_device(session).tag for _ in range(FLEET)]


def rename(session: ScopedSession, tag: str, name: str) -> None:
    devices.edit(session, devices.lock(session, tag), device_input({"hostname": name}), actor=REGISTER)


@contextmanager
def at_work(database: Database, tags: list[str]) -> Iterator[list[int]]:
    """Somebody who edits and registers devices all the while; how many acts so far."""
    acts, stop, faults = [0], threading.Event(), []

    def work() -> None:
        try:
            while not stop.is_set():
                acts[0] += 1
                with database.transaction(EVERYTHING) as session:
                    rename(session, tags[acts[0] % len(tags)], f"PC-{acts[0]}")
                    some_device(session)
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield acts
    finally:
        stop.set()
        thread.join(60)
    assert faults == []


def test_register_that_is_checked_while_others_write_is_whole(
    database: Database, history_key: bytes, tags: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSETREG_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("ASSETREG_HISTORY_KEY", history_key.decode())
    monkeypatch.setenv("ASSETREG_SECRET_KEY", "the secret key of every test, long enough")
    anchor = tmp_path / "rot.txt"
    with at_work(database, tags) as acts:
        for _ in range(CHECKS):
            before = acts[0]
            done = CliRunner().invoke(assetreg, ["check", "--json", "--anchor", str(anchor)])
            assert json.loads(done.stdout) == {"differences": []}
            assert acts[0] > before, "nobody was at work"
    assert len(anchor.read_text().splitlines()) == CHECKS


def test_anchor_waits_for_an_older_event_that_is_not_yet_committed(database: Database, tags: list[str]) -> None:
    """An event that a line left out, though it is older than the newest of the line, would look forged the next day."""
    if database.is_sqlite:
        pytest.skip("on SQLite there is one writer at a time")
    lines: list[str] = []

    def anchored() -> None:
        with database.reading(EVERYTHING) as session:
            assert list(integrity.differences(session)) == []
            written.set()
            held.wait(30)
            lines.append(anchors.line(session, at=NOON))

    written, held = threading.Event(), threading.Event()
    thread = threading.Thread(target=anchored)
    with database.transaction(EVERYTHING) as slow:
        rename(slow, tags[0], "äldre")
        with database.transaction(EVERYTHING) as quick:
            rename(quick, tags[1], "nyare")
        thread.start()
        assert written.wait(30)
        held.set()
        thread.join(1)
        assert thread.is_alive(), "the line did not wait"
    thread.join(30)
    with database.reading(EVERYTHING) as session:
        assert list(anchors.compare(session, lines)) == []
