"""A register with the cast in it, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from assetreg.db.session import Database, ScopedSession
    from tests.cast import Cast
    from tests.databases import Databases


@pytest.fixture(scope="session")
def cast_template(databases: Databases, history_key: bytes) -> tuple[str, Cast]:
    from assetreg.db.session import Database
    from tests.cast import assemble

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
    from assetreg.db.session import Database

    url = databases.copy(cast_template[0])
    opened = Database(url, history_key=history_key)
    yield opened
    opened.close()
    databases.discard(url)


@pytest.fixture
def session(database: Database) -> Iterator[ScopedSession]:
    """A transaction over all owners, committed when the test is over, so that deferred checks are made too."""
    from assetreg.domain.access import EVERYTHING

    with database.transaction(EVERYTHING) as opened:
        yield opened
