"""What is counted in the process; with several processes each counts in a file of its own, added up when asked.

Where the files lie (``PROMETHEUS_MULTIPROC_DIR``) is read when the library is first imported: ``serve`` states it
before it makes the application.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
STATEMENT_SECONDS = (0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 10.0)

requests = Counter(
    "assetreg_http_requests", "Requests by rule, method and status", ["rule", "method", "status"], registry=REGISTRY
)
request_seconds = Histogram(
    "assetreg_http_request_seconds",
    "Time from the request to the last byte of the answer",
    ["rule"],
    buckets=SECONDS,
    registry=REGISTRY,
)
statement_seconds = Histogram(
    "assetreg_database_statement_seconds",
    "Time until a statement's first row could be read",
    buckets=STATEMENT_SECONDS,
    registry=REGISTRY,
)
failed_logins = Counter("assetreg_failed_logins", "Log-ins that were refused", registry=REGISTRY)
