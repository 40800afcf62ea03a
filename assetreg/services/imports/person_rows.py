"""Rows of the persons file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from assetreg.db.organisation import Owner
from assetreg.db.person import Person
from assetreg.domain.access import Act
from assetreg.domain.sorting import sort_key
from assetreg.domain.terms import RowVerdict
from assetreg.services import persons, places
from assetreg.services.imports.reading import Item
from assetreg.services.imports.refusals import PersonsDiffer
from assetreg.services.imports.row_places import RowPlaces
from assetreg.services.imports.work import Work, key_of
from assetreg.services.persons import PersonInput, SeveralPersons

KEPT = ("name", "email", "external_id", "department_id", "unit_id")


class PersonRows:
    """A person is known by the source's number, else by e-mail, else by being alone with the name at the owner."""

    careful = True

    def __init__(self, work: Work) -> None:
        self.work = work
        self.places = RowPlaces(work)

    def prepare(self, items: Sequence[Item]) -> None:
        self.work.actor.require(Act.IMPORT_DEVICES)
        self.places.prepare(items)

    def keys(self, item: Item) -> tuple[str | None, str | None]:
        holder, loaded = self._holder(item), item.loaded
        number, email = loaded.get("external_id"), loaded.get("email")
        first = key_of("n", holder.id, number) if number else None
        if first is None and not email:
            first = key_of("p", holder.id, sort_key(loaded["name"]))
        return first, (key_of("e", holder.id, email) if email else None)

    def judge(self, item: Item) -> RowVerdict:
        holder, loaded = self._holder(item), item.loaded
        item.label = loaded["name"]
        self.places.ensure(holder, loaded)
        row = self._known(holder, loaded)
        place = places.find(self.work.session, holder, **{name: loaded.get(name) for name in ("department", "unit")})
        if not loaded.get("department") and not loaded.get("unit") and row is not None:
            self.places.refuse_outside(row.owner_id, row.department_id, row.unit_id)
        else:
            self.places.refuse_outside(place.owner_id, place.department_id, place.unit_id)
        if row is None:
            row = persons.add(self.work.session, holder.id, self._stated(loaded, place.department_id, place.unit_id))
            item.before = {"person": row.id}
            return RowVerdict.CREATED
        return self._updated(item, row, self._stated(loaded, place.department_id, place.unit_id, row=row))

    def finish(self) -> None:
        """Nothing is gathered."""

    def _updated(self, item: Item, row: Person, stated: PersonInput) -> RowVerdict:
        was = {name: getattr(row, name) for name in KEPT}
        for name, column in (("email", "email"), ("external_id", "external_id")):
            if name in item.loaded and item.loaded[name] is None:
                setattr(row, column, None)
        for name in ("department", "unit"):
            if name in item.loaded and item.loaded[name] is None:
                setattr(row, f"{name}_id", None)
        persons.update(row, stated)
        now = {name: getattr(row, name) for name in KEPT}
        if was == now:
            return RowVerdict.UNCHANGED
        differing = [name for name in KEPT if was[name] != now[name]]
        item.before = {"person": row.id, "changes": {name: [was[name], now[name]] for name in differing}}
        return RowVerdict.UPDATED

    def _stated(
        self, loaded: dict[str, Any], department_id: int | None, unit_id: int | None, *, row: Person | None = None
    ) -> PersonInput:
        return PersonInput(
            name=loaded["name"],
            email=loaded.get("email"),
            external_id=loaded.get("external_id", row.external_id if row else None),
            department_id=department_id,
            unit_id=unit_id,
        )

    def _known(self, holder: Owner, loaded: dict[str, Any]) -> Person | None:
        session, number, email = self.work.session, loaded.get("external_id"), loaded.get("email")
        name = loaded["name"]
        if number:
            found = persons.known_as(session, holder.id, PersonInput(name, external_id=number))
            if found is not None:
                return found
        if email:
            found = persons.known_as(session, holder.id, PersonInput(name, email=email))
            if found is not None and number and found.external_id not in (None, number):
                raise PersonsDiffer(field="email", email=email, number=found.external_id)
            return found
        return None if number else self._by_name(holder, name)

    def _by_name(self, holder: Owner, name: str) -> Person | None:
        same = select(Person).where(
            Person.owner_id == holder.id, Person.sort_key == sort_key(name), Person.pseudonymised_at.is_(None)
        )
        found = list(self.work.session.execute(same.limit(2)).scalars())
        if len(found) > 1:
            raise SeveralPersons(field="name", value=name, owner=holder.name)
        return found[0] if found else None

    def _holder(self, item: Item) -> Owner:
        return places.owner(self.work.session, str(item.loaded["owner"]))
