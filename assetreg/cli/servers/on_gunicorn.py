"""gunicorn, without a configuration file and without reading the environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from assetreg.config import Settings

THREADS = 4
LONGEST_ANSWER_S = 120


class Kept(Protocol):
    def keep(self) -> None: ...

    def stop(self) -> None: ...


def run(create: Callable[[], Any], settings: Settings, *, host: str, port: int, worker: Kept | None) -> None:
    """Serves until it is told to stop; every process makes an application of its own, after the fork."""
    options = {
        "bind": [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"],
        "workers": settings.workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": LONGEST_ANSWER_S,
        "preload_app": False,
        "control_socket_disable": True,
        "forwarded_allow_ips": "",
        "loglevel": "warning",
        "proc_name": "assetreg",
    }
    try:
        Foreman(Server(create, options), worker).run()
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


class Foreman(Arbiter):  # type: ignore[misc]
    """Looks after the background worker as it looks after those that serve."""

    def __init__(self, app: Server, worker: Kept | None) -> None:
        self.background = worker
        super().__init__(app)

    def manage_workers(self) -> None:
        super().manage_workers()
        if self.background is not None:
            self.background.keep()
