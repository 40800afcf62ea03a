"""What a backup file says of itself: which parts it has, of what sizes and hashes, and which keys it belongs to."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = 1
"""The layout of the file; a file of a newer one is refused."""

KINDS = frozenset({"text", "integer", "boolean", "decimal2", "decimal3", "money", "date", "moment", "json", "bytes"})


class NoManifest(Exception):
    """The document is not a manifest, or says something else than when it was written."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column by name, and what its cells hold: one of ``KINDS``."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Part:
    """One stream in the file: its size in bytes as it is read, and the SHA-256 of them in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TablePart:
    """A table: its columns in the order of the cells, how many rows, and the streams they lie in.

    ``bodies`` holds the bytes of the one column that has such, row after row; the cells give their lengths.
    """

    name: str
    columns: tuple[Column, ...]
    rows: int
    cells: Part
    bodies: Part | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """``migration`` is where the database stood; ``made_at`` is ISO 8601 in UTC.

    The two checks tell whether a key is the one the register was kept with; a key cannot be read from them.
    """

    version: str
    migration: str
    engine: str
    made_at: str
    history_key_check: str
    secret_key_check: str
    tables: tuple[TablePart, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every stream, in the order they were written."""
        return tuple(part for table in self.tables for part in (table.cells, table.bodies) if part is not None)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def sha256(self) -> str:
        """One hash over everything: the manifest's own, which names the hash of every part."""
        return hashlib.sha256(_canonical(self._document())).hexdigest()

    def to_json(self) -> bytes:
        return _canonical(self._document() | {"sha256": self.sha256})

    def _document(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}


def from_json(body: bytes) -> Manifest:
    """Raises NoManifest for anything but what ``to_json`` wrote."""
    try:
        document = json.loads(body)
        stated, kind = document.pop("sha256"), document.pop("format")
        if kind != FORMAT:
            raise NoManifest
        tables = tuple(_table(each) for each in document.pop("tables"))
        manifest = Manifest(tables=tables, **document)
        whole = hmac.compare_digest(manifest.sha256, stated)
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise NoManifest from fault
    if not whole or any(column.kind not in KINDS for table in tables for column in table.columns):
        raise NoManifest
    return manifest


def _table(document: Mapping[str, Any]) -> TablePart:
    columns = tuple(Column(**each) for each in document["columns"])
    bodies = document["bodies"]
    cells = Part(**document["cells"])
    return TablePart(document["name"], columns, document["rows"], cells, Part(**bodies) if bodies else None)


def _canonical(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
