"""Acts of several events: one device in the place of another, and one device in a new place."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from assetreg.db.device import Device
from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain.dates import FutureDate
from assetreg.domain.errors import Denied, InvalidInput
from assetreg.domain.terms import OutcomeType, Stage
from assetreg.domain.transfer import AlreadyReplaces, AlreadySwapped, EndedDevice, NotInStock, SameDevice
from assetreg.schemas.act import SwapInput, second_life_input
from assetreg.services import history, swaps
from assetreg.services.swaps import NoSecondLife, OtherOwner
from tests import cast as actors
from tests.cast import Cast, chain_faults, events, noise, payloads, some_device, some_device_in

SWAP = SwapInput(new="", on=date(2026, 11, 2), reason="Fyra år")


def test_new_device_takes_the_place_and_each_names_the_other(session: ScopedSession, cast: Cast) -> None:
    noise(session, 3)
    old = some_device_in(session, Stage.DEPLOYED)
    place = (old.department_id, old.unit_id, old.person_id)
    new = some_device(session)
    swaps.swap(session, old, new, SWAP, actor=cast.technician.actor)
    assert (old.replaced_by_id, new.replaces_id, old.replaces_id, new.replaced_by_id) == (new.id, old.id, None, None)
    assert (old.stage, new.stage) == (Stage.RETURNED, Stage.DEPLOYED)
    assert (new.department_id, new.unit_id, new.person_id) == place
    assert (old.person_id, old.returned_on, new.in_service_on) == (None, SWAP.on, SWAP.on)
    last = [events(session, device)[-1] for device in (old, new)]
    assert [event.kind for event in last] == ["swapped_out", "swapped_in"]
    assert last[0].change_id == last[1].change_id is not None
    assert payloads(session, old)[-1]["other"] == new.id
    assert history.read_text(session, last[0].text_id) == "Fyra år"
    assert chain_faults(session, old) == chain_faults(session, new) == []


@pytest.mark.parametrize("stage", [Stage.RETURNED, Stage.IN_STOCK, Stage.MISSING, Stage.DISPATCHED], ids=str)
def test_device_nobody_used_keeps_its_stage(session: ScopedSession, cast: Cast, stage: Stage) -> None:
    old, new = some_device_in(session, stage), some_device(session)
    swaps.swap(session, old, new, SWAP, actor=cast.technician.actor)
    assert (old.stage, old.replaced_by_id) == (stage, new.id)


def test_device_in_repair_is_handed_in(session: ScopedSession, cast: Cast) -> None:
    old, new = some_device_in(session, Stage.ON_LOAN), some_device(session)
    swaps.swap(session, old, new, SWAP, actor=cast.technician.actor)
    assert (old.stage, old.loan_until) == (Stage.RETURNED, None)


def test_swap_that_cannot_be(session: ScopedSession, cast: Cast) -> None:
    old, new = some_device_in(session, Stage.DEPLOYED), some_device(session)
    foreign = some_device(session, owner="1861")
    used = some_device_in(session, Stage.DEPLOYED)
    ended = some_device(session, actor=actors.IMPORT, stage="disposed")
    for first, second, refusal in (
        (old, old, SameDevice),
        (old, foreign, OtherOwner),
        (old, used, NotInStock),
        (ended, new, EndedDevice),
    ):
        with pytest.raises(refusal):
            swaps.swap(session, first, second, SWAP, actor=cast.technician.actor)
    swaps.swap(session, old, new, SWAP, actor=cast.technician.actor)
    with pytest.raises(AlreadySwapped):
        swaps.swap(session, old, some_device(session), SWAP, actor=cast.technician.actor)
    with pytest.raises(AlreadyReplaces):
        swaps.swap(session, used, new, SWAP, actor=cast.technician.actor)


def test_swap_is_not_made_in_the_future_nor_by_a_reader(session: ScopedSession, cast: Cast) -> None:
    old, new = some_device_in(session, Stage.DEPLOYED), some_device(session)
    with pytest.raises(FutureDate):
        swaps.swap(session, old, new, SwapInput(new="", on=date(2026, 11, 21)), actor=cast.technician.actor)
    with pytest.raises(Denied):
        swaps.swap(session, old, new, SWAP, actor=cast.reader.actor)
    assert (old.stage, new.replaces_id) == (Stage.DEPLOYED, None)


def second_life(session: ScopedSession, cast: Cast, device: Device, **facts: str) -> None:
    stated = {"unit": actors.SECOND_SCHOOL, "erasure_method": "purge", "date": "2026-11-02"} | facts
    swaps.second_life(session, device, second_life_input(stated), actor=cast.technician.actor)


def reused(session: ScopedSession, device: Device) -> int:
    wanted = select(func.count(Outcome.id)).where(
        Outcome.device_id == device.id, Outcome.type == OutcomeType.INTERNAL_REUSE
    )
    return session.execute(wanted).scalar_one()


@pytest.mark.parametrize(
    ("stage", "steps"),
    [
        (Stage.DEPLOYED, ["moved", "moved", "outcome", "moved"]),
        (Stage.ON_LOAN, ["moved", "moved", "outcome", "moved"]),
        (Stage.RETURNED, ["moved", "outcome", "moved"]),
        (Stage.WIPED, ["moved", "outcome", "moved"]),
        (Stage.READY_FOR_DISPOSAL, ["moved", "outcome", "moved"]),
    ],
    ids=str,
)
def test_second_life_is_one_act_and_one_reuse(
    session: ScopedSession, cast: Cast, stage: Stage, steps: list[str]
) -> None:
    noise(session, 2)
    device = some_device_in(session, stage)
    before = len(events(session, device))
    second_life(session, cast, device)
    added = events(session, device)[before:]
    assert [event.kind for event in added] == steps
    assert len({event.change_id for event in added}) == 1
    assert added[0].change_id is not None
    assert {event.on for event in added} == {date(2026, 11, 2)}
    assert (device.stage, device.unit_id) == (Stage.DEPLOYED, cast.units[actors.SECOND_SCHOOL])
    assert (device.person_id, device.erasure_id, device.outcome_id) == (None, None, None)
    assert reused(session, device) == 1
    assert chain_faults(session, device) == []


def test_second_life_from_stock_counts_once_each_time(session: ScopedSession, cast: Cast) -> None:
    device = some_device_in(session, Stage.DEPLOYED)
    second_life(session, cast, device)
    second_life(session, cast, device, unit=actors.OFFICE, date="2026-11-12")
    assert reused(session, device) == 2


def test_second_life_needs_an_erasure_and_a_place(session: ScopedSession, cast: Cast) -> None:
    device = some_device_in(session, Stage.RETURNED)
    with pytest.raises(InvalidInput) as refused:
        second_life(session, cast, device, erasure_method="")
    assert set(refused.value.by_field()) == {"erasure_method"}


@pytest.mark.parametrize("stage", [Stage.ORDERED, Stage.IN_STOCK], ids=str)
def test_new_device_has_no_second_life(session: ScopedSession, cast: Cast, stage: Stage) -> None:
    device = some_device_in(session, stage)
    with pytest.raises(NoSecondLife):
        second_life(session, cast, device)
    assert reused(session, device) == 0


def test_used_device_in_stock_has_a_second_life_once_it_is_erased(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, in_service="2024-01-08")
    with pytest.raises(InvalidInput) as refused:
        second_life(session, cast, device, erasure_method="")
    assert set(refused.value.by_field()) == {"erasure_method"}
    second_life(session, cast, device)
    assert (device.stage, reused(session, device)) == (Stage.DEPLOYED, 1)
