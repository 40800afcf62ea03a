"""Passwords: what is accepted, and comparing them at a cost that tells nothing about the account.

Hashes are argon2id (RFC 9106). A comparison is made dear on purpose, so a flood of log-ins could take the
whole machine: at most ``AT_ONCE`` run in a process, and none over that.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from base64 import b64encode
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assetreg.domain.errors import Invalid, Overloaded

HASHER = PasswordHasher(parallelism=1)
AT_ONCE = 2
LONGEST_WAIT_S = 2.0
SHORTEST, LONGEST = 12, 200
FEWEST_DIFFERENT = 5
LONG_NAME = 6

_running = BoundedSemaphore(AT_ONCE)
_DECORATION = re.compile(r"[\W\d_]+")
_COMMON = frozenset(
    [
        "password",
        "passord",
        "lösenord",
        "losenord",
        "hemligt",
        "qwerty",
        "qwertyuiop",
        "qwertyuiopå",
        "asdfghjkl",
        "asdfghjklöä",
        "zxcvbnm",
        "sommar",
        "vinter",
        "höst",
        "vår",
        "välkommen",
        "valkommen",
        "welcome",
        "letmein",
        "iloveyou",
        "administrator",
        "administratör",
        "admin",
        "sydnärke",
        "sydnarke",
        "lekeberg",
        "laxå",
        "laxa",
        "hallsberg",
        "askersund",
        "kommun",
        "kommunen",
        "assetreg",
        "register",
        "registret",
        "abcdefghijkl",
        "abcdefghijklmnop",
        "fotboll",
        "sverige",
        "stockholm",
        "örebro",
        "changeme",
        "trustno",
        "dragon",
        "football",
        "princess",
        "sunshine",
    ]
)


class PasswordTooShort(Invalid):
    code = "password_too_short"
    message = "Lösenordet är för kort. Använd minst {least} tecken, till exempel tre eller fyra ord i rad."


class PasswordTooLong(Invalid):
    code = "password_too_long"
    message = "Lösenordet är för långt. Använd högst {most} tecken."


class PasswordTooCommon(Invalid):
    code = "password_too_common"
    message = "Lösenordet är lätt att gissa. Använd några ord som inte hör ihop, utan namn och utan sifferrader."


def check_new(password: str, *, names: tuple[str, ...], field: str = "password") -> None:
    """Refuses a new password that is short, common or built on one of the names."""
    if len(password) < SHORTEST:
        raise PasswordTooShort(field=field, least=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordTooLong(field=field, most=LONGEST)
    folded = _folded(password)
    letters = _DECORATION.sub("", folded)
    guessable = len(set(folded)) < FEWEST_DIFFERENT or not letters or _built_of_one(letters)
    if guessable or any(_is_in(part, folded) for part in _name_parts(names)):
        raise PasswordTooCommon(field=field)


def hashed(password: str) -> str:
    with _turn():
        return HASHER.hash(_normal(password))


def matches(password: str, hash_: str | None) -> bool:
    """Whether it is the password; where there is no hash the same work is done for nothing.

    Raises Overloaded when too many comparisons are running.
    """
    with _turn():
        try:
            HASHER.verify(hash_ or _nobodys(), _normal(password))
        except (VerificationError, InvalidHashError):
            return False
    return hash_ is not None


def outdated(hash_: str) -> bool:
    """Whether the hash was made with other costs than are used now."""
    return HASHER.check_needs_rehash(hash_)


class _turn:  # noqa: N801
    """One of the places; waiting for one is short, so that a flood is refused instead of queued."""

    def __enter__(self) -> None:
        if not _running.acquire(timeout=LONGEST_WAIT_S):
            raise Overloaded

    def __exit__(self, *_: object) -> None:
        _running.release()


def _nobodys() -> str:
    """A hash that no password has, as dear to compare with as a real one."""
    salt, digest = (b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (HASHER.salt_len, HASHER.hash_len))
    costs = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"


def _normal(password: str) -> str:
    """The same letters typed on another keyboard are the same password; what is too long is cut before the work."""
    return unicodedata.normalize("NFKC", password[: LONGEST + 1])


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _name_parts(names: tuple[str, ...]) -> set[str]:
    return {part for name in names for part in re.split(r"[\W_]+", _folded(name)) if len(part) >= 4}


def _is_in(name: str, folded: str) -> bool:
    """A long name counts anywhere, a short one only by itself: Anna is no part of "annan"."""
    if len(name) >= LONG_NAME:
        return name in folded
    return re.search(rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])", folded) is not None


def _built_of_one(letters: str) -> bool:
    """Whether the letters are one common word, or one said again and again."""
    return any(not letters.replace(word, "") for word in _COMMON)
