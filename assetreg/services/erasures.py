"""Records of erasure: made beside the act that needs them, valid until the device holds data again."""

from __future__ import annotations

from datetime import date

from assetreg.db.device import Device
from assetreg.db.outcome import Erasure
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.dates import check_happened
from assetreg.schemas.act import ErasureInput


def add(session: ScopedSession, device: Device, stated: ErasureInput, *, on: date, actor: Actor) -> Erasure:
    """A record on the device; ``on`` is the day of the act, for an erasure that states none. Raises InvalidInput."""
    day = stated.on or on
    check_happened(day, today=actor.today, field="erasure_date")
    row = Erasure(
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
    session.flush([row])
    return row
