"""Serials that were refused because they stand on a device of somebody else: the administrators' worklist."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from assetreg.db.base import BigId, Key, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("handled_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "foreign_serial",
        sa.Column("serial_key", Key(100), nullable=False),
        sa.Column("serial", sa.String(length=100), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.Column("handled_by_id", BigId, nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        _refers("account_id", "account"),
        _refers("owner_id", "owner"),
        _refers("handled_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foreign_serial")),
    )
    op.create_index(
        op.f("ix_foreign_serial_serial_key_account_id"),
        "foreign_serial",
        ["serial_key", "account_id"],
        unique=True,
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )
    op.create_index(
        op.f("ix_foreign_serial_handled_at_last_at"), "foreign_serial", ["handled_at", "last_at"], unique=False
    )


def _refers(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{table}.id"],
        name=op.f(f"fk_foreign_serial_{column}_{table}"),
        initially="DEFERRED",
        deferrable=True,
    )
