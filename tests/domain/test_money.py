from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.money import (
    kronor,
    largest_remainder,
    one_decimal,
    ore,
    percent,
    rounded,
    rounding_gap,
    swedish_number,
    tkr,
)

amounts = st.decimals(-(10**9), 10**9, places=4)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("0.5", "1"), ("1.5", "2"), ("2.5", "3"), ("2.4999", "2"), ("-0.5", "-1"), ("-2.5", "-3"), ("0", "0")],
)
def test_a_half_is_rounded_up_away_from_zero(value: str, shown: str) -> None:
    assert kronor(Decimal(value)) == Decimal(shown)


def test_rounding_happens_to_the_unit_that_is_shown() -> None:
    assert ore(Decimal("8300.505")) == Decimal("8300.51")
    assert [tkr(Decimal(kr)) for kr in ("518750", "256499.99", "500", "-500")] == [519, 256, 1, -1]
    assert str(rounded(3, decimals=3)) == "3.000"


@given(amounts, st.integers(0, 3))
def test_rounding_moves_a_value_by_at_most_half_a_unit_and_never_past_its_mirror(value: Decimal, places: int) -> None:
    shown = rounded(value, decimals=places)
    assert abs(Fraction(shown) - Fraction(value)) <= Fraction(1, 2 * 10**places)
    assert rounded(-value, decimals=places) == -shown


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        (700, 864, "81.0"),
        (864, 884, "97.7"),
        (864, 1010, "85.5"),
        (864, 1100, "78.5"),
        (25, 50, "50.0"),
        (0, 7, "0.0"),
        (3, 2, "150.0"),
        (1, 2000, "0.1"),
        (1, 2001, "0.0"),
        (0, 0, None),
        (5, 0, None),
        (5, None, None),
    ],
)
def test_a_share_has_one_decimal_or_is_missing(part: int, whole: int | None, share: str | None) -> None:
    assert percent(part, whole) == share


def test_one_decimal_keeps_its_zero() -> None:
    assert one_decimal(Decimal(81)) == "81.0"


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("1234.45", 1, "1\u00a0234,5"),
        ("1234567", 0, "1\u00a0234\u00a0567"),
        ("999.5", 0, "1\u00a0000"),
        ("-1234.5", 2, "\u22121\u00a0234,50"),
        ("-0.4", 0, "0"),
        ("0", 1, "0,0"),
    ],
)
def test_numbers_as_swedish_texts_print_them(value: str, decimals: int, text: str) -> None:
    assert swedish_number(Decimal(value), decimals=decimals) == text


@given(st.decimals(-(10**9), 10**9, places=3), st.integers(0, 2))
def test_printed_number_reads_back_to_the_rounded_value(value: Decimal, decimals: int) -> None:
    read = swedish_number(value, decimals=decimals)
    plain = read.replace("\u00a0", "").replace(",", ".").replace("\u2212", "-")
    assert abs(Decimal(plain) - value) <= Decimal("0.5").scaleb(-decimals)


@given(
    st.integers(-(10**7), 10**7),
    st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 20_000), min_size=1).filter(lambda w: sum(w.values()) > 0),
)
def test_parts_after_a_key_sum_to_the_total_and_miss_their_share_by_less_than_one(
    total: int, weights: dict[str, int]
) -> None:
    parts = largest_remainder(total, weights)
    assert sum(parts.values()) == total
    assert list(parts) == list(weights)
    for key, weight in weights.items():
        assert abs(Fraction(total * weight, sum(weights.values())) - parts[key]) < 1


def test_equal_remainders_go_to_the_first() -> None:
    assert largest_remainder(100, {"a": 1, "b": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 2, "b": -1}])
def test_a_key_that_divides_nothing_is_a_programming_error(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=re.escape(str(weights))):
        largest_remainder(10, weights)


def test_the_gap_between_rounded_rows_and_their_rounded_total() -> None:
    assert rounding_gap(614, [300, 315]) == -1
