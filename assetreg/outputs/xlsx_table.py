"""A table as a workbook with real dates and numbers, written in constant memory."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from assetreg.domain.cells import PartialDate, Precision, unguard_formula
from assetreg.domain.errors import Invalid
from assetreg.outputs.sheet import About, Column, ColumnType, Sheet, Value, in_words, local

MOST_ROWS: Final = 1_048_575
_LONGEST_CELL: Final = 32_767
_LONGEST_TITLE: Final = 31
_FIRST_YEAR: Final = 1900
_FORBIDDEN_IN_TITLE = re.compile(r"[\[\]:*?/\\]")

# A workbook stores number formats the American way; Excel shows `#,##0` as `# ##0` to a Swedish reader.
_NUMBER_FORMATS: Final[dict[ColumnType, str]] = {
    "text": "@",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
    "year": "0",
    "integer": "#,##0",
    "money": "#,##0",
    "decimal": "#,##0.0##",
}
_WIDTHS: Final[dict[ColumnType, int]] = {
    "text": 18, "date": 12, "datetime": 17, "year": 7, "integer": 11, "money": 13, "decimal": 13,
}  # fmt: skip
_WIDEST: Final = 40


class TooManyRowsForWorkbook(Invalid):
    code = "too_many_rows_for_workbook"
    message = "En arbetsbok rymmer högst {limit} rader. Välj CSV, eller begränsa urvalet."


@dataclass(frozen=True, slots=True)
class _Styles:
    head: Format
    wrapped: Format
    by_type: dict[ColumnType, Format]


def write_xlsx(sheets: Sequence[Sheet], out: IO[bytes], *, about: About) -> None:
    """The first sheet, then what the file is about, then the other sheets; ``out`` stays open.

    Text is always text, so serials keep their zeros and no formula runs. Raises TooManyRowsForWorkbook.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = Workbook(out, {**options, "strings_to_numbers": False})
    titles = _titles([sheets[0].title, about.title, *(sheet.title for sheet in sheets[1:])])
    styles = _styles(workbook)
    try:
        _write_sheet(workbook.add_worksheet(titles[0]), sheets[0], styles)
        _write_about(workbook.add_worksheet(titles[1]), about, styles)
        for title, sheet in zip(titles[2:], sheets[1:], strict=True):
            _write_sheet(workbook.add_worksheet(title), sheet, styles)
    finally:
        workbook.close()


def _styles(workbook: Workbook) -> _Styles:
    return _Styles(
        head=workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        wrapped=workbook.add_format({"text_wrap": True, "valign": "top", "num_format": "@"}),
        by_type={type_: workbook.add_format({"num_format": code}) for type_, code in _NUMBER_FORMATS.items()},
    )


def _titles(titles: Sequence[str]) -> list[str]:
    """Titles a workbook accepts, each another than the ones before it whatever the case."""
    result: list[str] = []
    for title in titles:
        plain = _FORBIDDEN_IN_TITLE.sub(" ", title).strip(" '")[:_LONGEST_TITLE].strip(" '") or "Blad"
        unique, number = plain, 2
        while unique.casefold() in {used.casefold() for used in result}:
            ending = f" {number}"
            unique, number = plain[: _LONGEST_TITLE - len(ending)] + ending, number + 1
        result.append(unique)
    return result


def _write_sheet(worksheet: Worksheet, sheet: Sheet, styles: _Styles) -> None:
    formats = [styles.by_type[column.type] for column in sheet.columns]
    for position, column in enumerate(sheet.columns):
        worksheet.set_column(position, position, _width(column), formats[position])
        worksheet.write_string(0, position, column.title, styles.head)
    number = 0
    for number, row in enumerate(sheet.rows, start=1):
        if number > MOST_ROWS:
            raise TooManyRowsForWorkbook(limit=MOST_ROWS)
        for position, value in enumerate(row):
            _write_cell(worksheet, (number, position), value, column=sheet.columns[position], styles=styles)
    worksheet.freeze_panes(1, 0)
    if sheet.columns:
        worksheet.autofilter(0, 0, number, len(sheet.columns) - 1)


def _write_about(worksheet: Worksheet, about: About, styles: _Styles) -> None:
    worksheet.set_column(0, 0, 24)
    worksheet.set_column(1, 1, 80)
    for number, (heading, text) in enumerate(about.facts):
        worksheet.write_string(number, 0, heading[:_LONGEST_CELL], styles.head)
        worksheet.write_string(number, 1, text[:_LONGEST_CELL], styles.wrapped)


def _width(column: Column) -> int:
    return min(max(_WIDTHS[column.type], len(column.title) + 3), _WIDEST)


def _write_cell(worksheet: Worksheet, place: tuple[int, int], value: Value, *, column: Column, styles: _Styles) -> None:
    if isinstance(value, PartialDate) and value.precision is Precision.DAY:
        value = value.value
    if value is None or value == "":
        return
    style = styles.by_type[column.type]
    moment, number = _moment(value), _number(value)
    if moment is not None and column.type in {"date", "datetime"}:
        worksheet.write_datetime(*place, moment, style)
    elif number is not None and column.type != "text":
        worksheet.write_number(*place, number, style)
    else:
        worksheet.write_string(*place, _text(value), styles.by_type["text"])


def _moment(value: Value) -> datetime | None:
    """The time to write; None also for a day before the first one a workbook knows."""
    if not isinstance(value, date) or value.year < _FIRST_YEAR:
        return None
    return local(value) if isinstance(value, datetime) else datetime.combine(value, time())


def _number(value: Value) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return float(value) if math.isfinite(value) else None


def _text(value: Value) -> str:
    """Reading takes one apostrophe from guarded text, so text that really begins so gets one more."""
    text = in_words(value)
    return (f"'{text}" if unguard_formula(text) != text else text)[:_LONGEST_CELL]
