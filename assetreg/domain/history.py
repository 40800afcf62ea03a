"""The history's chain: each event's keyed hash covers all its columns and the hash before it.

HMAC-SHA256 (RFC 2104, FIPS 180-4) with a key kept outside the database. Names and free text are never
part of it: an event holds a person's id and the salted hash of a text, so both can be erased. The chain
shows that the database was changed past the register; it does not bind someone who holds the key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter

_SORTED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
_AS_THEY_COME = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))

FORMAT = 1
GENESIS = ""
"""The hash before a chain's first event."""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """The columns of an event, in the order they are hashed; a new column is a new ``format``.

    ``at`` is when it was written (aware, UTC), ``on`` the day it happened. ``reverses`` is the number
    of the event in the same chain that this one reverses. ``payload`` is canonical JSON.
    """

    subject: str
    subject_id: int
    seq: int
    at: datetime
    kind: str
    actor_id: int | None
    door: str
    person_id: int | None
    owner_id: int | None
    department_id: int | None
    unit_id: int | None
    on: date | None
    reverses: int | None
    change_id: int | None
    text_hash: str | None
    format: int
    payload: str


_COLUMNS: Callable[[EventFacts], tuple[object, ...]] = attrgetter(*EventFacts.__slots__)


def canonical(payload: Mapping[str, object]) -> str:
    """The one JSON text of a payload: keys sorted, no blanks, dates ISO, decimals as text.

    Raises TypeError for a float, which has no one text, and for anything that JSON does not know;
    ValueError for a naive time or a text that is not valid Unicode.
    """
    text = _SORTED.encode(_plain(payload))
    text.encode()
    return text


_AS_IT_IS = frozenset({str, int, bool, type(None)})


def _plain(value: object) -> object:
    if type(value) in _AS_IT_IS:
        return value
    if type(value) is dict:
        if not all(type(key) is str for key in value):
            return _mapping(value)
        return {key: member if type(member) in _AS_IT_IS else _plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [member if type(member) in _AS_IT_IS else _plain(member) for member in value]
    return _mapping(value) if isinstance(value, Mapping) else _word(value)


def _word(value: object) -> object:
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(value)


def _mapping(value: Mapping[object, object]) -> dict[str, object]:
    if not all(isinstance(key, str) for key in value):
        raise TypeError(value)
    return {str(key): _plain(member) for key, member in value.items()}


@lru_cache(maxsize=64)
def _instant(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(at)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def event_hash(key: bytes, facts: EventFacts, *, prev: str) -> str:
    """The event's hash, 64 hexadecimal digits: over a JSON array of every column and ``prev``."""
    message = _AS_THEY_COME.encode(_plain([*_COLUMNS(facts), prev]))
    return hmac.digest(key, message.encode(), "sha256").hex()


def text_hash(salt: bytes, body: str) -> str:
    """What an event keeps of a free text; without the salt, which is erased with it, it says nothing."""
    return hmac.new(salt, body.encode(), hashlib.sha256).hexdigest()


def anchor_root(heads: Iterable[tuple[str, int, int, str]]) -> str:
    """One hash over all heads (subject, subject id, seq, hash), given in that order, for keeping elsewhere."""
    root = hashlib.sha256()
    for head in heads:
        root.update(json.dumps(head, separators=(",", ":")).encode() + b"\n")
    return root.hexdigest()
