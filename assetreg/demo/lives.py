"""From drawn devices to the acts of their lives: who replaces whom, and each step until the end."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from assetreg.demo import days
from assetreg.demo.fleet import Drawing
from assetreg.demo.plan import SWAPPED, Act, Audience, PlannedDevice, Verb
from assetreg.domain.terms import ErasureMethod, Kind, OutcomeType, Stage
from assetreg.schemas.act import ErasureInput, PlaceInput

PARTNER = "Återbrukspartnern (fiktiv)"
LONGEST_WAIT = timedelta(days=150)
SHARE_SWAPPED = 0.9
SHARE_LEFT_IN_STOCK = 0.2
SHARE_WIPED_APART = 0.3
SHARE_SECOND_LIFE = 0.06
RENEWAL_BEGINS, RENEWED_BEFORE, SHARE_RENEWED = date(2025, 5, 5), date(2024, 9, 1), 0.88
RENEWED = ((0.35, "23H2", "10.0.22631"), (0.8, "24H2", "10.0.26100"), (1.01, "25H2", "10.0.26200"))
"""What older computers were brought to in 2025, by the upper end of each share."""
DIRECT = (OutcomeType.GIFT, OutcomeType.BUYOUT, OutcomeType.WARRANTY_SWAP)
"""Outcomes that need no collection by the partner."""


def acts(drawing: Drawing) -> list[Act]:
    """Every act of every device's life; persons are given to devices on the way."""
    successors = _swaps(drawing)
    found: list[Act] = []
    replaced_on = {new: old for old, new in successors.items()}
    for device in drawing.devices:
        if device.audience is not Audience.SHARED and device.index not in replaced_on:
            device.person = drawing.person(device.site, device.audience)
        found += life(drawing, device, successor=successors.get(device.index), takes_over=device.index in replaced_on)
    return found


def life(
    drawing: Drawing, device: PlannedDevice, *, successor: int | None = None, takes_over: bool = False
) -> list[Act]:
    """A device's acts from registration on. One that takes over is put to use by the old one's swap."""
    found = [Act(device.registered, Verb.REGISTER, device.index)]
    in_use = device.stage is Stage.DEPLOYED or takes_over
    if not in_use:
        deployed = _deployed_on(drawing, device)
        if deployed is not None:
            found.append(Act(deployed, Verb.MOVE, device.index, {"to": Stage.DEPLOYED, "place": place(device)}))
            in_use = True
    if in_use:
        found += _middle(drawing, device)
        found += _end(drawing, device, successor)
    return found


def place(device: PlannedDevice) -> PlaceInput:
    person = device.person.number if device.person else None
    return PlaceInput(unit=device.site.name, room=device.room, group=device.group, user=person)


def _swaps(drawing: Drawing) -> dict[int, int]:
    """Old device to new, by index: the first in the storeroom that was there when the old one was handed in."""
    leaving: dict[Any, list[PlannedDevice]] = defaultdict(list)
    coming: dict[Any, list[PlannedDevice]] = defaultdict(list)
    for device in drawing.devices:
        key = (device.town.code, device.kind, device.audience)
        if device.returned and device.ends is not OutcomeType.LOST_OR_STOLEN and device.kind in SWAPPED:
            leaving[key].append(device)
        if device.stage is Stage.IN_STOCK:
            coming[key].append(device)
    found = {}
    for key, olds in leaving.items():
        waiting = sorted(coming[key], key=lambda each: each.registered, reverse=True)
        for old in sorted(olds, key=lambda each: each.returned or drawing.last):
            new = _next(waiting, old.returned or drawing.last)
            if new is not None and drawing.rng.random() < SHARE_SWAPPED:
                found[old.index] = waiting.pop().index
    return found


def _next(waiting: list[PlannedDevice], on: date) -> PlannedDevice | None:
    """The device at the end of the line, if it has come by the day; those that waited too long have gone."""
    while waiting and waiting[-1].registered < on - LONGEST_WAIT:
        waiting.pop()
    return waiting[-1] if waiting and waiting[-1].registered < on else None


def _deployed_on(drawing: Drawing, device: PlannedDevice) -> date | None:
    day = days.forth(device.registered, drawing.rng, 2, 60)
    fresh = device.registered > drawing.today - timedelta(days=330)
    if device.returned is None and fresh and (day > drawing.last or drawing.rng.random() < SHARE_LEFT_IN_STOCK):
        return None
    return min(day, device.returned or day)


def _middle(drawing: Drawing, device: PlannedDevice) -> list[Act]:
    """What happens while it is in use: a newer system, a second life at a school."""
    rng, found = drawing.rng, []
    lasts = (device.returned or drawing.last) - timedelta(days=60)
    renewed = days.workday(RENEWAL_BEGINS + timedelta(days=rng.randrange(120)))
    runs = device.kind in (Kind.LAPTOP, Kind.DESKTOP, Kind.WORKSTATION, Kind.TABLET) and device.ends is None
    if runs and device.registered < RENEWED_BEFORE and renewed < lasts and rng.random() < SHARE_RENEWED:
        found.append(Act(renewed, Verb.EDIT, device.index, _newer_system(device, rng.random())))
    middle = device.registered + timedelta(days=rng.randint(500, 900))
    schools = [site for site in device.town.sites if site.is_school]
    staff = device.kind is Kind.LAPTOP and device.audience is Audience.STAFF
    if staff and schools and middle < lasts and rng.random() < SHARE_SECOND_LIFE:
        school = rng.choice(schools)
        there = PlaceInput(unit=school.name, group=rng.choice(school.classes))
        told = {"place": there, "reason": "Personaldator som får ett andra liv i skolan", "erasure": erasure(device)}
        found.append(Act(days.workday(middle), Verb.SECOND_LIFE, device.index, told))
    return sorted(found, key=lambda act: act.on)


def _newer_system(device: PlannedDevice, chance: float) -> dict[str, Any]:
    if device.kind is Kind.TABLET:
        return {"os_version": "18.6" if chance < 0.7 else "17.7"}
    _, name, build = next(each for each in RENEWED if chance < each[0])
    return {"os": f"Windows 11 Enterprise {name}", "os_version": build}


def erasure(device: PlannedDevice, *, certified: bool = False) -> ErasureInput | None:
    """The erasure of a device that holds data; None for a monitor."""
    if not device.kind.has_storage:
        return None
    if device.kind in (Kind.TABLET, Kind.PHONE):
        return ErasureInput(ErasureMethod.PURGE, tool="Fabriksåterställning", verified=True)
    return ErasureInput(
        ErasureMethod.PURGE,
        tool="Raderingsverktyg",
        tool_version="7.2",
        certificate=f"RI-{device.index + 100_000}" if certified else None,
        verified=True,
    )


def _end(drawing: Drawing, device: PlannedDevice, successor: int | None) -> list[Act]:
    rng, index, returned = drawing.rng, device.index, device.returned
    if returned is None:
        return []
    if device.ends is OutcomeType.LOST_OR_STOLEN:
        return _lost(device)
    if successor is not None:
        found = [Act(returned, Verb.SWAP, index, {"new": successor})]
    else:
        found = [Act(returned, Verb.MOVE, index, {"to": Stage.RETURNED})]
    if device.halts is Stage.RETURNED:
        return found
    leaves = device.collection.dispatched if device.collection else days.back(drawing.last, rng, 5, 12)
    wiped = min(days.forth(returned, rng, 2, 9), leaves)
    erased = erasure(device, certified=True)
    if (device.halts is Stage.WIPED or rng.random() < SHARE_WIPED_APART) and erased:
        found.append(Act(wiped, Verb.MOVE, index, {"to": Stage.WIPED, "erasure": erased}))
        erased = None
    if device.halts is Stage.WIPED:
        return found
    ready = min(days.forth(wiped, rng, 0, 6), leaves)
    found.append(Act(ready, Verb.MOVE, index, {"to": Stage.READY_FOR_DISPOSAL, "erasure": erased}))
    if device.halts is Stage.READY_FOR_DISPOSAL:
        return found
    if device.ends not in DIRECT:
        found.append(Act(leaves, Verb.MOVE, index, {"to": Stage.DISPATCHED, "receiver": PARTNER}))
    return found + _outcome(drawing, device)


def _lost(device: PlannedDevice) -> list[Act]:
    """Stolen or gone, and written off when the partner's report of that month came."""
    if device.returned is None or device.collection is None:
        return []
    number = f"K{device.index + 50_000}-{device.returned:%y}"
    stolen = {"to": Stage.STOLEN, "police_reference": number}
    decided = {"type": OutcomeType.LOST_OR_STOLEN, "police_reference": number}
    return [
        Act(device.returned, Verb.MOVE, device.index, stolen),
        Act(device.collection.reported, Verb.OUTCOME, device.index, decided),
    ]


def _outcome(drawing: Drawing, device: PlannedDevice) -> list[Act]:
    if device.collection is None or device.ends is None:
        return []
    kind, told = device.ends, dict[str, Any](type=device.ends)
    if kind in (OutcomeType.GIFT, OutcomeType.BUYOUT):
        told |= {"decision": f"KS {device.collection.reported.year}/{device.index % 900 + 100}"}
        told |= {"valuation": Decimal(drawing.rng.randrange(300, 900, 50))}
    elif kind is not OutcomeType.WARRANTY_SWAP:
        told |= {"partner": PARTNER, "report": device.collection.report}
    if kind is OutcomeType.EXTERNAL_REUSE:
        told |= {"proceeds": Decimal(drawing.rng.randrange(150, 1300, 25))}
    if kind in (OutcomeType.MATERIAL_RECYCLING, OutcomeType.ENERGY_RECOVERY, OutcomeType.LANDFILL):
        told |= {"weight_kg": WEIGHTS.get(device.kind, Decimal(2))}
    return [Act(device.collection.reported, Verb.OUTCOME, device.index, told)]


WEIGHTS = {
    Kind.LAPTOP: Decimal("1.6"),
    Kind.DESKTOP: Decimal("5.2"),
    Kind.SERVER: Decimal("21.5"),
    Kind.MONITOR: Decimal("4.8"),
    Kind.TABLET: Decimal("0.5"),
    Kind.PHONE: Decimal("0.2"),
}
