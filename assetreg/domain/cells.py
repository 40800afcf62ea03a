"""What one cell of a file says: the one place that turns its text into a date, a number, a word or nothing."""

from __future__ import annotations

from assetreg.domain.cell_dates import (
    AmbiguousDate,
    DateOutOfRange,
    ImpossibleDate,
    PartialDate,
    UnreadableDate,
    UnreadableDateFormat,
    format_pattern,
    parse_date,
)
from assetreg.domain.cell_numbers import (
    AmbiguousNumber,
    NotWhole,
    NumberTooLong,
    UnreadableNumber,
    parse_decimal,
    parse_integer,
)
from assetreg.domain.cell_text import (
    EMPTY_MARK,
    CellValue,
    DamagedValue,
    TextTooLong,
    UnreadableBoolean,
    clean_text,
    guard_formula,
    is_blank,
    is_empty_mark,
    looks_damaged,
    parse_boolean,
    shown,
    text_of,
    tidy,
    unguard_formula,
)
from assetreg.domain.terms import Precision

__all__ = [
    "EMPTY_MARK",
    "AmbiguousDate",
    "AmbiguousNumber",
    "CellValue",
    "DamagedValue",
    "DateOutOfRange",
    "ImpossibleDate",
    "NotWhole",
    "NumberTooLong",
    "PartialDate",
    "Precision",
    "TextTooLong",
    "UnreadableBoolean",
    "UnreadableDate",
    "UnreadableDateFormat",
    "UnreadableNumber",
    "clean_text",
    "format_pattern",
    "guard_formula",
    "is_blank",
    "is_empty_mark",
    "looks_damaged",
    "parse_boolean",
    "parse_date",
    "parse_decimal",
    "parse_integer",
    "shown",
    "text_of",
    "tidy",
    "unguard_formula",
]
