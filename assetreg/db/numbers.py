"""Drawing the ids of new devices before their rows are written, for our tags carry them."""

from __future__ import annotations

from sqlalchemy import func, select, text

from assetreg.db.device import Device
from assetreg.db.session import ScopedSession

_DRAWN = text("SELECT nextval(pg_get_serial_sequence('device', 'id')) FROM generate_series(1, :count)")


def draw_ids(session: ScopedSession, count: int) -> list[int]:
    """So many ids that no device has or will get; on SQLite the writer's lock keeps others from the same ones."""
    with session.unguarded("ids are drawn over all owners") as connection:
        if connection.dialect.name == "postgresql":
            return list(connection.execute(_DRAWN, {"count": count}).scalars())
        last = connection.execute(select(func.max(Device.id))).scalar_one() or 0
    first = max([last, *(row.id for row in session.new if isinstance(row, Device))]) + 1
    return list(range(first, first + count))
