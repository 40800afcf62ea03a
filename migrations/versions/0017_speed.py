"""Lists of what is in the register, and of what waits to be replaced, are index ranges however much has ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

IN_REGISTER = sa.text("stage NOT IN ('disposed', 'voided')")
KEPT = sa.text("stage != 'voided'")
IN_CYCLE = sa.text("stage IN ('ordered', 'in_stock', 'deployed', 'on_loan', 'in_repair')")
ENDED_WITHOUT = sa.text("stage = 'disposed' AND outcome_id IS NULL")
WAITING = sa.text(f"{IN_CYCLE.text} AND replaced_by_id IS NULL")
PARTIAL = {
    "ix_device_in_register": (("tag",), IN_REGISTER),
    "ix_device_in_register_owner": (("owner_id", "tag"), IN_REGISTER),
    "ix_device_in_register_purchased": (("purchased_on", "tag"), IN_REGISTER),
    "ix_device_in_register_owner_purchased": (("owner_id", "purchased_on", "tag"), IN_REGISTER),
    "ix_device_kept_purchased": (("purchased_on", "tag"), KEPT),
    "ix_device_kept_owner_purchased": (("owner_id", "purchased_on", "tag"), KEPT),
    "ix_device_kept_support": (("support_ends_on", "tag"), KEPT),
    "ix_device_kept_owner_support": (("owner_id", "support_ends_on", "tag"), KEPT),
    "ix_device_in_cycle_support": (("support_ends_on", "tag"), IN_CYCLE),
    "ix_device_in_cycle_owner_support": (("owner_id", "support_ends_on", "tag"), IN_CYCLE),
    "ix_device_outcome_missing": (("stage", "outcome_id", "tag"), ENDED_WITHOUT),
    "ix_device_waiting_due": (("due_on", "tag"), WAITING),
    "ix_device_waiting_owner_due": (("owner_id", "due_on", "tag"), WAITING),
}
REPLACED = (
    "ix_device_due_on_tag",
    "ix_device_owner_id_due_on_tag",
    "ix_device_serial_key",
    "ix_device_purchased_on_tag",
    "ix_device_owner_id_purchased_on_tag",
    "ix_device_support_ends_on_tag",
    "ix_device_owner_id_support_ends_on_tag",
)
COUNTED = ("year", "owner_id", "indicator", "type", "final", "reversed_at", "purchased_on", "seen_in_intune")

OPEN = ("fact", "until_on", "known_until", "owner_id", "kind", "since_on", "known_from")


def upgrade() -> None:
    for name, (columns, where) in PARTIAL.items():
        op.create_index(name, "device", list(columns), sqlite_where=where, postgresql_where=where)
    for name in REPLACED:
        op.drop_index(name, "device")
    op.create_index("ix_device_serial_key_owner_id_stage", "device", ["serial_key", "owner_id", "stage"])
    op.create_index("ix_outcome_year_on_id", "outcome", ["year", "on", "id"])
    op.create_index(
        "ix_outcome_erasure_pending",
        "outcome",
        ["device_id"],
        sqlite_where=sa.text("erasure_pending IS 1"),
        postgresql_where=sa.text("erasure_pending IS true"),
    )
    op.drop_index("ix_figure_fact_open", "figure_fact")
    op.create_index("ix_figure_fact_open", "figure_fact", list(OPEN))
    op.create_index("ix_outcome_counted", "outcome", list(COUNTED), postgresql_include=["id"])
    op.drop_index("ix_outcome_year_owner_id_indicator_type", "outcome")
