"""When the worker was last seen alive, for /metrics of the server that started it and shares its folder of counts."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Gauge

_seen = Gauge(
    "assetreg_worker_seen_timestamp_seconds",
    "When the background worker last looked for work, or finished a batch",
    registry=CollectorRegistry(),
    multiprocess_mode="max",
)


def beat() -> None:
    _seen.set(time.time())
