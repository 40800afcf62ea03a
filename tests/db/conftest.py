"""Two owners side by side, made once for a whole file of tests that leave them as they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assetreg.db.session import Database
from tests.databases import Databases
from tests.db.rows import Neighbours, neighbours


@pytest.fixture(scope="module")
def shared_database(databases: Databases, history_key: bytes) -> Iterator[Database]:
    url = databases.migrated()
    opened = Database(url, history_key=history_key)
    yield opened
    opened.close()
    databases.discard(url)


@pytest.fixture(scope="module")
def sides(shared_database: Database) -> Neighbours:
    return neighbours(shared_database)
