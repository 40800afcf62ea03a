"""A register with the cast in it, on both engines, and processes that work on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assetreg.db.session import Database
from tests.cast import Cast, assemble
from tests.databases import Databases


@pytest.fixture(scope="session")
def cast_template(databases: Databases, history_key: bytes) -> tuple[str, Cast]:
    url = databases.migrated()
    filled = Database(url, history_key=history_key)
    try:
        return url, assemble(filled)
    finally:
        filled.close()


@pytest.fixture
def cast(cast_template: tuple[str, Cast]) -> Cast:
    return cast_template[1]


@pytest.fixture
def database(databases: Databases, cast_template: tuple[str, Cast], history_key: bytes) -> Iterator[Database]:
    """A register of this test's own, with the cast and nothing else."""
    url = databases.copy(cast_template[0])
    opened = Database(url, history_key=history_key)
    yield opened
    opened.close()
    databases.discard(url)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "listor i väntan"
    made.mkdir()
    return made
