"""Serials that somebody was refused because they stand on a device outside what that account sees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByNobody, Identified, Key, TermColumn, refers_to
from assetreg.db.guarded import GuardedSession
from assetreg.domain.terms import Door

_IS_OPEN = column("handled_at").is_(None)


class ForeignSerial(Identified, Base):
    """One serial and the account that was refused it, from the first time until an administrator is done with it.

    ``owner_id`` is the owner that the device was to be registered for, where that is known. What happens again
    after ``handled_at`` is a new row.
    """

    __tablename__ = "foreign_serial"
    __table_args__ = (
        Index(
            None,
            *("serial_key", "account_id"),
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        Index(None, "handled_at", "last_at"),
    )
    owned = ByNobody()

    serial_key: Mapped[str] = mapped_column(Key(100))
    serial: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int] = mapped_column(refers_to("account.id"))
    owner_id: Mapped[int | None] = mapped_column(refers_to("owner.id"))
    door: Mapped[Door] = mapped_column(TermColumn(Door))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(refers_to("account.id"))


def count_refusals(session: GuardedSession, refused: Sequence[dict[str, Any]]) -> None:
    """Adds an open row for each, or one to the times of the row that is open already.

    In the order of the serials, so that two transactions that note several cannot deadlock.
    """
    with session.unguarded("written for administrators by whoever was refused; nothing is read") as connection:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        statement = insert(ForeignSerial)
        latest = {name: statement.excluded[name] for name in ("serial", "owner_id", "door", "last_at")}
        statement = statement.on_conflict_do_update(
            index_elements=["serial_key", "account_id"],
            index_where=_IS_OPEN,
            set_={**latest, "times": ForeignSerial.times + 1},
        )
        for values in sorted(refused, key=lambda each: str(each["serial_key"])):
            connection.execute(statement, {**values, "first_at": values["last_at"], "times": 1})
