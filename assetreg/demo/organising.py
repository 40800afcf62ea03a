"""The places and the people of the fleet, put into the register before its devices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from assetreg.db.organisation import Group
from assetreg.db.session import ScopedSession
from assetreg.demo.plan import PlannedPerson
from assetreg.demo.towns import TOWNS, Site, school_year
from assetreg.domain.sorting import sort_key
from assetreg.domain.terms import GroupType
from assetreg.services import persons, places
from assetreg.services.persons import PersonInput
from assetreg.services.places import Place

Places = dict[tuple[str, str], Place]
"""By owner's code and unit's name."""


def put_places(session: ScopedSession, *, today: date) -> Places:
    found: Places = {}
    for town in TOWNS:
        holder = places.owner(session, town.code)
        for site in town.sites:
            for room in site.rooms:
                places.ensure(session, holder, department=site.department, unit=site.name, room=room)
            home = places.find(session, holder, unit=site.name)
            _put_groups(session, site, home, year=school_year(today))
            found[town.code, site.name] = home
    return found


def _put_groups(session: ScopedSession, site: Site, home: Place, *, year: int) -> None:
    """Classes of the present school year, and carts, which have none."""
    for names, kind, of_year in ((site.classes, GroupType.CLASS, year), (site.carts, GroupType.CART, None)):
        session.add_all(
            Group(
                owner_id=home.owner_id,
                unit_id=home.unit_id,
                name=name,
                type=kind,
                school_year=of_year,
                sort_key=sort_key(name),
            )
            for name in names
        )
        session.flush()


def put_people(session: ScopedSession, people: Iterable[PlannedPerson], known: Places) -> dict[str, int]:
    """The ids of the people by their number."""
    ids = {}
    for person in people:
        home = known[person.site.owner, person.site.name]
        stated = PersonInput(
            name=person.name,
            email=person.mail,
            external_id=person.number,
            department_id=home.department_id,
            unit_id=home.unit_id,
        )
        ids[person.number] = persons.add(session, home.owner_id, stated).id
    return ids
