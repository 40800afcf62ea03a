"""A small demo fleet in a register, on each engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from assetreg.db.session import Database
    from assetreg.demo import Summary
    from tests.databases import Databases

TODAY = date(2026, 11, 21)
DEVICES = 300


@dataclass(frozen=True)
class Filled:
    database: Database
    summary: Summary


def fill(databases: Databases, history_key: bytes, *, seed: int = 1, devices: int = DEVICES) -> Filled:
    from assetreg.db.session import Database
    from assetreg.demo import build

    database = Database(databases.migrated(), history_key=history_key)
    return Filled(database, build(database, seed=seed, today=TODAY, devices=devices))


@pytest.fixture(scope="session")
def filled(databases: Databases, history_key: bytes) -> Iterator[Filled]:
    made = fill(databases, history_key)
    yield made
    made.database.close()
