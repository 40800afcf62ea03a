"""Personal data: who had which device and when, how long things are kept, what was cleared, and who has read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from assetreg.db.base import BigId, Key, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BATCH = 1000

SQLITE = (
    """CREATE TRIGGER device_assignment_begins AFTER INSERT ON device WHEN NEW.person_id IS NOT NULL BEGIN
        INSERT INTO assignment (person_id, device_id, owner_id, department_id, unit_id, started_at)
        VALUES (NEW.person_id, NEW.id, NEW.owner_id, NEW.department_id, NEW.unit_id, NEW.changed_at); END""",
    """CREATE TRIGGER device_assignment_changes AFTER UPDATE OF person_id ON device
        WHEN OLD.person_id IS NOT NEW.person_id BEGIN
        UPDATE assignment SET ended_at = NEW.changed_at WHERE device_id = NEW.id AND ended_at IS NULL;
        INSERT INTO assignment (person_id, device_id, owner_id, department_id, unit_id, started_at)
        SELECT NEW.person_id, NEW.id, NEW.owner_id, NEW.department_id, NEW.unit_id, NEW.changed_at
        WHERE NEW.person_id IS NOT NULL; END""",
    """CREATE TRIGGER personal_data_read_refuses_update BEFORE UPDATE ON personal_data_read BEGIN
        SELECT RAISE(ABORT, 'the log of readings cannot be changed'); END""",
    """CREATE TRIGGER personal_data_read_refuses_replace BEFORE INSERT ON personal_data_read
        WHEN EXISTS (SELECT 1 FROM personal_data_read WHERE id = NEW.id) BEGIN
        SELECT RAISE(ABORT, 'the log of readings cannot be changed'); END""",
    """CREATE TRIGGER personal_data_read_shrinks_from_the_end BEFORE DELETE ON personal_data_read
        WHEN EXISTS (SELECT 1 FROM personal_data_read WHERE id < OLD.id) BEGIN
        SELECT RAISE(ABORT, 'the log of readings is cleared from its oldest row alone'); END""",
)

POSTGRES = (
    """CREATE FUNCTION keep_assignment() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
        IF TG_OP = 'UPDATE' THEN
            UPDATE assignment SET ended_at = NEW.changed_at WHERE device_id = NEW.id AND ended_at IS NULL;
        END IF;
        IF NEW.person_id IS NOT NULL THEN
            INSERT INTO assignment (person_id, device_id, owner_id, department_id, unit_id, started_at)
            VALUES (NEW.person_id, NEW.id, NEW.owner_id, NEW.department_id, NEW.unit_id, NEW.changed_at);
        END IF;
        RETURN NULL; END$$""",
    """CREATE TRIGGER device_assignment_begins AFTER INSERT ON device FOR EACH ROW
        WHEN (NEW.person_id IS NOT NULL) EXECUTE FUNCTION keep_assignment()""",
    """CREATE TRIGGER device_assignment_changes AFTER UPDATE OF person_id ON device FOR EACH ROW
        WHEN (OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION keep_assignment()""",
    """CREATE FUNCTION refuse_reading_log_change() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
        RAISE EXCEPTION 'the log of readings cannot be changed'; END$$""",
    """CREATE FUNCTION shrink_reading_log_from_the_end() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
        IF EXISTS (SELECT 1 FROM personal_data_read WHERE id < (SELECT max(id) FROM removed)) THEN
            RAISE EXCEPTION 'the log of readings is cleared from its oldest row alone';
        END IF;
        RETURN NULL; END$$""",
    """CREATE TRIGGER personal_data_read_refuses_update BEFORE UPDATE ON personal_data_read
        FOR EACH ROW EXECUTE FUNCTION refuse_reading_log_change()""",
    """CREATE TRIGGER personal_data_read_refuses_truncate BEFORE TRUNCATE ON personal_data_read
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_reading_log_change()""",
    """CREATE TRIGGER personal_data_read_shrinks_from_the_end AFTER DELETE ON personal_data_read
        REFERENCING OLD TABLE AS removed
        FOR EACH STATEMENT EXECUTE FUNCTION shrink_reading_log_from_the_end()""",
)


def upgrade() -> None:
    _persons()
    _assignments()
    _times_and_runs()
    _readings()
    connection = op.get_bind()
    _fill_assignments(connection)
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRES:
        op.execute(statement)


def _persons() -> None:
    op.add_column("person", sa.Column("created_at", UtcDateTime(), nullable=True))
    op.add_column("person", sa.Column("head_seq", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("person", sa.Column("head_hash", sa.String(length=64), nullable=False, server_default=sa.text("''")))
    person = sa.table("person", sa.column("created_at", UtcDateTime()))
    op.get_bind().execute(person.update().values(created_at=datetime.now(UTC)))


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, initially="DEFERRED", deferrable=True)


def _assignments() -> None:
    op.create_table(
        "assignment",
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("device_id", BigId, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("owner_id", BigId, nullable=False),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("unit_id", BigId, nullable=True),
        *(_refers("assignment", f"{to}_id", to) for to in ("person", "device", "owner", "department", "unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_person_id_ended_at"), "assignment", ["person_id", "ended_at"])
    op.create_index(op.f("ix_assignment_device_id_ended_at"), "assignment", ["device_id", "ended_at"])


def _times_and_runs() -> None:
    op.create_table(
        "retention_time",
        sa.Column("kept", sa.String(32), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("head_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_time")),
        sa.UniqueConstraint("kept", name=op.f("uq_retention_time_kept")),
    )
    op.create_table(
        "prune_run",
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("event_mark", BigId, nullable=False),
        sa.Column("state", Key(16), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        _refers("prune_run", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prune_run")),
    )
    op.create_index(op.f("ix_prune_run_started_at"), "prune_run", ["started_at"])


def _readings() -> None:
    op.create_table(
        "personal_data_read",
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("device_id", BigId, nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        _refers("personal_data_read", "account_id", "account"),
        _refers("personal_data_read", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_data_read")),
    )
    op.create_index(op.f("ix_personal_data_read_person_id_id"), "personal_data_read", ["person_id", "id"])
    op.create_index(op.f("ix_personal_data_read_account_id_id"), "personal_data_read", ["account_id", "id"])
    op.create_index(op.f("ix_personal_data_read_at"), "personal_data_read", ["at"])


PLACE = ("owner_id", "department_id", "unit_id")
EVENT = sa.table(
    "event",
    *(sa.column(name, sa.Integer()) for name in ("subject_id", "seq", *PLACE)),
    *(sa.column(name, sa.String()) for name in ("subject", "payload")),
    sa.column("at", UtcDateTime()),
)
ASSIGNMENT = sa.table(
    "assignment",
    *(sa.column(name, sa.Integer()) for name in ("person_id", "device_id", *PLACE)),
    *(sa.column(name, UtcDateTime()) for name in ("started_at", "ended_at")),
)


def _fill_assignments(connection: sa.Connection) -> None:
    """What the history tells of who has had which device."""
    told = (
        sa.select(EVENT)
        .where(EVENT.c.subject == "device", EVENT.c.payload.contains('"person_id":['))
        .order_by(EVENT.c.subject_id, EVENT.c.seq)
        .execution_options(yield_per=BATCH)
    )
    waiting: list[dict[str, Any]] = []
    for _, events in groupby(connection.execute(told), key=lambda row: row.subject_id):
        waiting += _of_device(events)
        if len(waiting) >= BATCH:
            connection.execute(ASSIGNMENT.insert(), waiting)
            waiting = []
    if waiting:
        connection.execute(ASSIGNMENT.insert(), waiting)


def _of_device(events: Iterator[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for event in events:
        change = json.loads(event.payload).get("changes", {}).get("person_id")
        if change is None:
            continue
        if found and found[-1]["ended_at"] is None:
            found[-1]["ended_at"] = event.at
        if change[1] is not None and event.owner_id is not None:
            place = {name: getattr(event, name) for name in PLACE}
            known = {"person_id": change[1], "device_id": event.subject_id, **place}
            found.append({**known, "started_at": event.at, "ended_at": None})
    return found
