"""How devices end: outcomes, and the erasure that has to come before."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByPlace, Identified, Key, Placed, TermColumn, refers_to
from assetreg.domain.terms import ErasureMethod, Indicator, OutcomeType, Stage


class Outcome(Identified, Placed, Base):
    """What became of a device, with the owner and the indicator it had on that day.

    ``registered_at`` and ``reversed_at`` say what was known when; ``final`` follows from the type. At most
    one outcome of a device is final and not reversed, which the database enforces.
    """

    __tablename__ = "outcome"
    owned = ByPlace()

    device_id: Mapped[int] = mapped_column(refers_to("device.id"))
    type: Mapped[OutcomeType] = mapped_column(TermColumn(OutcomeType))
    final: Mapped[bool]
    on: Mapped[date]
    year: Mapped[int]
    indicator: Mapped[Indicator | None] = mapped_column(TermColumn(Indicator))
    purchased_on: Mapped[date | None]
    seen_in_intune: Mapped[bool]
    registered_at: Mapped[datetime]
    event_seq: Mapped[int]
    stage_before: Mapped[Stage] = mapped_column(TermColumn(Stage))
    lost_from: Mapped[Stage | None] = mapped_column(TermColumn(Stage))
    reversed_on: Mapped[date | None]
    reversed_at: Mapped[datetime | None]

    partner: Mapped[str | None] = mapped_column(String(120))
    report: Mapped[str | None] = mapped_column(Key(80))
    report_row: Mapped[int | None]
    import_id: Mapped[int | None] = mapped_column(refers_to("import.id"))
    erasure_id: Mapped[int | None] = mapped_column(refers_to("erasure.id"))
    erasure_pending: Mapped[bool]
    weight_kg: Mapped[Decimal | None] = mapped_column(Numeric(10, 3, asdecimal=True))
    proceeds: Mapped[Decimal | None]
    decision: Mapped[str | None] = mapped_column(String(120))
    valuation: Mapped[Decimal | None]
    waste_code: Mapped[str | None] = mapped_column(String(12))
    carrier: Mapped[str | None] = mapped_column(String(120))
    receiver: Mapped[str | None] = mapped_column(String(120))
    police_reference: Mapped[str | None] = mapped_column(String(60))

    __table_args__ = (
        Index(
            "uq_outcome_device_id_final",
            "device_id",
            unique=True,
            sqlite_where=text("final AND reversed_at IS NULL"),
            postgresql_where=text("final AND reversed_at IS NULL"),
        ),
        Index(None, "device_id"),
        Index(
            "ix_outcome_counted",
            *("year", "owner_id", "indicator", "type", "final", "reversed_at", "purchased_on", "seen_in_intune"),
            postgresql_include=["id"],
        ),
        Index(None, "year", "on", "id"),
        Index(
            "ix_outcome_erasure_pending",
            "device_id",
            sqlite_where=text("erasure_pending IS 1"),
            postgresql_where=text("erasure_pending IS true"),
        ),
        Index(None, "partner", "report"),
        Index(None, "import_id"),
    )


class Erasure(Identified, Placed, Base):
    """That a device's medium was sanitised or destroyed (NIST SP 800-88 Rev. 2), and how that is shown."""

    __tablename__ = "erasure"
    owned = ByPlace()

    device_id: Mapped[int] = mapped_column(refers_to("device.id"), index=True)
    method: Mapped[ErasureMethod] = mapped_column(TermColumn(ErasureMethod))
    on: Mapped[date]
    tool: Mapped[str | None] = mapped_column(String(80))
    tool_version: Mapped[str | None] = mapped_column(String(40))
    certificate: Mapped[str | None] = mapped_column(Key(120))
    media_serial: Mapped[str | None] = mapped_column(String(100))
    verified: Mapped[bool]
    done_by_id: Mapped[int | None] = mapped_column(refers_to("account.id"))
    registered_at: Mapped[datetime]
    reversed_at: Mapped[datetime | None]
