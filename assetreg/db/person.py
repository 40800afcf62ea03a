"""The people who use devices; the only table that holds their names."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByPlace, Identified, Key, Placed


class Person(Identified, Placed, Base):
    """A user of devices. Events name the id alone, so a pseudonymised person leaves the history whole.

    ``external_id`` is the key of the source the person came from (a staff or pupil number).
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
