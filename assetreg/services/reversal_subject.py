"""Which device an outcome is about."""

from __future__ import annotations

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.services.outcomes import DeviceElsewhereNow


def tag_of(session: ScopedSession, outcome: Outcome) -> str:
    """Raises DeviceElsewhereNow for a device that now belongs to an owner outside the scope."""
    tag = session.execute(select(Device.tag).where(Device.id == outcome.device_id)).scalar_one_or_none()
    if tag is None:
        raise DeviceElsewhereNow
    return tag
