"""Files on their way in: the file itself, the import made from it, and its rows outside the register."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByAccount, Identified, Key, TermColumn, refers_to
from assetreg.domain.terms import Door, ImportState, RowVerdict


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
    """One reading of one file by one preset. ``resume_row`` is the last row whose fate is committed."""

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
    fault: Mapped[str | None]
    change_id: Mapped[int | None] = mapped_column(refers_to("change.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ImportRow(Identified, Base):
    """A row of the file: what it said, what became of it, and why not."""

    __tablename__ = "import_row"
    __table_args__ = (UniqueConstraint("import_id", "number"), Index(None, "import_id", "verdict", "number"))
    owned = ByAccount()

    account_id: Mapped[int | None] = mapped_column(refers_to("account.id"))
    import_id: Mapped[int] = mapped_column(refers_to("import.id"))
    number: Mapped[int]
    cells: Mapped[list[Any]]
    verdict: Mapped[RowVerdict | None] = mapped_column(TermColumn(RowVerdict))
    faults: Mapped[list[Any]]
    label: Mapped[str | None] = mapped_column(String(120))
    device_id: Mapped[int | None]
