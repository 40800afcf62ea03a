"""The people who use devices: finding one, adding one, and forgetting who one was."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import or_, select, true

from assetreg.db.organisation import Owner
from assetreg.db.person import Person
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.errors import Invalid
from assetreg.domain.sentences import Phrase
from assetreg.domain.sorting import search_key, sort_key

LONGEST_KEY = 400
FORGOTTEN_NAME = Phrase("Tidigare användare")


class UnknownPerson(Invalid):
    code = "unknown_person"
    message = "Ingen användare hos {owner} heter {value}. Importera personer först, eller lämna fältet tomt."


class SeveralPersons(Invalid):
    code = "several_persons"
    message = "Flera användare hos {owner} heter {value}. Ange e-post eller nummer i stället."


@dataclass(frozen=True, slots=True)
class PersonInput:
    """A person as a list states it; ``external_id`` is the source's own key."""

    name: str
    email: str | None = None
    external_id: str | None = None
    department_id: int | None = None
    unit_id: int | None = None


def find(session: ScopedSession, holder: Owner, text: str) -> Person:
    """The person at an owner with this number, e-mail or name. Raises UnknownPerson, SeveralPersons."""
    wanted = text.strip()
    same = or_(
        Person.external_id == wanted, Person.email == wanted.lower(), Person.sort_key == sort_key(wanted)[:LONGEST_KEY]
    )
    rows = session.execute(
        select(Person).where(Person.owner_id == holder.id, Person.pseudonymised_at.is_(None), same).limit(2)
    )
    found = list(rows.scalars())
    if not found:
        raise UnknownPerson(field="user", value=wanted, owner=holder.name)
    if len(found) > 1:
        raise SeveralPersons(field="user", value=wanted, owner=holder.name)
    return found[0]


def known_as(session: ScopedSession, owner_id: int, person: PersonInput) -> Person | None:
    """The row this person already has: by the source's key, else by e-mail."""
    theirs = select(Person).where(Person.owner_id == owner_id).order_by(Person.id).limit(1)
    found = None
    if person.external_id:
        found = session.execute(theirs.where(Person.external_id == person.external_id)).scalar_one_or_none()
    if found is None and person.email:
        keyless = Person.external_id.is_(None) if person.external_id else true()
        same = theirs.where(Person.email == person.email.lower(), keyless)
        found = session.execute(same).scalar_one_or_none()
    return found


def add(session: ScopedSession, owner_id: int, person: PersonInput) -> Person:
    row = Person(owner_id=owner_id, salt=secrets.token_hex(16), name=person.name, sort_key="", search_key="")
    session.add(row)
    update(row, person)
    session.flush()
    return row


def update(row: Person, person: PersonInput) -> bool:
    """Brings the row to what the list states; says whether anything differed. What is absent stays."""
    email = person.email.lower() if person.email else row.email
    external_id = person.external_id or row.external_id
    values = {
        "name": person.name,
        "email": email,
        "external_id": external_id,
        "department_id": person.department_id or row.department_id,
        "unit_id": person.unit_id or row.unit_id,
        "sort_key": sort_key(person.name)[:LONGEST_KEY],
        "search_key": search_key(" ".join(filter(None, (person.name, email, external_id))))[:LONGEST_KEY],
    }
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def forget(session: ScopedSession, row: Person, *, actor: Actor) -> None:
    """Pseudonymises a person: the id stays, so every event still holds, and nothing says who it was."""
    row.name = row.email = row.external_id = None
    row.sort_key = row.search_key = ""
    row.salt = secrets.token_hex(16)
    row.pseudonymised_at = actor.at
    session.flush()


def shown(name: str | None) -> str:
    return name or FORGOTTEN_NAME
