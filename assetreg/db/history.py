"""The history: events that are only ever added, their free text apart, and what ties events together."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByAccount, ByPlace, Identified, Key, TermColumn, refers_to
from assetreg.domain.terms import Door


class Change(Identified, Base):
    """One act of one person through one door; the events of a bulk act or of an import share it."""

    __tablename__ = "change"
    owned = ByAccount()

    account_id: Mapped[int | None] = mapped_column(refers_to("account.id"))
    door: Mapped[Door] = mapped_column(TermColumn(Door))
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(80))


class FreeText(Identified, Base):
    """What a person wrote; it can be erased without touching the event, which holds its salted hash."""

    __tablename__ = "free_text"
    owned = ByPlace()

    owner_id: Mapped[int | None] = mapped_column(refers_to("owner.id"))
    department_id: Mapped[int | None] = mapped_column(refers_to("department.id"))
    unit_id: Mapped[int | None] = mapped_column(refers_to("unit.id"))
    body: Mapped[str | None]
    salt: Mapped[str] = mapped_column(String(32))


class Event(Identified, Base):
    """One thing that happened to one subject; the database refuses to change or remove it.

    ``subject`` and ``subject_id`` name the chain (a device, an account, a policy ...), ``seq`` its place there.
    ``on`` is the day it happened where that is not the day it was written. ``payload`` is canonical JSON with
    ids and facts, never a name or free text. ``hash`` is keyed and covers every column and the hash before.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("subject", "subject_id", "seq"),
        Index(None, "change_id"),
        Index(None, "owner_id", "id"),
        Index(None, "actor_id", "id"),
    )
    owned = ByPlace()

    subject: Mapped[str] = mapped_column(Key(24))
    subject_id: Mapped[int]
    seq: Mapped[int]
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(Key(32))
    actor_id: Mapped[int | None] = mapped_column(refers_to("account.id"))
    door: Mapped[Door] = mapped_column(TermColumn(Door))
    person_id: Mapped[int | None] = mapped_column(refers_to("person.id"))
    owner_id: Mapped[int | None] = mapped_column(refers_to("owner.id"))
    department_id: Mapped[int | None] = mapped_column(refers_to("department.id"))
    unit_id: Mapped[int | None] = mapped_column(refers_to("unit.id"))
    on: Mapped[date | None]
    reverses: Mapped[int | None]
    change_id: Mapped[int | None] = mapped_column(refers_to("change.id"))
    text_id: Mapped[int | None] = mapped_column(refers_to("free_text.id"))
    text_hash: Mapped[str | None] = mapped_column(String(64))
    format: Mapped[int]
    payload: Mapped[str]
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
