"""Handing a device over to another owner, and swapping one device for another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assetreg.domain.dates import happened_refusal
from assetreg.domain.errors import Conflict, Invalid, InvalidInput
from assetreg.domain.lifecycle import ENDED
from assetreg.domain.terms import Stage


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """A device and the owner it goes to on the day ``on``. ``owned_since``: the last transfer, if any."""

    stage: Stage
    owner_id: int
    new_owner_id: int
    on: date
    purchased: date | None = None
    owned_since: date | None = None


@dataclass(frozen=True, slots=True)
class SwapFacts:
    """The device that goes and the one that comes, with their present links."""

    old_id: int
    new_id: int
    old_stage: Stage
    new_stage: Stage
    old_successor_id: int | None = None
    new_predecessor_id: int | None = None


class EndedDevice(Conflict):
    code = "ended_device"
    message = "Enhetens status är {stage}, så den kan varken byta ägare eller bytas ut. Ångra det först om det var fel."


class SameOwner(Conflict):
    code = "same_owner"
    message = "Enheten tillhör redan den ägaren. Välj en annan."


class TransferTooEarly(Invalid):
    code = "transfer_too_early"
    message = "{on} är före {earlier}, då enheten köptes eller senast bytte ägare. Ange en senare dag."


class SameDevice(Conflict):
    code = "same_device"
    message = "En enhet kan inte bytas mot sig själv. Skanna den nya enheten."


class AlreadySwapped(Conflict):
    code = "already_swapped"
    message = "Enheten är redan utbytt mot en annan. Ångra det bytet först om det var fel."


class AlreadyReplaces(Conflict):
    code = "already_replaces"
    message = "Den nya enheten ersätter redan en annan. Välj en annan enhet ur lagret."


class NotInStock(Conflict):
    code = "not_in_stock"
    message = "Den nya enhetens status är {stage}. Välj en som är {wanted}."


def check_transfer(facts: TransferFacts, *, today: date) -> None:
    """Raises EndedDevice or SameOwner, or InvalidInput for a day in the future or before the device was theirs."""
    if facts.stage in ENDED:
        raise EndedDevice(stage=facts.stage)
    if facts.new_owner_id == facts.owner_id:
        raise SameOwner(field="owner")
    refusals = [happened_refusal(facts.on, today=today, field="date")]
    earlier = max((day for day in (facts.purchased, facts.owned_since) if day is not None), default=None)
    if earlier is not None and facts.on < earlier:
        refusals.append(TransferTooEarly(field="date", on=facts.on, earlier=earlier))
    found = [refusal for refusal in refusals if refusal is not None]
    if found:
        raise InvalidInput([*found])


def check_swap(facts: SwapFacts) -> None:
    """Raises a Conflict unless the one can take the other's place: it is in stock and neither is linked already."""
    if facts.old_id == facts.new_id:
        raise SameDevice(field="new")
    if facts.old_stage in ENDED:
        raise EndedDevice(field="old", stage=facts.old_stage)
    if facts.old_successor_id is not None:
        raise AlreadySwapped(field="old")
    if facts.new_predecessor_id is not None:
        raise AlreadyReplaces(field="new")
    if facts.new_stage is not Stage.IN_STOCK:
        raise NotInStock(field="new", stage=facts.new_stage, wanted=Stage.IN_STOCK)
