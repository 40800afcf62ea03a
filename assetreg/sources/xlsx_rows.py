"""The rows of one worksheet, read as a stream: values as Excel last calculated them, with their types."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import IO, Any, Final, cast
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS

from assetreg.domain.cells import shown
from assetreg.sources.refusals import DamagedWorkbook, TooManyColumns
from assetreg.sources.rows import BrokenCell, Cell, CellUnreadable, FormulaError, FormulaWithoutValue, Limits
from assetreg.sources.workbook import DAMAGE, WorkbookReader, Worksheet

_DATA = f"{{{SHEET_MAIN_NS}}}sheetData"
_ROW = f"{{{SHEET_MAIN_NS}}}row"
# The widest row a sheet can have, with a few elements in each cell.
_MOST_ELEMENTS: Final = 16_384 * 8
_MIDNIGHT = time()
# How a workbook writes a character that XML cannot hold; an underscore that might be taken for one is `_x005F_`.
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_SURROGATES = range(0xD800, 0xE000)

SheetRow = tuple[int, list[Cell | BrokenCell]]


class CellParser(WorkSheetParser):
    """openpyxl's parser, made to tell a formula without a value from an empty cell and to outlive a broken one."""

    def parse_cell(self, element: Element) -> dict[str, Any]:
        try:
            cell = super().parse_cell(element)
        except (*DAMAGE, UserWarning):
            text = shown(element.findtext(VALUE_TAG) or "")
            return {"column": self.col_counter, "value": BrokenCell(text, CellUnreadable(value=text))}
        return {"column": cell["column"], "value": _value(cell, element)}


def _value(cell: dict[str, Any], element: Element) -> Cell | BrokenCell:
    value = cell["value"]
    if cell["data_type"] == "e":
        return BrokenCell(str(value), FormulaError(value=shown(value)))
    if value is None and element.get("t") is None and element.find(FORMULA_TAG) is not None:
        return BrokenCell("", FormulaWithoutValue())
    if isinstance(value, datetime):
        return value.date() if value.time() == _MIDNIGHT else value
    if isinstance(value, (time, timedelta)):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return BrokenCell(str(value), CellUnreadable(value=value))
    if isinstance(value, str):
        return _ESCAPED.sub(_character, value) if "_x" in value else value
    if value is None or isinstance(value, (int, float, date)):
        return value
    return str(value)


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return escape[0] if code in _SURROGATES else chr(code)


def sheet_rows(reader: WorkbookReader, worksheet: Worksheet, *, name: str, limits: Limits) -> Iterator[SheetRow]:
    """Every row the sheet holds, with the number the sheet shows for it; rows never written are left out.

    Raises DamagedWorkbook, or TooManyColumns for a row wider than any sheet.
    """
    try:
        content = reader.archive.open(worksheet.part)
    except DAMAGE:
        raise DamagedWorkbook(name=name) from None
    with content, _damage_named(name):
        parser = CellParser(
            content,
            reader.shared_strings,
            data_only=True,
            epoch=reader.epoch,
            date_formats=reader.date_styles,
            timedelta_formats=reader.duration_styles,
        )
        for element in _row_elements(content, limits):
            number, cells = parser.parse_row(cast("Any", element))
            yield number, _in_columns(cells, limits)


@contextmanager
def _damage_named(name: str) -> Iterator[None]:
    try:
        yield
    except DAMAGE:
        raise DamagedWorkbook(name=name) from None


def _row_elements(content: IO[bytes], limits: Limits) -> Iterator[Element]:
    """Row by row, forgetting each one, so that memory stays level; what stands before the rows is never large."""
    events = iterparse(content, events=("start", "end"), forbid_dtd=True)
    data: Element | None = None
    elements = 0
    for event, element in events:
        if event == "start":
            if element.tag == _DATA:
                data, elements = element, 0
        elif element.tag == _ROW and data is not None:
            yield element
            data.clear()
            elements = 0
        elif element.tag == _DATA:
            return
        else:
            elements += 1
            if elements > _MOST_ELEMENTS:
                raise TooManyColumns(count=elements, limit=limits.columns) if data is not None else ValueError
    raise ValueError


def _in_columns(cells: list[dict[str, Any]], limits: Limits) -> list[Cell | BrokenCell]:
    """The cells at their places; those far out to the right follow at the end, where they have no header."""
    row: list[Cell | BrokenCell] = []
    for cell in cells:
        position = cell["column"] - 1
        if position < len(row):
            continue
        if position <= limits.columns:
            row.extend([None] * (position - len(row)))
        row.append(cell["value"])
    return row
