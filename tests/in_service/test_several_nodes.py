"""The recipe for several nodes, whole: HAProxy, two nodes, a primary and its standby. A node dies, then the primary."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import leave_out
from tests.in_service.conftest import free_port
from tests.in_service.machine import ROOT
from tests.in_service.proxies import Front, haproxy_command, running, write_certificate
from tests.in_service.test_examples import program, text_of
from tests.servers import programs
from tests.standby import NAME, Node, pair, wait_until

pytestmark = pytest.mark.long

WRITERS = 3
READERS = 2


@pytest.fixture
def databases_of_recipe() -> Iterator[tuple[Node, Node]]:
    found = programs()
    if found is None or not (found / "pg_basebackup").exists():
        leave_out("postgres", "no pg_basebackup beside the server's programs")
    with pair() as (primary, standby):
        primary.say(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
        primary.say("SELECT pg_reload_conf()")
        wait_until(lambda: primary.say("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
        yield primary, standby


def environment(primary: Node, standby: Node, folder: Path) -> dict[str, str]:
    """The recipe's own settings, with the servers of this test and keys of its own."""
    text = text_of("several-nodes.env").replace("@/assetreg?", "@/register?")
    text = re.sub(r"&passfile=[^&\"]*", "", text)
    for address, node in (("10.0.0.21:5432", primary), ("10.0.0.22:5432", standby)):
        text = text.replace(address, quote(str(node.folder), safe=""))
    text = text.replace("TRUSTED_PROXIES=10.0.0.5", "TRUSTED_PROXIES=127.0.0.1").replace("WORKERS=4", "WORKERS=1")
    stated = dict(word.split("=", 1) for line in text.splitlines() for word in shlex.split(line, comments=True))
    for name in [name for name in stated if name.endswith("_FILE")]:
        stated[name] = str(folder / name)
        (folder / name).write_text("f" * 64, encoding="ascii")
    return stated | {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "ASSETREG_API_PER_MINUTE": "100000"}


def command(stated: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "assetreg", *arguments],
        env=stated,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Served:
    """A node of the register, a process group of its own."""

    def __init__(self, stated: dict[str, str], folder: Path) -> None:
        self.port = free_port()
        with (folder / f"node-{self.port}").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "assetreg", "serve", "--port", str(self.port), "--drain", "5"],
                env=stated,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def end(self) -> None:
        self.process.terminate()


@dataclass
class Caller:
    """A program that writes or reads by the API, and remembers how it went."""

    front: Front
    token: str
    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def write(self, until: threading.Event) -> None:
        while not until.is_set():
            answer = self._ask("POST", json.dumps({"kind": "laptop", "owner": "1860"}))
            if answer:
                self.done.append(json.loads(answer)["tag"])

    def read(self, until: threading.Event) -> None:
        while not until.is_set():
            answer = self._ask("GET", None)
            if answer:
                self.done.append("read")
            time.sleep(0.02)

    def _ask(self, method: str, body: str | None) -> str | None:
        headers = {"Authorization": f"Bearer {self.token}"}
        headers |= {"Content-Type": "application/json"} if body else {}
        try:
            status, text, _ = self.front.ask("/api/v1/devices", method=method, body=body, headers=headers)
        except (OSError, HTTPException):
            status, text = 0, "no answer"
        if status in (200, 201):
            return text
        self.failed.append(f"{method} {status} {text[:200]}")
        time.sleep(0.05)
        return None


@dataclass
class Installation:
    front: Front
    nodes: list[Served]
    stated: dict[str, str]
    token: str


@pytest.fixture
def installation(databases_of_recipe: tuple[Node, Node], tmp_path: Path) -> Iterator[Installation]:
    haproxy = program("haproxy")
    stated = environment(*databases_of_recipe, tmp_path)
    command(stated, "upgrade")
    token = command(stated, "token", "add", "klient", "--role", "technician").strip()
    write_certificate(tmp_path)
    front = Front(http=free_port(), https=free_port())
    nodes = [Served(stated, tmp_path) for _ in range(2)]
    try:
        with running(haproxy_command(haproxy, tmp_path, front, nodes=[node.port for node in nodes]), front):
            wait_until(lambda: front.ask("/readyz").status == 200, seconds=60)
            time.sleep(3)
            yield Installation(front, nodes, stated, token)
    finally:
        for node in nodes:
            node.kill()


def test_node_and_then_primary_die_and_nothing_acknowledged_is_lost(
    installation: Installation, databases_of_recipe: tuple[Node, Node]
) -> None:
    primary, standby = databases_of_recipe
    writers = [Caller(installation.front, installation.token) for _ in range(WRITERS)]
    readers = [Caller(installation.front, installation.token) for _ in range(READERS)]
    until = threading.Event()
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        tasks = [pool.submit(each.write, until) for each in writers] + [
            pool.submit(each.read, until) for each in readers
        ]
        try:
            time.sleep(4)
            assert not [each.failed for each in (*writers, *readers) if each.failed]
            installation.nodes[0].kill()
            time.sleep(6)
            after_node = [len(each.failed) for each in readers]
            before = [len(each.done) for each in (*writers, *readers)]
            primary.kill()
            standby.promote()
            wait_until(lambda: all(len(w.done) > b for w, b in zip(writers, before, strict=False)), seconds=60)
            wait_until(lambda: all(len(r.done) > b for r, b in zip(readers, before[WRITERS:], strict=True)), seconds=60)
            time.sleep(2)
        finally:
            until.set()
        for task in tasks:
            task.result()
    assert sum(before) > 100
    assert max(after_node) <= 2, "a read that did not get through is made again on another node"
    kept = command(installation.stated, "export", "devices", "--format", "csv")
    acknowledged = [tag for writer in writers for tag in writer.done]
    assert len(set(acknowledged)) == len(acknowledged)
    assert [tag for tag in acknowledged if tag not in kept] == []
    assert "Allt stämmer." in command(installation.stated, "check")


def test_node_that_is_restarted_loses_nobody(installation: Installation) -> None:
    """Told to end it answers on while ``/readyz`` says no, until the proxy has turned away."""
    callers = [Caller(installation.front, installation.token) for _ in range(4)]
    until = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        tasks = [pool.submit(each.write, until) for each in callers[:2]]
        tasks += [pool.submit(each.read, until) for each in callers[2:]]
        try:
            time.sleep(2)
            installation.nodes[0].end()
            wait_until(lambda: installation.nodes[0].process.poll() is not None, seconds=60)
            time.sleep(2)
        finally:
            until.set()
        for task in tasks:
            task.result()
    assert [each.failed for each in callers] == [[]] * 4
    assert all(len(each.done) > 5 for each in callers)
