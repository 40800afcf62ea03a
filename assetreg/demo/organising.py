"""The places and the people of the fleet, put into the register before its devices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assetreg.db.organisation import Group
from assetreg.db.session import ScopedSession
from assetreg.demo import products
from assetreg.demo.plan import PlannedPerson
from assetreg.demo.towns import TOWNS, Site, school_year
from assetreg.domain.sorting import sort_key
from assetreg.domain.terms import GroupType
from assetreg.services import catalogue, persons, places
from assetreg.services.persons import PersonInput
from assetreg.services.places import Place


def put_places(session: ScopedSession, *, today: date) -> None:
    for town in TOWNS:
        holder = places.owner(session, town.code)
        for site in town.sites:
            for room in site.rooms:
                places.ensure(session, holder, department=site.department, unit=site.name, room=room)
            home = places.find(session, holder, unit=site.name)
            _put_groups(session, site, home, year=school_year(today))


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


def put_products(session: ScopedSession) -> None:
    """The models and the suppliers, so that the devices find them."""
    for product in products.PRODUCTS:
        catalogue.model(session, product.kind, product.maker, product.model)
    for name in (*products.SUPPLIERS.values(), *products.USUAL_SUPPLIERS):
        catalogue.supplier(session, name)


def put_people(session: ScopedSession, people: Sequence[PlannedPerson]) -> None:
    persons.add_many(session, [_stated(session, person) for person in people])
    for town in TOWNS:
        numbers = [person.number for person in people if person.site.owner == town.code]
        persons.read(session, places.owner(session, town.code), numbers)


def _stated(session: ScopedSession, person: PlannedPerson) -> tuple[int, PersonInput]:
    """Whose the person is, and what is known of it."""
    home = places.find(session, places.owner(session, person.site.owner), unit=person.site.name)
    return home.owner_id, PersonInput(
        name=person.name,
        email=person.mail,
        external_id=person.number,
        department_id=home.department_id,
        unit_id=home.unit_id,
    )
