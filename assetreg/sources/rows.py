"""The shape every table has once it is read, whatever file it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from assetreg.domain.cells import is_blank, shown, text_of, tidy, unguard_formula
from assetreg.domain.errors import Invalid, Refusal
from assetreg.domain.sentences import Phrase
from assetreg.sources.refusals import DuplicateHeaders, HeaderTooLong, HeaderUnreadable, TooManyColumns

Cell = str | int | float | bool | date | datetime | None

LONGEST_HEADER = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may hold. Sizes in bytes, cells and rows of text in characters.

    A text is read in level memory however long it is, so ``csv_bytes`` is only the most that the setting for uploads
    can say; the doors hold files to the setting itself. A workbook is unpacked, which takes more.
    """

    csv_bytes: int = 4_096_000_000
    xlsx_bytes: int = 20_000_000
    rows: int = 1_000_000
    columns: int = 200
    cell: int = 5_000
    record: int = 1_100_000
    inflated_bytes: int = 400_000_000
    inflated_ratio: int = 200


DEFAULT = Limits()


class CellFault(Invalid):
    """One cell that cannot be read as anything; the row it stands in is refused."""


class CellTooLong(CellFault):
    code = "cell_too_long"
    message = "Cellen har {length} tecken, men högst {limit} läses. Korta texten."


class CellOutsideHeader(CellFault):
    code = "cell_outside_header"
    message = (
        "Raden har fler celler än rubrikraden, och {value} står utan rubrik. "
        "Sätt citattecken om text som innehåller skiljetecknet, eller ge kolumnen en rubrik."
    )


class FormulaError(CellFault):
    code = "cell_formula_error"
    message = "Cellen visar felet {value}. Rätta formeln eller skriv värdet i stället."


class FormulaWithoutValue(CellFault):
    code = "cell_formula_without_value"
    message = "Cellen har en formel utan uträknat värde. Öppna och spara filen i kalkylprogrammet, eller skriv värdet."


class CellUnreadable(CellFault):
    code = "cell_unreadable"
    message = "Cellens värde {value} går inte att läsa. Skriv om det i kalkylprogrammet och spara filen."


@dataclass(frozen=True, slots=True)
class BrokenCell:
    """A cell the file holds but that has no value; ``text`` is what the sheet shows there."""

    text: str
    refusal: CellFault


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of data, as wide as the header. ``number`` counts as the sheet does: the first row is 1."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that cannot be read, with its cells so that it can be written out, mended and read again.

    ``column`` is the header over the first cell at fault, empty where there is none; ``value`` is cut at 60 characters.
    """

    number: int
    column: str
    value: str
    refusal: Refusal
    cells: tuple[Cell, ...]

    @property
    def reason(self) -> str:
        return self.refusal.sentence()


def header_of(cells: Iterable[Cell | BrokenCell], *, limits: Limits) -> tuple[str, ...]:
    """The headers without invisible characters; empty ones at the end are left out.

    Raises TooManyColumns, DuplicateHeaders, HeaderTooLong or HeaderUnreadable.
    """
    headers = [_header(cell, column) for column, cell in enumerate(cells, start=1)]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > limits.columns:
        raise TooManyColumns(count=len(headers), limit=limits.columns)
    seen: set[str] = set()
    for header in headers:
        if header and header.casefold() in seen:
            raise DuplicateHeaders(header=header)
        seen.add(header.casefold())
    return tuple(headers)


def _header(cell: Cell | BrokenCell, column: int) -> str:
    if isinstance(cell, BrokenCell):
        raise HeaderUnreadable(column=column, value=cell.text or Phrase("formel"))
    text = tidy(unguard_formula(cell)) if isinstance(cell, str) else text_of(cell)
    if len(text) > LONGEST_HEADER:
        raise HeaderTooLong(column=column, header=shown(text), limit=LONGEST_HEADER)
    return text


def is_blank_row(cells: Iterable[Cell | BrokenCell]) -> bool:
    return all(not isinstance(cell, BrokenCell) and is_blank(cell) for cell in cells)


def row_of(
    number: int, cells: list[Cell | BrokenCell], *, headers: tuple[str, ...], limits: Limits
) -> TableRow | RowFault:
    """The row as wide as the header, or its first fault."""
    plain = [_plain(cell) for cell in cells]
    for position, cell in enumerate(cells):
        refusal = _fault(cell, outside=position >= len(headers), limits=limits)
        if refusal is not None:
            column = headers[position] if position < len(headers) else ""
            return RowFault(number, column, shown(text_of(plain[position])), refusal, tuple(plain))
    width = len(headers)
    return TableRow(number, tuple(plain[:width]) + (None,) * (width - len(plain)))


def _plain(cell: Cell | BrokenCell) -> Cell:
    if isinstance(cell, BrokenCell):
        return cell.text
    return unguard_formula(cell) if isinstance(cell, str) else cell


def _fault(cell: Cell | BrokenCell, *, outside: bool, limits: Limits) -> CellFault | None:
    if isinstance(cell, BrokenCell):
        return cell.refusal
    if isinstance(cell, str) and len(cell) > limits.cell:
        return CellTooLong(length=len(cell), limit=limits.cell)
    if outside and not is_blank(cell):
        return CellOutsideHeader(value=shown(text_of(cell)))
    return None
