"""Labels: a row of their own, so that a device can be re-labelled and a blank label waits for its device."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByPlace, Identified, Key, TermColumn, refers_to
from assetreg.domain.terms import LabelState


class Label(Identified, Base):
    """A printed token. A blank label belongs to nobody yet and may be bound by any technician."""

    __tablename__ = "label"
    owned = ByPlace(nobody_is_everybody=True)

    owner_id: Mapped[int | None] = mapped_column(refers_to("owner.id"))
    department_id: Mapped[int | None] = mapped_column(refers_to("department.id"))
    unit_id: Mapped[int | None] = mapped_column(refers_to("unit.id"))
    token: Mapped[str] = mapped_column(Key(16), unique=True)
    state: Mapped[LabelState] = mapped_column(TermColumn(LabelState))
    device_id: Mapped[int | None] = mapped_column(refers_to("device.id"), index=True)
    created_at: Mapped[datetime]
    attached_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(200))
