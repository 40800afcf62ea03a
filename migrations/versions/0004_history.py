"""Events, what ties them together, and their free text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from assetreg.db.base import BigId, Key, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_change_account_id_account"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    op.create_table(
        "free_text",
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("unit_id", BigId, nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
            name=op.f("fk_free_text_department_id_department"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name=op.f("fk_free_text_owner_id_owner"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_free_text_unit_id_unit"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_free_text")),
    )
    op.create_table(
        "event",
        sa.Column("subject", Key(24), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", Key(32), nullable=False),
        sa.Column("actor_id", BigId, nullable=True),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("unit_id", BigId, nullable=True),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("reverses", sa.Integer(), nullable=True),
        sa.Column("change_id", BigId, nullable=True),
        sa.Column("text_id", BigId, nullable=True),
        sa.Column("text_hash", sa.String(length=64), nullable=True),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["account.id"], name=op.f("fk_event_actor_id_account"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["change.id"], name=op.f("fk_event_change_id_change"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
            name=op.f("fk_event_department_id_department"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name=op.f("fk_event_owner_id_owner"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_event_person_id_person"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["free_text.id"],
            name=op.f("fk_event_text_id_free_text"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_event_unit_id_unit"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("subject", "subject_id", "seq", name=op.f("uq_event_subject_subject_id_seq")),
    )
    op.create_index(op.f("ix_event_change_id"), "event", ["change_id"], unique=False)
    op.create_index(op.f("ix_event_owner_id_id"), "event", ["owner_id", "id"], unique=False)
    op.create_index(op.f("ix_event_actor_id_id"), "event", ["actor_id", "id"], unique=False)
