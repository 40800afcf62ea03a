"""What the text of one cell says, before anything is known about its column."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from assetreg.domain.errors import LONGEST_SHOWN, Invalid

EMPTY_MARK: Final = "(tom)"
EXACT_DIGITS: Final = 15
_BEYOND: Final = 10**EXACT_DIGITS

CellValue = str | int | float | Decimal | date | datetime | None

_DAMAGED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E[+-][0-9]{2,3}", re.IGNORECASE)
_NEEDS_GUARD = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
_JOINER = "\N{ZERO WIDTH JOINER}"
_PICTURE_STYLE = "\N{VARIATION SELECTOR-16}"
_TRUE = frozenset({"1", "ja", "j", "yes", "y", "true", "sant", "x"})
_FALSE = frozenset({"0", "nej", "n", "no", "false", "falskt"})


class TextTooLong(Invalid):
    code = "text_too_long"
    message = "Texten är {length} tecken lång, men högst {limit} får plats. Korta den."


class DamagedValue(Invalid):
    code = "damaged_value"
    message = (
        "Värdet {value} har förstörts av ett kalkylprogram: siffror har gått förlorade. "
        "Gör kolumnen till text i kalkylprogrammet, hämta värdet på nytt och importera igen."
    )


class UnreadableBoolean(Invalid):
    code = "unreadable_boolean"
    message = "Värdet {value} är varken ja eller nej. Skriv ja eller nej."


def clean_text(text: str, *, limit: int) -> str:
    """Composed (NFC) text on one line, with invisible and direction-changing characters taken out.

    Emoji stay whole. ``limit`` counts the characters that are left; more raises TextTooLong.
    """
    cleaned = tidy(text)
    if len(cleaned) > limit:
        raise TextTooLong(length=len(cleaned), limit=limit)
    return cleaned


@lru_cache(maxsize=4096)
def tidy(text: str) -> str:
    """As ``clean_text``, of any length. Remembered, for a list says the same in row after row."""
    if text.isprintable():
        return " ".join(unicodedata.normalize("NFC", text).split())
    kept = "".join(
        " " if character.isspace() else character for position, character in enumerate(text) if _is_kept(text, position)
    )
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _is_kept(text: str, position: int) -> bool:
    character = text[position]
    if character == _JOINER:
        return _joins_pictures(text, position)
    if character.isspace():
        return True
    code = ord(character)
    is_noncharacter = (code & 0xFFFE) == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return not is_noncharacter and unicodedata.category(character) not in _DROPPED


def _joins_pictures(text: str, position: int) -> bool:
    """Whether the joiner stands between two pictures, as in a family of emoji; elsewhere it hides in plain text."""
    before = position - 1
    if before > 0 and text[before] == _PICTURE_STYLE:
        before -= 1
    after = position + 1
    if before < 0 or after >= len(text):
        return False
    return unicodedata.category(text[before]) in {"So", "Sk"} and unicodedata.category(text[after]) == "So"


def shown(value: object) -> str:
    """The value as it may stand in a sentence: on one line and at most 60 characters."""
    text = tidy(str(value)[: LONGEST_SHOWN * 4])
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def text_of(value: CellValue) -> str:
    """The text a person sees in the cell; a whole number has no decimals.

    A spreadsheet keeps 15 digits. A longer number comes out as `6.37702E+15`, which ``looks_damaged`` knows.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, (int, float, Decimal)):
        return _number_text(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat()


def _number_text(value: float | Decimal) -> str:
    if not math.isfinite(value):
        return str(value)
    if not -_BEYOND < value < _BEYOND:
        return f"{Decimal(value):.5E}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    whole = int(value)
    return str(whole) if whole == value else format(Decimal(format(value, ".15g")), "f")


def is_blank(value: CellValue) -> bool:
    """An empty cell changes nothing; one of blanks and invisible characters is empty too."""
    return value is None or (isinstance(value, str) and not tidy(value))


def is_empty_mark(value: CellValue) -> bool:
    """`(tom)` clears what was there."""
    return isinstance(value, str) and tidy(value).casefold() == EMPTY_MARK


def looks_damaged(text: str) -> bool:
    """A number in scientific notation, as a spreadsheet makes of a long serial (`6.37702E+15`)."""
    return _DAMAGED.fullmatch(tidy(text)) is not None


def parse_boolean(value: CellValue) -> bool:
    if isinstance(value, bool):
        return value
    word = text_of(value).casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise UnreadableBoolean(value=shown(word))


def guard_formula(text: str) -> str:
    """Text that a spreadsheet would run gets one apostrophe; ``unguard_formula`` is its exact inverse."""
    return f"'{text}" if _NEEDS_GUARD.match(text) else text


def unguard_formula(text: str) -> str:
    """The text without the one apostrophe that kept it from being a formula."""
    return text[1:] if _GUARDED.match(text) else text
