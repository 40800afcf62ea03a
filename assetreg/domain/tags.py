"""What a device is called: our tag, an older register's number, the token on a label.

Our tag is ``IT-``, a number of at least six digits and a check letter: ``IT-012345K``. The check is always
a letter, so that nobody takes it for a digit or leaves it out unnoticed. A label token is seven random
characters and a check character, printed in fours: ``7K3M-9Q2P``. Both checks are weighted sums modulo
a prime that catch every wrong character and every two that changed places. The alphabet has no 0, 1, I,
L and O, which people mix up, and no A and U, which make words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from assetreg.domain.errors import Invalid

ALPHABET = "23456789BCDEFGHJKMNPQRSTVWXYZ"
CHECK_LETTERS = "BCDFGHJKMNPRSTVWXYZ"
PREFIX = "IT"
TOKEN_LENGTH = 8
LONGEST_TAG = 40

TOKEN = re.compile(rf"[{ALPHABET}]{{{TOKEN_LENGTH}}}")
OWN_TAG = re.compile(rf"{PREFIX}-(?:[0-9]{{6}}|[1-9][0-9]{{6,11}})[{CHECK_LETTERS}]")

_TYPED_TAG = re.compile(rf"{PREFIX}[-+ ]?([0-9]{{6,12}}[{CHECK_LETTERS}])")
_TYPED_TOKEN = re.compile(rf"([{ALPHABET}]{{4}})[-+ ]?([{ALPHABET}]{{4}})")
_OWNER_CODE = re.compile(r"[A-Z0-9]{2,10}")

_TOKEN_VALUES = {c: i for i, c in enumerate(ALPHABET)}


class TagCheckWrong(Invalid):
    code = "tag_check_wrong"
    message = "{tag}: kontrolltecknet stämmer inte. Läs av eller skriv inventarienumret en gång till."


class TagUnreadable(Invalid):
    code = "tag_unreadable"
    message = (
        "{tag} går inte att använda som inventarienummer. Det får ha högst {longest} tecken, utan radbrytningar "
        "och osynliga tecken."
    )


class TokenCheckWrong(Invalid):
    code = "token_check_wrong"
    message = "{token}: kontrolltecknet stämmer inte. Läs av eller skriv etikettens kod en gång till."


class TokenUnreadable(Invalid):
    code = "token_unreadable"
    message = "{token} är ingen etikettkod. En kod har åtta tecken, till exempel {example}."


def _check(values: Sequence[int], letters: str) -> str:
    """The character that makes the sum 0 modulo how many there are; weights 2, 3, 4 ... from the right, its own 1."""
    return letters[-sum(weight * value for weight, value in enumerate(reversed(values), start=2)) % len(letters)]


def _tag_check(digits: str) -> str:
    return _check([int(digit) for digit in digits], CHECK_LETTERS)


def _token_check(body: str) -> str:
    return _check([_TOKEN_VALUES[c] for c in body], ALPHABET)


def new_tag(number: int) -> str:
    """The tag of the given running number, 1 or more; six digits, and more when they run out."""
    if not 0 < number < 10**12:
        raise ValueError(number)
    digits = f"{number:06d}"
    return f"{PREFIX}-{digits}{_tag_check(digits)}"


def own_shape(text: str) -> str | None:
    """The tag that a typed or scanned text spells if it is shaped like ours, whether the check holds or not."""
    found = _TYPED_TAG.fullmatch(text.strip().upper())
    if found is None:
        return None
    digits, check = found[1][:-1], found[1][-1]
    return f"{PREFIX}-{int(digits):06d}{check}"


def is_own_tag(text: str) -> bool:
    """Whether the text is a tag of ours, exactly as it is stored."""
    return OWN_TAG.fullmatch(text) is not None and _tag_check(text[len(PREFIX) + 1 : -1]) == text[-1]


def check_own_tag(text: str) -> str:
    """The stored form of a tag of ours as typed. Raises TagCheckWrong when it is none or was misread."""
    tag = own_shape(text)
    if tag is None or not is_own_tag(tag):
        raise TagCheckWrong(field="asset_tag", tag=text.strip())
    return tag


def old_tag(owner_code: str, bare: str) -> str:
    """An older register's number with its owner before it, ``1860-1234``; the number itself is kept as it was."""
    number = bare.strip()
    if not _OWNER_CODE.fullmatch(owner_code):
        raise ValueError(owner_code)
    tag = number if number.startswith(f"{owner_code}-") else f"{owner_code}-{number}"
    if not number or len(tag) > LONGEST_TAG or not number.isprintable():
        raise TagUnreadable(field="asset_tag", tag=number, longest=LONGEST_TAG)
    return tag


def bare_of(tag: str) -> str:
    """The number people read on an older label: without the owner's code. A tag of ours is its own."""
    if is_own_tag(tag):
        return tag
    owner_code, dash, bare = tag.partition("-")
    return bare if dash and _OWNER_CODE.fullmatch(owner_code) else tag


def new_token(choose: Callable[[str], str], *, length: int = TOKEN_LENGTH) -> str:
    """A label token; ``choose`` picks one character of a text and must be unguessable (``secrets.choice``)."""
    body = "".join(choose(ALPHABET) for _ in range(length - 1))
    return body + _token_check(body)


def is_token(text: str) -> bool:
    """Whether the text is a label token as stored, its check character right."""
    return TOKEN.fullmatch(text) is not None and _token_check(text[:-1]) == text[-1]


def check_token(text: str) -> str:
    """The stored form of a token as typed or printed. Raises TokenUnreadable or TokenCheckWrong."""
    found = _TYPED_TOKEN.fullmatch(text.strip().upper())
    if found is None:
        raise TokenUnreadable(field="token", token=text.strip(), example="7K3M-9Q2P")
    token = found[1] + found[2]
    if not is_token(token):
        raise TokenCheckWrong(field="token", token=printed_token(token))
    return token


def printed_token(token: str) -> str:
    """The token as people read it, in two groups of four."""
    return f"{token[:4]}-{token[4:]}"
