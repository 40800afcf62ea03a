"""Models, suppliers, operating systems, policies, settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from assetreg.db.base import BigId, Key, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "indicator_kind",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("indicator", sa.String(32), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_kind")),
        sa.UniqueConstraint("version", "kind", name=op.f("uq_indicator_kind_version_kind")),
    )
    op.create_table(
        "model",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("manufacturer", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("match_key", Key(400), nullable=False),
        sa.Column("sort_key", Key(400), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model")),
        sa.UniqueConstraint("match_key", name=op.f("uq_model_match_key")),
    )
    op.create_table(
        "os_release",
        sa.Column("product", Key(40), nullable=False),
        sa.Column("cycle", Key(40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("build", sa.String(length=40), nullable=True),
        sa.Column("support_ends_on", sa.Date(), nullable=True),
        sa.Column("extended_ends_on", sa.Date(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_os_release")),
        sa.UniqueConstraint("product", "cycle", name=op.f("uq_os_release_product_cycle")),
    )
    op.create_table(
        "reference_version",
        sa.Column("family", Key(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("family", name=op.f("pk_reference_version")),
    )
    op.create_table(
        "setting",
        sa.Column("key", Key(60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "supplier",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("match_key", Key(300), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        sa.UniqueConstraint("match_key", name=op.f("uq_supplier_match_key")),
    )
    op.create_table(
        "policy",
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("variant", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(32), nullable=True),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("purchased_from", sa.Date(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("head_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name=op.f("fk_policy_owner_id_owner"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy")),
    )
