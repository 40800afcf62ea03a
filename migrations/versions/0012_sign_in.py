"""Sign-in with the municipality's accounts and the rules for it, one-time codes, passkeys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from assetreg.db.base import BigId, Key, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STANDS = sa.text("removed_at IS NULL")


def upgrade() -> None:
    op.add_column("account", sa.Column("issuer", Key(300), nullable=True))
    op.add_column("account", sa.Column("subject", Key(255), nullable=True))
    op.create_index(op.f("ix_account_issuer_subject"), "account", ["issuer", "subject"], unique=True)
    op.add_column("login", sa.Column("sid", Key(200), nullable=True))
    op.create_index(op.f("ix_login_sid"), "login", ["sid"], unique=False)
    _rules()
    _factors()
    _steps()


def _rules() -> None:
    op.create_table(
        "sign_in_rule",
        sa.Column("claim", sa.String(32), nullable=False),
        sa.Column("value", Key(200), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        _id(),
        sa.Column("head_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_rule")),
    )
    op.create_index(
        op.f("ix_sign_in_rule_claim_value"),
        "sign_in_rule",
        ["claim", "value"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )
    op.create_table(
        "sign_in_rule_place",
        sa.Column("rule_id", BigId, nullable=False),
        sa.Column("owner_id", BigId, nullable=False),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("unit_id", BigId, nullable=True),
        _id(),
        *(
            _refers("sign_in_rule_place", f"{column}_id", table)
            for column, table in (
                ("rule", "sign_in_rule"),
                ("owner", "owner"),
                ("department", "department"),
                ("unit", "unit"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_rule_place")),
    )
    op.create_index(op.f("ix_sign_in_rule_place_rule_id"), "sign_in_rule_place", ["rule_id"], unique=False)


def _factors() -> None:
    op.create_table(
        "authenticator",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _id(),
        _refers("authenticator", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticator")),
        sa.UniqueConstraint("account_id", name=op.f("uq_authenticator_account_id")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("code_hash", Key(64), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        _id(),
        _refers("recovery_code", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("credential", Key(1400), nullable=False),
        sa.Column("public_key", sa.String(length=2000), nullable=False),
        sa.Column("handle", Key(90), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        _id(),
        _refers("passkey", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkey_credential")),
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"], unique=False)


def _steps() -> None:
    op.create_table(
        "login_step",
        sa.Column("token_hash", Key(64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("challenge", sa.String(length=120), nullable=True),
        sa.Column("mark", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _id(),
        _refers("login_step", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_step")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_step_token_hash")),
    )
    op.create_index(op.f("ix_login_step_account_id"), "login_step", ["account_id"], unique=False)
    op.create_index(op.f("ix_login_step_created_at"), "login_step", ["created_at"], unique=False)


def _id() -> sa.Column[int]:
    return sa.Column("id", BigId, autoincrement=True, nullable=False)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{target}.id"],
        name=op.f(f"fk_{table}_{column}_{target}"),
        initially="DEFERRED",
        deferrable=True,
    )
