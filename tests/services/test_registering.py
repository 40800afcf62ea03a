"""Registering devices: what they are called, and what may not be registered twice."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from assetreg.db.catalogue import Model
from assetreg.db.device import Device
from assetreg.db.label import Label
from assetreg.db.session import Database, ScopedSession
from assetreg.domain import identifiers
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Denied, Invalid, InvalidInput
from assetreg.domain.tags import TagCheckWrong
from assetreg.domain.terms import Door, Indicator, LabelState, Precision, Stage
from assetreg.services import devices, identity, persons, places
from assetreg.services.changes import OutsideScope
from assetreg.services.devices import StageByAct, UserNotInUse
from assetreg.services.identity import SerialElsewhere, SerialTaken, TagTaken
from tests import cast as actors
from tests.cast import REGISTER, Cast, events, noise, payloads, some_device, stated


def test_new_device_gets_our_tag_a_label_and_the_facts_that_follow(session: ScopedSession, cast: Cast) -> None:
    noise(session, 3)
    device = some_device(session, actor=cast.technician.actor, unit=actors.SCHOOL, model="EliteBook 840", os="")
    assert identifiers.is_own_tag(device.tag)
    assert device.tag == identifiers.new_tag(device.id)
    assert device.bare_tag is None
    assert (device.stage, device.indicator, device.due_on) == (Stage.IN_STOCK, Indicator.I1, date(2027, 3, 1))
    [label] = session.execute(select(Label).where(Label.device_id == device.id)).scalars()
    assert (label.state, label.unit_id, label.owner_id) == (LabelState.ATTACHED, device.unit_id, device.owner_id)
    [event] = events(session, device)
    assert (event.kind, event.seq, event.door, event.actor_id) == (
        "registered",
        1,
        Door.WEB,
        cast.technician.actor.account,
    )
    assert payloads(session, device)[0]["changes"]["tag"] == [None, device.tag]
    assert device.tag.lower() in device.search_key
    assert "elitebook" in device.search_key


def test_many_devices_at_once_are_all_there_and_all_different(session: ScopedSession) -> None:
    noise(session, 2)
    made = devices.register_many(session, [stated() for _ in range(7)], actor=REGISTER)
    assert len({device.tag for device in made}) == len({device.id for device in made}) == 7
    labels = session.execute(select(Label.token).where(Label.device_id.in_([device.id for device in made])))
    assert len(set(labels.scalars())) == 7


def test_none_at_once_is_nothing(session: ScopedSession) -> None:
    assert devices.register_many(session, [], actor=REGISTER) == []


def test_older_number_is_kept_with_its_owner_before_it(session: ScopedSession) -> None:
    device = some_device(session, asset_tag="0042 b")
    assert (device.tag, device.bare_tag) == ("1860-0042 b", "0042 b")


def test_older_number_that_has_its_owner_already_is_kept_as_it_is(session: ScopedSession) -> None:
    device = some_device(session, asset_tag="1860-77")
    assert (device.tag, device.bare_tag) == ("1860-77", "77")


def test_older_number_is_unique_at_its_owner_only(session: ScopedSession) -> None:
    noise(session, 2)
    first = some_device(session, asset_tag="1234")
    other = some_device(session, asset_tag="1234", owner="1861")
    assert (first.tag, other.tag) == ("1860-1234", "1861-1234")
    with pytest.raises(TagTaken) as refused:
        some_device(session, asset_tag="1234")
    assert refused.value.field == "asset_tag"
    assert "1860-1234" in refused.value.sentence()


def test_bare_number_finds_every_device_that_has_it(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        first = some_device(session, asset_tag="1234")
        other = some_device(session, asset_tag="1234", owner="1861")
        some_device(session, asset_tag="12345")
        assert identity.find(session, "1234") == [first, other]
        assert identity.find(session, "1860-1234") == [first]
    with database.reading(cast.laxa.scope) as narrow:
        assert [found.tag for found in identity.find(narrow, "1234")] == ["1860-1234"]


def test_tag_of_an_owner_one_cannot_see_is_taken_all_the_same(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        foreign = some_device(session, owner="1861")
    with database.transaction(cast.laxa.scope) as session, pytest.raises(TagTaken) as refused:
        some_device(session, actor=cast.laxa.actor, asset_tag=foreign.tag)
    assert "Hallsberg" not in refused.value.sentence()


def test_our_tag_with_a_wrong_check_letter_is_refused(session: ScopedSession) -> None:
    right = identifiers.new_tag(900_001)
    wrong = right[:-1] + ("B" if right[-1] != "B" else "C")
    with pytest.raises(TagCheckWrong):
        some_device(session, asset_tag=wrong)


def test_our_tag_is_read_as_it_is_typed_and_found_again(session: ScopedSession) -> None:
    device = some_device(session, asset_tag=identifiers.new_tag(900_002).lower().replace("-", " "))
    assert device.tag == identifiers.new_tag(900_002)
    for spelling in (device.tag, device.tag.lower(), device.tag.replace("-", "")):
        assert identity.by_identity(session, "1860", spelling, None) == [device]


def test_number_whose_tag_a_list_has_taken_is_passed_over(session: ScopedSession) -> None:
    last = some_device(session).id
    ahead = [identifiers.new_tag(last + step) for step in (3, 4, 5, 6, 9)]
    listed = devices.register_many(session, [stated(asset_tag=tag) for tag in ahead], actor=REGISTER)
    assert [device.tag for device in listed] == ahead
    fresh = devices.register_many(session, [stated() for _ in range(6)], actor=REGISTER)
    assert not {device.tag for device in fresh} & set(ahead)
    assert len({device.tag for device in fresh}) == 6
    assert all(identifiers.is_own_tag(device.tag) for device in fresh)


def test_tag_stated_and_drawn_in_one_go_do_not_meet(session: ScopedSession) -> None:
    last = some_device(session).id
    coming = identifiers.new_tag(last + 1)
    made = devices.register_many(session, [stated(), stated(asset_tag=coming), stated()], actor=REGISTER)
    assert made[1].tag == coming
    assert len({device.tag for device in made}) == 3


def test_tag_twice_in_one_go_is_refused(session: ScopedSession) -> None:
    with pytest.raises(TagTaken):
        devices.register_many(session, [stated(asset_tag="9"), stated(), stated(asset_tag="9")], actor=REGISTER)


def test_serial_in_the_register_is_refused_by_the_tag_that_has_it(session: ScopedSession) -> None:
    noise(session, 3)
    first = some_device(session, serial="5CG1234ABC")
    with pytest.raises(SerialTaken) as refused:
        some_device(session, serial=" 5cg1234abc ")
    assert first.tag in refused.value.sentence()
    assert refused.value.field == "serial"


def test_same_serial_is_registered_when_it_is_said_why(session: ScopedSession) -> None:
    some_device(session, serial="5CG1234ABC")
    twin = some_device(session, serial="5CG1234ABC", duplicate_reason="Moderkortet byttes på garantin")
    [event] = events(session, twin)
    assert event.text_hash is not None
    assert "garantin" not in event.payload
    assert len(identity.by_identity(session, "1860", None, "5CG1234ABC")) == 2


def test_serial_outside_the_scope_is_refused_and_nothing_told(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        foreign = some_device(session, owner="1861", serial="5CG1234ABC")
    for reason in (None, "Det är två"):
        with database.transaction(cast.laxa.scope) as session, pytest.raises(SerialElsewhere) as refused:
            some_device(session, actor=cast.laxa.actor, serial="5CG1234ABC", duplicate_reason=reason)
        said = refused.value.sentence()
        assert "kontakta förvaltaren" in said
        assert foreign.tag not in said
        assert "Hallsberg" not in said
        assert "1861" not in said


def test_serial_of_a_voided_device_is_free(session: ScopedSession) -> None:
    voided = some_device(session, serial="5CG1234ABC")
    voided.stage = Stage.VOIDED
    session.flush()
    again = some_device(session, serial="5CG1234ABC")
    assert identity.by_identity(session, "1860", None, "5CG1234ABC") == [again]
    assert identity.find(session, "5CG1234ABC") == [again]
    assert identity.find(session, voided.tag) == [voided]


@pytest.mark.parametrize("junk", ["0", "None", "Default string", "To be filled by O.E.M.", "System Serial Number"])
def test_junk_serial_is_kept_but_is_nobodys_key(session: ScopedSession, junk: str) -> None:
    first, second = some_device(session, serial=junk), some_device(session, serial=junk)
    assert first.serial == second.serial != ""
    assert first.serial_key is None
    assert identity.by_identity(session, "1860", None, junk) == []
    assert identity.find(session, junk) == []


def test_serial_twice_in_one_go_is_refused(session: ScopedSession) -> None:
    commands = [stated(serial="5CG1234ABC"), stated(), stated(serial="5CG1234ABC")]
    with pytest.raises(SerialTaken):
        devices.register_many(session, commands, actor=REGISTER)


def test_serial_twice_in_one_go_is_kept_when_it_is_said_why(session: ScopedSession) -> None:
    commands = [stated(serial="5CG1234ABC"), stated(serial="5CG1234ABC", duplicate_reason="Två likadana")]
    made = devices.register_many(session, commands, actor=REGISTER)
    assert {device.serial for device in made} == {"5CG1234ABC"}


def test_device_with_tag_alone_needs_no_serial(session: ScopedSession) -> None:
    device = some_device(session, serial="", asset_tag="77")
    assert (device.serial, device.serial_key) == (None, None)


def test_tag_goes_before_serial_when_a_list_names_both(session: ScopedSession) -> None:
    by_tag = some_device(session, asset_tag="77")
    by_serial = some_device(session, serial="5CG1234ABC")
    assert identity.by_identity(session, "1860", "77", "5CG1234ABC") == [by_tag]
    assert identity.by_identity(session, "1860", "78", "5CG1234ABC") == [by_serial]
    assert identity.by_identity(session, "1861", "77", None) == []


def test_purchase_known_by_month_keeps_its_precision(session: ScopedSession) -> None:
    device = some_device(session, purchased="2021-05")
    assert (device.purchased_on, device.purchased_precision) == (date(2021, 5, 1), Precision.MONTH)
    assert device.due_on == date(2024, 5, 1)


def test_owner_one_cannot_see_is_unknown(database: Database, cast: Cast) -> None:
    with database.transaction(cast.laxa.scope) as session, pytest.raises(places.UnknownOwner):
        some_device(session, actor=cast.laxa.actor, owner="1861")


def test_reader_may_not_register(database: Database, cast: Cast) -> None:
    with database.transaction(cast.reader.scope) as session, pytest.raises(Denied):
        some_device(session, actor=cast.reader.actor, owner="1814")


def test_technician_of_a_school_registers_there_and_nowhere_else(database: Database, cast: Cast) -> None:
    with database.transaction(cast.school.scope) as session:
        assert some_device(session, actor=cast.school.actor, unit=actors.SCHOOL).unit_id == cast.units[actors.SCHOOL]
    for unit in ("", actors.SECOND_SCHOOL):
        with database.transaction(cast.school.scope) as session, pytest.raises(OutsideScope) as refused:
            some_device(session, actor=cast.school.actor, unit=unit)
        assert refused.value.field == "unit"


def test_user_of_another_owner_is_unknown(session: ScopedSession, cast: Cast) -> None:
    with pytest.raises(persons.UnknownPerson) as refused:
        some_device(session, actor=cast.technician.actor, stage="deployed", user="mika.ask@hallsberg.example")
    assert refused.value.field == "user"


def test_user_of_a_device_in_stock_is_refused_by_hand_and_left_out_of_a_list(
    session: ScopedSession, cast: Cast
) -> None:
    with pytest.raises(UserNotInUse):
        some_device(session, actor=cast.technician.actor, user="1001")
    listed = some_device(session, actor=cast.technician.through(Door.IMPORT), user="1001")
    assert listed.person_id is None
    in_use = some_device(session, actor=cast.technician.actor, user="1001", stage="deployed")
    assert in_use.person_id == cast.persons["kim.ek@laxa.example"]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in devices.REGISTERED_BY_HAND])
def test_stage_that_takes_an_act_is_not_registered_by_hand(session: ScopedSession, cast: Cast, stage: Stage) -> None:
    with pytest.raises(StageByAct) as refused:
        some_device(session, actor=cast.technician.actor, stage=stage.value)
    assert refused.value.field == "stage"
    if stage is not Stage.VOIDED:
        listed = some_device(session, actor=cast.technician.through(Door.IMPORT), stage=stage.value)
        assert listed.stage is stage
    else:
        with pytest.raises(StageByAct):
            some_device(session, actor=cast.technician.through(Door.IMPORT), stage=stage.value)


def test_dates_that_cannot_be_are_refused_together(session: ScopedSession) -> None:
    with pytest.raises(InvalidInput) as refused:
        some_device(session, purchased="2027-01-01", ordered="2024-02-02", delivered="2024-02-01")
    assert {fault.field for fault in refused.value.refusals} == {"purchased", "delivered"}


def test_models_and_suppliers_are_added_once_however_they_are_spelled(session: ScopedSession) -> None:
    first = some_device(session, manufacturer="HP", model="EliteBook 840", supplier="Atea AB")
    second = some_device(session, manufacturer="hp", model="HP ELITEBOOK  840", supplier="ATEA  ab")
    assert first.model_id == second.model_id
    assert first.supplier_id == second.supplier_id
    assert session.get_one(Model, first.model_id).name == "EliteBook 840"


def test_name_whose_key_unfolds_is_kept_on_both_engines(session: ScopedSession) -> None:
    long = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 100
    first = some_device(session, manufacturer=long, model=long, supplier=long)
    assert some_device(session, manufacturer=long, model=long, supplier=long).model_id == first.model_id


def test_what_was_looked_up_in_a_row_that_is_taken_back_is_looked_up_again(session: ScopedSession) -> None:
    some_device(session, model="Latitude 5450", supplier="Dustin")
    session.expire_all()
    with pytest.raises(Invalid), session.begin_nested():
        some_device(session, model="ThinkPad T14", supplier="Atea", purchased="2031-01-01")
    device = some_device(session, model="ThinkPad T14", supplier="Atea")
    session.flush()
    assert session.get_one(Model, device.model_id).name == "ThinkPad T14"
    assert session.execute(select(Device.tag).where(Device.id == device.id)).scalar_one() == device.tag
