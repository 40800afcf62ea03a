from __future__ import annotations

import itertools
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.tags import (
    ALPHABET,
    CHECK_LETTERS,
    TOKEN,
    TagCheckWrong,
    TagUnreadable,
    TokenCheckWrong,
    TokenUnreadable,
    bare_of,
    check_own_tag,
    check_token,
    is_own_tag,
    is_token,
    new_tag,
    new_token,
    old_tag,
    printed_token,
)

numbers = st.one_of(st.integers(1, 999_999), st.integers(1_000_000, 10**12 - 1))
tokens = st.integers(0, 2**32).map(lambda seed: new_token(random.Random(seed).choice))
EVERYTHING_TYPED = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ"


def with_swap(text: str, first: int, second: int) -> str:
    characters = list(text)
    characters[first], characters[second] = characters[second], characters[first]
    return "".join(characters)


@given(numbers)
def test_a_new_tag_is_ours_and_only_letters_digits_and_a_hyphen(number: int) -> None:
    tag = new_tag(number)
    assert is_own_tag(tag)
    assert re.fullmatch(r"IT-[0-9]{6,}[A-Z]", tag)


def test_numbers_are_padded_to_six_and_grow_beyond() -> None:
    assert new_tag(12_345)[:-1] == "IT-012345"
    assert new_tag(1_234_567)[:-1] == "IT-1234567"


@pytest.mark.parametrize("number", [0, -1, 10**12])
def test_a_number_outside_the_series_is_a_programming_error(number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        new_tag(number)


@given(numbers, st.data())
def test_every_wrong_character_in_a_tag_is_caught(number: int, data: st.DataObject) -> None:
    tag = new_tag(number)
    at = data.draw(st.integers(3, len(tag) - 1))
    other = data.draw(st.sampled_from(EVERYTHING_TYPED).filter(lambda c: c != tag[at]))
    assert not is_own_tag(tag[:at] + other + tag[at + 1 :])


@given(numbers)
def test_every_swap_of_two_characters_in_a_tag_is_caught(number: int) -> None:
    tag = new_tag(number)
    for first, second in itertools.combinations(range(3, len(tag)), 2):
        if tag[first] != tag[second]:
            assert not is_own_tag(with_swap(tag, first, second))


@given(numbers, st.sampled_from(["{}", " {} ", "\t{}\n"]), st.sampled_from(["-", "+", " ", ""]))
def test_a_tag_is_read_however_it_was_typed(number: int, around: str, dash: str) -> None:
    tag = new_tag(number)
    typed = around.format(tag.replace("-", dash))
    assert check_own_tag(typed) == check_own_tag(typed.lower()) == tag


@pytest.mark.parametrize("text", ["", "IT-", "IT-12345", "1860-1234", "IT-0012345", "IT-0123456789012K", "X-012345K"])
def test_what_is_no_tag_of_ours_is_refused_as_misread(text: str) -> None:
    with pytest.raises(TagCheckWrong, match="kontrolltecknet stämmer inte"):
        check_own_tag(text)


def test_a_misread_tag_is_refused_with_the_text_that_was_read() -> None:
    tag = new_tag(12_345)
    wrong = tag[:-2] + ("6" if tag[-2] != "6" else "7") + tag[-1]
    with pytest.raises(TagCheckWrong) as caught:
        check_own_tag(wrong)
    assert caught.value.sentence().startswith(f"{wrong}: kontrolltecknet stämmer inte")
    assert caught.value.field == "asset_tag"


@pytest.mark.parametrize(
    ("owner", "bare", "tag"),
    [
        ("1860", "1234", "1860-1234"),
        ("1860", " 0012 ", "1860-0012"),
        ("GEM", "Srv/7 å", "GEM-Srv/7 å"),
        ("1860", "1860-1234", "1860-1234"),
        ("1860", "1861-1234", "1860-1861-1234"),
    ],
)
def test_an_older_number_is_kept_as_it_was_behind_its_owner(owner: str, bare: str, tag: str) -> None:
    assert old_tag(owner, bare) == tag
    assert old_tag(owner, tag) == tag


def test_the_bare_number_is_what_follows_the_owner() -> None:
    own = new_tag(77)
    assert [bare_of(tag) for tag in ("1860-1234", "GEM-a-b", "1234", own)] == ["1234", "a-b", "1234", own]


@pytest.mark.parametrize("bare", ["", "   ", "12\n34", "12\x0034", "9" * 41, "a\u202eb"])
def test_a_number_that_cannot_be_read_or_printed_is_refused(bare: str) -> None:
    with pytest.raises(TagUnreadable):
        old_tag("1860", bare)


@given(tokens)
def test_a_new_token_is_valid_and_reads_back_from_its_printed_form(token: str) -> None:
    assert TOKEN.fullmatch(token)
    assert is_token(token)
    assert check_token(printed_token(token).lower()) == token


@given(tokens, st.integers(0, 7), st.sampled_from(EVERYTHING_TYPED))
def test_every_wrong_character_in_a_token_is_caught(token: str, at: int, other: str) -> None:
    assert is_token(token[:at] + other + token[at + 1 :]) == (token[at] == other)


@given(tokens)
def test_every_swap_of_two_characters_in_a_token_is_caught(token: str) -> None:
    for first, second in itertools.combinations(range(8), 2):
        assert is_token(with_swap(token, first, second)) == (token[first] == token[second])


def test_the_alphabet_is_prime_and_without_lookalikes() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 29
    assert len(set(CHECK_LETTERS) & set(ALPHABET)) == len(CHECK_LETTERS) == 19
    assert not set(ALPHABET) & set("01ILOAU")


def test_a_token_with_a_wrong_check_character_and_a_text_that_is_none_are_told_apart() -> None:
    token = new_token(lambda letters: letters[5])
    wrong = token[:-1] + ALPHABET[(ALPHABET.index(token[-1]) + 1) % 29]
    with pytest.raises(TokenCheckWrong, match="kontrolltecknet stämmer inte"):
        check_token(wrong)
    with pytest.raises(TokenUnreadable, match="åtta tecken"):
        check_token(token + "7")
