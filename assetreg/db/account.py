"""Who may log in: accounts, what they may see, their sessions, and the slowing of guesses."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, Chained, Identified, Key, Shared, TermColumn, refers_to
from assetreg.domain.terms import Role


class Account(Identified, Chained, Base):
    """Someone who logs in. ``whole`` gives every owner; otherwise the places of ``AccountPlace`` do.

    One who logs in with the municipality's account is known by ``issuer`` and ``subject`` and has no password.
    """

    __tablename__ = "account"
    __table_args__ = (Index(None, "issuer", "subject", unique=True),)
    owned = Shared()

    name: Mapped[str] = mapped_column(Key(80), unique=True)
    display_name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(TermColumn(Role))
    whole: Mapped[bool]
    language: Mapped[str] = mapped_column(String(2))
    theme: Mapped[str] = mapped_column(String(8))
    expires_on: Mapped[date | None]
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    issuer: Mapped[str | None] = mapped_column(Key(300))
    subject: Mapped[str | None] = mapped_column(Key(255))


class AccountPlace(Identified, Base):
    """One part of an account's scope: an owner, or a department or unit of one."""

    __tablename__ = "account_place"
    owned = Shared()

    account_id: Mapped[int] = mapped_column(refers_to("account.id"), index=True)
    owner_id: Mapped[int] = mapped_column(refers_to("owner.id"))
    department_id: Mapped[int | None] = mapped_column(refers_to("department.id"))
    unit_id: Mapped[int | None] = mapped_column(refers_to("unit.id"))


class Login(Identified, Base):
    """A session in a browser; the cookie holds the token, the table only its hash.

    ``sid`` is what the municipality's log-in calls the session, so that it can end it.
    """

    __tablename__ = "login"
    owned = Shared()

    account_id: Mapped[int] = mapped_column(refers_to("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(Key(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    agent: Mapped[str] = mapped_column(String(120))
    sid: Mapped[str | None] = mapped_column(Key(200), index=True)


class LoginAttempt(Identified, Base):
    """A failed log-in, by a keyed hash of the name or of the address; kept for a day."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index(None, "key", "at"),)
    owned = Shared()

    key: Mapped[str] = mapped_column(Key(64))
    at: Mapped[datetime]
