"""Places that are added and renamed by hand: by whom, told in a history, and found by the new name at once."""

from __future__ import annotations

import json
from threading import Thread
from time import sleep
from typing import Any

import pytest
from sqlalchemy import select

from assetreg.db.history import Event
from assetreg.db.organisation import Department, Room, Unit
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Denied, InvalidInput, Missing
from assetreg.domain.place_kinds import PlaceKind
from assetreg.schemas.place import PlaceInput, name_input, place_input
from assetreg.services import chains, place_keeping, place_tree, places
from assetreg.services.place_keeping import AdministratorsPlace, PlaceExists, RenamedMeanwhile, UnitOutsideYours
from assetreg.services.places import UnknownOwner, UnknownPlace
from tests import cast as actors
from tests.cast import Cast, Player


def stated(kind: str, name: str, owner: str = "1860", **more: str) -> PlaceInput:
    return place_input({"kind": kind, "name": name, "owner": owner, **more})


def add(database: Database, player: Player, command: PlaceInput) -> int:
    with database.transaction(player.scope) as session:
        return int(place_keeping.add(session, command, actor=player.actor).id)


def told(database: Database, subject: str, place_id: int) -> list[tuple[str, Any]]:
    with database.reading(EVERYTHING) as session:
        rows = session.execute(
            select(Event).where(Event.subject == subject, Event.subject_id == place_id).order_by(Event.seq)
        ).scalars()
        return [(row.kind, json.loads(row.payload)["changes"]["name"]) for row in rows]


def test_administrator_adds_a_whole_new_branch_and_devices_find_it(database: Database, cast: Cast) -> None:
    department = add(database, cast.admin, stated("department", "Vatten och avlopp"))
    unit = add(database, cast.admin, stated("unit", "Nya verket", department="vatten och avlopp"))
    room = add(database, cast.admin, stated("room", "Pumphuset", unit="Nya verket"))
    group = add(database, cast.admin, stated("group", "Jourvagn", unit="Nya verket"))
    with database.reading(EVERYTHING) as session:
        laxa = places.owner(session, "1860")
        found = places.find(session, laxa, unit="nya verket", room="pumphuset", group="JOURVAGN")
        assert (found.department_id, found.unit_id, found.room_id, found.group_id) == (department, unit, room, group)
        assert list(chains.faults(session)) == []
    assert told(database, "room", room) == [("place_added", [None, "Pumphuset"])]


@pytest.mark.parametrize(
    ("kind", "name", "more"),
    [
        ("department", "bildning", {}),
        ("unit", "CENTRALSKOLAN", {"department": "Bildning"}),
        ("room", "b12", {"unit": actors.SCHOOL}),
        ("group", "7a", {"unit": actors.SCHOOL}),
    ],
)
def test_place_that_is_there_is_not_added_again(
    database: Database, cast: Cast, kind: str, name: str, more: dict[str, str]
) -> None:
    with database.reading(EVERYTHING) as session:
        laxa = places.owner(session, "1860")
        school = session.get_one(Unit, places.find(session, laxa, unit=actors.SCHOOL).unit_id)
        home = session.get_one(Department, school.department_id)
    if kind == "department":
        name = home.name.upper()
    more = more | ({"department": home.name} if kind == "unit" else {})
    with pytest.raises(PlaceExists):
        add(database, cast.admin, stated(kind, name, **more))


def test_those_who_handle_devices_add_rooms_where_they_work_and_nothing_above(database: Database, cast: Cast) -> None:
    for player in (cast.technician, cast.planner, cast.school):
        assert add(database, player, stated("room", f"Rum {player.actor.account}", unit=actors.SCHOOL))
    for kind, more in (("department", {}), ("unit", {"department": "Övrigt"})):
        with pytest.raises((AdministratorsPlace, UnknownPlace)):
            add(database, cast.technician, stated(kind, "Ny", **more))
    with pytest.raises(AdministratorsPlace):
        add(database, cast.technician, stated("department", "Ny"))
    with pytest.raises(UnitOutsideYours, match=actors.SECOND_SCHOOL):
        add(database, cast.school, stated("room", "Ny", unit=actors.SECOND_SCHOOL))
    with pytest.raises(UnknownOwner):
        add(database, cast.school, stated("room", "Ny", owner="1861", unit=actors.FAR_SCHOOL))
    with pytest.raises(Denied):
        add(database, cast.economist, stated("room", "Ny", unit=actors.SCHOOL))


def test_rename_is_told_and_found_at_once(database: Database, cast: Cast) -> None:
    room = add(database, cast.technician, stated("room", "Bibloteket", unit=actors.SCHOOL))
    add(database, cast.technician, stated("room", "Biblioteket", unit=actors.SECOND_SCHOOL))
    with database.transaction(cast.technician.scope) as session:
        actor = cast.technician.actor
        place_keeping.rename(session, PlaceKind.ROOM, room, "Biblioteket", actor=actor, was="Bibloteket")
    assert told(database, "room", room) == [
        ("place_added", [None, "Bibloteket"]),
        ("place_renamed", ["Bibloteket", "Biblioteket"]),
    ]
    with database.reading(EVERYTHING) as session:
        laxa = places.owner(session, "1860")
        assert places.find(session, laxa, unit=actors.SCHOOL, room="biblioteket").room_id == room
        with pytest.raises(UnknownPlace, match="under Platser"):
            places.find(session, laxa, unit=actors.SCHOOL, room="Bibloteket")
        assert list(chains.faults(session)) == []


def test_rename_refuses_the_name_of_another_one_and_what_was_renamed_meanwhile(database: Database, cast: Cast) -> None:
    one, other = (add(database, cast.admin, stated("room", name, unit=actors.SCHOOL)) for name in ("Ett", "Två"))

    def rename(place_id: int, name: str, *, player: Player = cast.admin, was: str | None = None) -> None:
        with database.transaction(player.scope) as session:
            place_keeping.rename(session, PlaceKind.ROOM, place_id, name, actor=player.actor, was=was)

    with pytest.raises(PlaceExists):
        rename(one, "TVÅ")
    rename(one, "ETT")
    with pytest.raises(RenamedMeanwhile, match="Ett till ETT"):
        rename(one, "Tre", was="Ett")
    rename(one, "ETT", was="ETT")
    with pytest.raises(Denied):
        rename(other, "Fyra", player=cast.economist)
    with pytest.raises(Missing):
        rename(other, "Fyra", player=cast.outsider)
    assert len(told(database, "room", one)) == 2
    assert len(told(database, "room", other)) == 1


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"kind": "room", "name": "B1", "owner": "1860"}, ["unit"]),
        ({"kind": "unit", "name": "B1", "owner": "1860"}, ["department"]),
        ({"kind": "rum", "name": "x" * 81, "owner": "1860", "unit": "Y"}, ["name"]),
        ({"kind": "vind", "name": "", "owner": ""}, ["kind", "name", "owner"]),
    ],
)
def test_place_that_lacks_something_is_refused_beside_its_field(data: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        place_input(data)
    assert sorted(each.field or "" for each in refused.value.refusals) == fields
    with pytest.raises(InvalidInput):
        name_input(PlaceKind.UNIT, {"name": "x" * 121})


def test_tree_counts_what_lies_in_each_unit(session: ScopedSession, cast: Cast) -> None:
    laxa = places.owner(session, "1860")
    lines = place_tree.tree(session, laxa, actor=cast.admin.actor)
    units = {unit.name: unit for line in lines for unit in line.units}
    inside = session.execute(select(Room.id).where(Room.unit_id == cast.units[actors.SCHOOL])).all()
    assert units[actors.SCHOOL].rooms == len(inside) > 0
    page = place_tree.unit(session, cast.units[actors.SCHOOL], actor=cast.reader.actor)
    assert len(page.rooms) == len(inside)
    assert not page.may_add


@pytest.mark.parametrize("kind", [PlaceKind.UNIT, PlaceKind.ROOM])
def test_name_whose_key_is_far_longer_than_itself_is_kept_and_found(
    session: ScopedSession, cast: Cast, kind: PlaceKind
) -> None:
    """Each ½ becomes seven characters of the key, and PostgreSQL takes no more than the column holds."""
    laxa, odd = places.owner(session, "1860"), "½" * 80
    inside = {"unit": odd} if kind is PlaceKind.UNIT else {"unit": actors.SCHOOL, "room": odd}
    assert odd in places.ensure(session, laxa, **inside)
    assert places.ensure(session, laxa, **inside) == []
    found = places.find(session, laxa, **inside)
    number = found.unit_id if kind is PlaceKind.UNIT else found.room_id
    renamed = place_keeping.rename(session, kind, number or 0, "⅓" * 80, actor=cast.admin.actor)
    assert renamed.name == "⅓" * 80


def test_two_who_give_two_rooms_the_same_name_at_once_give_it_to_one(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        laxa = places.owner(session, "1860")
        for name in ("Ett", "Två"):
            places.ensure(session, laxa, unit=actors.SCHOOL, room=name)
        rooms = [places.find(session, laxa, unit=actors.SCHOOL, room=name).room_id or 0 for name in ("Ett", "Två")]
    refused: list[BaseException] = []

    def rename(room: int) -> None:
        try:
            with database.transaction(EVERYTHING) as session:
                place_keeping.rename(session, PlaceKind.ROOM, room, "Tre", actor=cast.admin.actor)
                sleep(0.2)
        except PlaceExists as error:
            refused.append(error)

    threads = [Thread(target=rename, args=(room,)) for room in rooms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    with database.reading(EVERYTHING) as session:
        assert len(session.execute(select(Room.id).where(Room.name == "Tre")).all()) == 1
