"""The device as it is now; what it was before is its history."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByPlace, Chained, Identified, Key, Placed, TermColumn, refers_to
from assetreg.domain.terms import Indicator, Kind, Precision, Stage


class Device(Identified, Placed, Chained, Base):
    """One registered device.

    ``tag`` is our number or an older register's as ``<owner code>-<number>``; then ``bare_tag`` is the number
    as it was. ``serial_key`` is the serial as a key, empty for the junk serials makers leave. Stored facts
    (``due_on``, ``support_ends_on``, ``retire_from``, ``indicator``) depend on the device and on reference data
    alone, never on the calendar. ``hand_edited`` holds the day a person last set each field. A date's precision is
    empty where the day is known; ``purchased_precision`` says that too.
    """

    __tablename__ = "device"
    owned = ByPlace()

    tag: Mapped[str] = mapped_column(Key(60), unique=True)
    bare_tag: Mapped[str | None] = mapped_column(Key(60), index=True)
    kind: Mapped[Kind] = mapped_column(TermColumn(Kind))
    model_id: Mapped[int | None] = mapped_column(refers_to("model.id"))
    serial: Mapped[str | None] = mapped_column(String(100))
    serial_key: Mapped[str | None] = mapped_column(Key(100), index=True)
    imei: Mapped[str | None] = mapped_column(Key(15), index=True)
    mac: Mapped[str | None] = mapped_column(Key(17))
    hostname: Mapped[str | None] = mapped_column(String(120))

    stage: Mapped[Stage] = mapped_column(TermColumn(Stage))
    stage_before: Mapped[Stage | None] = mapped_column(TermColumn(Stage))
    room_id: Mapped[int | None] = mapped_column(refers_to("room.id"))
    group_id: Mapped[int | None] = mapped_column(refers_to("device_group.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(refers_to("person.id"), index=True)
    cost_centre: Mapped[str | None] = mapped_column(String(40))
    loan_until: Mapped[date | None]

    ordered_on: Mapped[date | None]
    ordered_precision: Mapped[Precision | None] = mapped_column(TermColumn(Precision))
    purchased_on: Mapped[date | None]
    purchased_precision: Mapped[Precision | None] = mapped_column(TermColumn(Precision))
    delivered_on: Mapped[date | None]
    delivered_precision: Mapped[Precision | None] = mapped_column(TermColumn(Precision))
    in_service_on: Mapped[date | None]
    in_service_precision: Mapped[Precision | None] = mapped_column(TermColumn(Precision))
    returned_on: Mapped[date | None]
    dispatched_on: Mapped[date | None]
    warranty_until: Mapped[date | None]
    warranty_precision: Mapped[Precision | None] = mapped_column(TermColumn(Precision))
    price: Mapped[Decimal | None]
    supplier_id: Mapped[int | None] = mapped_column(refers_to("supplier.id"))
    order_number: Mapped[str | None] = mapped_column(String(60))
    os: Mapped[str | None] = mapped_column(String(80))
    os_version: Mapped[str | None] = mapped_column(String(80))
    note_id: Mapped[int | None] = mapped_column(refers_to("free_text.id"))

    due_override: Mapped[date | None]
    due_reason_id: Mapped[int | None] = mapped_column(refers_to("free_text.id"))
    replaces_id: Mapped[int | None] = mapped_column(refers_to("device.id"), index=True)
    replaced_by_id: Mapped[int | None] = mapped_column(refers_to("device.id"), index=True)

    due_on: Mapped[date | None]
    retire_from: Mapped[date | None]
    support_ends_on: Mapped[date | None]
    last_seen_on: Mapped[date | None]
    indicator: Mapped[Indicator | None] = mapped_column(TermColumn(Indicator))
    outcome_id: Mapped[int | None]
    erasure_id: Mapped[int | None]

    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    hand_edited: Mapped[dict[str, Any]] = mapped_column(default=dict)
    search_key: Mapped[str] = mapped_column(Key(600))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (
        Index(None, "owner_id", "tag"),
        Index(None, "owner_id", "stage", "tag"),
        Index(None, "owner_id", "kind", "tag"),
        Index(None, "owner_id", "due_on", "tag"),
        Index(None, "owner_id", "purchased_on", "tag"),
        Index(None, "owner_id", "support_ends_on", "tag"),
        Index(None, "department_id", "tag"),
        Index(None, "unit_id", "tag"),
        Index(None, "model_id", "tag"),
        Index(None, "stage", "tag"),
        Index(None, "kind", "tag"),
        Index(None, "due_on", "tag"),
        Index(None, "purchased_on", "tag"),
        Index(None, "support_ends_on", "tag"),
        Index(None, "changed_at", "id"),
    )
