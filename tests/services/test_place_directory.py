"""An owner's directory of places answers as the register does when it is asked for one place at a time."""

from __future__ import annotations

from itertools import product

import pytest

from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Refusal
from assetreg.services import place_directory, places
from assetreg.services.places import Place
from tests.cast import Cast

UNITS = ("Norra skolan", "norra SKOLAN", "NORRA  skolan", "Södra skolan", "Ingenstans", None)
ROOMS = ("A1", "a1", "B12", "C3", None)
DEPARTMENTS = ("Skola", "SKOLA", "Teknik", "Ingen", None)


def place(session: ScopedSession, code: str, **named: str | None) -> Place | str:
    """What is found, or the code of the refusal."""
    session.info.pop("reading", None)
    try:
        return places.find(session, places.owner(session, code), **named)
    except Refusal as refusal:
        return refusal.code


def forget(session: ScopedSession) -> None:
    session.info["remembered"].clear()


@pytest.fixture
def filled(session: ScopedSession, cast: Cast) -> ScopedSession:
    """Two owners with places of the same names."""
    for code in ("1860", "1861"):
        holder = places.owner(session, code)
        for department, unit, room in (("Skola", "Norra skolan", "A1"), ("Skola", "Norra skolan", "B12")):
            places.ensure(session, holder, department=department, unit=unit, room=room, group="9A")
        places.ensure(session, holder, department="Teknik", unit=f"Södra skolan {code}", room="A1")
    return session


def test_directory_answers_as_the_register_does(filled: ScopedSession) -> None:
    asked = [
        {"department": department, "unit": unit, "room": room}
        for department, unit, room in product(DEPARTMENTS, UNITS, ROOMS)
    ]
    forget(filled)
    one_by_one = [place(filled, "1860", **named) for named in asked]
    forget(filled)
    rooms = {room for room in ROOMS if room and room != "C3"}
    place_directory.read(filled, places.owner(filled, "1860"), rooms=rooms, groups=())
    assert [place(filled, "1860", **named) for named in asked] == one_by_one
    assert len({str(found) for found in one_by_one}) > 5


def test_place_that_is_added_is_in_the_directory(filled: ScopedSession) -> None:
    holder = places.owner(filled, "1860")
    place_directory.read(filled, holder, rooms=["Z9"], groups=[])
    assert places.ensure(filled, holder, department="Ny", unit="Nybyggd", room="Z9") == ["Ny", "Nybyggd", "Z9"]
    assert places.ensure(filled, holder, department="Ny", unit="Nybyggd", room="Z9") == []
    directory = place_directory.of(filled, holder.id)
    assert directory is not None
    found = places.find(filled, holder, unit="Nybyggd", room="Z9")
    filled.begin_nested().rollback()
    assert place_directory.of(filled, holder.id) is None
    assert places.find(filled, holder, unit="Nybyggd", room="Z9") == found


def test_place_that_somebody_else_adds_meanwhile_is_found(database: Database, cast: Cast) -> None:
    """Two lists name the same new school; the second has read the directory before the first is done."""
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    new = {"department": "Ny", "unit": "Nybyggd", "room": "Z9"}
    with database.transaction(EVERYTHING) as session:
        holder = places.owner(session, "1860")
        place_directory.read(session, holder, rooms=["Z9"], groups=[])
        with database.transaction(EVERYTHING) as other:
            assert len(places.ensure(other, places.owner(other, "1860"), **new)) == 3
            there = places.find(other, places.owner(other, "1860"), **new)
        assert places.ensure(session, holder, **new) == []
        assert places.find(session, holder, **new) == there
