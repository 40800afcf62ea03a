"""Which version of a row a program has seen: ETag out, If-Match in (RFC 9110)."""

from __future__ import annotations

import re
from typing import Any

from flask import request

from assetreg.domain.errors import Conflict, Invalid

_TAG = re.compile(r'"(\d{1,9})"')


class NoVersion(Invalid):
    code = "no_version"
    message = "Skicka enhetens version i If-Match, som den stod i ETag när den lästes, så att ingen skriver över någon."


class UnreadableVersion(Invalid):
    code = "unreadable_version"
    message = 'If-Match går inte att läsa. Skicka versionen som den stod i ETag, till exempel "7".'


class VersionPassed(Conflict):
    """``sent`` is what the program asked for and on which version, ``current`` the row as it is now."""

    code = "version_passed"
    message = "Någon annan har ändrat sedan version {sent_version}. Jämför med den nuvarande och skicka igen."

    def __init__(self, *, sent: dict[str, Any], current: dict[str, Any], field: str | None = None) -> None:
        self.sent, self.current = sent, current
        super().__init__(field=field, sent_version=sent["version"])


def etag(version: int) -> str:
    return f'"{version}"'


def stated(*, required: bool) -> int | None:
    """The version in If-Match; None for ``*``, which any version fits, and where none is stated.

    Raises NoVersion where one is required, or UnreadableVersion.
    """
    text = request.headers.get("If-Match")
    if text is None:
        if required:
            raise NoVersion(field="If-Match")
        return None
    if text.strip() == "*":
        return None
    found = _TAG.fullmatch(text.strip())
    if found is None:
        raise UnreadableVersion(field="If-Match")
    return int(found[1])
