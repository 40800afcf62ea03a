"""``/metrics`` in the text format of Prometheus: what this server counts, and how the register stands.

Needs the token of the settings, always; it tells nothing about a person or a single device.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError

from assetreg import __version__
from assetreg.domain.access import EVERYTHING
from assetreg.services import standing
from assetreg.services.standing import RegisterStanding
from assetreg.web import measures, visit
from assetreg.web.visit import open_to_all

blueprint = Blueprint("metrics", __name__)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
CLOSED = "Adressen är stängd. Ange ett lösenord i ASSETREG_METRICS_TOKEN och starta om servern.\n"
REFUSED = "Skicka lösenordet i ASSETREG_METRICS_TOKEN som Authorization: Bearer.\n"


@blueprint.get("/metrics")
@open_to_all
def show() -> Any:
    expected = visit.served().settings.metrics_token
    if not expected:
        return Response(CLOSED, status=403, mimetype="text/plain")
    scheme, _, stated = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(stated.strip().encode(), expected):
        refused = Response(REFUSED, status=401, mimetype="text/plain")
        refused.headers["WWW-Authenticate"] = 'Bearer realm="assetreg metrics"'
        return refused
    answer = Response(generate_latest(_counted()) + generate_latest(_register()), content_type=CONTENT_TYPE_LATEST)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _counted() -> CollectorRegistry:
    if not os.environ.get(FOLDER):
        return measures.REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _register() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Families(list(_families())))
    return registry


class Families:
    """What has been read already, as the library wants it."""

    def __init__(self, families: list[Metric]) -> None:
        self.families = families

    def collect(self) -> list[Metric]:
        return self.families


def _families() -> Iterator[Metric]:
    yield _labelled("assetreg_info", "The version that is running", "version", {__version__: 1})
    try:
        with visit.served().database.reading(EVERYTHING) as session:
            found = standing.read(session, at=visit.now())
    except SQLAlchemyError:
        yield _gauge("assetreg_database_up", "Whether the database answers", 0)
        return
    yield _gauge("assetreg_database_up", "Whether the database answers", 1)
    yield from _standing(found)


def _standing(found: RegisterStanding) -> Iterator[Metric]:
    states = {"queued": found.queued, "running": found.running}
    yield _labelled("assetreg_jobs", "Background jobs that wait or are under way", "state", states)
    yield _gauge("assetreg_jobs_failed", "Background jobs that failed in the last day", found.failed)
    yield _gauge("assetreg_jobs_oldest_seconds", "How long the first job in line has waited", found.oldest_s)
    yield _gauge("assetreg_imports_interrupted", "Imports that stopped half-way and can be resumed", found.interrupted)
    devices = {stage.value: number for stage, number in found.devices.items()}
    yield _labelled("assetreg_devices", "Devices in the register", "stage", devices)
    yield _gauge("assetreg_migration", "The migration the database stands at", found.migration)
    yield _gauge("assetreg_migration_newest", "The newest migration this version knows", found.newest)
    yield _gauge("assetreg_history_protected", "Whether the database refuses changes of the history", found.protected)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _labelled(name: str, meaning: str, label: str, values: dict[str, Any]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family
