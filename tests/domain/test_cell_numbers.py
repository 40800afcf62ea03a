from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.cells import (
    AmbiguousNumber,
    CellValue,
    NotWhole,
    NumberTooLong,
    UnreadableNumber,
    parse_decimal,
    parse_integer,
    shown,
)

NUMBERS = st.decimals(min_value=-99999999999, max_value=99999999999, places=2)
SPACES = st.sampled_from([" ", "\u00a0", "\u2009", "\u202f"])


def swedish(number: Decimal, thousands: str) -> str:
    return f"{number:,}".replace(".", "!").replace(",", thousands).replace("!", ",").replace("-", "−")


@given(NUMBERS, SPACES, st.sampled_from(["", " kr", ":-", " SEK", "kr."]))
def test_every_number_comes_back_from_the_swedish_form(number: Decimal, space: str, unit: str) -> None:
    assert parse_decimal(swedish(number, space) + unit) == number


@given(NUMBERS)
def test_every_number_comes_back_from_the_other_forms(number: Decimal) -> None:
    for text in (f"{number}", f"{number}".replace(".", ","), f"{number:,}", swedish(number, ".")):
        assert parse_decimal(text) == number
    assert parse_decimal(float(number)) == number
    assert parse_decimal(number) == number


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_every_whole_number_comes_back(number: int) -> None:
    assert parse_integer(number) == parse_integer(str(number)) == parse_integer(swedish(Decimal(number), " ")) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("8 300,50", "8300.50"),
        ("8300.50", "8300.50"),
        ("8,300", "8.300"),
        ("0.300", "0.300"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("8 300.500", "8300.500"),
        ("-1 000:-", "-1000"),
        ("+7", "7"),
        ("007", "7"),
    ],
)
def test_numbers_as_they_are_written(text: str, number: str) -> None:
    assert str(parse_decimal(text)) == number


@pytest.mark.parametrize("text", ["8.300", "-8.300", "999.999 kr"])
def test_a_point_before_three_digits_is_refused_as_ambiguous(text: str) -> None:
    with pytest.raises(AmbiguousNumber, match="två sätt"):
        parse_decimal(text)


@pytest.mark.parametrize(
    "value",
    [
        "", None, "kr", "NaN", "inf", "-Infinity", "1e5", "1E+5", "0x10", "1_000", "12 34", "1 23 456", "1.2.3",
        "5,", ",5", "8300 tkr", "8300 kr kr", "--5", "5-", "٣", "½", "10 %", "=1+1",
        True, float("nan"), float("-inf"), Decimal("NaN"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_plain_number_is_refused_with_an_example(value: CellValue) -> None:
    with pytest.raises(UnreadableNumber, match="8300,50"):
        parse_decimal(value)


@pytest.mark.parametrize(
    "value", ["1234567890123456", "1234567890123,456", 10**15, 1e20, Decimal("1E+20"), "9" * 5000], ids=shown
)
def test_more_digits_than_a_spreadsheet_keeps_are_refused(value: CellValue) -> None:
    with pytest.raises(NumberTooLong, match="15 siffror"):
        parse_decimal(value)


def test_the_residue_of_binary_arithmetic_is_not_kept() -> None:
    assert str(parse_decimal(0.1 + 0.2)) == "0.3"
    assert str(parse_decimal(-0.0)) == "0"


def test_a_whole_number_with_decimals_is_refused() -> None:
    assert parse_integer("12,00") == 12
    with pytest.raises(NotWhole, match="12,5 är inte ett heltal"):
        parse_integer("12,5")


@given(st.text(max_size=30) | st.integers() | st.floats())
def test_whatever_stands_in_the_cell_gives_a_number_or_a_refusal(value: CellValue) -> None:
    with suppress(UnreadableNumber, AmbiguousNumber, NumberTooLong):
        assert -(10**15) < parse_decimal(value) < 10**15
