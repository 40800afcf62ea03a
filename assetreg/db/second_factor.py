"""What an account proves besides its password: one-time codes, passkeys, and the step between."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, String
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, Identified, Key, Shared, refers_to


class Authenticator(Identified, Base):
    """An app that shows one-time codes (RFC 6238). It counts from ``confirmed_at`` on.

    ``secret`` is sealed with a key kept outside the database. ``last_step`` is the time step of the last code that was
    used: neither it nor an earlier one is taken again.
    """

    __tablename__ = "authenticator"
    owned = Shared()

    account_id: Mapped[int] = mapped_column(refers_to("account.id"), unique=True)
    secret: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Identified, Base):
    """A code that can be used once in place of the second step; only its keyed hash is kept."""

    __tablename__ = "recovery_code"
    owned = Shared()

    account_id: Mapped[int] = mapped_column(refers_to("account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(Key(64))
    used_at: Mapped[datetime | None]


class Passkey(Identified, Base):
    """The public half of a passkey (WebAuthn). ``credential``, ``public_key`` and ``handle`` are base64url.

    ``handle`` is what the passkey itself calls the account; it says nothing of who that is.
    """

    __tablename__ = "passkey"
    owned = Shared()

    account_id: Mapped[int] = mapped_column(refers_to("account.id"), index=True)
    credential: Mapped[str] = mapped_column(Key(1400), unique=True)
    public_key: Mapped[str] = mapped_column(String(2000))
    handle: Mapped[str] = mapped_column(Key(90))
    sign_count: Mapped[int] = mapped_column(BigInteger)
    synced: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginStep(Identified, Base):
    """Something begun that the same browser must end within minutes; the cookie holds the token, the row its hash.

    ``mark`` tells whether the account's password is still the one that was given when the step began.
    """

    __tablename__ = "login_step"
    owned = Shared()

    token_hash: Mapped[str] = mapped_column(Key(64), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    account_id: Mapped[int | None] = mapped_column(refers_to("account.id"), index=True)
    challenge: Mapped[str | None] = mapped_column(String(120))
    mark: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(index=True)
