"""Finding and adding places by what people call them."""

from __future__ import annotations

import pytest

from assetreg.db.session import Database, ScopedSession
from assetreg.services import places
from assetreg.services.places import PlaceLacksUnit, UnknownOwner, UnknownPlace
from tests import cast as actors
from tests.cast import Cast


@pytest.mark.parametrize("text", ["1860", "Laxå", " laxå ", "LAXÅ"])
def test_owner_is_found_by_code_or_name(session: ScopedSession, cast: Cast, text: str) -> None:
    assert places.owner(session, text).id == cast.owners["1860"]


def test_owners_come_in_their_order_and_within_the_scope(database: Database, cast: Cast) -> None:
    with database.reading(cast.technician.scope) as session:
        assert [owner.code for owner in places.owners(session)] == ["1814", "1860", "1861", "1882", "GEM"]
    with database.reading(cast.school.scope) as session:
        assert [owner.code for owner in places.owners(session)] == ["1860"]
        with pytest.raises(UnknownOwner):
            places.owner(session, "1861")


def test_unit_brings_its_department_and_room_and_group_are_its_own(session: ScopedSession, cast: Cast) -> None:
    laxa = places.owner(session, "1860")
    first = places.find(session, laxa, unit="centralskolan", room="b12", group="7a")
    second = places.find(session, laxa, unit=actors.SECOND_SCHOOL, room="B12", group="7A")
    assert first.unit_id == cast.units[actors.SCHOOL]
    assert first.department_id == second.department_id is not None
    assert first.room_id != second.room_id
    assert first.group_id != second.group_id


def test_place_that_is_not_there_is_refused_beside_its_field(session: ScopedSession) -> None:
    laxa = places.owner(session, "1860")
    for stated, field in (
        ({"department": "Teknik"}, "department"),
        ({"unit": actors.FAR_SCHOOL}, "unit"),
        ({"unit": actors.SCHOOL, "room": "101"}, "room"),
        ({"unit": actors.SCHOOL, "group": "9C"}, "group"),
    ):
        with pytest.raises(UnknownPlace) as refused:
            places.find(session, laxa, **stated)
        assert refused.value.field == field
        assert "hos Laxå" in refused.value.sentence()
    for field in ("room", "group"):
        with pytest.raises(PlaceLacksUnit):
            places.find(session, laxa, **{field: "B12"})


def test_what_is_missing_is_added_once(session: ScopedSession) -> None:
    laxa = places.owner(session, "1860")
    stated = {"department": "Teknik", "unit": "Förrådet", "room": "1", "group": "Vagn 1"}
    assert places.ensure(session, laxa, **stated) == ["Teknik", "Förrådet", "1", "Vagn 1"]
    assert places.ensure(session, laxa, **stated) == []
    assert places.find(session, laxa, **stated).group_id is not None
    assert ("Teknik", "Förrådet") in places.names(session, laxa.id)


def test_unit_without_a_department_is_put_among_the_others(session: ScopedSession) -> None:
    laxa = places.owner(session, "1860")
    assert places.ensure(session, laxa, unit="Bryggan") == [places.OTHER_DEPARTMENT, "Bryggan"]
    assert places.ensure(session, laxa, unit="Bryggan") == []


def test_place_that_was_taken_back_is_not_remembered(session: ScopedSession) -> None:
    laxa = places.owner(session, "1860")
    with session.begin_nested() as savepoint:
        places.ensure(session, laxa, unit="Bryggan")
        places.find(session, laxa, unit="Bryggan")
        savepoint.rollback()
    with pytest.raises(UnknownPlace):
        places.find(session, laxa, unit="Bryggan")
