from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.counting import CountedOutcome, against_frozen, count_devices, read_mobile
from assetreg.domain.indicators import Frozen, Readings, figures
from assetreg.domain.terms import Indicator, OutcomeType

T, I1, I2 = OutcomeType, Indicator.I1, Indicator.I2
LAXA, HALLSBERG = 1860, 1861


def row(device: int, outcome: OutcomeType, on: str, *, owner: int = LAXA, holds: bool = True) -> CountedOutcome:
    return CountedOutcome(device, owner, I1, outcome, date.fromisoformat(on), holds=holds)


NOISE = [
    replace(row(900, T.GIFT, "2023-05-01"), indicator=None),
    replace(row(901, T.EXTERNAL_REUSE, "2023-05-01"), indicator=I2),
    row(902, T.RETURNED_REJECTED, "2023-05-01"),
    row(903, T.EXTERNAL_REUSE, "2023-05-01", holds=False),
    row(904, T.LOST_OR_STOLEN, "2022-05-01"),
]


def headline(rows: list[CountedOutcome], year: int, *, owner: int = LAXA) -> tuple[int, int]:
    """Headline and reuse of I1, with rows beside them that must not count."""
    found = figures(count_devices([*NOISE, *rows]).get((year, owner, I1), {}), pending=0, bought=0)
    return found.headline, found.reuse or 0


PALLET = [row(n, T.EXTERNAL_REUSE if n < 35 else T.MATERIAL_RECYCLING, "2023-10-02") for n in range(38)]
YEAR_2023 = [
    row(n, T.EXTERNAL_REUSE if n < 700 else T.MATERIAL_RECYCLING if n < 864 else T.LOST_OR_STOLEN, "2023-06-01")
    for n in range(884)
]


@pytest.mark.parametrize(
    ("rows", "year", "expected"),
    [
        ([row(1, T.EXTERNAL_REUSE, "2023-11-30")], 2023, (1, 1)),
        ([row(1, T.MATERIAL_RECYCLING, "2023-06-01")], 2023, (1, 0)),
        ([row(1, T.EXTERNAL_REUSE, "2024-01-15")], 2023, (0, 0)),
        ([row(1, T.EXTERNAL_REUSE, "2024-01-15")], 2024, (1, 1)),
        (
            [row(1, T.EXTERNAL_REUSE, "2023-03-01", holds=False), row(1, T.MATERIAL_RECYCLING, "2023-09-01")],
            2023,
            (1, 0),
        ),
        (PALLET, 2023, (38, 35)),
        (YEAR_2023, 2023, (864, 700)),
        (
            [row(1, T.EXTERNAL_REUSE, "2023-11-30", holds=False), row(1, T.MATERIAL_RECYCLING, "2024-03-15")],
            2024,
            (1, 0),
        ),
    ],
)
def test_the_worked_cases_of_the_rule_set(rows: list[CountedOutcome], year: int, expected: tuple[int, int]) -> None:
    assert headline(rows, year) == expected
    assert headline(rows[::-1], year) == expected


def test_a_device_counts_for_its_owner_at_the_outcome() -> None:
    rows = [row(1, T.EXTERNAL_REUSE, "2023-09-01", owner=HALLSBERG)]
    assert headline(rows, 2023, owner=HALLSBERG) == (1, 1)
    assert headline(rows, 2023) == (0, 0)


def test_the_shares_of_a_year_with_some_stolen() -> None:
    shares = figures(count_devices(YEAR_2023)[2023, LAXA, I1], pending=0, bought=0).shares
    assert (shares.reuse_rate, shares.handled_rate) == ("81.0", "97.7")


def test_a_device_counts_once_a_year_and_an_external_outcome_beats_an_internal_one() -> None:
    rows = [
        row(1, T.INTERNAL_REUSE, "2023-02-01"),
        row(1, T.INTERNAL_REUSE, "2023-12-01"),
        row(1, T.EXTERNAL_REUSE, "2023-08-01"),
        row(2, T.INTERNAL_REUSE, "2023-02-01"),
        row(2, T.INTERNAL_REUSE, "2023-03-01", owner=HALLSBERG),
        row(2, T.EXTERNAL_REUSE, "2024-01-01"),
    ]
    for ordered in (rows, rows[::-1]):
        assert count_devices(ordered) == {
            (2023, LAXA, I1): {T.EXTERNAL_REUSE: 1},
            (2023, HALLSBERG, I1): {T.INTERNAL_REUSE: 1},
            (2024, LAXA, I1): {T.EXTERNAL_REUSE: 1},
        }


outcomes = st.builds(
    CountedOutcome,
    device=st.integers(1, 6),
    owner=st.sampled_from([LAXA, HALLSBERG]),
    indicator=st.sampled_from([I1, I2, None]),
    type=st.sampled_from(OutcomeType),
    on=st.dates(date(2022, 6, 1), date(2024, 6, 1)),
    holds=st.booleans(),
)


@given(st.lists(outcomes, max_size=30), st.integers(0, 30))
def test_a_device_counts_once_a_year_in_whatever_order_rows_come(rows: list[CountedOutcome], cut: int) -> None:
    tallies = count_devices(rows)
    devices = {
        (row.device, row.on.year, row.indicator)
        for row in rows
        if row.holds and row.indicator is not None and row.type is not T.RETURNED_REJECTED
    }
    assert sum(sum(tally.values()) for tally in tallies.values()) == len(devices)
    assert count_devices(rows[cut:] + rows[:cut]) == tallies


def test_mobile_units_are_read_three_ways() -> None:
    phone = CountedOutcome(1, LAXA, I2, T.EXTERNAL_REUSE, date(2026, 3, 1), purchased=date(2023, 1, 1), in_intune=True)
    rows = [
        phone,
        replace(phone, device=2, purchased=date(2022, 12, 31)),
        replace(phone, device=3, purchased=None, in_intune=False),
        replace(phone, device=4, type=T.LANDFILL),
        replace(phone, device=5, indicator=I1),
    ]
    assert read_mobile(rows) == Readings(all=3, bought_from_2023=1, in_intune=2)


@given(
    st.sets(st.tuples(st.integers(1, 9), st.integers(1, 2))), st.sets(st.tuples(st.integers(1, 9), st.integers(1, 2)))
)
def test_todays_headline_is_the_frozen_one_and_late_less_reversed(
    then: set[tuple[int, int]], now: set[tuple[int, int]]
) -> None:
    found = against_frozen(1, frozen=then, now=now)
    assert found.headline == len(then)
    assert found.headline + found.late - found.reversed == len(now)


def test_a_corrected_owner_is_one_reversed_and_one_late() -> None:
    assert against_frozen(3, frozen={(1, LAXA), (2, LAXA)}, now={(1, HALLSBERG), (2, LAXA)}) == Frozen(3, 2, 1, 1)
