"""Putting a backup into an empty register, on either engine, whole or not at all."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy import Engine

from assetreg.db import migrations, portable
from assetreg.db.session import driver_url, make_engine
from assetreg.domain.backup_manifest import TablePart
from assetreg.domain.errors import Conflict
from assetreg.services import history_key, upgrading
from assetreg.services.backup import Keys, secret_check, told
from assetreg.services.progress import Progress, silent
from assetreg.sources.backup_file import BackupFile, DamagedBackup


class RestoreNotEmpty(Conflict):
    code = "restore_not_empty"
    message = "Registret är inte tomt: det finns rader i {tables}. Inget är ändrat. Ange en ny databas och försök igen."


class BackupNewer(Conflict):
    code = "backup_newer"
    message = (
        "Säkerhetskopian är gjord med assetreg {version} på migration {migration}, som den här versionen inte känner "
        "till. Installera {version} eller senare och försök igen."
    )


class RestoreElsewhere(Conflict):
    code = "restore_elsewhere"
    message = (
        "Säkerhetskopian står på migration {migration} och databasen på {current}. Inget är ändrat. "
        "Ange en ny databas utan tabeller, så skapas registret som det var och uppgraderas sedan."
    )


class OtherHistoryKey(Conflict):
    code = "other_history_key"
    message = (
        "Historiken i säkerhetskopian är förseglad med en annan nyckel än den som är angiven. Inget är återställt. "
        "Ange det gamla registrets nyckel i ASSETREG_HISTORY_KEY, eller lägg dess fil history-key bredvid databasen."
    )


@dataclass(frozen=True, slots=True)
class Restored:
    """How many rows were put back, the migrations it went between, and whether sealed secrets can be opened."""

    rows: int
    migration: str
    upgraded_to: str
    same_secret_key: bool


def restore(database_url: str, file: BackupFile, *, keys: Keys, progress: Progress = silent) -> Restored:
    """Everything is looked at before anything is changed; the rows are then written in one transaction.

    The register is made where there is none, at the migration of the backup, and upgraded afterwards.
    Raises DamagedBackup, BackupNewer, OtherHistoryKey, RestoreNotEmpty, RestoreElsewhere and what an upgrade raises.
    """
    manifest = file.manifest
    if manifest.migration not in migrations.all_revisions():
        raise BackupNewer(version=manifest.version, migration=manifest.migration)
    if not hmac.compare_digest(manifest.history_key_check, history_key.check_value(keys.history)):
        raise OtherHistoryKey
    for count, name in enumerate(file.verify(), start=1):
        progress(f"delar kontrollerade, senast {name}", count)
    upgrading.make_ready(database_url)
    engine = make_engine(driver_url(database_url)).execution_options(writes=True)
    try:
        _prepare(engine, manifest.migration)
        rows = _load(engine, file, progress)
    finally:
        engine.dispose()
    done = upgrading.upgrade(database_url, history_key=keys.history)
    same = hmac.compare_digest(manifest.secret_key_check, secret_check(keys.secret))
    return Restored(rows, manifest.migration, done.after, same)


def _prepare(engine: Engine, migration: str) -> None:
    with engine.connect() as connection:
        current = migrations.current(connection)
        found = portable.occupied(connection) if current else []
        if current is None:
            upgrading.refuse_foreign(connection)
    if found:
        raise RestoreNotEmpty(tables=found)
    if current is not None and current != migration:
        raise RestoreElsewhere(migration=migration, current=current)
    if current is None:
        migrations.upgrade_with(engine, migration)


def _load(engine: Engine, file: BackupFile, progress: Progress) -> int:
    manifest = file.manifest
    names = [table.name for table in manifest.tables]
    with engine.begin() as connection:
        for name in portable.missing(connection, names):
            raise DamagedBackup(name=file.name, part=name)
        portable.begin_load(connection, names)
        for table in manifest.tables:
            rows = told(_rows(file, table), table.name, progress)
            if portable.load(connection, table.name, table.columns, rows) != table.rows:
                raise DamagedBackup(name=file.name, part=table.cells.name)
        portable.end_load(connection, names)
    return manifest.rows


def _rows(file: BackupFile, table: TablePart) -> Iterator[list[Any]]:
    name = portable.body_column(table.columns)
    if name is None:
        yield from file.rows(table)
        return
    place = [column.name for column in table.columns].index(name)
    with file.bodies(table) as bodies:
        for row in file.rows(table):
            yield [*row[:place], _body(bodies, row[place]), *row[place + 1 :]]


def _body(bodies: IO[bytes], length: int | None) -> bytes | None:
    return None if length is None else bodies.read(length)
