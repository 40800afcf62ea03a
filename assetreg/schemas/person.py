"""A person who uses devices, as a list states them."""

from __future__ import annotations

from typing import Any

from assetreg.domain import cells
from assetreg.domain.errors import Invalid
from assetreg.schemas.fields import ReadField, Words
from assetreg.schemas.loading import CommandSchema

LONGEST_MAIL = 254


class BadMail(Invalid):
    code = "bad_mail"
    message = "{value} är ingen e-postadress. Skriv den som namn@kommun.se, eller lämna cellen tom."


class Mail(ReadField):
    """An e-mail address, in lower case."""

    def read(self, value: Any) -> str:
        text = cells.clean_text(cells.text_of(value), limit=LONGEST_MAIL)
        name, at, host = text.partition("@")
        if not name or not at or "." not in host or " " in text or "@" in host:
            raise BadMail(value=cells.shown(text))
        return text.lower()


class PersonFields(CommandSchema):
    """The columns of the persons file."""

    name = Words(limit=200)
    owner = Words(limit=80)
    email = Mail(allow_none=True)
    external_id = Words(limit=120, allow_none=True)
    department = Words(allow_none=True)
    unit = Words(allow_none=True)
