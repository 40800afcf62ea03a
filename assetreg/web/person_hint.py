"""Whom a form may have meant, when nobody or more than one is called as it says."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from flask_babel import gettext as _

from assetreg.domain.access import Act
from assetreg.domain.errors import InvalidInput, Refusal
from assetreg.services import account_scope, person_list
from assetreg.services.persons import SeveralPersons, UnknownPerson
from assetreg.web import owners, visit
from assetreg.web.attempts import Refused

FEW, SOUGHT = 5, 200


def helped(refused: Refused | None) -> Mapping[str, str]:
    """The errors of the form, with the names that are near beside the user's; they are noted as searched for."""
    if refused is None:
        return {}
    refusal = next(filter(_of_person, _all(refused.refusal)), None)
    if refusal is None or not visit.actor().may(Act.READ_PERSONS):
        return refused.errors
    near = _near(str(refusal.params["value"]), owner=str(refusal.params["owner"]))
    if not near:
        return refused.errors
    meant = _("Menar du %(names)s?", names=", ".join(near))
    return {**refused.errors, "user": f"{refused.errors.get('user', '')} {meant}".strip()}


def _all(refusal: Refusal | None) -> list[Refusal]:
    if isinstance(refusal, InvalidInput):
        return refusal.refusals
    return [refusal] if refusal is not None else []


def _of_person(refusal: Refusal) -> bool:
    return isinstance(refusal, UnknownPerson | SeveralPersons)


def _near(typed: str, *, owner: str) -> list[str]:
    """A few at the owner whose names hold what was typed, å as a if need be, with what tells them apart."""
    visitor = visit.logged_in()
    holder = next((each for each in owners.visible() if each.name == owner), None)
    if holder is None:
        return []
    scope = account_scope.narrowed(visitor.scope, visitor.places, owner=holder.id)
    with visit.reading(scope) as session:
        found = person_list.page(session, typed, actor=visit.actor(), limit=FEW).rows
        if not found and len(typed.split()) > 1:
            alike = person_list.page(session, typed.split(maxsplit=1)[0], actor=visit.actor(), limit=SOUGHT).rows
            found = [row for row in alike if _bare(typed).issubset(_bare(row.name))]
    return [f"{row.name} ({row.email or row.external_id or row.unit or row.owner})" for row in found[:FEW]]


def _bare(name: str) -> set[str]:
    """The words of a name without rings and dots: how it is typed on another keyboard."""
    split = unicodedata.normalize("NFKD", name.casefold())
    return set("".join(c for c in split if not unicodedata.combining(c)).split())
