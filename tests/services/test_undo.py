"""Taking back single events: the columns as they were, but for those that have changed since."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from assetreg.db.device import Device
from assetreg.db.history import Change
from assetreg.db.session import ScopedSession
from assetreg.domain.terms import Kind, Stage
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import outcome_input
from assetreg.services import devices, history, outcomes, undo
from tests.cast import IMPORT, REGISTER, Cast, chain_faults, changed, events, some_device


def act(session: ScopedSession) -> Change:
    return history.begin(session, "test", actor=REGISTER)


def edited(session: ScopedSession, device: Device, **values: str) -> Change:
    """The device edited in an act of its own."""
    begun = act(session)
    devices.edit(session, device, device_input(values), actor=IMPORT, act=begun)
    return begun


def test_every_type_of_column_comes_back_as_it_was(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, price_sek="8300,50", os="Windows 10", purchased="2021-05")
    due = device.due_on
    edited(session, device, price_sek="1", os="Windows 11", purchased="2024-01-31", kind="server", unit="Kommunhuset")
    undone = undo.reverse(session, events(session, device)[-1], actor=REGISTER, act=act(session), own=())
    assert undone.taken_back
    assert undone.kept == ()
    assert (device.price, device.os, device.kind) == (Decimal("8300.50"), "Windows 10", Kind.LAPTOP)
    assert (device.purchased_on, str(device.purchased_precision), device.unit_id) == (date(2021, 5, 1), "month", None)
    assert device.due_on == due
    assert chain_faults(session, device) == []


def test_column_changed_since_stays_and_is_named(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, os="Windows 10", hostname="A")
    edited(session, device, os="Windows 11", hostname="B")
    first = events(session, device)[-1]
    edited(session, device, os="Windows 12")
    undone = undo.reverse(session, first, actor=REGISTER, act=act(session), own=())
    assert (undone.taken_back, undone.kept) == (True, ("os",))
    assert (device.os, device.hostname) == ("Windows 12", "A")
    assert changed(session, device) == {"hostname": ["B", "A"]}


def test_event_whose_columns_have_all_changed_since_is_left(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, os="Windows 10")
    edited(session, device, os="Windows 11")
    first = events(session, device)[-1]
    edited(session, device, os="Windows 12")
    told = len(events(session, device))
    undone = undo.reverse(session, first, actor=REGISTER, act=act(session), own=())
    assert (undone.taken_back, undone.kept) == (False, ("os",))
    assert len(events(session, device)) == told


def test_new_device_is_voided_once_what_was_done_since_is_undone_too(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    registered = events(session, device)[0]
    edited(session, device, os="Windows 11")
    refused = undo.reverse(session, registered, actor=REGISTER, act=act(session), own=())
    assert (refused.taken_back, refused.happened, device.stage) == (False, "edited", Stage.IN_STOCK)
    undo.reverse(session, events(session, device)[-1], actor=REGISTER, act=act(session), own=())
    assert undo.reverse(session, registered, actor=REGISTER, act=act(session), own=()).taken_back
    assert device.stage is Stage.VOIDED
    assert not undo.reverse(session, registered, actor=REGISTER, act=act(session), own=()).taken_back


def test_outcome_gives_back_the_stage_the_user_and_the_erasure(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, stage="deployed", user="kim.ek@laxa.example")
    line = {"outcome": "external_reuse", "date": "2026-11-01", "erasure_certificate": "C-1"}
    made = outcomes.register(session, device, outcome_input(line), actor=REGISTER).outcome
    assert (device.stage, device.person_id) == (Stage.DISPOSED, None)
    undone = undo.reverse(session, events(session, device)[-1], actor=REGISTER, act=act(session), own=())
    assert undone.kept == ()
    assert (device.stage, device.outcome_id, device.erasure_id) == (Stage.DEPLOYED, None, None)
    assert device.person_id == cast.persons["kim.ek@laxa.example"]
    assert made.reversed_on == REGISTER.today
    assert events(session, device)[-1].reverses == made.event_seq
    again = undo.reverse(session, events(session, device)[-2], actor=REGISTER, act=act(session), own=())
    assert not again.taken_back
