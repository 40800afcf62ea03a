"""On which days a device came to the stages it has been in, as its history says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.history import Event
from assetreg.db.session import ScopedSession
from assetreg.domain.cell_dates import PartialDate
from assetreg.domain.dates import act_refusal
from assetreg.domain.errors import Refusal
from assetreg.domain.figure_facts import matters, standing, step_of
from assetreg.domain.lifecycle import HELD_BY_USER
from assetreg.domain.terms import Precision, Stage

_STAGES = {stage.value: stage for stage in Stage}


@dataclass(frozen=True, slots=True)
class StageDay:
    """A stage the device came to; ``on`` is None where nobody said when, as of a device that was registered in it."""

    stage: Stage
    on: date | None


def read(session: ScopedSession, device: Device) -> list[StageDay]:
    """The stages in the order they were recorded, without those that were taken back."""
    rows = session.execute(
        select(Event.seq, Event.at, Event.on, Event.kind, Event.reverses, Event.payload)
        .where(Event.subject == "device", Event.subject_id == device.id)
        .order_by(Event.seq)
    )
    stated: dict[int, date | None] = {}
    steps = []
    for seq, at, on, kind, reverses, payload in rows:
        if matters(payload, reverses):
            stated[seq] = on
            steps.append(step_of(seq, at=at, on=on, kind=kind, reverses=reverses, payload=payload))
    return [StageDay(_STAGES[step.now["stage"]], stated[step.seq]) for step in standing(steps) if "stage" in step.now]


def refuse_earlier(session: ScopedSession, device: Device, on: date, *, field: str = "date") -> None:
    """Raises TooEarly for an act on a day before the device was ours or before its last step."""
    refuse_before(device, on, since=None, field=field)
    days = read(session, device)
    refuse_before(device, on, since=days[-1].on if days else None, field=field)


def refuse_before(device: Device, on: date, *, since: date | None, field: str = "date") -> None:
    """The same where the day of the device's last step is known (``since``), so that nothing is read."""
    refusal = _refusal(device, on, field=field, since=since)
    if refusal is not None:
        raise refusal


def refuse_earlier_erasure(session: ScopedSession, device: Device, on: date, *, field: str) -> None:
    """Raises TooEarly for an erasure before the device was ours or before it last was taken into use."""
    refuse_before(device, on, since=None, field=field)
    refuse_before(device, on, since=_last(read(session, device), HELD_BY_USER), field=field)


def of_this_life(days: Iterable[StageDay]) -> dict[Stage, date]:
    """The latest known day of each stage since the device last was taken into use or into stock."""
    found: dict[Stage, date] = {}
    for each in days:
        if each.stage in _BEGINNINGS:
            found = {stage: on for stage, on in found.items() if stage in _BEFORE[each.stage]}
        if each.on is not None:
            found[each.stage] = each.on
    return found


_BEFORE = {
    Stage.ORDERED: frozenset[Stage](),
    Stage.IN_STOCK: frozenset({Stage.ORDERED}),
    Stage.DEPLOYED: frozenset({Stage.ORDERED, Stage.IN_STOCK}),
    Stage.ON_LOAN: frozenset({Stage.ORDERED, Stage.IN_STOCK, Stage.DEPLOYED}),
    Stage.IN_REPAIR: frozenset({Stage.ORDERED, Stage.IN_STOCK, Stage.DEPLOYED, Stage.ON_LOAN}),
}
_BEGINNINGS = frozenset(_BEFORE)


def _last(days: Iterable[StageDay], stages: Iterable[Stage]) -> date | None:
    wanted = frozenset(stages)
    known = [each.on for each in days if each.stage in wanted and each.on is not None]
    return known[-1] if known else None


def _refusal(device: Device, on: date, *, field: str, since: date | None) -> Refusal | None:
    purchased = _partial(device.purchased_on, device.purchased_precision)
    delivered = _partial(device.delivered_on, device.delivered_precision)
    used = _partial(device.in_service_on, device.in_service_precision)
    return act_refusal(on, field=field, purchased=purchased, delivered=delivered, in_service=used, since=since)


def _partial(day: date | None, precision: Precision | None) -> PartialDate | None:
    return PartialDate(day, precision or Precision.DAY) if day else None
