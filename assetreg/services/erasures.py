"""Records of erasure: made beside the act that needs them, valid until the device holds data again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.numbers import draw_id
from assetreg.db.outcome import Erasure
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.dates import check_happened
from assetreg.domain.lifecycle import LOST
from assetreg.domain.terms import ErasureMethod, Stage
from assetreg.schemas.act import ErasureInput
from assetreg.services import stage_days
from assetreg.services.remembered import remembered

HOLDS_DATA = (Stage.DEPLOYED, Stage.ON_LOAN, *LOST)
"""Where a device has data on it, or may have: an erasure stated on the way there says nothing of it."""


@dataclass(frozen=True, slots=True)
class Sanitised:
    """Whether the data is gone, or only promised to be by the partner under contract."""

    done: bool = False
    promised: bool = False


def known(session: ScopedSession, device: Device, stated: ErasureInput | None) -> Sanitised:
    """What the device's record and what is stated now say together."""
    records = [(stated.method, stated.certificate)] if stated else []
    if device.erasure_id is not None:
        made: dict[int, Erasure] = remembered(session, "erasures")
        if device.erasure_id in made:
            records.append((made[device.erasure_id].method, made[device.erasure_id].certificate))
        else:
            record = select(Erasure.method, Erasure.certificate).where(Erasure.id == device.erasure_id)
            with session.unguarded("whether the data is gone holds whoever had the device; nothing else is read"):
                records += [(method, certificate) for method, certificate in session.execute(record)]
    done = any(method is not ErasureMethod.BY_PARTNER or certificate for method, certificate in records)
    return Sanitised(done=done, promised=bool(records) and not done)


def add(session: ScopedSession, device: Device, stated: ErasureInput, *, on: date, actor: Actor) -> Erasure:
    """A record on the device; ``on`` is the day of the act, for an erasure that states none. Raises InvalidInput."""
    day = stated.on or on
    check_happened(day, today=actor.today, field="erasure_date")
    if stated.on is not None:
        stage_days.refuse_earlier_erasure(session, device, day, field="erasure_date")
    row = Erasure(
        id=draw_id(session, Erasure),
        device_id=device.id,
        owner_id=device.owner_id,
        department_id=device.department_id,
        unit_id=device.unit_id,
        method=stated.method,
        on=day,
        tool=stated.tool,
        tool_version=stated.tool_version,
        certificate=stated.certificate,
        media_serial=stated.media_serial,
        verified=stated.verified,
        done_by_id=actor.account,
        registered_at=actor.at,
    )
    session.add(row)
    remembered(session, "erasures")[row.id] = row
    return row
