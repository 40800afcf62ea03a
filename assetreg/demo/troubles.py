"""One of everything that goes wrong in a real register, each on a device of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from assetreg.demo import days, fleet, lives
from assetreg.demo.fleet import Drawing
from assetreg.demo.lives import PARTNER
from assetreg.demo.plan import Act, Audience, PlannedDevice, Verb
from assetreg.demo.towns import BY_CODE
from assetreg.domain.replacement import add_months
from assetreg.domain.terms import ErasureMethod, Kind, OutcomeType, Precision, Stage
from assetreg.schemas.act import ErasureInput, PlaceInput

Trouble = Callable[["Cast"], Iterator[Act]]


class Cast:
    """Makes the troubled devices, so many months old, and tells what day it was so many days ago."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing

    def ago(self, count: int) -> date:
        day = self.drawing.last - timedelta(days=count)
        return day - timedelta(days=max(0, day.weekday() - 4))

    def device(self, kind: Kind, code: str, months: int, **facts: Any) -> PlannedDevice:
        drawing = self.drawing
        purchased = days.workday(add_months(drawing.last, -months))
        device = fleet.bought(drawing, kind, purchased, town=BY_CODE[code])
        device.index = len(drawing.devices)
        device.audience = Audience.SHARED
        device.stage = Stage.DEPLOYED
        device.in_service = device.registered
        device.room, device.group = device.room or device.site.rooms[0], None
        for name, value in facts.items():
            setattr(device, name, value)
        drawing.devices.append(device)
        return device

    def come(self, device: PlannedDevice) -> Act:
        return Act(device.registered, Verb.REGISTER, device.index)


def acts(drawing: Drawing) -> list[Act]:
    """The acts of every trouble; their devices are added to the drawing's."""
    cast = Cast(drawing)
    return [act for trouble in TROUBLES for act in trouble(cast)]


def _move(device: PlannedDevice, on: date, to: Stage, **told: Any) -> Act:
    return Act(on, Verb.MOVE, device.index, {"to": to, **told})


def _away(cast: Cast, device: PlannedDevice, dispatched: date) -> Iterator[Act]:
    """Registered, handed in, erased and sent to the partner."""
    yield cast.come(device)
    yield _move(device, dispatched - timedelta(days=14), Stage.RETURNED)
    erased = lives.erasure(device, certified=True)
    yield _move(device, dispatched - timedelta(days=7), Stage.READY_FOR_DISPOSAL, erasure=erased)
    yield _move(device, dispatched, Stage.DISPATCHED, receiver=PARTNER)


def _reused(device: PlannedDevice, on: date, report: str) -> Act:
    told = {"type": OutcomeType.EXTERNAL_REUSE, "partner": PARTNER, "report": report, "proceeds": Decimal(450)}
    return Act(on, Verb.OUTCOME, device.index, told)


def no_purchase_date(cast: Cast) -> Iterator[Act]:
    device = cast.device(Kind.DESKTOP, "1882", 66)
    device.purchased = device.ordered = device.delivered = None
    yield cast.come(device)


def same_serial_twice(cast: Cast) -> Iterator[Act]:
    first = cast.device(Kind.LAPTOP, "1861", 30)
    second = cast.device(Kind.LAPTOP, "1861", 29, serial=first.serial, product=first.product)
    second.duplicate_reason = "Tillverkaren bytte moderkort på garanti och satte samma serienummer på två datorer"
    yield cast.come(first)
    yield cast.come(second)


def junk_serials(cast: Cast) -> Iterator[Act]:
    said = ("To be filled by O.E.M.", "Default string", "0")
    for number, serial in enumerate(said, start=711):
        yield cast.come(cast.device(Kind.DESKTOP, "1861", 70, serial=serial, tag=str(number)))


def rejected_by_partner(cast: Cast) -> Iterator[Act]:
    rejected = {"type": OutcomeType.RETURNED_REJECTED, "partner": PARTNER, "reason": "Skärmen är sprucken"}
    waiting, sent_again = (cast.device(Kind.LAPTOP, code, 50) for code in ("1814", "1882"))
    for device in (waiting, sent_again):
        yield from _away(cast, device, cast.ago(120))
        yield Act(cast.ago(95), Verb.OUTCOME, device.index, rejected)
    yield _move(sent_again, cast.ago(70), Stage.DISPATCHED, receiver=PARTNER)
    yield _reused(sent_again, cast.ago(30), "ÅP-KOMPL-1")


def reversed_outcomes(cast: Cast) -> Iterator[Act]:
    mistaken, recycled = (cast.device(Kind.LAPTOP, code, 56) for code in ("1861", "1860"))
    for device in (mistaken, recycled):
        yield from _away(cast, device, cast.ago(400))
        yield _reused(device, cast.ago(370), "ÅP-RÄTTAD-1")
        told = {"reason": "Rapporten hade förväxlat två serienummer"}
        yield Act(cast.ago(340), Verb.REVERSE, device.index, told)
    recycling = {"type": OutcomeType.MATERIAL_RECYCLING, "partner": PARTNER, "report": "ÅP-RÄTTAD-2"}
    yield Act(cast.ago(330), Verb.OUTCOME, recycled.index, recycling)


def stolen_and_found(cast: Cast) -> Iterator[Act]:
    found, gone = (cast.device(Kind.LAPTOP, code, 26) for code in ("1882", "1814"))
    for device in (found, gone):
        yield cast.come(device)
        yield _move(device, cast.ago(90), Stage.STOLEN, police_reference=f"K{70_000 + device.index}-{cast.ago(90):%y}")
    yield _move(found, cast.ago(62), Stage.DEPLOYED, reason="Polisen lämnade tillbaka den")


def written_off_and_found(cast: Cast) -> Iterator[Act]:
    device = cast.device(Kind.TABLET, "1860", 34)
    yield cast.come(device)
    yield _move(device, cast.ago(230), Stage.MISSING, reason="Borta efter flytten")
    told = {"type": OutcomeType.LOST_OR_STOLEN, "reason": "Eftersökt utan resultat"}
    yield Act(cast.ago(150), Verb.OUTCOME, device.index, told)
    yield Act(cast.ago(45), Verb.REVERSE, device.index, {"reason": "Låg i en flyttkartong"})
    yield _move(device, cast.ago(44), Stage.DEPLOYED)


def missing(cast: Cast) -> Iterator[Act]:
    device = cast.device(Kind.TABLET, "1861", 22)
    yield cast.come(device)
    yield _move(device, cast.ago(35), Stage.MISSING, reason="Hittades inte vid inventeringen")


def waiting_for_partner(cast: Cast) -> Iterator[Act]:
    for code in ("1814", "1861", "1882"):
        yield from _away(cast, cast.device(Kind.LAPTOP, code, 51), cast.ago(25))


def overdue_loan(cast: Cast) -> Iterator[Act]:
    overdue, current = (cast.device(Kind.LAPTOP, "1814", 18) for _ in range(2))
    for device, due in ((overdue, cast.ago(12)), (current, cast.drawing.today + timedelta(days=20))):
        yield cast.come(device)
        place = PlaceInput(unit=device.site.name)
        yield _move(device, cast.ago(40), Stage.ON_LOAN, place=place, due_back=due)


def in_repair(cast: Cast) -> Iterator[Act]:
    device = cast.device(Kind.LAPTOP, "1882", 14)
    yield cast.come(device)
    yield _move(device, cast.ago(9), Stage.IN_REPAIR, reason="Tangentbordet")


def ended_without_outcome(cast: Cast) -> Iterator[Act]:
    for code in ("1814", "1861"):
        device = cast.device(Kind.DESKTOP, code, 95, stage=Stage.DISPOSED)
        device.note = "Skrotad enligt den gamla listan, utfall saknas"
        yield cast.come(device)


def certificate_to_follow(cast: Cast) -> Iterator[Act]:
    for code in ("1860", "1882"):
        device = cast.device(Kind.LAPTOP, code, 49)
        yield cast.come(device)
        yield _move(device, cast.ago(60), Stage.RETURNED)
        erased = ErasureInput(ErasureMethod.BY_PARTNER)
        told = {"type": OutcomeType.EXTERNAL_REUSE, "partner": PARTNER, "report": "ÅP-INTYG", "erasure": erased}
        yield Act(cast.ago(20), Verb.OUTCOME, device.index, told)


def handed_over(cast: Cast) -> Iterator[Act]:
    stays, leaves = (cast.device(Kind.LAPTOP, "1860", 44) for _ in range(2))
    for device in (stays, leaves):
        yield cast.come(device)
        place = PlaceInput(unit="Stadshuset")
        told = {"owner": "1861", "reason": "Verksamheten flyttade till Hallsberg", "place": place}
        yield Act(cast.ago(300), Verb.HAND_OVER, device.index, told)
    yield from list(_away(cast, leaves, cast.ago(120)))[1:]
    yield _reused(leaves, cast.ago(90), "ÅP-FLYTT")


def replaced_label(cast: Cast) -> Iterator[Act]:
    device = cast.device(Kind.LAPTOP, "1882", 20)
    yield cast.come(device)
    yield Act(cast.ago(200), Verb.RELABEL, device.index, {"reason": "Etiketten var skrapad"})


def person_who_left(cast: Cast) -> Iterator[Act]:
    device = cast.device(Kind.LAPTOP, "1814", 24, room=None)
    device.person = cast.drawing.person(device.site, Audience.STAFF)
    yield cast.come(device)
    yield Act(cast.ago(50), Verb.LEAVE, device.index)


def on_its_way(cast: Cast) -> Iterator[Act]:
    """Ordered, its serial told in advance, not yet here."""
    for code in ("1814", "1860", "1861", "1861", "1882"):
        device = cast.device(Kind.LAPTOP, code, 0, stage=Stage.ORDERED)
        day = cast.ago(21)
        device.purchased = device.ordered = device.registered = day
        device.delivered = device.in_service = device.tag = None
        yield cast.come(device)


def bought_some_month(cast: Cast) -> Iterator[Act]:
    device = cast.device(Kind.PHONE, "1882", 60)
    device.purchased = (device.purchased or device.registered).replace(day=1)
    device.precision = Precision.MONTH
    yield cast.come(device)


TROUBLES: tuple[Trouble, ...] = (
    no_purchase_date,
    same_serial_twice,
    junk_serials,
    rejected_by_partner,
    reversed_outcomes,
    stolen_and_found,
    written_off_and_found,
    missing,
    waiting_for_partner,
    overdue_loan,
    in_repair,
    ended_without_outcome,
    certificate_to_follow,
    handed_over,
    replaced_label,
    person_who_left,
    on_its_way,
    bought_some_month,
)
