"""Where a label's address leads, for someone who is logged in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.label import Label
from assetreg.db.session import ScopedSession
from assetreg.domain.terms import LabelState


@dataclass(frozen=True, slots=True)
class Lead:
    """A label within the scope; ``tag`` is None where it sits on no device the caller may see."""

    token: str
    state: LabelState
    tag: str | None


def follow(session: ScopedSession, token: str) -> Lead | None:
    """None for a label that does not exist, is void, or leads outside the scope: they look the same."""
    row = session.execute(
        select(Label.token, Label.state, Device.tag)
        .outerjoin(Device, Device.id == Label.device_id)
        .where(Label.token == token.upper())
    ).one_or_none()
    if row is None or row.state is LabelState.VOID or (row.tag is None and row.state is not LabelState.BLANK):
        return None
    return Lead(*row)
