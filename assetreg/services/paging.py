"""Keyset paging: a page begins after a row's own sort value, so a deep page costs what the first does."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from assetreg.domain.errors import Invalid

Row = TypeVar("Row")

PAGE = 50
MOST = 1000
LARGEST = 2**62
"""No id or count is larger; the databases refuse what does not fit in 64 bits."""


class BadCursor(Invalid):
    code = "bad_cursor"
    message = "Sidan går inte att hitta igen. Börja om från första sidan."


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows and where the next ones begin; ``next`` is None on the last page.

    ``previous`` is where the rows before these end, for lists that can be walked backwards; None on the first page.
    """

    rows: Sequence[Row]
    next: str | None
    previous: str | None = None


def encode(*values: object) -> str:
    plain = [value.isoformat() if isinstance(value, (date, datetime)) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The values of a cursor, each of the kind given or None. Raises BadCursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode()))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise BadCursor(field="cursor")
        return tuple(_read(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, TypeError, UnicodeError, RecursionError, binascii.Error) as error:
        raise BadCursor(field="cursor") from error


def _read(value: Any, kind: type) -> Any:
    if value is None:
        return None
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    if type(value) is not kind or (isinstance(value, int) and abs(value) > LARGEST):
        raise BadCursor(field="cursor")
    if isinstance(value, str):
        value.encode()
    return value
