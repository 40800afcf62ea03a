"""Rows that nobody holds as objects: gathered while a transaction works, and written many at once by its flush.

An event, a label or a text is written once and not looked at again in the same transaction; as an object of the
session each would cost several times its own insert. A flush writes acts and texts before the session's own rows and
the rest after them: while a row refers to one that is not there yet, SQLite looks through every table for such rows
whenever it is given another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, bindparam, update

from assetreg.db import feed, figure_fact
from assetreg.db.device import Device
from assetreg.db.guard import ScopeBreach
from assetreg.db.guarded import GuardedSession
from assetreg.db.history import Change, Event, FreeText
from assetreg.db.label import Label
from assetreg.domain.access import Scope

EVENTS_AT_MOST = 5_000
"""So many events are gathered at most, so that a long transaction stays small."""
REFERRED_TO = (Change, FreeText)
_PLACE = ("owner_id", "department_id", "unit_id")


def gather(session: GuardedSession, entity: Any, values: Mapping[str, Any]) -> None:
    """Adds a row to be written by the next flush; every row of a table names the same columns."""
    rows: list[Mapping[str, Any]] = session.info.setdefault("gathered", {}).setdefault(entity, [])
    rows.append(values)
    if entity is Event and len(rows) >= EVENTS_AT_MOST:
        _write(session, (*REFERRED_TO, Event))


def carry_labels(session: GuardedSession, device: Device) -> None:
    """The labels of the device are brought to its place by the next flush: they lie where it lies."""
    session.info.setdefault("carried", {})[device.id] = device


def write_first(session: GuardedSession) -> None:
    """Before the session's own rows: what they refer to. Raises ScopeBreach for a row outside the session's scope."""
    _write(session, REFERRED_TO)


def write_last(session: GuardedSession) -> None:
    """After the session's own rows: the rest. Raises ScopeBreach for a row outside the session's scope."""
    _write(session, tuple(session.info.get("gathered", ())))
    carried: dict[int, Device] = session.info.pop("carried", {})
    if carried:
        _carry(session, carried)


def drop(session: Any, *_: object) -> None:
    """After a rollback, also to a savepoint, which is preceded by a flush: nothing gathered since has happened."""
    session.info.pop("gathered", None)
    session.info.pop("carried", None)


def insert_rows(connection: Connection, entity: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows in one statement of the driver: COPY on PostgreSQL, where a row costs half of what an INSERT does."""
    columns = [entity.__table__.c[name] for name in rows[0]]
    impls = [column.type.dialect_impl(connection.dialect) for column in columns]
    bound = [impl.bind_processor(connection.dialect) for impl in impls]
    names = ", ".join(connection.dialect.identifier_preparer.format_column(column) for column in columns)
    ready = (tuple([f(v) if f else v for f, v in zip(bound, row.values(), strict=True)]) for row in rows)
    if connection.dialect.name != "postgresql":
        statement = f"INSERT INTO {entity.__tablename__} ({names}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
        connection.exec_driver_sql(statement, list(ready))
        return
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {entity.__tablename__} ({names}) FROM STDIN") as copy:
        for row in ready:
            copy.write_row(row)


def _write(session: GuardedSession, entities: Iterable[Any]) -> None:
    gathered: dict[Any, list[Mapping[str, Any]]] = session.info.get("gathered", {})
    for entity in entities:
        rows = gathered.pop(entity, [])
        if not rows:
            continue
        _check(entity, rows, session.scope)
        if entity is Event:
            feed.announce(session)
        with session.unguarded("the finished rows have just been checked against the scope") as connection:
            insert_rows(connection, entity, rows)
        if entity is Event:
            figure_fact.note_events(session, rows)


def _check(entity: Any, rows: Sequence[Mapping[str, Any]], scope: Scope) -> None:
    if scope.everything:
        return
    for row in rows:
        if not entity.owned.holds(SimpleNamespace(**row), scope):
            raise ScopeBreach(f"{entity.__name__} lies outside the scope of this session")


def _carry(session: GuardedSession, carried: Mapping[int, Device]) -> None:
    statement = update(Label).where(Label.device_id == bindparam("of_device"))
    statement = statement.values({name: bindparam(f"new_{name}") for name in _PLACE})
    rows = [
        {"of_device": key, **{f"new_{name}": getattr(device, name) for name in _PLACE}}
        for key, device in carried.items()
    ]
    with session.unguarded("a label lies where its device lies, which the guard has passed") as connection:
        connection.execute(statement, rows)
    for row in list(session.identity_map.values()):
        if isinstance(row, Label) and row.device_id in carried:
            session.expire(row, _PLACE)
