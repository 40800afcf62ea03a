"""Commands about the rules for signing in with the municipality's accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from marshmallow import fields

from assetreg.domain.errors import Invalid, InvalidInput, Refusal
from assetreg.domain.sign_in import ClaimKind, claim_value
from assetreg.domain.terms import Role
from assetreg.schemas.account import EndNeeded, WholeDay
from assetreg.schemas.fields import Whole, Word, Words
from assetreg.schemas.loading import CommandSchema, load

LAST_POSITION = 9_999


class PlacesNeeded(Invalid):
    code = "places_needed"
    message = "Välj alla kommuner, eller minst en av dem."


class OneOrTheOther(Invalid):
    code = "one_or_the_other"
    message = "Välj antingen alla kommuner eller några av dem, inte båda."


class BadPosition(Invalid):
    code = "bad_position"
    message = "Platsen i ordningen är ett tal från 1 till {last}."


@dataclass(frozen=True, slots=True)
class RuleInput:
    """What a rule is to be like. ``whole`` gives every owner, and then there are no ``places``.

    ``places`` are written ``1860`` or ``1860/Centralskolan``. ``ends_on`` is the last day the rule lets anyone in.
    """

    claim: ClaimKind
    value: str
    role: Role
    whole: bool
    places: tuple[str, ...] = ()
    position: int | None = None
    ends_on: date | None = None


class RuleFields(CommandSchema):
    claim = Word(ClaimKind, required=True)
    value = Words(limit=200, required=True)
    role = Word(Role, required=True)
    sees = fields.String()
    owners = fields.List(Words(limit=200))
    position = Whole()
    expires = WholeDay()


def rule_input(data: Mapping[str, Any]) -> RuleInput:
    """``sees`` is "all" or "some"; without it ``owners`` say which. Raises InvalidInput."""
    values = load(RuleFields(), data)
    owners, sees = tuple(values.get("owners", ())), values.get("sees", "")
    faults = list(_faults(values, owners, sees))
    if faults:
        raise InvalidInput(faults)
    return RuleInput(
        claim=values["claim"],
        value=claim_value(values["claim"], values["value"]),
        role=values["role"],
        whole=sees == "all",
        places=owners if sees != "all" else (),
        position=values.get("position"),
        ends_on=values.get("expires"),
    )


def _faults(values: Mapping[str, Any], owners: tuple[str, ...], sees: str) -> list[Refusal]:
    faults: list[Refusal] = []
    if sees == "all" and owners:
        faults.append(OneOrTheOther(field="owners"))
    if sees != "all" and not owners:
        faults.append(PlacesNeeded(field="owners"))
    if not 1 <= values.get("position", 1) <= LAST_POSITION:
        faults.append(BadPosition(field="position", last=LAST_POSITION))
    if values["role"] is Role.AUDITOR and values.get("expires") is None:
        faults.append(EndNeeded(field="expires"))
    return faults
