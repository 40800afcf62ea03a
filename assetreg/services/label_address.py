"""Where a label's address leads, for someone who is logged in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.label import Label
from assetreg.db.session import ScopedSession
from assetreg.domain.terms import LabelState


@dataclass(frozen=True, slots=True)
class Lead:
    """A label within the scope; ``tag`` is the device it sits or sat on, None for none that the caller may see."""

    token: str
    state: LabelState
    tag: str | None
    ended_at: datetime | None
    reason: str | None

    @property
    def leads_on(self) -> bool:
        """Whether the label takes one to its device: a void one leads nowhere."""
        return self.tag is not None and self.state in (LabelState.ATTACHED, LabelState.REPLACED)


def follow(session: ScopedSession, token: str) -> Lead | None:
    """None for a label that does not exist or leads outside the scope: they look the same."""
    row = session.execute(
        select(Label.token, Label.state, Device.tag, Label.ended_at, Label.end_reason)
        .outerjoin(Device, Device.id == Label.device_id)
        .where(Label.token == token.upper())
    ).one_or_none()
    if row is None or (row.tag is None and row.state in (LabelState.ATTACHED, LabelState.REPLACED)):
        return None
    return Lead(*row)
