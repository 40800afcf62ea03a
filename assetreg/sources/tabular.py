"""A list in a file, CSV or XLSX, as headers and numbered rows; what goes wrong in a row stays with the row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Literal, cast

from assetreg.sources.containers import is_workbook, size_of
from assetreg.sources.csv_text import delimiter_of, records
from assetreg.sources.encodings import encoding_of
from assetreg.sources.refusals import EmptyFile, FileRefused, FileTooLarge, TooManyRows
from assetreg.sources.rows import (
    DEFAULT,
    BrokenCell,
    Cell,
    Limits,
    RowFault,
    TableRow,
    header_of,
    is_blank_row,
    row_of,
)
from assetreg.sources.workbook import WorkbookReader, Worksheet, open_workbook
from assetreg.sources.xlsx_rows import sheet_rows

__all__ = ["DEFAULT", "Cell", "Limits", "RowFault", "Table", "TableRow", "open_table", "open_tables"]

RawRow = tuple[int, list[Cell | BrokenCell]]


@dataclass(frozen=True, slots=True)
class Table:
    """Headers as in the file, and the rows under them, read anew from the stream on every iteration.

    One iteration at a time. Iterating may raise FileRefused where the file breaks off further down.
    ``encoding`` and ``delimiter`` are empty for a workbook, ``sheet`` for a CSV file.
    """

    headers: tuple[str, ...]
    format: Literal["csv", "xlsx"]
    encoding: str
    delimiter: str
    sheet: str
    header_row: int
    limits: Limits = field(repr=False)
    _source: _CsvSource | _XlsxSource = field(repr=False)

    def __iter__(self) -> Iterator[TableRow | RowFault]:
        read = 0
        for number, cells in self._source.rows(self.limits):
            if number <= self.header_row or is_blank_row(cells):
                continue
            read += 1
            if read > self.limits.rows:
                raise TooManyRows(limit=self.limits.rows)
            yield row_of(number, cells, headers=self.headers, limits=self.limits)


@dataclass(frozen=True, slots=True)
class _CsvSource:
    stream: BinaryIO
    encoding: str
    delimiter: str
    declared: bool

    def rows(self, limits: Limits) -> Iterator[RawRow]:
        texts = records(
            self.stream,
            encoding=self.encoding,
            delimiter=self.delimiter,
            declared=self.declared,
            longest=limits.record,
        )
        for number, cells in enumerate(texts, start=1):
            yield number, cast("list[Cell | BrokenCell]", cells)


@dataclass(frozen=True, slots=True)
class _XlsxSource:
    reader: WorkbookReader
    worksheet: Worksheet
    name: str

    def rows(self, limits: Limits) -> Iterator[RawRow]:
        return sheet_rows(self.reader, self.worksheet, name=self.name, limits=limits)


def open_table(stream: BinaryIO, *, name: str, limits: Limits = DEFAULT, sheet: str | None = None) -> Table:
    """The only table of a file, or the one on a sheet: the named one, else the first that a person sees.

    The stream and ``name`` are as in ``open_tables``, and so is what is raised.
    """
    workbook = _workbook(stream, name=name, limits=limits)
    if workbook is None:
        return _csv_table(stream, name=name, limits=limits)
    return _sheet_table(workbook, workbook.worksheet(sheet, name=name), name=name, limits=limits)


def open_tables(stream: BinaryIO, *, name: str, limits: Limits = DEFAULT) -> list[Table]:
    """The tables in a seekable stream that stays open and belongs to the caller; ``name`` is only for messages.

    One for a text, one for each sheet with headers that a person sees in a workbook; never none. Raises a FileRefused
    whose sentence says what to do; a mishap in one row comes out as a RowFault.
    """
    workbook = _workbook(stream, name=name, limits=limits)
    if workbook is None:
        return [_csv_table(stream, name=name, limits=limits)]
    tables: list[Table] = []
    refusals: list[FileRefused] = []
    for worksheet in workbook.visible(name=name):
        try:
            tables.append(_sheet_table(workbook, worksheet, name=name, limits=limits))
        except FileRefused as refusal:
            refusals.append(refusal)
    if not tables:
        raise refusals[0]
    return tables


def _workbook(stream: BinaryIO, *, name: str, limits: Limits) -> WorkbookReader | None:
    """The workbook in the stream; None for a text."""
    size = size_of(stream)
    if not size:
        raise EmptyFile(name=name)
    _refuse_size(size, max(limits.csv_bytes, limits.xlsx_bytes), name)
    if is_workbook(stream, name=name):
        _refuse_size(size, limits.xlsx_bytes, name)
        return open_workbook(stream, name=name, limits=limits)
    _refuse_size(size, limits.csv_bytes, name)
    return None


def _csv_table(stream: BinaryIO, *, name: str, limits: Limits) -> Table:
    encoding = encoding_of(stream)
    delimiter, declared = delimiter_of(stream, encoding=encoding)
    source = _CsvSource(stream, encoding, delimiter, declared)
    number, headers = _header(source.rows(limits), name=name, limits=limits)
    return Table(headers, "csv", encoding, delimiter, "", number, limits, source)


def _sheet_table(reader: WorkbookReader, worksheet: Worksheet, *, name: str, limits: Limits) -> Table:
    source = _XlsxSource(reader, worksheet, name)
    number, headers = _header(source.rows(limits), name=name, limits=limits)
    return Table(headers, "xlsx", "", "", worksheet.name, number, limits, source)


def _header(rows: Iterable[RawRow], *, name: str, limits: Limits) -> tuple[int, tuple[str, ...]]:
    for number, cells in rows:
        if not is_blank_row(cells):
            return number, header_of(cells, limits=limits)
    raise EmptyFile(name=name)


def _refuse_size(size: int, limit: int, name: str) -> None:
    if size > limit:
        raise FileTooLarge(name=name, size=-(-size // 1_000_000), limit=limit // 1_000_000)
