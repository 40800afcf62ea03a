"""Carrying out the acts of a plan through the services, each as if on its own day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from assetreg.db.device import Device
from assetreg.db.outcome import Outcome
from assetreg.db.person import Person
from assetreg.db.session import ScopedSession
from assetreg.demo import products
from assetreg.demo.plan import Act, Plan, PlannedDevice, Verb
from assetreg.domain.access import STOCKHOLM, Actor
from assetreg.domain.cells import PartialDate
from assetreg.domain.replacement import add_months
from assetreg.domain.terms import Door, Precision, Role, Stage
from assetreg.schemas.act import MoveInput, SecondLifeInput, SwapInput, TransferInput
from assetreg.schemas.device import DeviceInput
from assetreg.schemas.outcome import OutcomeInput, ReversalInput
from assetreg.services import devices, history, labels, moves, outcomes, ownership, swaps

AT_ONCE = 50
"""Devices that come in one delivery."""

WORK_BEGINS = time(7, 30)
WORKDAY_MINUTES = 480
OUTCOME_ROLES = {Verb.OUTCOME: Role.SUSTAINABILITY, Verb.REVERSE: Role.SUSTAINABILITY}


@dataclass
class Stagecraft:
    """What the acts need to know: the session, the plan, who acts, and the devices made so far by index."""

    session: ScopedSession
    plan: Plan
    accounts: Mapping[Role, int]
    devices: dict[int, Device] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def device(self, index: int) -> Device:
        return self.devices[index]

    def actor(self, act: Act, minute: int) -> Actor:
        role = OUTCOME_ROLES.get(act.verb, Role.TECHNICIAN)
        return Actor(account=self.accounts[role], role=role, door=Door.DEMO, at=moment(act.on, minute))


def moment(day: date, minute: int) -> datetime:
    """A moment of the working day in Sweden."""
    begins = datetime.combine(day, WORK_BEGINS, STOCKHOLM)
    return begins + timedelta(minutes=minute % WORKDAY_MINUTES)


def perform(work: Stagecraft, progress: Callable[[int, int], None]) -> None:
    """Every act in the order of days; on one day devices come before anything is done with them."""
    ordered = sorted(work.plan.acts, key=lambda act: (act.on, act.verb is not Verb.REGISTER))
    done = 0
    with work.session.gathering():
        for _, of_day in groupby(ordered, key=lambda act: act.on):
            todays = list(of_day)
            new = [act for act in todays if act.verb is Verb.REGISTER]
            for minute, some in _portions(new):
                _register(work, some, minute)
            for minute, act in enumerate(todays[len(new) :]):
                VERBS[act.verb](work, act, work.actor(act, minute))
            done += len(todays)
            progress(done, len(ordered))


def _portions(acts: list[Act]) -> Iterator[tuple[int, list[Act]]]:
    for first in range(0, len(acts), AT_ONCE):
        yield first, acts[first : first + AT_ONCE]


def _register(work: Stagecraft, acts: list[Act], minute: int) -> None:
    actor = work.actor(acts[0], minute // AT_ONCE)
    change = history.begin(work.session, "delivery", actor=actor)
    planned = [work.plan.devices[act.device] for act in acts]
    made = devices.register_many(work.session, [_stated(each) for each in planned], actor=actor, act=change)
    work.devices.update((each.index, row) for each, row in zip(planned, made, strict=True))


def _stated(device: PlannedDevice) -> DeviceInput:
    """The command that registers a planned device."""
    product = device.product
    os, version = products.system(product, device.delivered or device.purchased or device.registered)
    values: dict[str, Any] = {
        "owner": device.town.code,
        "kind": device.kind,
        "stage": device.stage,
        "serial": device.serial,
        "asset_tag": device.tag,
        "imei": device.imei,
        "manufacturer": product.maker,
        "model": product.model,
        "price_sek": device.price,
        "order_number": device.order_number,
        "supplier": products.supplier(product, device.index),
        "cost_centre": str(device.town.cost_centre + len(device.site.department)),
        "os": os,
        "os_version": version,
        "hostname": f"{device.town.letters}-{device.serial[-6:]}" if os and "Windows" in os and device.serial else None,
        "note": device.note,
        **_dates(device),
        **_places(device),
    }
    stated = {name: value for name, value in values.items() if value is not None}
    return DeviceInput(values=stated, duplicate_reason=device.duplicate_reason)


def _dates(device: PlannedDevice) -> dict[str, PartialDate | None]:
    purchased = PartialDate(device.purchased, device.precision) if device.purchased else None
    ends = add_months(device.purchased, 12 * device.warranty_years) if device.purchased else None
    known = {"ordered": device.ordered, "delivered": device.delivered, "in_service": device.in_service}
    known["warranty_until"] = ends
    dates = {name: PartialDate(day, Precision.DAY) if day else None for name, day in known.items()}
    return dates | {"purchased": purchased}


def _places(device: PlannedDevice) -> dict[str, str | None]:
    """Where it stands if it is in use; one in the storeroom has no place yet."""
    if device.stage is not Stage.DEPLOYED:
        return {}
    user = device.person.number if device.person else None
    return {"unit": device.site.name, "room": device.room, "group": device.group, "user": user}


def _edit(work: Stagecraft, act: Act, actor: Actor) -> None:
    devices.edit(work.session, work.device(act.device), DeviceInput(values=act.told), actor=actor)


def _move(work: Stagecraft, act: Act, actor: Actor) -> None:
    moves.move(work.session, work.device(act.device), MoveInput(on=act.on, **act.told), actor=actor)


def _swap(work: Stagecraft, act: Act, actor: Actor) -> None:
    new = work.device(act.told["new"])
    swaps.swap(work.session, work.device(act.device), new, SwapInput(new=new.tag, on=act.on), actor=actor)


def _second_life(work: Stagecraft, act: Act, actor: Actor) -> None:
    command = SecondLifeInput(on=act.on, **act.told)
    swaps.second_life(work.session, work.device(act.device), command, actor=actor)


def _hand_over(work: Stagecraft, act: Act, actor: Actor) -> None:
    ownership.hand_over(work.session, work.device(act.device), TransferInput(on=act.on, **act.told), actor=actor)


def _outcome(work: Stagecraft, act: Act, actor: Actor) -> None:
    command = OutcomeInput(on=act.on, **act.told)
    registered = outcomes.register(work.session, work.device(act.device), command, actor=actor)
    work.outcomes[act.device] = registered.outcome


def _reverse(work: Stagecraft, act: Act, actor: Actor) -> None:
    outcomes.reverse(work.session, work.outcomes[act.device], ReversalInput(on=act.on, **act.told), actor=actor)


def _relabel(work: Stagecraft, act: Act, actor: Actor) -> None:
    labels.replace(work.session, work.device(act.device), actor=actor, **act.told)


def _leave(work: Stagecraft, act: Act, _: Actor) -> None:
    """The device's user leaves the kommun with the device still in use."""
    person = work.session.get(Person, work.device(act.device).person_id)
    if person is not None:
        person.left_on = act.on
        work.session.flush()


VERBS: Mapping[Verb, Callable[[Stagecraft, Act, Actor], None]] = {
    Verb.EDIT: _edit,
    Verb.MOVE: _move,
    Verb.SWAP: _swap,
    Verb.SECOND_LIFE: _second_life,
    Verb.HAND_OVER: _hand_over,
    Verb.OUTCOME: _outcome,
    Verb.REVERSE: _reverse,
    Verb.RELABEL: _relabel,
    Verb.LEAVE: _leave,
}
