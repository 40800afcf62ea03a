"""Free text whose time has passed: told by old events, or the note of a device that is gone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from assetreg.db.device import Device
from assetreg.db.history import Event, FreeText
from assetreg.db.session import ScopedSession
from assetreg.services.person_list import NOT_HELD
from assetreg.services.person_traces import replaced_texts, tells_of_text

BATCH = 1000


def of_events(session: ScopedSession, mark: int, cutoff: datetime) -> tuple[int, list[int]]:
    """The next event to go on from, and the texts told by those up to it; the same mark when there are no more.

    Events stand in the order they were written, so the first that is young enough ends the reading. A text that a
    device still has as its note stays.
    """
    rows = session.execute(
        select(Event.id, Event.at, Event.text_id, Event.subject, Event.subject_id)
        .where(Event.id > mark)
        .order_by(Event.id)
        .limit(BATCH)
    ).all()
    young = next((position for position, row in enumerate(rows) if row.at >= cutoff), len(rows))
    old = rows[:young]
    if not old:
        return mark, []
    last = old[-1].id
    told = select(Event.payload).where(Event.id > mark, Event.id <= last, tells_of_text())
    found = {row.text_id for row in old if row.text_id is not None}
    found |= replaced_texts(session.execute(told).scalars())
    devices = {row.subject_id for row in old if row.subject == Device.__tablename__}
    return last, sorted(found - _in_use(session, devices)) if found else []


def of_gone_devices(session: ScopedSession, cutoff: datetime) -> list[int]:
    """The next notes and reasons that devices still have which were gone before the moment."""
    rows = session.execute(_gone(FreeText.id, cutoff).order_by(FreeText.id).limit(BATCH)).scalars()
    return list(rows)


def count(session: ScopedSession, mark: int, cutoff: datetime) -> int:
    """How many texts the next run would erase."""
    found = session.execute(_gone(func.count(FreeText.id), cutoff)).scalar_one()
    while True:
        last, texts = of_events(session, mark, cutoff)
        if last == mark:
            return int(found)
        said = select(func.count(FreeText.id)).where(FreeText.id.in_(texts), FreeText.body.is_not(None))
        found += session.execute(said).scalar_one() if texts else 0
        mark = last


def _gone(wanted: Any, cutoff: datetime) -> Any:
    return (
        select(wanted)
        .select_from(Device)
        .join(FreeText, or_(FreeText.id == Device.note_id, FreeText.id == Device.due_reason_id))
        .where(Device.stage.in_(NOT_HELD), Device.changed_at < cutoff, FreeText.body.is_not(None))
    )


def _in_use(session: ScopedSession, devices: set[int]) -> set[int]:
    """The notes and reasons that the devices have now; a device's events speak of no other's."""
    kept = select(Device.note_id, Device.due_reason_id).where(Device.id.in_(sorted(devices)))
    return {text for row in session.execute(kept) for text in row if text is not None}
