"""A small register made large: every row of its devices' lives copied with new ids, numbers, serials and tokens.

The demo makes a register through the services, which for a million devices takes its time. What pages, searches and
files cost depends on how many rows there are and on how their values are spread, not on who wrote them: so the
benchmark makes a fleet through the services and copies it in the database. The copies' hashes are those of the first
fleet, so ``assetreg check`` would name each of them; nothing that is measured here reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.bench.floor import driver

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
SHIFTED = {
    "person": ("id",),
    "free_text": ("id",),
    "change": ("id",),
    "device": (
        *("id", "person_id", "note_id", "due_reason_id", "replaces_id", "replaced_by_id", "outcome_id", "erasure_id"),
    ),
    "label": ("id", "device_id"),
    "erasure": ("id", "device_id"),
    "outcome": ("id", "device_id", "erasure_id"),
    "event": ("id", "subject_id", "person_id", "change_id", "text_id"),
    "figure_fact": ("id", "device_id"),
    "assignment": ("id", "device_id", "person_id"),
}
"""The columns that point at copied rows, by table; tables come after those they point at."""
NAMED = {
    "person": ("external_id", "email", "search_key"),
    "device": ("tag", "bare_tag", "serial", "serial_key"),
    "label": ("token",),
}
ONLY = {"event": " AND subject IN ('device', 'person')", "label": " AND device_id IS NOT NULL"}
SEARCH_KEY = (
    "replace(replace(search_key, lower(tag), lower(tag) || '{0}'), coalesce(lower(serial), '-'), "
    "coalesce(lower(serial), '-') || '{0}')"
)


def grow(url: str, times: int) -> None:
    """Makes the register so many times as large."""
    with driver(url) as connection, _bare(connection):
        limits = {table: _one(connection, f"SELECT coalesce(max(id), 0) FROM {table}") for table in SHIFTED}
        step = max(limits.values()) + 1
        columns = {table: _columns(connection, table) for table in SHIFTED}
        for copy in range(1, times):
            connection.execute("BEGIN")
            for table, names in columns.items():
                connection.execute(_statement(table, names, copy, step, limits[table]))
            connection.execute("COMMIT")
        connection.execute(f"UPDATE device_count SET n = n * {times}")


def _statement(table: str, names: list[str], copy: int, step: int, last: int) -> str:
    mark = ALPHABET[copy // len(ALPHABET) % len(ALPHABET)] + ALPHABET[copy % len(ALPHABET)]
    values = []
    for name in names:
        if name in SHIFTED[table]:
            values.append(f'"{name}" + {copy * step}')
        elif (table, name) == ("device", "search_key"):
            values.append(SEARCH_KEY.format(mark.lower()))
        elif name in NAMED.get(table, ()):
            values.append(f"\"{name}\" || '{mark.lower() if table == 'person' else mark}'")
        else:
            values.append(f'"{name}"')
    quoted = ", ".join(f'"{name}"' for name in names)
    where = f"id <= {last}{ONLY.get(table, '')}"
    return f'INSERT INTO "{table}" ({quoted}) SELECT {", ".join(values)} FROM "{table}" WHERE {where}'


@contextmanager
def _bare(connection: Any) -> Iterator[None]:
    """Without the indexes and triggers that would be kept row by row; they are put back as they were."""
    bare = _sqlite_bare if type(connection).__module__ == "sqlite3" else _postgres_bare
    with bare(connection):
        yield


@contextmanager
def _sqlite_bare(connection: Any) -> Iterator[None]:
    tables = ", ".join(f"'{name}'" for name in SHIFTED)
    asked = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    kept = connection.execute(f"{asked} AND tbl_name IN ({tables})").fetchall()
    connection.execute("PRAGMA foreign_keys = OFF")
    for kind, name, _ in kept:
        connection.execute(f"DROP {kind} {name}")
    yield
    for _, _, sql in sorted(kept):
        connection.execute(sql)
    connection.execute("INSERT INTO device_search(device_search) VALUES ('rebuild')")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _postgres_bare(connection: Any) -> Iterator[None]:
    tables = ", ".join(f"'{name}'" for name in SHIFTED)
    asked = f"SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ({tables})"
    kept = [row for row in connection.execute(asked).fetchall() if "UNIQUE" not in row[1]]
    connection.execute("SET session_replication_role = replica")
    for name, _ in kept:
        connection.execute(f'DROP INDEX "{name}"')
    yield
    for _, definition in kept:
        connection.execute(definition)
    for table in SHIFTED:
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        connection.execute(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))")
    connection.execute("VACUUM ANALYZE")


def _columns(connection: Any, table: str) -> list[str]:
    found = connection.execute(f'SELECT * FROM "{table}" LIMIT 0')
    return [column[0] for column in found.description]


def _one(connection: Any, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])
