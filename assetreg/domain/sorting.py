"""Keys made in Python for sorting and searching, so that both database engines give the same order.

They are compared by code point (``COLLATE "C"`` on PostgreSQL, ``BINARY`` on SQLite).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LONGEST_RUN = 99
_DIGIT_RUN = re.compile(r"[0-9]+")
_GAP = re.compile(r"[^\w{|}]+|_+")

# The three code points after z.
_SWEDISH_LAST = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "{": " ", "|": " ", "}": " "})
_PLAIN = str.maketrans({"đ": "d", "ð": "d", "ł": "l", "þ": "th", "œ": "oe"})


@lru_cache(maxsize=4096)
def sort_key(text: str) -> str:
    """The key that sorts as a Swede expects: case aside, é as e, å ä ö after z, 9A before 10A.

    Blanks and punctuation separate words and sort first; numbers before letters.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    letters = "".join(_base(c) for c in folded.translate(_SWEDISH_LAST).translate(_PLAIN))
    return _DIGIT_RUN.sub(_by_size, _GAP.sub(" ", letters).strip())


def _base(character: str) -> str:
    """The character without its accents, and any script's decimal digit as ours."""
    if character.isascii():
        return character
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    return "".join(c for c in unicodedata.normalize("NFD", character) if not unicodedata.combining(c))


def _by_size(found: re.Match[str]) -> str:
    """A number's digits after how many there are, so that text order is the order of size."""
    digits = found[0].lstrip("0") or "0"
    return f"{min(len(digits), _LONGEST_RUN):02d}{digits}"


def search_key(text: str) -> str:
    """The form in which texts are compared when searched: case and compatibility forms folded, blanks single."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if folded.isprintable():
        return " ".join(folded.split())
    visible = "".join(c if unicodedata.category(c) not in ("Cc", "Cf") or c.isspace() else "" for c in folded)
    return " ".join(visible.split())
