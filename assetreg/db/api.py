"""What the programming interface keeps: the secrets of programs, and replies that may have to be given again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, BigId, ByAccount, Identified, Key, Shared, refers_to

_TAKE = text("SELECT pg_try_advisory_xact_lock(:number)")


class ApiToken(Identified, Base):
    """The secret of a program, known by its hash. Role, places, last day and history are those of its account.

    ``minute`` (since 1970) and ``taken`` say how many requests of the allowance were handed out in it.
    """

    __tablename__ = "api_token"
    owned = Shared()

    account_id: Mapped[int] = mapped_column(refers_to("account.id"), unique=True)
    token_hash: Mapped[str] = mapped_column(Key(64), unique=True)
    created_at: Mapped[datetime]
    minute: Mapped[int] = mapped_column(BigId, default=0)
    taken: Mapped[int] = mapped_column(default=0)


class StoredReply(Identified, Base):
    """What a request with an Idempotency-Key came to: its status, address and numbers, never what it said."""

    __tablename__ = "stored_reply"
    __table_args__ = (
        Index("uq_stored_reply_request", "account_id", "method", "path", "key", unique=True),
        Index(None, "at"),
    )
    owned = ByAccount()

    account_id: Mapped[int] = mapped_column(refers_to("account.id"))
    method: Mapped[str] = mapped_column(String(8))
    path: Mapped[str] = mapped_column(Key(300))
    key: Mapped[str] = mapped_column(Key(200))
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(SmallInteger)
    location: Mapped[str | None] = mapped_column(String(300))
    ids: Mapped[dict[str, Any]]
    at: Mapped[datetime]


def take_turn(connection: Connection, number: int) -> bool:
    """Whether the caller alone holds the number until its transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.execute(_TAKE, {"number": number}).scalar_one())
