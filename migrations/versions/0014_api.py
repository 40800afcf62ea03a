"""The secrets of programs, and the replies that a repeated request is given again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from assetreg.db.base import BigId, Key, UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("token_hash", Key(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("minute", BigId, nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        _account("api_token"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("account_id", name=op.f("uq_api_token_account_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_table(
        "stored_reply",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", Key(300), nullable=False),
        sa.Column("key", Key(200), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("location", sa.String(length=300), nullable=True),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        _account("stored_reply"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_reply")),
    )
    op.create_index("uq_stored_reply_request", "stored_reply", ["account_id", "method", "path", "key"], unique=True)
    op.create_index(op.f("ix_stored_reply_at"), "stored_reply", ["at"], unique=False)


def _account(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_account_id_account")
    return sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=name, initially="DEFERRED", deferrable=True)
