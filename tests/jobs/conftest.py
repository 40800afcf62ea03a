"""A register with the cast in it, on both engines, and a clock that tests turn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from assetreg.db.session import Database
from tests.cast import NOON, Cast, assemble
from tests.databases import Databases


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


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
    url = databases.copy(cast_template[0])
    opened = Database(url, history_key=history_key)
    yield opened
    opened.close()
    databases.discard(url)
