"""The facts a device carries are what the rules make of it and the reference rows, on any day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from assetreg.db.session import ScopedSession
from assetreg.domain.terms import Indicator, Kind
from assetreg.services import reference
from tests.cast import NOON, Cast, some_device


@pytest.mark.parametrize(
    ("purchased", "due"),
    [
        ("2022-12-31", date(2025, 12, 31)),
        ("2023-01-01", date(2027, 1, 1)),
        ("2020-02-29", date(2023, 2, 28)),
        ("2024-02-29", date(2028, 2, 29)),
        ("", None),
    ],
)
def test_due_date_follows_the_policy_of_the_purchase(session: ScopedSession, purchased: str, due: date | None) -> None:
    assert some_device(session, purchased=purchased).due_on == due


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_every_kind_counts_where_the_mapping_says(session: ScopedSession, kind: Kind) -> None:
    first = (Kind.LAPTOP, Kind.DESKTOP, Kind.WORKSTATION, Kind.THIN_CLIENT, Kind.SERVER, Kind.STORAGE)
    wanted = Indicator.I1 if kind in first else Indicator.I2 if kind in (Kind.TABLET, Kind.PHONE) else None
    assert some_device(session, kind=kind.value).indicator == wanted


def test_support_end_is_that_of_the_system(session: ScopedSession) -> None:
    known = some_device(session, os="Windows 10", os_version="22H2")
    unknown = some_device(session, os="Plan 9")
    assert known.support_ends_on == date(2025, 10, 14)
    assert unknown.support_ends_on is None


def test_stored_facts_are_the_same_whenever_they_are_derived(session: ScopedSession, cast: Cast) -> None:
    now, later = cast.technician.actor, cast.technician.later(NOON + timedelta(days=400))
    first, second = (some_device(session, actor=actor, os="Windows 11 23H2") for actor in (now, later))
    read = reference.read(session)
    assert reference.derive(first, read) == reference.derive(second, read)
    facts = reference.derive(first, read)
    for device in (first, second):
        assert [getattr(device, name) for name in reference.STORED_FACTS] == [
            getattr(facts, name) for name in reference.STORED_FACTS
        ]


def test_reference_rows_are_read_once(session: ScopedSession) -> None:
    assert reference.read(session) is reference.read(session)
