"""The people who use devices, in the only table that holds their names; and which devices each has had."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByPlace, Chained, Identified, Key, Placed, refers_to


def _now() -> datetime:
    return datetime.now(UTC)


class Person(Identified, Placed, Chained, Base):
    """A user of devices. Events name the id alone, so a pseudonymised person leaves the history whole.

    ``external_id`` is the key of the source the person came from (a staff or pupil number). ``created_at`` is
    when the row was made; a person who never had a device is kept from then.
    """

    __tablename__ = "person"
    __table_args__ = (
        Index(None, "owner_id", "external_id", unique=True),
        Index(None, "owner_id", "sort_key", "id"),
        Index(None, "owner_id", "email"),
    )
    owned = ByPlace()

    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    external_id: Mapped[str | None] = mapped_column(Key(120))
    salt: Mapped[str] = mapped_column(String(32))
    sort_key: Mapped[str] = mapped_column(Key(400))
    search_key: Mapped[str] = mapped_column(Key(500), index=True)
    left_on: Mapped[date | None]
    pseudonymised_at: Mapped[datetime | None]
    created_at: Mapped[datetime | None] = mapped_column(default=_now)
    head_seq: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    head_hash: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))


class Assignment(Identified, Placed, Base):
    """That a person had a device, from when to when, at the place where the device was then.

    Kept by triggers on the device, so that no way of writing a device can forget it. ``ended_at`` is None while
    the person has it.
    """

    __tablename__ = "assignment"
    __table_args__ = (Index(None, "person_id", "ended_at"), Index(None, "device_id", "ended_at"))
    owned = ByPlace()

    person_id: Mapped[int] = mapped_column(refers_to("person.id"))
    device_id: Mapped[int] = mapped_column(refers_to("device.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
