"""Background work: a row with a lease, so that a worker that dies leaves it to be found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByAccount, Identified, Key, TermColumn, refers_to
from assetreg.domain.terms import JobState


class Job(Identified, Base):
    """``fault`` is as in ``domain.stored_sentences``: put into words for whoever reads it."""

    __tablename__ = "job"
    __table_args__ = (Index(None, "state", "id"),)
    owned = ByAccount()

    account_id: Mapped[int | None] = mapped_column(refers_to("account.id"), index=True)
    kind: Mapped[str] = mapped_column(Key(40))
    arguments: Mapped[dict[str, Any]]
    state: Mapped[JobState] = mapped_column(TermColumn(JobState))
    done: Mapped[int]
    total: Mapped[int | None]
    attempts: Mapped[int]
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    leased_by: Mapped[str | None] = mapped_column(String(80))
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
