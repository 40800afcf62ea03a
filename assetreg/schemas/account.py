"""Commands about accounts, the same from a form and from the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from assetreg.domain import cells
from assetreg.domain.errors import Invalid
from assetreg.domain.terms import Precision, Role
from assetreg.schemas.fields import ReadField, Word, Words
from assetreg.schemas.loading import CommandSchema, load

LANGUAGES = ("sv", "en")
THEMES = ("system", "light", "dark")
_NAME = re.compile(r"[^\W_][\w.@+\-]{1,79}")


class BadAccountName(Invalid):
    code = "bad_account_name"
    message = "{value} går inte som användarnamn. Använd 2 till 80 bokstäver, siffror, punkter, streck eller @."


class DayNeeded(Invalid):
    code = "day_needed"
    message = "Ange en hel dag, till exempel 2027-06-30."


class EndNeeded(Invalid):
    code = "end_needed"
    message = "En revisors åtkomst tar slut. Ange sista dagen, till exempel 2027-06-30."


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Someone who is to log in. Without ``places`` the account sees every owner.

    ``places`` are written ``1860`` or ``1860/Centralskolan``. ``expires_on`` is the last day it works.
    """

    name: str
    role: Role
    display_name: str | None = None
    password: str | None = None
    places: tuple[str, ...] = ()
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What the account is to be like: all of it, for what is left out is taken away."""

    role: Role
    places: tuple[str, ...] = ()
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    language: str
    theme: str


class _Name(Words):
    def read(self, value: Any) -> str:
        text = super().read(value).casefold()
        if not _NAME.fullmatch(text):
            raise BadAccountName(value=text)
        return text


class WholeDay(ReadField):
    def read(self, value: Any) -> date:
        known = cells.parse_date(value)
        if known.precision is not Precision.DAY:
            raise DayNeeded
        return known.value


class AccountFields(CommandSchema):
    role = Word(Role, required=True)
    owners = fields.List(Words(limit=200))
    expires = WholeDay()

    @validates_schema
    def check_end(self, data: dict[str, Any], **_: Any) -> None:
        if data["role"] is Role.AUDITOR and data.get("expires") is None:
            raise ValidationError([EndNeeded()], field_name="expires")


class NewAccountFields(AccountFields):
    name = _Name(required=True)
    display_name = Words()
    password = fields.String()


class LastDayFields(CommandSchema):
    expires = WholeDay()


class PreferenceFields(CommandSchema):
    language = fields.String(load_default=LANGUAGES[0], validate=validate.OneOf(LANGUAGES))
    theme = fields.String(load_default=THEMES[0], validate=validate.OneOf(THEMES))


def new_account(data: Mapping[str, Any]) -> NewAccount:
    """Raises InvalidInput."""
    values = load(NewAccountFields(), data)
    return NewAccount(
        name=values["name"],
        role=values["role"],
        display_name=values.get("display_name") or str(data["name"]).strip(),
        password=values.get("password"),
        places=tuple(values.get("owners", ())),
        expires_on=values.get("expires"),
    )


def account_change(data: Mapping[str, Any]) -> AccountChange:
    """Raises InvalidInput."""
    values = load(AccountFields(), data)
    return AccountChange(role=values["role"], places=tuple(values.get("owners", ())), expires_on=values.get("expires"))


def last_day(text: str) -> date | None:
    """The day as it was typed; None for nothing. Raises InvalidInput."""
    found: date | None = load(LastDayFields(), {"expires": text}).get("expires")
    return found


def preferences(data: Mapping[str, Any]) -> Preferences:
    """Raises InvalidInput."""
    return Preferences(**load(PreferenceFields(), data))
