from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.sorting import search_key, sort_key

IN_ORDER = [
    "", "1A", "2", "9A", "10A", "100", "Alfa 2", "Alfa 10", "Alfaskolan", "Eken", "Éva", "Evert", "Über-uv", "Uven",
    "Vik", "Walla", "Zeta", "Åby", "Älgen", "Ängen", "Öjaby", "Östansjö skola",
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(IN_ORDER)))
def test_names_come_in_swedish_order(before: str, after: str) -> None:
    assert sort_key(before) < sort_key(after)


@given(st.permutations(IN_ORDER))
def test_a_list_sorts_the_same_from_any_order_and_by_its_bytes(names: list[str]) -> None:
    assert sorted(names, key=sort_key) == sorted(names, key=lambda n: sort_key(n).encode())
    assert sorted(names, key=sort_key) == IN_ORDER


letters = st.text("abcdefghijklmnopqrstuvwxyzåäöé", max_size=5)


@given(letters, letters, letters)
def test_a_ring_a_umlaut_and_o_umlaut_come_after_z_in_that_order(same: str, one: str, other: str) -> None:
    keys = [sort_key(f"{same}{last}{rest}") for last, rest in zip("zåäö", (one, other, one, other), strict=True)]
    assert keys == sorted(set(keys))


@given(st.integers(0, 10**30), st.integers(0, 10**30), st.sampled_from(["", "hus ", "9B-"]))
def test_numbers_sort_by_size_wherever_they_stand(one: int, other: int, before: str) -> None:
    assert (sort_key(f"{before}{one}") < sort_key(f"{before}{other}")) == (one < other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ÅKE", "åke"), ("André", "andre"), ("A\u030aby", "Åby"), ("hus-2", "Hus 02"), ("Æra", "ära"), ("sal ٣", "Sal 3")],
)
def test_spellings_that_sort_as_one(one: str, other: str) -> None:
    assert sort_key(one) == sort_key(other)


@given(st.text(max_size=40))
def test_any_text_has_a_key_that_does_not_hang_on_case(text: str) -> None:
    assert sort_key(text.casefold()) == sort_key(text)
    assert search_key(search_key(text)) == search_key(text)


def test_search_finds_whatever_the_case_width_and_blanks() -> None:
    assert search_key("  ÅKE\u00a0 Öberg\u200b ") == search_key("åke öberg") == "åke öberg"
    assert search_key("ＰＦ２") == "pf2"
    assert search_key("André") != search_key("Andre")
