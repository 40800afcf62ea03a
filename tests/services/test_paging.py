"""Cursors come from outside: whatever they hold is either where a page begins or refused."""

from __future__ import annotations

import base64
from datetime import date, datetime

import pytest

from assetreg.services.paging import LARGEST, BadCursor, decode, encode


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("values", [(7, "Å", None), (-LARGEST, "", date(2026, 11, 21)), (0, "\U0001f4bb", None)])
def test_cursor_comes_back_as_it_was(values: tuple[object, ...]) -> None:
    assert decode(encode(*values), int, str, date) == values


@pytest.mark.parametrize(
    "false",
    [
        *(
            "",
            "%%%",
            "å",
            cursor("7"),
            cursor("[]"),
            cursor("[1, 2, 3]"),
            cursor("[true, 1, 1]"),
            cursor("[NaN, 1, 1]"),
        ),
        cursor("[" * 3_000 + "]" * 3_000),
        cursor(f"[{10**30}, null, null]"),
        cursor(f"[{-(2**63)}, null, null]"),
        cursor('[null, "\\ud800", null]'),
        cursor('[null, null, "2026-02-30"]'),
        cursor("[null, null, 20261121]"),
    ],
)
def test_false_cursor_is_refused(false: str) -> None:
    with pytest.raises(BadCursor):
        decode(false, int, str, datetime)
