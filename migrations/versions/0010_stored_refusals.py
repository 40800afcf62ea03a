"""Refusals of rows and faults of work become data: a template and its values, in place of a Swedish sentence.

What was written before is kept as it stands: a template without values, its braces doubled so that none is taken
for the place of a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from assetreg.db.base import BigId

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

AT_ONCE = 1_000


def upgrade() -> None:
    for name in ("job", "import"):
        op.alter_column(name, "fault", new_column_name="fault_text")
        op.add_column(name, sa.Column("fault", sa.JSON(), nullable=True))
        _keep_faults(name)
        op.drop_column(name, "fault_text")
    _keep_reasons()


def _keep_faults(name: str) -> None:
    table = sa.table(name, sa.column("id", BigId), sa.column("fault_text", sa.Text()), sa.column("fault", sa.JSON()))
    for rows in _batches(table, table.c.fault_text, table.c.fault_text.is_not(None)):
        kept = [{"of": row.id, "new": {"code": None, "field": None, "reason": _said(row.fault_text)}} for row in rows]
        op.get_bind().execute(_setting(table, "fault"), kept)


def _keep_reasons() -> None:
    table = sa.table("import_row", sa.column("id", BigId), sa.column("faults", sa.JSON()))
    for rows in _batches(table, table.c.faults, sa.cast(table.c.faults, sa.Text()) != "[]"):
        kept = [{"of": row.id, "new": [_fault(each) for each in row.faults]} for row in rows]
        op.get_bind().execute(_setting(table, "faults"), kept)


def _batches(table: Any, column: Any, condition: Any) -> Iterator[list[Any]]:
    last = 0
    while True:
        wanted = sa.select(table.c.id, column).where(table.c.id > last, condition).order_by(table.c.id).limit(AT_ONCE)
        rows = list(op.get_bind().execute(wanted))
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _setting(table: Any, name: str) -> Any:
    new = sa.bindparam("new", type_=sa.JSON())
    return sa.update(table).where(table.c.id == sa.bindparam("of")).values({name: new})


def _fault(fault: dict[str, Any]) -> dict[str, Any]:
    return {**fault, "code": None, "reason": _said(fault["reason"])}


def _said(text: str) -> dict[str, Any]:
    return {"text": text.replace("{", "{{").replace("}", "}}"), "values": {}}
