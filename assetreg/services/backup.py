"""The whole register as one portable file, whatever the engine, taken while others work."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Table

from assetreg import __version__
from assetreg.db import migrations, portable
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.domain.backup_manifest import Manifest, TablePart
from assetreg.domain.errors import Conflict
from assetreg.domain.sentences import Phrase
from assetreg.domain.system_faults import words_of
from assetreg.outputs.backup_file import BackupWriter
from assetreg.services import history_key
from assetreg.services.progress import Progress, silent

_SECRET_TEXT = b"assetreg: the key of this register's cookies and sealed secrets"
TOLD_EVERY = 10_000


class BackupThere(Conflict):
    code = "backup_there"
    message = "Filen {name} finns redan, och en säkerhetskopia skrivs aldrig över. Ange ett annat namn."


class BackupUnwritten(Conflict):
    code = "backup_unwritten"
    message = "Säkerhetskopian gick inte att skriva till {name}: {reason}. Ingen kopia finns kvar. Ange en annan plats."


@dataclass(frozen=True, slots=True)
class Keys:
    """The register's two secrets. Neither is ever in a backup."""

    history: bytes
    secret: bytes


def secret_check(key: bytes) -> str:
    """Tells whether a secret key is the same, without telling the key (HMAC-SHA256, RFC 2104)."""
    return hmac.new(key, _SECRET_TEXT, hashlib.sha256).hexdigest()


def write(database: Database, path: Path, *, keys: Keys, at: datetime, progress: Progress = silent) -> Manifest:
    """Writes the backup beside its place and moves it there when it is whole, readable by its owner alone.

    All rows are as at one moment, and nobody waits for it. Raises BackupThere or BackupUnwritten.
    """
    if path.exists():
        raise BackupThere(name=Phrase(path))
    begun = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(begun, "xb", opener=partial(os.open, mode=0o600)) as stream:
            with BackupWriter(stream) as writer, database.snapshot(EVERYTHING) as session:
                manifest = _manifest(session, tuple(_tables(session, writer, progress)), keys=keys, at=at)
                writer.finish(manifest)
            stream.flush()
            os.fsync(stream.fileno())
        _name(begun, path)
    except FileExistsError:
        raise BackupThere(name=Phrase(path)) from None
    except OSError as error:
        raise BackupUnwritten(name=Phrase(path), reason=words_of(error)) from None
    finally:
        with suppress(OSError):
            begun.unlink()
    return manifest


def _name(begun: Path, path: Path) -> None:
    """Gives the finished file its name, never over another. Raises FileExistsError or OSError."""
    try:
        os.link(begun, path)
    except FileExistsError:
        raise
    except OSError:
        # Shares and memory sticks often have no links: there the name is taken first, and the file moved over it.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            begun.replace(path)
        except OSError:
            path.unlink()
            raise


def _manifest(session: ScopedSession, tables: tuple[TablePart, ...], *, keys: Keys, at: datetime) -> Manifest:
    with session.unguarded("asks how the database is built, not for rows") as connection:
        migration = migrations.current(connection) or ""
    return Manifest(
        version=__version__,
        migration=migration,
        engine=session.dialect,
        made_at=at.astimezone(UTC).isoformat(timespec="seconds"),
        history_key_check=history_key.check_value(keys.history),
        secret_key_check=secret_check(keys.secret),
        tables=tables,
    )


def _tables(session: ScopedSession, writer: BackupWriter, progress: Progress) -> Iterator[TablePart]:
    for table in portable.tables():
        columns = portable.columns(table)
        bodies = _bodies(session, table) if portable.body_column(columns) else None
        yield writer.table(
            table.name, columns, told(portable.read(session, table), table.name, progress), bodies=bodies
        )


def _bodies(session: ScopedSession, table: Table) -> Callable[[], Iterator[bytes]]:
    return lambda: portable.read_bodies(session, table)


def told(rows: Iterator[list[object]], name: str, progress: Progress) -> Iterator[list[object]]:
    """The rows, telling now and then how many have passed."""
    for count, row in enumerate(rows, start=1):
        if count % TOLD_EVERY == 0:
            progress(f"rader i {name}", count)
        yield row
