"""Departments, units, rooms and groups get a history of their own: who added or renamed them, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PLACES = ("department", "unit", "room", "device_group")


def upgrade() -> None:
    for name in PLACES:
        op.add_column(name, sa.Column("head_seq", sa.Integer(), nullable=False, server_default="0"))
        op.add_column(name, sa.Column("head_hash", sa.String(length=64), nullable=False, server_default=sa.text("''")))
