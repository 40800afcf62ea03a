"""Devices, labels, outcomes, erasures and counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from assetreg.db.base import BigId, Key, Money, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_count",
        sa.Column("owner_id", BigId, nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("due_year", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["owner.id"],
            name=op.f("fk_device_count_owner_id_owner"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "owner_id", "department_id", "unit_id", "kind", "stage", "due_year", name=op.f("pk_device_count")
        ),
    )
    op.create_table(
        "device",
        sa.Column("tag", Key(60), nullable=False),
        sa.Column("bare_tag", Key(60), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("model_id", BigId, nullable=True),
        sa.Column("serial", sa.String(length=100), nullable=True),
        sa.Column("serial_key", Key(100), nullable=True),
        sa.Column("imei", Key(15), nullable=True),
        sa.Column("mac", Key(17), nullable=True),
        sa.Column("hostname", sa.String(length=120), nullable=True),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("stage_before", sa.String(32), nullable=True),
        sa.Column("room_id", BigId, nullable=True),
        sa.Column("group_id", BigId, nullable=True),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("cost_centre", sa.String(length=40), nullable=True),
        sa.Column("loan_until", sa.Date(), nullable=True),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("purchased_on", sa.Date(), nullable=True),
        sa.Column("purchased_precision", sa.String(32), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("in_service_on", sa.Date(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("dispatched_on", sa.Date(), nullable=True),
        sa.Column("warranty_until", sa.Date(), nullable=True),
        sa.Column("price", Money(), nullable=True),
        sa.Column("supplier_id", BigId, nullable=True),
        sa.Column("order_number", sa.String(length=60), nullable=True),
        sa.Column("os", sa.String(length=80), nullable=True),
        sa.Column("os_version", sa.String(length=80), nullable=True),
        sa.Column("note_id", BigId, nullable=True),
        sa.Column("due_override", sa.Date(), nullable=True),
        sa.Column("due_reason_id", BigId, nullable=True),
        sa.Column("replaces_id", BigId, nullable=True),
        sa.Column("replaced_by_id", BigId, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("retire_from", sa.Date(), nullable=True),
        sa.Column("support_ends_on", sa.Date(), nullable=True),
        sa.Column("last_seen_on", sa.Date(), nullable=True),
        sa.Column("indicator", sa.String(32), nullable=True),
        sa.Column("outcome_id", sa.Integer(), nullable=True),
        sa.Column("erasure_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hand_edited", sa.JSON(), nullable=False),
        sa.Column("search_key", Key(600), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("owner_id", BigId, nullable=False),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("unit_id", BigId, nullable=True),
        sa.Column("head_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
            name=op.f("fk_device_department_id_department"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["due_reason_id"],
            ["free_text.id"],
            name=op.f("fk_device_due_reason_id_free_text"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["device_group.id"],
            name=op.f("fk_device_group_id_device_group"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_device_model_id_model"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["note_id"],
            ["free_text.id"],
            name=op.f("fk_device_note_id_free_text"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name=op.f("fk_device_owner_id_owner"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_device_person_id_person"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"],
            ["device.id"],
            name=op.f("fk_device_replaced_by_id_device"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["device.id"],
            name=op.f("fk_device_replaces_id_device"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_device_room_id_room"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["supplier.id"],
            name=op.f("fk_device_supplier_id_supplier"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_device_unit_id_unit"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("tag", name=op.f("uq_device_tag")),
    )
    op.create_index(op.f("ix_device_bare_tag"), "device", ["bare_tag"], unique=False)
    op.create_index(op.f("ix_device_changed_at_id"), "device", ["changed_at", "id"], unique=False)
    op.create_index(op.f("ix_device_department_id_tag"), "device", ["department_id", "tag"], unique=False)
    op.create_index(op.f("ix_device_due_on_tag"), "device", ["due_on", "tag"], unique=False)
    op.create_index(op.f("ix_device_group_id"), "device", ["group_id"], unique=False)
    op.create_index(op.f("ix_device_imei"), "device", ["imei"], unique=False)
    op.create_index(op.f("ix_device_kind_tag"), "device", ["kind", "tag"], unique=False)
    op.create_index(op.f("ix_device_model_id_tag"), "device", ["model_id", "tag"], unique=False)
    op.create_index(op.f("ix_device_owner_id_due_on_tag"), "device", ["owner_id", "due_on", "tag"], unique=False)
    op.create_index(op.f("ix_device_owner_id_kind_tag"), "device", ["owner_id", "kind", "tag"], unique=False)
    op.create_index(
        op.f("ix_device_owner_id_purchased_on_tag"), "device", ["owner_id", "purchased_on", "tag"], unique=False
    )
    op.create_index(op.f("ix_device_owner_id_stage_tag"), "device", ["owner_id", "stage", "tag"], unique=False)
    op.create_index(
        op.f("ix_device_owner_id_support_ends_on_tag"), "device", ["owner_id", "support_ends_on", "tag"], unique=False
    )
    op.create_index(op.f("ix_device_owner_id_tag"), "device", ["owner_id", "tag"], unique=False)
    op.create_index(op.f("ix_device_person_id"), "device", ["person_id"], unique=False)
    op.create_index(op.f("ix_device_purchased_on_tag"), "device", ["purchased_on", "tag"], unique=False)
    op.create_index(op.f("ix_device_replaced_by_id"), "device", ["replaced_by_id"], unique=False)
    op.create_index(op.f("ix_device_replaces_id"), "device", ["replaces_id"], unique=False)
    op.create_index(op.f("ix_device_serial_key"), "device", ["serial_key"], unique=False)
    op.create_index(op.f("ix_device_stage_tag"), "device", ["stage", "tag"], unique=False)
    op.create_index(op.f("ix_device_support_ends_on_tag"), "device", ["support_ends_on", "tag"], unique=False)
    op.create_index(op.f("ix_device_unit_id_tag"), "device", ["unit_id", "tag"], unique=False)
    op.create_table(
        "erasure",
        sa.Column("device_id", BigId, nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("tool", sa.String(length=80), nullable=True),
        sa.Column("tool_version", sa.String(length=40), nullable=True),
        sa.Column("certificate", Key(120), nullable=True),
        sa.Column("media_serial", sa.String(length=100), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("done_by_id", BigId, nullable=True),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.Column("reversed_at", UtcDateTime(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("owner_id", BigId, nullable=False),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("unit_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
            name=op.f("fk_erasure_department_id_department"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["device.id"],
            name=op.f("fk_erasure_device_id_device"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["done_by_id"],
            ["account.id"],
            name=op.f("fk_erasure_done_by_id_account"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name=op.f("fk_erasure_owner_id_owner"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_erasure_unit_id_unit"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_device_id"), "erasure", ["device_id"], unique=False)
    op.create_table(
        "label",
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("unit_id", BigId, nullable=True),
        sa.Column("token", Key(16), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("device_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("attached_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
            name=op.f("fk_label_department_id_department"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_label_device_id_device"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name=op.f("fk_label_owner_id_owner"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_label_unit_id_unit"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("token", name=op.f("uq_label_token")),
    )
    op.create_index(op.f("ix_label_device_id"), "label", ["device_id"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("device_id", BigId, nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(32), nullable=True),
        sa.Column("purchased_on", sa.Date(), nullable=True),
        sa.Column("seen_in_intune", sa.Boolean(), nullable=False),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("stage_before", sa.String(32), nullable=False),
        sa.Column("lost_from", sa.String(32), nullable=True),
        sa.Column("reversed_on", sa.Date(), nullable=True),
        sa.Column("reversed_at", UtcDateTime(), nullable=True),
        sa.Column("partner", sa.String(length=120), nullable=True),
        sa.Column("report", Key(80), nullable=True),
        sa.Column("report_row", sa.Integer(), nullable=True),
        sa.Column("import_id", BigId, nullable=True),
        sa.Column("erasure_id", BigId, nullable=True),
        sa.Column("erasure_pending", sa.Boolean(), nullable=False),
        sa.Column("weight_kg", sa.Numeric(precision=10, scale=3), nullable=True),
        sa.Column("proceeds", Money(), nullable=True),
        sa.Column("decision", sa.String(length=120), nullable=True),
        sa.Column("valuation", Money(), nullable=True),
        sa.Column("waste_code", sa.String(length=12), nullable=True),
        sa.Column("carrier", sa.String(length=120), nullable=True),
        sa.Column("receiver", sa.String(length=120), nullable=True),
        sa.Column("police_reference", sa.String(length=60), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("owner_id", BigId, nullable=False),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("unit_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
            name=op.f("fk_outcome_department_id_department"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["device.id"],
            name=op.f("fk_outcome_device_id_device"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["erasure_id"],
            ["erasure.id"],
            name=op.f("fk_outcome_erasure_id_erasure"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import.id"],
            name=op.f("fk_outcome_import_id_import"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name=op.f("fk_outcome_owner_id_owner"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_outcome_unit_id_unit"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
    )
    op.create_index(op.f("ix_outcome_device_id"), "outcome", ["device_id"], unique=False)
    op.create_index(op.f("ix_outcome_import_id"), "outcome", ["import_id"], unique=False)
    op.create_index(op.f("ix_outcome_partner_report"), "outcome", ["partner", "report"], unique=False)
    op.create_index(
        op.f("ix_outcome_year_owner_id_indicator_type"),
        "outcome",
        ["year", "owner_id", "indicator", "type"],
        unique=False,
    )
    op.create_index(
        "uq_outcome_device_id_final",
        "outcome",
        ["device_id"],
        unique=True,
        sqlite_where=sa.text("final AND reversed_at IS NULL"),
        postgresql_where=sa.text("final AND reversed_at IS NULL"),
    )
