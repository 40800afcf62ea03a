"""What the yearly figures count beside outcomes, made from the history; how much is known of a device's other dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from assetreg.db.base import BigId, Key, UtcDateTime
from assetreg.domain.figure_facts import Belief, Step, beliefs, matters, step_of

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

DATES = ("ordered", "delivered", "in_service", "warranty")
PLACES = {"owner_id": "owner", "department_id": "department", "unit_id": "unit"}
DEVICES_AT_ONCE = 1_000


def upgrade() -> None:
    for name in DATES:
        op.add_column("device", sa.Column(f"{name}_precision", sa.String(32), nullable=True))
    facts = _table()
    last = 0
    while True:
        devices = _devices_after(last)
        if not devices:
            return
        rows = list(_facts(devices))
        if rows:
            op.bulk_insert(facts, rows)
        last = devices[-1]


def _table() -> sa.Table:
    made = op.create_table(
        "figure_fact",
        sa.Column("device_id", BigId, nullable=False),
        sa.Column("owner_id", BigId, nullable=False),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("unit_id", BigId, nullable=True),
        sa.Column("fact", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("known_from", UtcDateTime(), nullable=False),
        sa.Column("known_until", UtcDateTime(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        *(_refers(column, table) for column, table in {"device_id": "device", **PLACES}.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_fact")),
    )
    counted = ["owner_id", "kind"]
    known = ["known_until", "known_from"]
    op.create_index(op.f("ix_figure_fact_device_id"), "figure_fact", ["device_id"])
    op.create_index("ix_figure_fact_year", "figure_fact", ["fact", "year", *counted, "since_on", *known])
    op.create_index("ix_figure_fact_open", "figure_fact", ["fact", "until_on", "since_on", *counted, *known])
    return made


def _refers(column: str, table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_figure_fact_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, initially="DEFERRED", deferrable=True)


def _devices_after(last: int) -> Sequence[int]:
    devices = sa.table("device", sa.column("id", BigId))
    wanted = sa.select(devices.c.id).where(devices.c.id > last).order_by(devices.c.id).limit(DEVICES_AT_ONCE)
    return op.get_bind().execute(wanted).scalars().all()


def _facts(devices: Sequence[int]) -> Iterator[dict[str, Any]]:
    names = ("seq", "kind", "reverses", "payload")
    events = sa.table(
        "event",
        sa.column("subject", Key(24)),
        sa.column("subject_id", BigId),
        sa.column("at", UtcDateTime()),
        sa.column("on", sa.Date()),
        *(sa.column(name) for name in names),
    )
    between = events.c.subject_id.between(devices[0], devices[-1])
    columns = (events.c.subject_id, events.c.at, events.c.on, *(events.c[name] for name in names))
    told = sa.select(*columns).where(events.c.subject == "device", between)
    steps: dict[int, list[Step]] = {}
    for device, at, on, seq, kind, reverses, payload in op.get_bind().execute(
        told.order_by(events.c.subject_id, events.c.seq)
    ):
        if matters(payload, reverses):
            step = step_of(seq, at=at, on=on, kind=kind, reverses=reverses, payload=payload)
            steps.setdefault(device, []).append(step)
    for device, known in steps.items():
        yield from (_row(device, each) for each in beliefs(known))


def _row(device: int, belief: Belief) -> dict[str, Any]:
    fact = belief.fact
    return {
        "device_id": device,
        "owner_id": fact.owner_id,
        "department_id": None,
        "unit_id": None,
        "fact": fact.of.value,
        "kind": fact.kind.value,
        "year": fact.since.year,
        "since_on": fact.since,
        "from_on": fact.start,
        "until_on": fact.until,
        "known_from": belief.since,
        "known_until": belief.until,
    }
