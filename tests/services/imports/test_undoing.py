"""Undoing an import: what it did is taken back, and nothing that anyone has done since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.label import Label
from assetreg.db.session import Database
from assetreg.db.tally import DeviceCount
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import ImportState, LabelState, Stage
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import outcome_input
from assetreg.services import devices, identity, outcomes
from assetreg.services.imports import running, undoing
from assetreg.services.imports.refusals import ImportBusy, ImportNotReady
from tests.cast import NOON, REGISTER, Cast, chain_faults, events, noise, some_device
from tests.services.imports.lists import Importing, counts, device, fleet, listing, reasons

HEADERS = "serienummer;inventarienummer;typ;kommun;enhet;os;pris;anmärkning"
NEW = ("PF3ABC01;101;laptop;1860;Centralskolan;Windows 11;8000;ny", "PF3ABC02;;laptop;1861;;Windows 11;;")


def every_device(database: Database) -> list[Device]:
    with database.reading(EVERYTHING) as session:
        return list(session.execute(select(Device).order_by(Device.id)).scalars())


def standing_counts(database: Database) -> list[tuple[object, ...]]:
    with database.reading(EVERYTHING) as session:
        rows = session.execute(
            select(DeviceCount.owner_id, DeviceCount.kind, DeviceCount.n)
            .where(DeviceCount.stage != Stage.VOIDED, DeviceCount.n != 0)
            .order_by(DeviceCount.owner_id, DeviceCount.kind, DeviceCount.stage, DeviceCount.unit_id)
        )
        return [tuple(row) for row in rows]


def test_new_devices_are_voided_and_changed_ones_are_as_before(importing: Importing, database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        noise(session, 4)
        some_device(session, serial="PF3ABC03", os="Windows 10", price_sek="1", note="gammal")
    before, counted = fleet(database), standing_counts(database)
    number = importing.applied(listing(HEADERS, *NEW, "PF3ABC03;;laptop;1860;Kommunhuset;Windows 11;2;(tom)"))
    assert counts(importing.document(number)) == {"created": 2, "updated": 1}
    undone = importing.undone(number)
    assert (undone.state, undone.undone, undone.kept_count) == (ImportState.UNDONE, 3, 0)
    assert fleet(database) == before
    assert standing_counts(database) == counted
    with database.reading(EVERYTHING) as session:
        for each in every_device(database):
            assert chain_faults(session, session.get_one(Device, each.id)) == []


def test_voided_device_is_found_by_tag_and_label_and_frees_its_serial(importing: Importing, database: Database) -> None:
    number = importing.applied(listing(HEADERS, *NEW))
    importing.undone(number)
    with database.transaction(EVERYTHING) as session:
        voided = devices.get(session, "1860-101")
        assert voided.stage is Stage.VOIDED
        label = session.execute(select(Label).where(Label.device_id == voided.id)).scalar_one()
        assert label.state is LabelState.ATTACHED
        assert identity.find(session, label.token)[0].id == voided.id
        assert some_device(session, serial="PF3ABC01").serial == "PF3ABC01"


def test_file_can_be_read_in_again_after_it_was_undone(importing: Importing, database: Database) -> None:
    text = listing(HEADERS, *NEW)
    importing.undone(importing.applied(text))
    again = importing.applied(text.replace("Windows 11", ""))
    assert counts(importing.document(again)) == {"created": 2}
    anew = device(database, "PF3ABC01")
    assert (anew.tag, anew.os, anew.stage) == ("1860-101", None, Stage.IN_STOCK)
    assert counts(importing.document(importing.applied(text.replace("Windows 11", "")))) == {"unchanged": 2}
    importing.undone(again)
    assert fleet(database) == {}


def edited(database: Database, held: Device) -> None:
    with database.transaction(EVERYTHING) as session:
        devices.edit(session, devices.lock(session, held.tag), device_input({"hostname": "X"}), actor=REGISTER)


def ended(database: Database, held: Device) -> None:
    command = outcome_input({"outcome": "lost_or_stolen", "date": "2026-11-20", "reason": "Borta"})
    with database.transaction(EVERYTHING) as session:
        outcomes.register(session, devices.lock(session, held.tag), command, actor=REGISTER)


@pytest.mark.parametrize(("happens", "kind"), [(edited, "edited"), (ended, "outcome")])
def test_new_device_that_something_has_happened_to_is_kept_and_named(
    importing: Importing, database: Database, happens: Callable[[Database, Device], None], kind: str
) -> None:
    number = importing.applied(listing(HEADERS, *NEW))
    happens(database, device(database, "PF3ABC01"))
    before = fleet(database)["1860-101"]
    undone = importing.undone(number)
    assert fleet(database) == {"1860-101": before}
    assert (undone.undone, undone.kept) == (1, ({"tag": "1860-101", "columns": [], "happened": kind},))


def test_field_changed_since_is_left_and_named(importing: Importing, database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        some_device(session, serial="PF3ABC01", asset_tag="101", os="Windows 10", price_sek="1")
    first = importing.applied(listing(HEADERS, NEW[0]))
    importing.applied(listing("serienummer;os", "PF3ABC01;Windows 12"))
    undone = importing.undone(first)
    left = device(database, "PF3ABC01")
    assert (left.os, left.price, left.note_id) == ("Windows 12", Decimal(1), None)
    assert undone.kept == ({"tag": "1860-101", "columns": ["os"], "happened": None},)


def test_later_import_undone_first_leaves_nothing_in_the_way(importing: Importing, database: Database) -> None:
    first = importing.applied(listing(HEADERS, *NEW))
    second = importing.applied(listing("serienummer;os", "PF3ABC01;Windows 12"))
    importing.undone(second)
    assert importing.undone(first).kept_count == 0
    assert fleet(database) == {}


def test_one_reversing_event_for_each_newest_first(importing: Importing, database: Database) -> None:
    text = listing("serienummer;typ;kommun;os", "PF3ABC01;laptop;1860;", "PF3ABC01;laptop;1860;Windows 11")
    importing.undone(importing.applied(text))
    with database.reading(EVERYTHING) as session:
        told = [(each.kind, each.reverses) for each in events(session, every_device(database)[0])]
    assert told == [("registered", None), ("edited", None), ("undone", 2), ("voided", 1)]


def test_second_undoing_is_refused(importing: Importing, database: Database) -> None:
    number = importing.applied(listing(HEADERS, *NEW))
    with database.transaction(EVERYTHING) as session:
        undoing.start(session, number, holder="another", actor=importing.actor)
    with pytest.raises(ImportBusy):
        importing.undone(number)
    later = importing.at(NOON + timedelta(minutes=3))
    assert later.summary(number).state is ImportState.INTERRUPTED
    assert later.undone(number).state is ImportState.UNDONE
    with pytest.raises(ImportNotReady):
        later.undone(number)


def test_undoing_goes_on_where_it_stopped(
    importing: Importing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "BATCH", 3)
    rows = [f"PF3ABC{n:03};laptop;1860" for n in range(10)]
    number = importing.applied(listing("serienummer;typ;kommun", *rows))
    run = importing.run()
    with database.transaction(EVERYTHING) as session:
        undoing.start(session, number, holder="dead", actor=importing.actor)
    for _ in range(2):
        with database.transaction(EVERYTHING) as session:
            assert undoing.undo_events(session, number, holder="dead", actor=importing.actor)
    assert len(fleet(database)) == 4
    later = importing.at(NOON + timedelta(minutes=3))
    running.resume(later.run(), number)
    assert run.holder == "test"
    assert (later.summary(number).undone, fleet(database)) == (10, {})


def test_preview_has_nothing_to_undo(importing: Importing) -> None:
    number = importing.staged(listing(HEADERS, *NEW))
    with pytest.raises(ImportNotReady):
        importing.undone(number)


def test_refused_undoing_of_another_owners_device_says_nothing(
    importing: Importing, database: Database, cast: Cast
) -> None:
    laxa = importing.by(cast.laxa)
    number = laxa.applied(listing("serienummer;typ;kommun", "PF3ABC01;laptop;1860"))
    assert reasons(laxa.document(number)) == {}
    with pytest.raises(Exception, match="Det finns inget"):
        importing.by(cast.outsider).undone(number)
    laxa.undone(number)
    assert fleet(database) == {}
