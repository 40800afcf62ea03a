from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assetreg.domain.errors import Conflict, InvalidInput
from assetreg.domain.terms import Stage
from assetreg.domain.transfer import (
    AlreadyReplaces,
    AlreadySwapped,
    EndedDevice,
    NotInStock,
    SameDevice,
    SameOwner,
    SwapFacts,
    TransferFacts,
    check_swap,
    check_transfer,
)

TODAY = date(2026, 11, 21)
MOVE = TransferFacts(Stage.DEPLOYED, 1, 2, date(2026, 3, 2), purchased=date(2023, 5, 1))
SWAP = SwapFacts(old_id=1, new_id=2, old_stage=Stage.DEPLOYED, new_stage=Stage.IN_STOCK)


@pytest.mark.parametrize("on", [date(2023, 5, 1), date(2026, 3, 2), TODAY])
def test_a_device_changes_owner_from_its_purchase_until_today(on: date) -> None:
    check_transfer(replace(MOVE, on=on), today=TODAY)
    check_transfer(replace(MOVE, on=on, purchased=None), today=TODAY)


@pytest.mark.parametrize("stage", [Stage.DISPOSED, Stage.VOIDED])
def test_an_ended_device_changes_no_owner(stage: Stage) -> None:
    with pytest.raises(EndedDevice, match=stage.sv.lower()):
        check_transfer(replace(MOVE, stage=stage), today=TODAY)


def test_the_same_owner_is_refused() -> None:
    with pytest.raises(SameOwner):
        check_transfer(replace(MOVE, new_owner_id=1), today=TODAY)


@pytest.mark.parametrize("on", [date(2026, 11, 22), date(2023, 4, 30), date(1, 1, 1)])
def test_a_day_to_come_or_before_the_purchase_is_refused(on: date) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_transfer(replace(MOVE, on=on), today=TODAY)
    assert list(caught.value.by_field()) == ["date"]


def test_a_day_before_the_last_transfer_is_refused_and_named() -> None:
    later = replace(MOVE, owned_since=date(2026, 4, 1))
    with pytest.raises(InvalidInput) as caught:
        check_transfer(later, today=TODAY)
    assert "2026-04-01" in caught.value.by_field()["date"][0]
    check_transfer(replace(later, on=date(2026, 4, 1)), today=TODAY)


@pytest.mark.parametrize("stage", [Stage.DEPLOYED, Stage.MISSING, Stage.IN_REPAIR])
def test_a_device_in_stock_takes_the_place_of_a_live_or_lost_one(stage: Stage) -> None:
    check_swap(replace(SWAP, old_stage=stage))


@pytest.mark.parametrize(
    ("swap", "refusal"),
    [
        (replace(SWAP, new_id=1), SameDevice),
        (replace(SWAP, old_stage=Stage.DISPOSED), EndedDevice),
        (replace(SWAP, old_successor_id=9), AlreadySwapped),
        (replace(SWAP, new_predecessor_id=9), AlreadyReplaces),
        (replace(SWAP, new_stage=Stage.DEPLOYED), NotInStock),
        (replace(SWAP, new_stage=Stage.RETURNED), NotInStock),
    ],
)
def test_a_swap_that_would_break_a_link_or_hand_out_what_is_not_there(swap: SwapFacts, refusal: type[Conflict]) -> None:
    with pytest.raises(refusal):
        check_swap(swap)
