"""Changing what is stated of a device: what differs is set and recorded, and nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from assetreg.db.catalogue import Model
from assetreg.db.device import Device
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.domain.dates import PurchasedAfterOutcome
from assetreg.domain.errors import Denied, InvalidInput, Missing
from assetreg.domain.lifecycle import Voided
from assetreg.domain.terms import Door, Kind, OutcomeType, Stage
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import OutcomeInput
from assetreg.services import devices, history, identity, moves, outcomes, persons, places
from assetreg.services.changes import OutsideScope
from assetreg.services.devices import ChangedMeanwhile, UserNotInUse
from tests import cast as actors
from tests.cast import (
    NOON,
    TODAY,
    Cast,
    Player,
    chain_faults,
    changed,
    events,
    noise,
    some_device,
    some_device_in,
    whole_move,
)

NOW = TODAY.isoformat()


def edit(session: ScopedSession, device: Device, player: Player, **values: object) -> list[str]:
    return devices.edit(session, device, device_input(values), actor=player.actor)


def test_what_differs_is_set_and_recorded(session: ScopedSession, cast: Cast) -> None:
    noise(session, 3)
    device = some_device(session, hostname="LAX-1", price_sek="8300")
    differing = edit(session, device, cast.technician, hostname="LAX-2", price_sek="8300,00", cost_centre="1010")
    assert differing == ["cost_centre", "hostname"]
    assert changed(session, device) == {"hostname": ["LAX-1", "LAX-2"], "cost_centre": [None, "1010"]}
    assert events(session, device)[-1].kind == "edited"
    assert "lax-2" in device.search_key
    assert chain_faults(session, device) == []


def test_nothing_is_recorded_when_nothing_differs(session: ScopedSession, cast: Cast) -> None:
    same: dict[str, Any] = {
        "hostname": "LAX-1",
        "price_sek": "8 300,46",
        "purchased": "2023-03",
        "unit": actors.SCHOOL,
        "room": "B12",
        "manufacturer": "HP",
        "model": "EliteBook",
        "supplier": "Atea",
        "note": "Repa i locket",
        "warranty_until": "2027-01-01",
    }
    device = some_device(session, **same)
    version = device.version
    assert edit(session, device, cast.technician, **same) == []
    assert len(events(session, device)) == 1
    assert (device.version, device.hand_edited) == (version, {})


@pytest.mark.parametrize(("stated", "kept"), [("8300,13", "8300.13"), (8300.125, "8300.13"), (1e-9, "0")])
def test_amount_is_kept_to_the_ore_on_both_engines(session: ScopedSession, stated: object, kept: str) -> None:
    """What a spreadsheet has calculated may have more decimals than anybody means."""
    device = some_device(session, price_sek=stated)
    session.expire_all()
    assert device.price == Decimal(kept)


def test_none_clears(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, hostname="LAX-1", purchased="2023-03", note="Repa")
    assert edit(session, device, cast.technician, hostname=None, purchased=None, note=None) == [
        "hostname",
        "note_id",
        "purchased_on",
        "purchased_precision",
    ]
    assert (device.hostname, device.purchased_on, device.due_on, device.note_id) == (None, None, None, None)


def test_facts_that_follow_are_stored_anew(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, purchased="2022-12-31")
    assert device.due_on == date(2025, 12, 31)
    edit(session, device, cast.technician, purchased="2023-01-01", kind="tablet")
    assert (device.due_on, device.retire_from) == (date(2027, 1, 1), date(2026, 7, 1))
    assert device.indicator == "I2"


def test_second_of_two_editors_is_told_that_it_changed_meanwhile(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        device = some_device(session)
    seen = device.version
    with database.transaction(EVERYTHING) as session:
        edit(session, devices.lock(session, device.tag, version=seen), cast.technician, hostname="A")
    with database.transaction(EVERYTHING) as session, pytest.raises(ChangedMeanwhile) as refused:
        devices.lock(session, device.tag, version=seen)
    assert (refused.value.version, refused.value.now) == (seen, seen + 1)
    with database.transaction(EVERYTHING) as session:
        assert devices.lock(session, device.tag, version=seen + 1).hostname == "A"


def test_device_of_another_owner_is_missing(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        tag = some_device(session).tag
    for look in (devices.get, devices.lock):
        with database.transaction(cast.outsider.scope) as session, pytest.raises(Missing):
            look(session, tag)


def test_reader_may_not_edit(session: ScopedSession, cast: Cast) -> None:
    with pytest.raises(Denied):
        edit(session, some_device(session), cast.reader, hostname="X")


def test_what_a_person_sets_is_marked_and_what_a_file_sets_is_not(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    devices.edit(session, device, device_input({"hostname": "A"}), actor=cast.technician.through(Door.IMPORT))
    assert device.hand_edited == {}
    edit(session, device, cast.technician, os="Windows 11")
    assert device.hand_edited == {"os": NOW}
    moves.move(session, device, whole_move(Stage.DEPLOYED), actor=cast.technician.actor)
    assert device.hand_edited["unit_id"] == device.hand_edited["person_id"] == NOW


def test_another_unit_brings_its_department_and_leaves_room_and_group(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, unit=actors.SCHOOL, room="B12", group="7A")
    before = device.department_id
    edit(session, device, cast.technician, unit=actors.OFFICE)
    assert device.unit_id == cast.units[actors.OFFICE]
    assert device.department_id not in (before, None)
    assert (device.room_id, device.group_id) == (None, None)


def test_another_department_leaves_the_unit(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, unit=actors.SCHOOL, room="B12")
    edit(session, device, cast.technician, department="Kommunledning")
    assert (device.unit_id, device.room_id) == (None, None)
    assert device.department_id is not None


def test_same_department_leaves_nothing(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, unit=actors.SCHOOL, room="B12")
    assert edit(session, device, cast.technician, department="Barn och utbildning") == []


def test_cleared_unit_leaves_the_department(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, unit=actors.SCHOOL, room="B12", group="7A")
    edit(session, device, cast.technician, unit=None)
    assert (device.unit_id, device.room_id, device.group_id) == (None, None, None)
    assert device.department_id is not None


def test_room_alone_is_one_where_the_device_is(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, unit=actors.SECOND_SCHOOL)
    other = some_device(session, unit=actors.SCHOOL, room="B12")
    assert edit(session, device, cast.technician, room="B12", group="7A") == ["group_id", "room_id"]
    assert device.unit_id == cast.units[actors.SECOND_SCHOOL]
    assert device.room_id not in (None, other.room_id)


def test_room_of_a_device_that_is_in_no_unit_is_refused(session: ScopedSession, cast: Cast) -> None:
    with pytest.raises(places.PlaceLacksUnit) as refused:
        edit(session, some_device(session), cast.technician, room="B12")
    assert refused.value.field == "room"


def test_place_of_another_owner_is_unknown(session: ScopedSession, cast: Cast) -> None:
    with pytest.raises(places.UnknownPlace) as refused:
        edit(session, some_device(session), cast.technician, unit=actors.FAR_SCHOOL)
    assert refused.value.sentence().startswith("Transtensskolan finns inte hos Laxå.")


def test_technician_of_a_school_cannot_edit_a_device_away_from_it(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        tag = some_device(session, unit=actors.SCHOOL).tag
    for unit in (actors.SECOND_SCHOOL, None):
        with database.transaction(cast.school.scope) as session, pytest.raises(OutsideScope):
            edit(session, devices.lock(session, tag), cast.school, unit=unit)
    with database.transaction(cast.school.scope) as session:
        assert edit(session, devices.lock(session, tag), cast.school, room="B12") == ["room_id"]


def test_user_of_a_device_in_stock_is_refused(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    with pytest.raises(UserNotInUse):
        edit(session, device, cast.technician, user="1001")
    listed = device_input({"user": "1001"})
    assert devices.edit(session, device, listed, actor=cast.technician.through(Door.IMPORT)) == []
    moves.move(session, device, whole_move(Stage.DEPLOYED), actor=cast.technician.actor)
    edit(session, device, cast.technician, user="lo.al@laxa.example")
    assert device.person_id == cast.persons["lo.al@laxa.example"]


def test_name_that_two_persons_have_is_asked_about(session: ScopedSession, cast: Cast) -> None:
    device = some_device_in(session, Stage.DEPLOYED)
    with pytest.raises(persons.SeveralPersons):
        edit(session, device, cast.technician, user="Bo Asp")
    edit(session, device, cast.technician, user="BO.ASP2@laxa.example")
    assert device.person_id == cast.persons["bo.asp2@laxa.example"]


def test_serial_of_another_device_is_refused_and_its_own_is_not(session: ScopedSession, cast: Cast) -> None:
    other = some_device(session, serial="5CG1234ABC")
    device = some_device(session, serial="5CG9999ABC")
    assert edit(session, device, cast.technician, serial="5cg9999abc") == []
    with pytest.raises(identity.SerialTaken) as refused:
        edit(session, device, cast.technician, serial="5CG1234ABC")
    assert other.tag in refused.value.sentence()
    twice = device_input({"serial": "5CG1234ABC"}, duplicate_reason="Två likadana")
    devices.edit(session, device, twice, actor=cast.technician.actor)
    event = events(session, device)[-1]
    assert history.read_text(session, event.text_id) == "Två likadana"
    edit(session, device, cast.technician, serial="None")
    assert (device.serial, device.serial_key) == ("NONE", None)


def test_model_without_its_maker_keeps_the_maker(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, manufacturer="HP", model="EliteBook 840")
    assert edit(session, device, cast.technician, model="elitebook 840") == []
    edit(session, device, cast.technician, manufacturer="Hewlett-Packard")
    model = session.get_one(Model, device.model_id)
    assert (model.manufacturer, model.name) == ("Hewlett-Packard", "EliteBook 840")
    edit(session, device, cast.technician, model="ThinkPad T14")
    assert session.get_one(Model, device.model_id).manufacturer == ""
    edit(session, device, cast.technician, model=None)
    assert device.model_id is None


def test_purchase_after_the_outcome_is_refused(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, kind=Kind.MONITOR, purchased="2020-01-01")
    ended = OutcomeInput(type=OutcomeType.MATERIAL_RECYCLING, on=date(2024, 5, 2))
    outcomes.register(session, device, ended, actor=cast.technician.actor)
    with pytest.raises(InvalidInput) as refused:
        edit(session, device, cast.technician, purchased="2024-05-03")
    assert [type(fault) for fault in refused.value.refusals] == [PurchasedAfterOutcome]
    assert edit(session, device, cast.technician, purchased="2024-05") == ["purchased_on", "purchased_precision"]


def test_voided_device_cannot_be_edited(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    device.stage = Stage.VOIDED
    with pytest.raises(Voided):
        edit(session, device, cast.technician, hostname="X")


def test_reason_and_note_stand_beside_the_event_and_not_in_it(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, note="Anna tappade den")
    first = device.note_id
    command = device_input({"note": "Lagad"}, reason="Lagades av Anna")
    devices.edit(session, device, command, actor=cast.technician.actor)
    event = events(session, device)[-1]
    assert changed(session, device) == {"note_id": [first, device.note_id]}
    assert history.read_text(session, event.text_id) == "Lagades av Anna"
    assert history.read_text(session, device.note_id) == "Lagad"
    assert "Anna" not in "".join(event.payload for event in events(session, device))


def test_edit_says_when_it_was_made(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    later = NOON.replace(hour=14)
    devices.edit(session, device, device_input({"hostname": "A"}), actor=cast.technician.later(later))
    assert device.changed_at == later
    assert events(session, device)[-1].at == later
