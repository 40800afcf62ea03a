"""The device as it is now; what it was before is its history."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Index, String, bindparam, text
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByPlace, Chained, Identified, Key, Placed, TermColumn, refers_to
from assetreg.domain.lifecycle import DUE_STAGES, ENDED
from assetreg.domain.terms import Indicator, Kind, Precision, Stage


def _among(columns: str, name: str, *, where: str) -> Index:
    """An index of some of the devices: those that the lists of every day are about."""
    return Index(f"ix_device_{name}", *columns.split(), sqlite_where=text(where), postgresql_where=text(where))


def _spelled(stages: tuple[Stage, ...]) -> str:
    return ", ".join(f"'{stage.value}'" for stage in stages)


_IN_REGISTER = f"stage NOT IN ({_spelled(ENDED)})"
_KEPT = f"stage != '{Stage.VOIDED.value}'"
_IN_CYCLE = f"stage IN ({_spelled(DUE_STAGES)})"
_ENDED_WITHOUT = f"stage = '{Stage.DISPOSED.value}' AND outcome_id IS NULL"
_WAITING = f"{_IN_CYCLE} AND replaced_by_id IS NULL"


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
    serial_key: Mapped[str | None] = mapped_column(Key(100))
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
        Index(None, "serial_key", "owner_id", "stage"),
        Index(None, "department_id", "tag"),
        Index(None, "unit_id", "tag"),
        Index(None, "model_id", "tag"),
        Index(None, "stage", "tag"),
        Index(None, "kind", "tag"),
        Index(None, "changed_at", "id"),
        _among("tag", "in_register", where=_IN_REGISTER),
        _among("owner_id tag", "in_register_owner", where=_IN_REGISTER),
        _among("purchased_on tag", "in_register_purchased", where=_IN_REGISTER),
        _among("owner_id purchased_on tag", "in_register_owner_purchased", where=_IN_REGISTER),
        _among("purchased_on tag", "kept_purchased", where=_KEPT),
        _among("owner_id purchased_on tag", "kept_owner_purchased", where=_KEPT),
        _among("support_ends_on tag", "kept_support", where=_KEPT),
        _among("owner_id support_ends_on tag", "kept_owner_support", where=_KEPT),
        _among("support_ends_on tag", "in_cycle_support", where=_IN_CYCLE),
        _among("owner_id support_ends_on tag", "in_cycle_owner_support", where=_IN_CYCLE),
        _among("stage outcome_id tag", "outcome_missing", where=_ENDED_WITHOUT),
        _among("due_on tag", "waiting_due", where=_WAITING),
        _among("owner_id due_on tag", "waiting_owner_due", where=_WAITING),
    )


def in_register(stage: Any = Device.stage) -> ColumnElement[bool]:
    """The devices that have not ended; in the words of the indexes, which no bound value would meet."""
    found: ColumnElement[bool] = stage.not_in(_in_words(ENDED))
    return found


def kept(stage: Any = Device.stage) -> ColumnElement[bool]:
    """Every device but the voided, likewise: the lists of what is in the register have indexes of their own."""
    found: ColumnElement[bool] = stage != _in_word(Stage.VOIDED)
    return found


def in_cycle() -> ColumnElement[bool]:
    """The devices that are in use or come to be, likewise."""
    return Device.stage.in_(_in_words(DUE_STAGES))


def ended_without() -> list[ColumnElement[bool]]:
    """The devices that have ended nobody knows how, likewise."""
    return [Device.stage == _in_word(Stage.DISPOSED), Device.outcome_id.is_(None)]


def waiting() -> list[ColumnElement[bool]]:
    """The devices that are still to be replaced, likewise."""
    return [in_cycle(), Device.replaced_by_id.is_(None)]


def _in_words(stages: tuple[Stage, ...]) -> Any:
    return bindparam(None, stages, type_=Device.stage.type, expanding=True, literal_execute=True, unique=True)


def _in_word(stage: Stage) -> Any:
    return bindparam(None, stage, type_=Device.stage.type, literal_execute=True, unique=True)
