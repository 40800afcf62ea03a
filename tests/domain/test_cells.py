"""What a cell says: text, marks and truth. Dates and numbers have files of their own."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.cells import (
    CellValue,
    TextTooLong,
    UnreadableBoolean,
    clean_text,
    guard_formula,
    is_blank,
    is_empty_mark,
    looks_damaged,
    parse_boolean,
    shown,
    text_of,
    unguard_formula,
)

INVISIBLE = "\u200b\u200c\u200e\u202e\u2066\u2069\ufeff\u00ad\x00\x1b\ud800\ufffe"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Åsa \t\r\n Öberg ", "Åsa Öberg"),
        ("A\u030asa", "Åsa"),
        ("ser\u202eial\u200b-7", "serial-7"),
        ("מחשב נייד", "מחשב נייד"),
        ("👩\u200d💻 🏳️\u200d🌈 👨🏽\u200d🔧", "👩\u200d💻 🏳️\u200d🌈 👨🏽\u200d🔧"),
        ("5CG\u200d123", "5CG123"),
        ("e\u200b\u0301", "é"),
        (INVISIBLE, ""),
        ("\u200d", ""),
    ],
)
def test_clean_text_keeps_what_is_seen_and_drops_what_is_not(text: str, cleaned: str) -> None:
    assert clean_text(text, limit=200) == cleaned


def test_clean_text_counts_what_is_left_and_names_the_limit() -> None:
    assert clean_text("a" * 40 + INVISIBLE, limit=40) == "a" * 40
    with pytest.raises(TextTooLong, match=r"41 tecken.*högst 40"):
        clean_text("a" * 41, limit=40)


@given(st.text(max_size=60))
def test_clean_text_is_done_after_one_time_and_can_be_stored(text: str) -> None:
    once = clean_text(text, limit=400)
    assert clean_text(once, limit=400) == once
    assert once.encode().decode() == once
    assert not set(once) & set(INVISIBLE)


@given(st.text(max_size=40) | st.from_regex(r"'{0,3}[=+\-@\t\r].{0,5}", fullmatch=True))
def test_the_apostrophe_before_a_formula_comes_off_exactly(text: str) -> None:
    guarded = guard_formula(text)
    assert unguard_formula(guarded) == text
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("text", ["'n Abend", "rock'n'roll", "'", "''", "O'Brien"])
def test_an_apostrophe_before_plain_text_stays(text: str) -> None:
    assert guard_formula(text) == unguard_formula(text) == text


@pytest.mark.parametrize("text", ["6.37702E+15", "6,37702E+15", "6e+15", " 6,4E+09\u00a0", "3.5E-07"])
def test_a_serial_in_scientific_notation_is_damaged(text: str) -> None:
    assert looks_damaged(text)


@pytest.mark.parametrize("text", ["1234E56", "5CG0E+12", "E+15", "6377020000000000", "12E4", "6.37702E+15X", ""])
def test_a_serial_with_an_e_in_it_is_not(text: str) -> None:
    assert not looks_damaged(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (352099001761481, "352099001761481"),
        (352099001761481.0, "352099001761481"),
        (0.1, "0.1"),
        (0.0000001, "0.0000001"),
        (True, "ja"),
        (date(2023, 11, 30), "2023-11-30"),
        (datetime.fromisoformat("2023-11-30T14:05"), "2023-11-30 14:05:00"),
    ],
)
def test_a_typed_cell_reads_as_it_looks(value: CellValue, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("value", [6.37702e15, 6377020000000000, float("1e300")], ids=repr)
def test_a_number_longer_than_a_spreadsheet_keeps_reads_as_damaged(value: float) -> None:
    assert looks_damaged(text_of(value))


@pytest.mark.parametrize("value", [float("nan"), float("inf")], ids=repr)
def test_a_number_that_is_none_still_has_a_text(value: float) -> None:
    assert text_of(value) in {"nan", "inf"}


@pytest.mark.parametrize("value", [None, "", " \u00a0\t", "\u200b\ufeff"], ids=repr)
def test_blank_cells_are_blank(value: CellValue) -> None:
    assert is_blank(value)


@pytest.mark.parametrize("value", ["0", 0, False, "(tom)", "-"], ids=repr)
def test_zero_no_and_a_dash_are_not_blank(value: CellValue) -> None:
    assert not is_blank(value)


def test_the_empty_mark_is_known_in_any_case_and_with_blanks() -> None:
    assert is_empty_mark(" (Tom)\u00a0")
    assert not is_empty_mark("tom")
    assert not is_empty_mark(None)


@pytest.mark.parametrize("value", ["ja", "JA ", "yes", "x", "X", "1", 1, 1.0, True, "true", "Sant"], ids=repr)
def test_yes(value: CellValue) -> None:
    assert parse_boolean(value) is True


@pytest.mark.parametrize("value", ["nej", "No", "0", 0, False, "FALSE", "falskt", "n"], ids=repr)
def test_no(value: CellValue) -> None:
    assert parse_boolean(value) is False


@pytest.mark.parametrize("value", ["kanske", "", None, 2, "ja nej"], ids=repr)
def test_neither_yes_nor_no_is_refused(value: CellValue) -> None:
    with pytest.raises(UnreadableBoolean, match="Skriv ja eller nej"):
        parse_boolean(value)


def test_a_value_in_a_sentence_is_one_short_line() -> None:
    assert shown("rad ett\nrad\u202e två") == "rad ett rad två"
    assert shown("z" * 5000) == "z" * 59 + "…"
