"""``assetreg serve``: the production server on the configured register, and its background worker."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from assetreg.cli import addresses
from assetreg.cli.frame import Command, Register
from assetreg.config import Settings
from assetreg.services import logbook

COUNTS_IN = "PROMETHEUS_MULTIPROC_DIR"
RESTARTS_EVERY_S = 10


@click.command("serve", cls=Command)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H", help="Adressen att lyssna på.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    metavar="P",
    help="Porten att lyssna på.",
)
@click.option(
    "--drain",
    default=0,
    show_default=True,
    type=click.IntRange(0, 300),
    metavar="S",
    help="Sekunder att svara vidare, men neka på /readyz, innan servern slutar.",
)
@click.pass_obj
def command(register: Register, host: str, port: int, drain: int) -> None:
    """Starta registret för alla som ska använda det."""
    if register.doors.create_app is None:
        raise RuntimeError("the entry point gave no application")
    settings, create_app = register.settings, register.doors.create_app
    register.database.close()
    addresses.refuse_unusable(host, port)
    address = settings.base_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    register.say({"address": address}, f"Öppna {address} i en webbläsare. Avsluta med Ctrl+C.")
    sys.stdout.flush()
    work = [sys.executable, "-m", "assetreg", "worker", "--child-of", str(os.getpid())]
    worker = Child(work) if register.doors.run_worker else None
    if sys.platform == "win32":
        from assetreg.cli.servers import on_waitress as server
    else:
        from assetreg.cli.servers import on_gunicorn as server
    logbook.open_log(settings.log_format, settings.log_level)
    with counting(settings):
        server.run(lambda: create_app(settings), settings, host=host, port=port, worker=worker, drain=drain)


@contextmanager
def counting(settings: Settings) -> Iterator[None]:
    """A folder for what the server's processes and its worker count, while the server runs."""
    if not settings.metrics_token or os.environ.get(COUNTS_IN):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="assetreg-counts-", ignore_cleanup_errors=True) as folder:
        os.environ[COUNTS_IN] = folder
        try:
            yield
        finally:
            del os.environ[COUNTS_IN]


class Child:
    """A process that is kept running: started again when it has ended, until it is stopped."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def keep(self) -> None:
        ended = self.process is None or self.process.poll() is not None
        if ended and (self.process is None or time.monotonic() - self.started > RESTARTS_EVERY_S):
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL)
            self.started = time.monotonic()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
