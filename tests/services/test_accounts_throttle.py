from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from assetreg.db.account import LoginAttempt
from assetreg.db.session import Database
from assetreg.domain.access import NOTHING
from assetreg.services import throttle
from assetreg.services.throttle import Keys, Slowed

AT = datetime(2026, 11, 20, 11, tzinfo=UTC)
SECRET = b"a secret that is long enough"


@pytest.fixture
def database(database_url: str, history_key: bytes) -> Iterator[Database]:
    """A register without an account."""
    opened = Database(database_url, history_key=history_key)
    yield opened
    opened.close()


def keys(name: str = "anna", address: str = "10.0.0.1") -> Keys:
    return Keys.of(name, address, secret=SECRET)


def fail(database: Database, whom: Keys, *, at: datetime, times: int = 1) -> None:
    for _ in range(times):
        with database.transaction(NOTHING) as session:
            throttle.note_failure(session, whom, at=at)


def seconds_left(database: Database, whom: Keys, *, at: datetime) -> int:
    with database.reading(NOTHING) as session:
        try:
            throttle.check(session, whom, at=at)
        except Slowed as slowed:
            return int(str(slowed.params["seconds"]))
    return 0


@given(st.integers(0, 10_000))
def test_wait_grows_and_ends(failures: int) -> None:
    wait = throttle.wait_after(failures, free=5)
    assert timedelta(0) <= wait <= timedelta(minutes=5)
    assert wait <= throttle.wait_after(failures + 1, free=5)
    assert (wait == timedelta(0)) is (failures < 5)


def test_name_waits_after_five_and_others_do_not(database: Database) -> None:
    fail(database, keys("noise", "10.0.0.9"), at=AT, times=3)
    fail(database, keys(), at=AT, times=4)
    assert seconds_left(database, keys(), at=AT) == 0
    fail(database, keys(), at=AT)
    assert seconds_left(database, keys(), at=AT) == 6
    assert seconds_left(database, keys(address="10.0.0.2"), at=AT) == 6
    assert seconds_left(database, keys("bertil"), at=AT) == 0
    assert seconds_left(database, keys("noise", "10.0.0.9"), at=AT) == 0
    fail(database, keys(), at=AT + timedelta(seconds=10))
    assert seconds_left(database, keys(), at=AT + timedelta(seconds=10)) == 11
    assert seconds_left(database, keys(), at=AT + timedelta(minutes=16)) == 0


def test_address_that_tries_many_names_waits_too(database: Database) -> None:
    with database.transaction(NOTHING) as session:
        for number in range(throttle.FREE_BY_ADDRESS):
            throttle.note_failure(session, keys(f"name{number}"), at=AT)
    assert seconds_left(database, keys("fresh"), at=AT) > 0
    assert seconds_left(database, keys("fresh", "10.0.0.2"), at=AT) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("", "10.0.0.2", False),
    ],
)
def test_address_is_a_subscriber_s(one: str, other: str, same: object) -> None:
    assert (keys(address=one).address == keys(address=other).address) is same


def test_keys_say_nothing_without_the_secret() -> None:
    assert "anna" not in repr(keys())
    assert keys() != Keys.of("anna", "10.0.0.1", secret=b"another")
    assert Keys.of("10.0.0.1", "10.0.0.1", secret=SECRET).name != keys().address


def test_forgiving_a_name_leaves_the_address(database: Database) -> None:
    fail(database, keys(), at=AT, times=5)
    with database.transaction(NOTHING) as session:
        throttle.forgive(session, keys())
    with database.reading(NOTHING) as session:
        left = session.execute(select(LoginAttempt.key, func.count()).group_by(LoginAttempt.key)).all()
    assert [tuple(row) for row in left] == [(keys().address, 5)]


def test_old_rows_are_cleared_away(database: Database) -> None:
    fail(database, keys("old"), at=AT - timedelta(days=1, minutes=1), times=3)
    fail(database, keys("young"), at=AT - timedelta(hours=23))
    fail(database, keys(), at=AT)
    with database.reading(NOTHING) as session:
        assert session.execute(select(func.count(LoginAttempt.id))).scalar_one() == 4
