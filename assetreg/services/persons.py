"""The people who use devices: finding one, adding one, and forgetting who one was."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select, true

from assetreg.db.device import Device
from assetreg.db.numbers import draw_ids
from assetreg.db.organisation import Owner
from assetreg.db.person import Person
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.dates import check_happened
from assetreg.domain.errors import Conflict, Invalid, Missing
from assetreg.domain.sentences import Phrase
from assetreg.domain.sorting import search_key, sort_key
from assetreg.services import history
from assetreg.services.remembered import remembered

LONGEST_KEY = 400
AT_ONCE = 500
FORGOTTEN_NAME = Phrase("Tidigare användare")


class UnknownPerson(Invalid):
    code = "unknown_person"
    message = "Ingen användare hos {owner} heter {value}. Kontrollera stavningen, eller importera personen först."


class SeveralPersons(Invalid):
    code = "several_persons"
    message = "Flera användare hos {owner} heter {value}. Ange e-post eller nummer i stället."


class Forgotten(Conflict):
    code = "person_forgotten"
    message = "Personen är redan pseudonymiserad, så det finns inget kvar att ändra."


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
    known: dict[tuple[int, str], list[Person]] = remembered(session, "persons")
    if (holder.id, wanted) not in known:
        read(session, holder, [wanted])
    found = [person for person in known[holder.id, wanted] if person.pseudonymised_at is None]
    if not found:
        raise UnknownPerson(field="user", value=wanted, owner=holder.name)
    if len(found) > 1:
        raise SeveralPersons(field="user", value=wanted, owner=holder.name)
    return found[0]


def read(session: ScopedSession, holder: Owner, texts: Iterable[str]) -> None:
    """Looks up many at once, so that ``find`` need not ask for each.

    Until the end of a transaction nobody forgets those that are found, who are about to get something.
    """
    known: dict[tuple[int, str], list[Person]] = remembered(session, "persons")
    wanted = sorted({text.strip() for text in texts} - {text for owner_id, text in known if owner_id == holder.id})
    for first in range(0, len(wanted), AT_ONCE):
        some = wanted[first : first + AT_ONCE]
        keys = {text: sort_key(text)[:LONGEST_KEY] for text in some}
        same = or_(
            Person.external_id.in_(some),
            Person.email.in_([text.lower() for text in some]),
            Person.sort_key.in_(list(keys.values())),
        )
        mine = Person.owner_id == holder.id
        theirs = select(Person).where(mine, Person.pseudonymised_at.is_(None), same).order_by(Person.id)
        if not session.only_reads:
            theirs = theirs.with_for_update(read=True, key_share=True)
        rows = session.execute(theirs)
        by_key: dict[str, list[Person]] = {}
        for person in rows.scalars():
            for key in {person.external_id, person.email, f"\0{person.sort_key}"}:
                by_key.setdefault(key or "", []).append(person)
        for text in some:
            same_text = (text, text.lower(), f"\0{keys[text]}")
            found = {person.id: person for key in same_text for person in by_key.get(key, ())}
            known[holder.id, text] = list(found.values())


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
    remembered(session, "persons").clear()
    return row


def add_many(session: ScopedSession, people: Iterable[tuple[int, PersonInput]]) -> list[Person]:
    """New persons, each at an owner, in one go."""
    rows = []
    for owner_id, person in people:
        rows.append(Person(owner_id=owner_id, salt=secrets.token_hex(16), name=person.name, sort_key="", search_key=""))
        update(rows[-1], person)
    for row, number in zip(rows, draw_ids(session, Person, len(rows)), strict=True):
        row.id = number
    session.add_all(rows)
    session.flush()
    remembered(session, "persons").clear()
    return rows


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


def get(session: ScopedSession, person_id: int) -> Person:
    """The person, locked for a change in a session that may change anything. Raises Missing, also outside the scope."""
    wanted = select(Person).where(Person.id == person_id)
    if not session.only_reads:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = session.execute(wanted).scalar_one_or_none()
    if found is None:
        raise Missing
    return found


def leave(session: ScopedSession, row: Person, on: date | None, *, actor: Actor) -> bool:
    """Notes the last day of a person, or takes it back with None; says whether it differed.

    Raises Denied, Forgotten, or InvalidInput for a day that has not come.
    """
    actor.require(Act.READ_PERSONS)
    actor.require(Act.EDIT_DEVICES)
    if row.pseudonymised_at is not None:
        raise Forgotten
    if on is not None:
        check_happened(on, today=actor.today, field="left_on")
    if row.left_on == on:
        return False
    before, row.left_on = row.left_on, on
    history.record(session, row, "left", {"changes": {"left_on": [before, on]}}, actor=actor, person=row.id)
    session.flush()
    return True


def forget(session: ScopedSession, row: Person, *, actor: Actor, reason: str | None = None) -> None:
    """Pseudonymises a person: the id stays, so every event still holds, and nothing says who it was.

    Where the name stands elsewhere is the business of ``services.pseudonymising``.
    """
    row.name = row.email = row.external_id = None
    row.sort_key = row.search_key = ""
    row.salt = secrets.token_hex(16)
    row.pseudonymised_at = actor.at
    session.flush()
    text = history.write_text(session, reason, beside=row) if reason else None
    history.record(session, row, "pseudonymised", {}, actor=actor, person=row.id, text=text)
    session.flush()


def shown(name: str | None) -> str:
    return name or FORGOTTEN_NAME


def uses() -> ColumnElement[bool]:
    """Who a device's user is, for joining: a person of the owner it has now. An earlier owner's has no name there."""
    return and_(Person.id == Device.person_id, Person.owner_id == Device.owner_id)
