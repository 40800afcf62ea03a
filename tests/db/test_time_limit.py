"""No statement of a page works longer than it may, on either engine."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import func, literal, select
from sqlalchemy.exc import OperationalError

from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING

LIMIT_MS = 200


def count_to(session: ScopedSession, last: int) -> int:
    """Keeps the database at work for as long as it takes."""
    numbers = select(literal(1).label("n")).cte(recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < last))
    with session.unguarded("counts, and reads nothing") as connection:
        return connection.execute(select(func.count()).select_from(numbers)).scalar_one()


def test_statement_that_works_too_long_is_ended_and_the_next_one_is_not(database_url: str, history_key: bytes) -> None:
    database = Database(database_url, history_key=history_key, statement_limit_ms=LIMIT_MS)
    with database.reading(EVERYTHING) as session:
        begun = time.monotonic()
        with pytest.raises(OperationalError):
            count_to(session, 1_000_000_000)
        assert time.monotonic() - begun < 30
    with database.reading(EVERYTHING) as session:
        assert count_to(session, 1_000) == 1_000
    database.close()


def test_time_between_two_statements_is_not_counted(database_url: str, history_key: bytes) -> None:
    database = Database(database_url, history_key=history_key, statement_limit_ms=LIMIT_MS)
    with database.reading(EVERYTHING) as session:
        assert count_to(session, 10) == 10
        time.sleep(1.5 * LIMIT_MS / 1000)
        assert count_to(session, 10_000) == 10_000
    database.close()


def test_statement_of_a_job_may_take_its_time(database: Database) -> None:
    with database.reading(EVERYTHING) as session:
        assert count_to(session, 100_000) == 100_000
