"""Drawing the ids of new rows before they are written: our tags carry them, and rows gathered refer to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

if TYPE_CHECKING:
    from sqlalchemy.orm import SessionTransaction

    from assetreg.db.guarded import GuardedSession

_DRAWN = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
MOST_AHEAD = 500
"""On PostgreSQL ids are drawn ahead, twice as many each time a transaction needs more of a table."""


def draw_ids(session: GuardedSession, entity: Any, count: int) -> list[int]:
    """So many ids that no row of the table has or will get; on SQLite the writer's lock keeps others from them."""
    if session.is_sqlite:
        first = _next(session, entity)
        _last(session)[entity] = first + count - 1
        return list(range(first, first + count))
    with session.unguarded("ids are drawn over all owners") as connection:
        return list(connection.execute(_DRAWN, {"name": entity.__tablename__, "count": count}).scalars())


def draw_id(session: GuardedSession, entity: Any) -> int:
    """The same for one row, where others of its table are likely to follow."""
    if session.is_sqlite:
        return draw_ids(session, entity, 1)[0]
    ahead: dict[Any, tuple[int, list[int]]] = session.info.setdefault("ids_ahead", {})
    size, left = ahead.get(entity, (0, []))
    if not left:
        size = min(2 * size or 1, MOST_AHEAD)
        left = draw_ids(session, entity, size)[::-1]
        ahead[entity] = (size, left)
    return left.pop()


def number_rest(session: Any, *_: object) -> None:
    """Before a flush on SQLite: a row added without an id must not take one that has been drawn."""
    drawn = session.info.get("ids_last")
    for row in session.new if drawn else ():
        if type(row) in drawn and row.id is None:
            row.id = draw_ids(session, type(row), 1)[0]


def forget_ids(session: Any, ended: SessionTransaction) -> None:
    """After a transaction: others may take the ids that were left."""
    if ended.parent is None:
        session.info.pop("ids_last", None)
        session.info.pop("ids_ahead", None)


def _next(session: GuardedSession, entity: Any) -> int:
    last = _last(session)
    if entity not in last:
        with session.unguarded("ids are drawn over all owners") as connection:
            stored = connection.execute(select(func.max(entity.id))).scalar_one() or 0
        last[entity] = max([stored, *(row.id for row in session.new if isinstance(row, entity) and row.id)])
    return last[entity] + 1


def _last(session: GuardedSession) -> dict[Any, int]:
    last: dict[Any, int] = session.info.setdefault("ids_last", {})
    return last
