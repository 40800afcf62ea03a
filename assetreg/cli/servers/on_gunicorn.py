"""gunicorn, without a configuration file and without reading the environment."""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Callable
from typing import Any, Protocol

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from assetreg.config import Settings

THREADS = 4
LONGEST_ANSWER_S = 120
LONGEST_END_S = 30


class Kept(Protocol):
    def keep(self) -> None: ...

    def stop(self) -> None: ...


def run(
    create: Callable[[], Any], settings: Settings, *, host: str, port: int, worker: Kept | None, drain: int = 0
) -> None:
    """Serves until it is told to stop; every process makes an application of its own, after the fork.

    Told to stop, it goes on for ``drain`` seconds while ``/readyz`` says no, so that a proxy can turn elsewhere;
    then it takes no new connections and lets those under way finish. Told twice, it does not wait.
    """
    stopping = multiprocessing.get_context("fork").Event()

    def make() -> Any:
        app = create()
        app.extensions["assetreg.stopping"] = stopping.is_set
        return app

    options = {
        "bind": [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"],
        "workers": settings.workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": LONGEST_ANSWER_S,
        "graceful_timeout": LONGEST_END_S,
        "logger_class": Quiet,
        "preload_app": False,
        "control_socket_disable": True,
        "forwarded_allow_ips": "",
        "loglevel": "warning",
        "proc_name": "assetreg",
    }
    try:
        Foreman(Server(make, options), worker, stopping=stopping, drain=drain).run()
    finally:
        if worker is not None:
            worker.stop()


class Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, create: Callable[[], Any], options: dict[str, Any]) -> None:
        self.create = create
        self.stated = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.stated.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self.create()


class Quiet(Logger):  # type: ignore[misc]
    """gunicorn's own lines go the way of all others."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.addFilter(_without_content)


def _without_content(record: logging.LogRecord) -> bool:
    """A request that cannot be read is told of without what it said, which may be a secret."""
    said = record.getMessage()
    if said.startswith("Invalid request from"):
        record.msg, record.args = said.partition(": ")[0], ()
    return True


class Foreman(Arbiter):  # type: ignore[misc]
    """Looks after the background worker as it looks after those that serve, and ends in good order."""

    def __init__(self, app: Server, worker: Kept | None, *, stopping: Any, drain: int) -> None:
        self.background = worker
        self.stopping = stopping
        self.drain = drain
        self.ends_at: float | None = None
        super().__init__(app)

    def handle_term(self) -> None:
        told_before = self.stopping.is_set()
        self.stopping.set()
        if told_before or not self.drain:
            raise StopIteration
        self.ends_at = time.monotonic() + self.drain

    def murder_workers(self) -> None:
        super().murder_workers()
        if self.ends_at is not None and time.monotonic() >= self.ends_at:
            raise StopIteration

    def manage_workers(self) -> None:
        super().manage_workers()
        if self.background is not None:
            self.background.keep()
