"""What the programming interface takes beside a file."""

from __future__ import annotations

from collections.abc import Sequence

from assetreg.domain.errors import Invalid
from assetreg.schemas.fields import Truth, WholeDay
from assetreg.schemas.loading import CommandSchema


class BadPair(Invalid):
    code = "bad_pair"
    message = "{value} går inte att läsa. Skriv kolumn=värde, till exempel owner=1860."


class ImportForm(CommandSchema):
    dry_run = Truth()
    file_date = WholeDay()


def pairs(stated: Sequence[str]) -> dict[str, str]:
    """What a list leaves out, by column. Raises BadPair."""
    found = {}
    for text in stated:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise BadPair(field="set", value=text)
        found[name.strip()] = value
    return found
