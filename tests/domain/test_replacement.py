from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.policy_sets import CYCLE_BY_SWAP, DEFAULT_CYCLE, DEFAULT_DEPRECIATION, PolicySeed
from assetreg.domain.replacement import (
    CycleFacts,
    MonthsOutOfRange,
    Policy,
    add_months,
    awaits_replacement,
    check_months,
    due_for,
    due_on,
    is_due,
    policy_for,
    retire_from,
)
from assetreg.domain.terms import Kind, Stage

IDS = {"1860": 2, "GEM": 5}


def seeded(seeds: tuple[PolicySeed, ...]) -> list[Policy]:
    return [
        Policy(s.purchased_from, s.months, kind=s.kind, owner_id=IDS[s.owner_code] if s.owner_code else None)
        for s in seeds
    ]


CYCLE = seeded(DEFAULT_CYCLE)
days = st.dates(date(1980, 1, 1), date(2100, 12, 31))


def due(purchased: date | None, policies: list[Policy], *, override: date | None = None) -> date | None:
    return due_for(CycleFacts(Kind.LAPTOP, IDS["1860"], purchased, override), policies)


@pytest.mark.parametrize(
    ("purchased", "expected"),
    [
        ("2022-12-31", "2025-12-31"),
        ("2023-01-01", "2027-01-01"),
        ("2020-02-29", "2023-02-28"),
        ("2024-02-29", "2028-02-29"),
    ],
)
def test_due_dates_of_the_plan(purchased: str, expected: str) -> None:
    assert due(date.fromisoformat(purchased), CYCLE) == date.fromisoformat(expected)


def test_without_a_purchase_date_nothing_is_due_unless_the_device_has_its_own_date() -> None:
    own = date(2028, 6, 30)
    assert due(None, CYCLE) is None
    assert due(None, CYCLE, override=own) == own
    assert due(date(2020, 1, 1), CYCLE, override=own) == own


def test_no_policy_means_no_due_date() -> None:
    assert due(date(2020, 1, 1), []) is None
    assert due(date(2020, 1, 1), [Policy(date(2023, 1, 1), 48)]) is None


def test_the_other_reading_has_no_device_due_in_2023() -> None:
    swapped = seeded(CYCLE_BY_SWAP)
    assert due(date(2019, 12, 31), swapped) == date(2022, 12, 31)
    assert due(date(2020, 1, 1), swapped) == date(2024, 1, 1)


@pytest.mark.parametrize(
    ("kind", "owner", "purchased", "months"),
    [
        (Kind.LAPTOP, "1860", date(2022, 12, 31), 36),
        (Kind.LAPTOP, "1860", date(2023, 1, 1), 48),
        (Kind.THIN_CLIENT, "1860", date(2023, 1, 1), 48),
        (Kind.TABLET, "1860", date(2024, 1, 1), 36),
        (Kind.SERVER, "1860", date(2024, 1, 1), 36),
        (Kind.LAPTOP, "GEM", date(2024, 1, 1), 36),
    ],
)
def test_depreciation_as_the_plan_has_money_for(kind: Kind, owner: str, purchased: date, months: int) -> None:
    policy = policy_for(seeded(DEFAULT_DEPRECIATION), kind=kind, owner_id=IDS[owner], purchased=purchased)
    assert policy is not None
    assert policy.months == months


@given(st.permutations(range(6)), st.integers(0, 5))
def test_the_narrowest_policy_wins_then_the_latest_in_whatever_order_they_come(order: list[int], taken: int) -> None:
    by_precedence = [
        Policy(date(2021, 1, 1), 1, kind=Kind.LAPTOP, owner_id=2),
        Policy(date(2022, 1, 1), 2, owner_id=2),
        Policy(date(2021, 1, 1), 3, owner_id=2),
        Policy(date(2020, 1, 1), 4, kind=Kind.LAPTOP),
        Policy(date(2023, 1, 1), 5),
        Policy(date(2020, 1, 1), 6),
    ]
    noise = [Policy(date(2020, 1, 1), 90, kind=Kind.PHONE, owner_id=2), Policy(date(2020, 1, 1), 91, owner_id=3)]
    left = [by_precedence[i] for i in order if i >= taken]
    found = policy_for([*noise, *left], kind=Kind.LAPTOP, owner_id=2, purchased=date(2024, 1, 1))
    assert found == by_precedence[taken]


@given(days, days, st.integers(1, 240))
def test_what_was_bought_later_is_never_due_earlier(one: date, other: date, months: int) -> None:
    first, second = sorted((one, other))
    assert due_on(first, months) <= due_on(second, months)


@given(days, st.integers(-240, 240))
def test_months_are_added_to_the_same_day_or_the_months_last(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved.day < day.day and moved != add_months(day.replace(day=moved.day), months + 1))
    assert moved.day <= day.day


def test_the_calendars_ends_hold_what_would_fall_outside() -> None:
    assert add_months(date(9999, 6, 1), 12) == date.max
    assert add_months(date(1, 6, 1), -12) == date.min


def test_a_device_is_rather_retired_half_a_year_before_it_is_due() -> None:
    assert retire_from(date(2027, 8, 31)) == date(2027, 2, 28)
    assert retire_from(date(2027, 8, 31), months=0) == date(2027, 8, 31)
    assert retire_from(None) is None


def test_both_ends_of_a_window_belong_to_it() -> None:
    first, last = date(2027, 1, 1), date(2027, 12, 31)
    inside = [is_due(day, first=first, last=last) for day in (date(2026, 12, 31), first, last, date(2028, 1, 1))]
    assert inside == [False, True, True, False]
    assert is_due(first, first=None, last=first)
    assert is_due(last, first=last, last=None)
    assert not is_due(None, first=None, last=None)


def test_devices_from_ordered_to_in_repair_without_a_successor_await_replacement() -> None:
    waiting = [stage.value for stage in Stage if awaits_replacement(stage, successor=None)]
    assert waiting == ["ordered", "in_stock", "deployed", "on_loan", "in_repair"]
    assert not any(awaits_replacement(stage, successor=7) for stage in Stage)


@pytest.mark.parametrize("months", [0, -12, 241])
def test_a_cycle_that_cannot_be_meant_is_refused(months: int) -> None:
    with pytest.raises(MonthsOutOfRange):
        check_months(months)
    assert check_months(48) == 48
