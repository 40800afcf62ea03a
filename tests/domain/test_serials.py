from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.serials import (
    ImeiWrong,
    SerialDamaged,
    SerialTooLong,
    SerialUnreadable,
    check_imei,
    check_serial,
    normal_serial,
    serial_key,
)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (" pf2abc 1x ", "PF2ABC1X"),
        ("c02-xyz/9", "C02-XYZ/9"),
        ("AB\u200b12\u00a034", "AB1234"),
        ("００12ab", "0012AB"),
        ("007001", "007001"),
    ],
)
def test_a_serial_is_stored_in_capitals_without_blanks(text: str, stored: str) -> None:
    assert normal_serial(text) == stored
    assert check_serial(text) == stored


@given(st.text(max_size=60))
def test_the_stored_form_is_its_own_stored_form(text: str) -> None:
    once = normal_serial(text)
    assert normal_serial(once) == once
    assert serial_key(text) in (None, once)


@pytest.mark.parametrize(
    "junk",
    [
        "", "0", "None", "none", "Default string", "To be filled by O.E.M.", "To Be Filled By O.E.M", "N/A", "n.a.",
        "System Serial Number", "Not Specified", "Not Applicable", "INVALID", "123456789", "0123456789", "00000000",
        "XXXXXXXX", "--------", "....", "0000-0000-0000", "abc", "S/N", "Chassis Serial Number", "saknas", "Okänt",
        "Unknown", "(null)",
    ],
)  # fmt: skip
def test_what_makers_leave_instead_of_a_serial_is_never_a_key(junk: str) -> None:
    assert serial_key(junk) is None
    assert check_serial(junk) == normal_serial(junk)


@pytest.mark.parametrize("serial", ["PF2ABC1X", "5CD1234XYZ", "C02ABC", "0001", "NONE1", "INVALID7", "1234567A"])
def test_a_serial_that_only_resembles_junk_is_a_key(serial: str) -> None:
    assert serial_key(serial) == serial


def test_a_serial_of_a_hundred_characters_is_kept_and_a_longer_one_refused() -> None:
    assert check_serial("A1" * 50) == "A1" * 50
    for length in (101, 5000):
        with pytest.raises(SerialTooLong, match=f"{length} tecken"):
            check_serial("A" * length)


@pytest.mark.parametrize("text", ["PF2😀ABC", "ABCאבג12", "PÄRON123", "PF\ufffd2AB"])
def test_a_serial_with_characters_no_maker_prints_is_refused(text: str) -> None:
    with pytest.raises(SerialUnreadable, match="A–Z"):
        check_serial(text)


@pytest.mark.parametrize("text", ["6.37702E+15", "6,37702e+15", "6E+15"])
def test_a_serial_that_a_spreadsheet_rounded_is_refused_as_damaged(text: str) -> None:
    with pytest.raises(SerialDamaged, match="kalkylprogram"):
        check_serial(text)


@pytest.mark.parametrize("text", ["490154203237518", "49-015420-323751-8", " 490154 2032 37518 "])
def test_an_imei_is_fifteen_digits_that_check(text: str) -> None:
    assert check_imei(text) == "490154203237518"


@pytest.mark.parametrize("text", ["", "49015420323751", "4901542032375180", "000000000000000", "49015420323751A"])
def test_an_imei_of_the_wrong_shape_is_refused(text: str) -> None:
    with pytest.raises(ImeiWrong, match="15 siffror"):
        check_imei(text)


@given(st.integers(0, 14), st.integers(1, 9))
def test_every_wrong_digit_in_an_imei_is_caught(at: int, step: int) -> None:
    imei = "490154203237518"
    wrong = imei[:at] + str((int(imei[at]) + step) % 10) + imei[at + 1 :]
    with pytest.raises(ImeiWrong):
        check_imei(wrong)
