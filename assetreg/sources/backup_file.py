"""Reading a backup: every part is held against the manifest's hashes before the first row is given out."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Self
from zipfile import BadZipFile, ZipFile

from assetreg.domain.backup_manifest import Manifest, NoManifest, Part, TablePart, from_json
from assetreg.domain.errors import Invalid
from assetreg.domain.system_faults import words_of

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 4 << 20
PIECE = 1 << 20
_BROKEN = (BadZipFile, NoManifest, KeyError, EOFError, zlib.error, NotImplementedError, RuntimeError, ValueError)


class NoBackup(Invalid):
    code = "no_backup"
    message = "Filen {name} är ingen säkerhetskopia från assetreg, eller så är den avhuggen. Välj en annan fil."


class DamagedBackup(Invalid):
    code = "damaged_backup"
    message = (
        "Säkerhetskopian {name} är skadad: delen {part} är inte som när den skrevs. Inget är återställt. "
        "Använd en annan kopia."
    )


class UnreadableBackup(Invalid):
    code = "unreadable_backup"
    message = "Filen {name} går inte att läsa: {reason}. Kontrollera sökvägen och rättigheterna."


class BackupFile:
    """An opened backup. ``rows`` and ``bodies`` read it from the beginning each time, and hold one row of it."""

    def __init__(self, path: Path) -> None:
        """Raises UnreadableBackup or NoBackup."""
        self.name = path.name
        try:
            self._zip = ZipFile(path)
            self.manifest = self._read_manifest()
        except OSError as error:
            raise UnreadableBackup(name=path.name, reason=words_of(error)) from None
        except _BROKEN:
            raise NoBackup(name=path.name) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def verify(self) -> Iterator[str]:
        """Reads the whole file and gives the name of each part that is as it was written. Raises DamagedBackup."""
        listed = [*(part.name for part in self.manifest.parts), MANIFEST]
        for extra in sorted(set(self._zip.namelist()) ^ set(listed)):
            raise DamagedBackup(name=self.name, part=extra)
        for part in self.manifest.parts:
            self._verify(part)
            yield part.name

    def rows(self, table: TablePart) -> Iterator[list[Any]]:
        with self._zip.open(table.cells.name) as stream:
            for line in stream:
                yield json.loads(line)

    def bodies(self, table: TablePart) -> IO[bytes]:
        """The bytes of the table's files back to back; the caller closes it."""
        if table.bodies is None:
            raise ValueError(table.name)
        return self._zip.open(table.bodies.name)

    def _verify(self, part: Part) -> None:
        digest, size = hashlib.sha256(), 0
        try:
            with self._zip.open(part.name) as stream:
                while size <= part.size and (piece := stream.read(PIECE)):
                    digest.update(piece)
                    size += len(piece)
        except (*_BROKEN, OSError):
            raise DamagedBackup(name=self.name, part=part.name) from None
        if size != part.size or digest.hexdigest() != part.sha256:
            raise DamagedBackup(name=self.name, part=part.name)

    def _read_manifest(self) -> Manifest:
        if self._zip.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
            raise NoManifest
        return from_json(self._zip.read(MANIFEST))
