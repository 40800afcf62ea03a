"""waitress, for Windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import waitress

from assetreg.config import Settings

THREADS = 8


class KeepsWorker:
    """Asked for with every request, since waitress has no moment of its own to look after another process."""

    def __init__(self, app: Any, worker: Any) -> None:
        self.app = app
        self.worker = worker

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.worker.keep()
        return self.app(environ, start_response)


def run(
    create: Callable[[], Any],
    settings: Settings,
    *,
    host: str,
    port: int,
    worker: Any,
    drain: int = 0,  # noqa: ARG001
) -> None:
    """Serves in one process until it is told to stop, and then at once: waitress cannot ``drain``."""
    app = create()
    if worker is not None:
        worker.keep()
        app = KeepsWorker(app, worker)
    megabytes = settings.max_upload_mb + 1
    try:
        waitress.serve(app, host=host, port=port, threads=THREADS, max_request_body_size=megabytes * 1024 * 1024)
    finally:
        if worker is not None:
            worker.stop()
