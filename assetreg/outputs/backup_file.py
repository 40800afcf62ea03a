"""Writing a backup: a zip with one stream of JSON rows a table, the bytes of files beside them, and a manifest last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any, Self
from zipfile import ZIP_DEFLATED, ZipFile

from assetreg.domain.backup_manifest import Column, Manifest, Part, TablePart

MANIFEST = "manifest.json"
LEVEL = 4
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class BackupWriter:
    """Parts are written one after the other and hashed on the way; nothing is held but the part's hash."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=LEVEL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def table(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Any]],
        *,
        bodies: Callable[[], Iterable[bytes]] | None = None,
    ) -> TablePart:
        """Rows hold what JSON can, a cell a column; ``bodies`` gives the bytes that the rows only say the length of."""
        count = 0

        def lines() -> Iterable[bytes]:
            nonlocal count
            for row in rows:
                count += 1
                yield (_encode(list(row)) + "\n").encode()

        cells = self._part(f"{name}.jsonl", lines())
        beside = self._part(f"{name}.bin", bodies()) if bodies else None
        return TablePart(name, tuple(columns), count, cells, beside)

    def finish(self, manifest: Manifest) -> None:
        self._zip.writestr(MANIFEST, manifest.to_json())

    def _part(self, name: str, pieces: Iterable[bytes]) -> Part:
        digest, size = hashlib.sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as part:
            for piece in pieces:
                part.write(piece)
                digest.update(piece)
                size += len(piece)
        return Part(name, size, digest.hexdigest())
