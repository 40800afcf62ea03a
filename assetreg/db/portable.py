"""All rows of the register in a form that both engines share, for backups; and putting them back.

The guard is passed by on purpose: a backup is everybody's rows, taken and put back by whoever holds the machine.
Columns are known by name and kind rather than by today's classes, so that an older backup can be put into a
database that stands at the migration it was made at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table, TableClause, cast, column, func, insert, select, table, text

from assetreg.db.base import Base, Money, TermColumn, UtcDateTime
from assetreg.db.guarded import GuardedSession
from assetreg.db.history import Event
from assetreg.db.reading_log import PersonalDataRead
from assetreg.domain.backup_manifest import Column

BATCH = 2_000
BODIES = 8
"""So many rows are read at a time where each may hold a megabyte."""

_TYPES: dict[str, Any] = {
    "text": sa.Text(),
    "integer": sa.BigInteger(),
    "boolean": sa.Boolean(),
    "decimal2": sa.Numeric(14, 2),
    "decimal3": sa.Numeric(14, 3),
    "money": Money(),
    "date": sa.Date(),
    "moment": UtcDateTime(),
    "json": sa.Text(),
    "bytes": sa.LargeBinary(),
}
_CLASSES: tuple[tuple[type[Any], str], ...] = (
    (TermColumn, "text"),
    (Money, "money"),
    (UtcDateTime, "moment"),
    (sa.JSON, "json"),
    (sa.LargeBinary, "bytes"),
    (sa.Boolean, "boolean"),
    (sa.Date, "date"),
    (sa.Integer, "integer"),
    (sa.String, "text"),
)
_ONLY_ADDED = frozenset({Event.__tablename__, PersonalDataRead.__tablename__})
_SELF_REFERRING = text(
    "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = confrelid AND condeferrable"
)
_SEQUENCES = text(
    "SELECT setval(pg_get_serial_sequence(:name, 'id'), greatest(:last, 1), :used)"
    " WHERE pg_get_serial_sequence(:name, 'id') IS NOT NULL"
)


def tables() -> list[Table]:
    """Every table, each after those it refers to."""
    return Base.metadata.sorted_tables


def columns(of: Table) -> tuple[Column, ...]:
    return tuple(Column(each.name, kind_of(each.type)) for each in of.columns)


def kind_of(column_type: Any) -> str:
    """Raises TypeError for a type that no backup knows."""
    if isinstance(column_type, sa.Numeric):
        return f"decimal{column_type.scale}"
    for known, kind in _CLASSES:
        if isinstance(column_type, known):
            return kind
    raise TypeError(column_type)


def read(session: GuardedSession, of: Table) -> Iterator[list[Any]]:
    """Every row in key order as JSON can hold it: decimals as text, days and moments in ISO 8601, bytes as a length."""
    known = columns(of)
    source = _light(of.name, known)
    cells = [_cell(source.c[each.name], each.kind) for each in known]
    to_json = [_TO_JSON.get(each.kind) for each in known]
    with session.unguarded("a backup is everybody's rows") as connection:
        statement = select(*cells).select_from(source).order_by(*(source.c[key.name] for key in of.primary_key))
        for row in connection.execute(statement, execution_options={"yield_per": BATCH}):
            yield [f(v) if f and v is not None else v for f, v in zip(to_json, row, strict=True)]


def read_bodies(session: GuardedSession, of: Table) -> Iterator[bytes]:
    """The bytes that the rows of ``read`` say the length of, in the same order."""
    source, name = _light(of.name, columns(of)), body_column(columns(of))
    with session.unguarded("a backup is everybody's rows") as connection:
        statement = select(source.c[str(name)]).order_by(*(source.c[key.name] for key in of.primary_key))
        for (body,) in connection.execute(statement, execution_options={"yield_per": BODIES}):
            yield body or b""


def body_column(known: Sequence[Column]) -> str | None:
    """The one column of a table that holds bytes."""
    names = [each.name for each in known if each.kind == "bytes"]
    if len(names) > 1:
        raise ValueError(names)
    return names[0] if names else None


def occupied(connection: Connection) -> list[str]:
    """The tables in which a new register has nothing and this database has rows."""
    present = set(sa.inspect(connection).get_table_names())
    found = [each for each in ("account", "device", "event", "import", "label", "person", "upload") if each in present]
    return [name for name in found if connection.execute(select(text("1")).select_from(table(name)).limit(1)).first()]


def missing(connection: Connection, names: Iterable[str]) -> list[str]:
    """Those of the tables that the database does not have."""
    return sorted(set(names) - set(sa.inspect(connection).get_table_names()))


def begin_load(connection: Connection, names: Sequence[str]) -> None:
    """Empties the tables of what a new register is given. The tables that only grow are empty in such a one.

    On PostgreSQL references are checked at each batch, since those that wait for the commit are all held in memory;
    only rows of a table that refer to each other wait.
    """
    for name in reversed([each for each in names if each not in _ONLY_ADDED]):
        connection.execute(table(name).delete())
    if connection.dialect.name == "postgresql":
        later = ", ".join(connection.execute(_SELF_REFERRING).scalars())
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        if later:
            connection.execute(text(f"SET CONSTRAINTS {later} DEFERRED"))


def load(connection: Connection, name: str, known: Sequence[Column], rows: Iterable[Sequence[Any]]) -> int:
    """Writes rows as ``read`` gave them, the bytes in place of their lengths; says how many."""
    target, count = _light(name, tuple(known)), 0
    if name not in _ONLY_ADDED:
        connection.execute(target.delete())
    from_json = [_FROM_JSON.get(each.kind) for each in known]
    size = BODIES if body_column(known) else BATCH
    typed = ([f(v) if f and v is not None else v for f, v in zip(from_json, row, strict=True)] for row in rows)
    while batch := list(islice(typed, size)):
        _insert(connection, target, batch)
        count += len(batch)
    return count


def end_load(connection: Connection, names: Sequence[str]) -> None:
    """New rows get numbers after the last; SQLite counts from the highest by itself."""
    if connection.dialect.name == "postgresql":
        for name in names:
            if "id" not in {each["name"] for each in sa.inspect(connection).get_columns(name)}:
                continue
            highest = select(func.max(column("id", sa.BigInteger()))).select_from(table(name))
            last: int | None = connection.execute(highest).scalar_one()
            connection.execute(_SEQUENCES, {"name": f'"{name}"', "last": last or 1, "used": last is not None})


def _insert(connection: Connection, target: TableClause, batch: list[list[Any]]) -> None:
    names = [each.name for each in target.columns]
    if connection.dialect.name == "sqlite":
        connection.execute(insert(target), [dict(zip(names, row, strict=True)) for row in batch])
        return
    quote = connection.dialect.identifier_preparer.quote
    cursor: Any = connection.connection.cursor()
    stated = f"COPY {quote(target.name)} ({', '.join(map(quote, names))}) FROM STDIN"
    with cursor, cursor.copy(stated) as copy:
        for row in batch:
            copy.write_row(row)


@cache
def _light(name: str, known: tuple[Column, ...]) -> TableClause:
    """The table as far as a backup goes: names and kinds."""
    return table(name, *(column(each.name, _TYPES[each.kind]) for each in known))


def _cell(source: Any, kind: str) -> Any:
    if kind == "bytes":
        return func.length(source)
    return cast(source, sa.Text()) if kind == "json" else source


_TO_JSON: dict[str, Any] = {
    "decimal2": str,
    "decimal3": str,
    "money": str,
    "date": date.isoformat,
    "moment": datetime.isoformat,
}
_FROM_JSON: dict[str, Any] = {
    "decimal2": Decimal,
    "decimal3": Decimal,
    "money": Decimal,
    "date": date.fromisoformat,
    "moment": datetime.fromisoformat,
}
