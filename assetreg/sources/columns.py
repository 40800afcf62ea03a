"""Which header stands for which column: by name, whatever its case, blanks, hyphens and accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assetreg.sources.refusals import FileRefused

_MOST_NAMED = 20


class TwoHeadersForOneColumn(FileRefused):
    code = "file_two_headers_for_one_column"
    message = (
        "Rubrikerna {first} och {second} betyder samma sak ({column}). "
        "Ta bort den ena kolumnen, eller peka ut rätt rubrik i kolumnmappningen och sätt den andra till null."
    )


class MappedHeaderMissing(FileRefused):
    code = "file_mapped_header_missing"
    message = "Kolumnmappningen nämner rubriken {header}, men filen har bara: {headers}. Rätta stavningen."


class MappedColumnUnknown(FileRefused):
    code = "file_mapped_column_unknown"
    message = "Kolumnmappningen pekar på {column}, som inte är en kolumn här. Välj någon av: {columns}."


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where each known column stands (counted from 0), and the headers that are not read."""

    positions: Mapping[str, int]
    headers: Mapping[str, str]
    unread: tuple[str, ...]


def fold(name: str) -> str:
    """The letters and digits of a name without case or accents: `Garanti-till` and `garanti_till` are one."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in plain if character.isalnum())


def match_headers(
    headers: Sequence[str],
    columns: Mapping[str, frozenset[str]],
    *,
    renamed: Mapping[str, str | None] | None = None,
) -> ColumnMap:
    """Find each column by its own name or one of its other names.

    ``renamed`` (header -> column, or None to leave the header unread) goes before the names.
    Raises TwoHeadersForOneColumn, MappedHeaderMissing or MappedColumnUnknown.
    """
    chosen = _chosen(headers, columns, renamed or {})
    known = {fold(name): column for column, names in columns.items() for name in (column, *names)}
    positions: dict[str, int] = {}
    unread = []
    for position, header in enumerate(headers):
        name = fold(header)
        column = chosen[name] if name in chosen else known.get(name)
        if column is None:
            unread.append(header)
        elif column in positions:
            raise TwoHeadersForOneColumn(first=headers[positions[column]], second=header, column=column)
        else:
            positions[column] = position
    shown = {column: headers[position] for column, position in positions.items()}
    return ColumnMap(positions, shown, tuple(header for header in unread if header))


def _chosen(
    headers: Sequence[str], columns: Mapping[str, frozenset[str]], renamed: Mapping[str, str | None]
) -> dict[str, str | None]:
    present = {fold(header) for header in headers}
    for header, column in renamed.items():
        if fold(header) not in present:
            raise MappedHeaderMissing(header=header, headers=[name for name in headers if name][:_MOST_NAMED])
        if column is not None and column not in columns:
            raise MappedColumnUnknown(column=column, columns=sorted(columns))
    return {fold(header): column for header, column in renamed.items()}
