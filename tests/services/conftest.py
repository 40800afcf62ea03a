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


@pytest.fixture(scope="session")
def shared_database(databases: Databases, cast_template: tuple[str, Cast], history_key: bytes) -> Iterator[Database]:
    from assetreg.db.session import Database

    opened = Database(databases.copy(cast_template[0]), history_key=history_key)
    yield opened
    opened.close()


@pytest.fixture
def session(shared_database: Database) -> Iterator[ScopedSession]:
    """A transaction over all owners that is taken back when the test is over, once all that a commit checks holds."""
    from assetreg.db import tally
    from assetreg.db.session import ScopedSession
    from assetreg.domain.access import EVERYTHING

    engine = shared_database.engine.execution_options(writes=True)
    with ScopedSession(engine, EVERYTHING, history_key=shared_database._history_key) as opened:
        yield opened
        opened.flush()
        tally.settle(opened)
        with opened.unguarded("what a commit checks is checked here") as connection:
            if opened.is_sqlite:
                assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            else:
                connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        opened.rollback()
