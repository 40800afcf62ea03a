"""Handing a device over to another owner: what goes along, what stays behind, and from which day."""

from __future__ import annotations

from datetime import date

import pytest

from assetreg.db.device import Device
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, Scope
from assetreg.domain.errors import Denied, InvalidInput, Missing
from assetreg.domain.terms import Stage
from assetreg.domain.transfer import EndedDevice, SameOwner
from assetreg.schemas.act import TransferInput, transfer_input
from assetreg.services import devices, labels, ownership, places
from assetreg.services.changes import OutsideScope
from tests import cast as actors
from tests.cast import Cast, Player, chain_faults, changed, events, noise, some_device, some_device_in


def give(session: ScopedSession, device: Device, owner: str, player: Player, **facts: str) -> None:
    ownership.hand_over(session, device, transfer_input({"owner": owner} | facts), actor=player.actor)


def test_place_and_user_stay_behind_and_labels_follow(session: ScopedSession, cast: Cast) -> None:
    noise(session, 3)
    device = some_device_in(session, Stage.DEPLOYED, cost_centre="1010")
    labels.replace(session, device, actor=cast.technician.actor, reason="Sliten")
    give(session, device, "Hallsberg", cast.technician, date="2026-11-01")
    assert device.owner_id == cast.owners["1861"]
    left = ("department_id", "unit_id", "room_id", "group_id", "person_id", "cost_centre")
    assert [getattr(device, name) for name in left] == [None] * len(left)
    rows = labels.of_device(session, device)
    assert len(rows) == 2
    assert {(row.owner_id, row.unit_id) for row in rows} == {(cast.owners["1861"], None)}
    event = events(session, device)[-1]
    assert (event.kind, event.on, event.owner_id) == ("transferred", date(2026, 11, 1), cast.owners["1861"])
    assert changed(session, device)["owner_id"] == [cast.owners["1860"], cast.owners["1861"]]
    assert chain_faults(session, device) == []


def test_place_at_the_new_owner_may_be_stated(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, unit=actors.SCHOOL)
    give(session, device, "1861", cast.technician, unit=actors.FAR_SCHOOL, room="B12")
    assert device.unit_id == cast.units[actors.FAR_SCHOOL]
    assert device.room_id is not None


def test_place_at_the_old_owner_is_unknown_at_the_new(session: ScopedSession, cast: Cast) -> None:
    with pytest.raises(places.UnknownPlace):
        give(session, some_device(session), "1861", cast.technician, unit=actors.SCHOOL)


def test_cycle_of_the_new_owner_holds(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    give(session, device, "GEM", cast.technician)
    assert device.due_on == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("day", "fault"),
    [("2022-12-31", "transfer_too_early"), ("2026-11-21", "future_date"), ("2026-04-30", "transfer_too_early")],
)
def test_day_that_cannot_be(session: ScopedSession, cast: Cast, day: str, fault: str) -> None:
    device = some_device(session)
    if fault == "transfer_too_early" and day > "2023-03-01":
        give(session, device, "1861", cast.technician, date="2026-05-01")
    with pytest.raises(InvalidInput) as refused:
        give(session, device, "1814", cast.technician, date=day)
    assert [each.code for each in refused.value.refusals] == [fault]
    assert refused.value.refusals[0].field == "date"


def test_same_owner_and_ended_device_are_refused(session: ScopedSession, cast: Cast) -> None:
    with pytest.raises(SameOwner):
        give(session, some_device(session), "Laxå", cast.technician)
    ended = some_device(session, actor=actors.IMPORT, stage="disposed")
    with pytest.raises(EndedDevice):
        give(session, ended, "1861", cast.technician)


def test_owner_outside_the_scope_is_unknown(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        tag = some_device(session).tag
    with database.transaction(cast.laxa.scope) as session, pytest.raises(places.UnknownOwner):
        give(session, devices.lock(session, tag), "1861", cast.laxa)
    with database.reading(EVERYTHING) as session:
        assert devices.get(session, tag).owner_id == cast.owners["1860"]


def test_technician_of_one_school_at_each_owner_cannot_give_to_the_whole(database: Database, cast: Cast) -> None:
    both = Scope(
        units=frozenset({cast.units[actors.SCHOOL], cast.units[actors.FAR_SCHOOL]}),
        touched=frozenset({cast.owners["1860"], cast.owners["1861"]}),
        account=cast.school.actor.account,
    )
    with database.transaction(EVERYTHING) as session:
        tag = some_device(session, unit=actors.SCHOOL).tag
    with database.transaction(both) as session, pytest.raises(OutsideScope):
        give(session, devices.lock(session, tag), "1861", cast.school)
    with database.transaction(both) as session:
        give(session, devices.lock(session, tag), "1861", cast.school, unit=actors.FAR_SCHOOL)


def test_reader_may_not_hand_over(session: ScopedSession, cast: Cast) -> None:
    with pytest.raises(Denied):
        give(session, some_device(session), "1861", cast.reader)


def test_old_owner_sees_the_device_no_more_and_its_history_until_then(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        device = some_device(session)
        give(session, device, "1861", cast.technician)
    with database.reading(cast.laxa.scope) as session:
        with pytest.raises(Missing):
            devices.get(session, device.tag)
        assert [event.kind for event in events(session, device)] == ["registered"]


def test_whose_it_was_is_known_through_several_owners(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, unit=actors.SCHOOL)
    for owner, day in (("1861", "2024-01-01"), ("1860", "2025-01-01"), ("1814", "2026-01-01")):
        ownership.hand_over(
            session, device, TransferInput(owner=owner, on=date.fromisoformat(day)), actor=actors.REGISTER
        )
    days = ("2023-12-31", "2024-01-01", "2024-12-31", "2025-06-01", "2026-01-01", "2026-11-20")
    found = [ownership.place_on(session, device, date.fromisoformat(day)).owner_id for day in days]
    assert found == [cast.owners[code] for code in ("1860", "1861", "1861", "1860", "1814", "1814")]
