"""Files on their way in: the file itself, the import made from it, and its rows outside the register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String, UniqueConstraint, bindparam, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, BigId, ByAccount, Identified, Key, TermColumn, refers_to
from assetreg.db.guard import ScopeBreach
from assetreg.db.guarded import GuardedSession
from assetreg.domain.terms import Door, ImportState, RowVerdict

IMPORTS_LOCK = 7_304_211
"""The number of the advisory lock that lets one import at a time write on PostgreSQL."""


class Upload(Identified, Base):
    """A file as it was received, known by its hash."""

    __tablename__ = "upload"
    owned = ByAccount()

    account_id: Mapped[int | None] = mapped_column(refers_to("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Key(64))
    received_at: Mapped[datetime]


class UploadPart(Identified, Base):
    """A piece of an upload, at most a megabyte, so that no file is ever whole in memory."""

    __tablename__ = "upload_part"
    __table_args__ = (UniqueConstraint("upload_id", "number"),)
    owned = ByAccount()

    account_id: Mapped[int | None] = mapped_column(refers_to("account.id"))
    upload_id: Mapped[int] = mapped_column(refers_to("upload.id"))
    number: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Import(Identified, Base):
    """One reading of one file by one preset.

    ``resume_row`` is the last row whose fate is committed in the present state. ``held_by`` works on it until
    ``held_until``; whoever finds that past may go on. An undoing has come down to the event ``undo_mark``.
    ``notes`` says what the counters cannot: places added, what an undoing kept. ``fault`` and the faults of rows
    are as in ``domain.stored_sentences``: put into words for whoever reads them.
    """

    __tablename__ = "import"
    owned = ByAccount()

    account_id: Mapped[int | None] = mapped_column(refers_to("account.id"), index=True)
    upload_id: Mapped[int] = mapped_column(refers_to("upload.id"))
    preset: Mapped[str] = mapped_column(Key(32))
    door: Mapped[Door] = mapped_column(TermColumn(Door))
    state: Mapped[ImportState] = mapped_column(TermColumn(ImportState))
    file_date: Mapped[date | None]
    mapping: Mapped[dict[str, Any]]
    given: Mapped[dict[str, Any]]
    headers: Mapped[list[Any]]
    unread: Mapped[list[Any]]
    rows: Mapped[int]
    resume_row: Mapped[int]
    created: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    refused: Mapped[int]
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    change_id: Mapped[int | None] = mapped_column(refers_to("change.id"))
    held_by: Mapped[str | None] = mapped_column(String(80))
    held_until: Mapped[datetime | None]
    undo_mark: Mapped[int | None] = mapped_column(BigId)
    undone: Mapped[int]
    notes: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ImportRow(Identified, Base):
    """A row of the file: what it said, what became of it, and why not.

    Rows of one import that share a key mean the same thing; ``twin`` is the first such row before this one.
    ``before`` is what an undoing needs where there is no history to read it from.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("import_id", "number"),
        Index(None, "import_id", "verdict", "number"),
        Index(None, "import_id", "first_key"),
        Index(None, "import_id", "second_key"),
    )
    owned = ByAccount()

    account_id: Mapped[int | None] = mapped_column(refers_to("account.id"))
    import_id: Mapped[int] = mapped_column(refers_to("import.id"))
    number: Mapped[int]
    cells: Mapped[list[Any]]
    verdict: Mapped[RowVerdict | None] = mapped_column(TermColumn(RowVerdict))
    faults: Mapped[list[Any]]
    label: Mapped[str | None] = mapped_column(String(120))
    device_id: Mapped[int | None] = mapped_column(BigId)
    first_key: Mapped[str | None] = mapped_column(Key(100))
    second_key: Mapped[str | None] = mapped_column(Key(100))
    twin: Mapped[int | None]
    before: Mapped[dict[str, Any] | None]


def add_rows(session: GuardedSession, rows: Sequence[dict[str, Any]]) -> None:
    """Writes staged rows in one go; each must belong to the account of the session."""
    _refuse_others(session, rows)
    with session.unguarded("staged rows of the caller's own account, checked one by one") as connection:
        connection.execute(insert(ImportRow), list(rows))


def set_verdicts(session: GuardedSession, import_id: int, verdicts: Sequence[dict[str, Any]]) -> None:
    """Writes what became of rows (``number`` and the columns to set) of an import that the session has read."""
    columns = ("verdict", "faults", "label", "device_id", "before")
    statement = (
        update(ImportRow)
        .where(ImportRow.import_id == import_id, ImportRow.number == bindparam("of_number"))
        .values({name: bindparam(f"new_{name}", type_=getattr(ImportRow, name).type) for name in columns})
    )
    values = [{"of_number": each["number"]} | {f"new_{name}": each[name] for name in columns} for each in verdicts]
    with session.unguarded("verdicts on the rows of an import that was read in scope") as connection:
        connection.execute(statement, values)


def take_turns(session: GuardedSession) -> None:
    """Until the end of the transaction no other import writes; on SQLite the writer's lock already says so."""
    if session.is_sqlite:
        return
    with session.unguarded("a lock has no rows") as connection:
        connection.execute(select(func.pg_advisory_xact_lock(IMPORTS_LOCK)))


def _refuse_others(session: GuardedSession, rows: Sequence[dict[str, Any]]) -> None:
    scope = session.scope
    if not scope.everything and any(row["account_id"] != scope.account for row in rows):
        raise ScopeBreach("staged rows lie outside the scope of this session")
