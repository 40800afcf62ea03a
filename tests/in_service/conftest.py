"""A server of a recipe on each engine: ``machine`` once on SQLite, once with a PostgreSQL beside it."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import leave_out
from tests.in_service.machine import Cluster, Machine
from tests.servers import PREFIX, programs, quick_folder


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    found = programs()
    if found is None or not (found / "createuser").exists():
        leave_out("postgres", "no createuser beside the server's programs")
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=quick_folder(), ignore_cleanup_errors=True) as name:
        made = Cluster(found, Path(name))
        made.start()
        try:
            yield made
        finally:
            made.stop()


@contextmanager
def machine_with(cluster: Cluster | None) -> Iterator[Machine]:
    folder = Path(tempfile.mkdtemp(prefix="assetreg-recipe-"))
    made = Machine(folder, port=free_port(), cluster=cluster)
    try:
        yield made
    finally:
        made.run("systemctl stop assetreg.service")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def machine(engine: str, request: pytest.FixtureRequest) -> Iterator[Machine]:
    with machine_with(request.getfixturevalue("cluster") if engine == "postgresql" else None) as made:
        yield made
