"""A PostgreSQL primary and a streaming standby on this machine, for the tests of reading there and of failing over."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.servers import PREFIX, Server, programs, quick_folder

NAME = "copy"
CONFIGURED = {
    "listen_addresses": "''",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "hot_standby": "on",
    "hot_standby_feedback": "on",
    "fsync": "on",
    "shared_buffers": "'32MB'",
    "max_connections": "40",
    "timezone": "'UTC'",
}


class Node(Server):
    """One of the two servers. ``url`` is the address of its database ``register``."""

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://assetreg@/register?host={quote(str(self.folder), safe='')}"

    def make(self) -> None:
        self.run("initdb", "-D", self.data, "-U", "assetreg", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in CONFIGURED.items())

    def copy_from(self, primary: Node) -> None:
        arguments = ["-D", str(self.data), "-h", str(primary.folder), "-U", "assetreg", "-R", "-X", "stream"]
        self.run("pg_basebackup", *arguments, "-c", "fast", "-d", f"application_name={NAME} dbname=postgres")

    def begin(self) -> None:
        log = self.folder / "log"
        self.run("pg_ctl", "-D", self.data, "start", "-w", "-l", log, "-o", f"-k '{self.folder}'")

    def promote(self) -> None:
        self.run("pg_ctl", "-D", self.data, "promote", "-w")

    def kill(self) -> None:
        """As when the power goes: nothing is written down, nobody is told."""
        import os

        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def say(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        address = f"postgresql+psycopg://assetreg@/{database}?host={quote(str(self.folder), safe='')}"
        engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            done = connection.execute(text(statement))
            return [tuple(row) for row in done] if done.returns_rows else []


@contextmanager
def pair() -> Iterator[tuple[Node, Node]]:
    """A primary with an empty database ``register``, and a standby that follows it."""
    found = programs()
    if found is None or not (found / "pg_basebackup").exists():
        raise RuntimeError("no pg_basebackup")
    folders = [Path(tempfile.mkdtemp(prefix=PREFIX, dir=quick_folder())) for _ in range(2)]
    primary, standby = (_node(found, folder) for folder in folders)
    try:
        primary.make()
        primary.begin()
        primary.say("CREATE DATABASE register")
        standby.copy_from(primary)
        standby.begin()
        yield primary, standby
    finally:
        for node in (primary, standby):
            node.run("pg_ctl", "-D", node.data, "stop", "-m", "immediate", "-w", check=False)
            shutil.rmtree(node.folder, ignore_errors=True)


def _node(found: Path, folder: Path) -> Node:
    import os

    (folder / "owner").write_text(str(os.getpid()), encoding="ascii")
    node = Node(found, folder)
    if node.user is not None:
        os.chown(folder, node.user, -1)
        node.bring_within_reach()
    return node


def wait_until(holds: object, *, seconds: float = 15) -> None:
    """Raises AssertionError when it never holds."""
    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
