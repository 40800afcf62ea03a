"""Dates as people and spreadsheets write them; one that can be read two ways is refused, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from assetreg.domain.cell_text import CellValue, shown, text_of, tidy
from assetreg.domain.errors import Invalid
from assetreg.domain.terms import Precision

EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2100, 12, 31)

# Day 0 of the 1900 system lies a day early, since the system counts a 29 February 1900 that never was.
_DAY_ZERO = date(1899, 12, 30)
_FIRST_DAY_NUMBER = (date(1980, 1, 1) - _DAY_ZERO).days
_LAST_DAY_NUMBER = (LATEST - _DAY_ZERO).days

_CLOCK = r"(?:[T ][0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]{1,9})?)?(?: ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?)?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_CLOCK}", re.IGNORECASE)
_YEAR_LAST = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{4}}){_CLOCK}", re.IGNORECASE)
_SHORT_YEAR = re.compile(rf"[0-9]{{1,2}}([-/.])[0-9]{{1,2}}\1[0-9]{{1,2}}{_CLOCK}", re.IGNORECASE)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})")
_YEAR = re.compile(r"[0-9]{4}")
_DAY_NUMBER = re.compile(r"([0-9]{5})(?:[.,][0-9]+)?")
_NAMED = re.compile(r"(?:den )?(?:([0-9]{1,2})[. -]{1,2})?([a-z]+)[. -]{1,2}([0-9]{4})", re.IGNORECASE)
_NAMED_SHORT = re.compile(r"[0-9]{1,2}[. -]{1,2}[a-z]+[. -]{1,2}[0-9]{2}", re.IGNORECASE)
_FORMAT_PART = re.compile(r"(YYYY|YY|MM?|DD?)|([-/. ])", re.IGNORECASE)
_SHORT_OR_LONG_YEAR = "(?:[0-9]{2}|[0-9]{4})"
_TO_HYPHEN: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2013\u2212", "-"))
_MONTH_NAMES: Final = (
    ("januari", "january"),
    ("februari", "february"),
    ("mars", "march"),
    ("april",),
    ("maj", "may"),
    ("juni", "june"),
    ("juli", "july"),
    ("augusti", "august"),
    ("september", "sept"),
    ("oktober", "october"),
    ("november",),
    ("december",),
)
_MONTHS: Final = {
    form: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names for form in (name, name[:3])
}


class UnreadableDate(Invalid):
    code = "unreadable_date"
    message = "{value} går inte att läsa som ett datum. Skriv det som ÅÅÅÅ-MM-DD, till exempel 2023-11-30."


class AmbiguousDate(Invalid):
    code = "ambiguous_date"
    message = (
        "Datumet {value} kan läsas på flera sätt. "
        "Skriv det som ÅÅÅÅ-MM-DD, eller ange formatet i kolumnmappningen, till exempel D/M/YYYY."
    )


class ImpossibleDate(Invalid):
    code = "impossible_date"
    message = "Datumet {value} finns inte i kalendern. Kontrollera dag och månad."


class DateOutOfRange(Invalid):
    code = "date_out_of_range"
    message = "Datumet {value} ligger utanför 1970-01-01 till 2100-12-31. Kontrollera årtalet."


class UnreadableDateFormat(Invalid):
    code = "unreadable_date_format"
    message = (
        "Datumformatet {value} går inte att läsa. "
        "Ange år, månad och dag en gång var, till exempel D/M/YYYY, M/D/YY eller YYYY-MM-DD."
    )


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date and how much of it is known; ``value`` is the first day of the month or year."""

    value: date
    precision: Precision

    def __str__(self) -> str:
        length = {Precision.DAY: 10, Precision.MONTH: 7, Precision.YEAR: 4}[self.precision]
        return self.value.isoformat()[:length]


def parse_date(value: CellValue, *, date_format: str | None = None) -> PartialDate:
    """The calendar day in the cell as it is written there; a time of day and its zone are left out.

    ``date_format`` (as `D/M/YYYY`) settles what is otherwise ambiguous and goes before every other reading.
    Raises UnreadableDate, AmbiguousDate, ImpossibleDate or DateOutOfRange, all Invalid.
    """
    if isinstance(value, datetime):
        return _in_range(value.date())
    if isinstance(value, date):
        return _in_range(value)
    text = _whole_day(value) or text_of(value).translate(_TO_HYPHEN)
    if date_format is not None and (match := format_pattern(date_format).fullmatch(text)):
        return _by_format(match, text)
    return _from_text(text)


def format_pattern(date_format: str) -> re.Pattern[str]:
    """The pattern that a format such as `D/M/YYYY` stands for, with groups y, m and d; Å may stand for Y."""
    text = tidy(date_format).upper().replace("Å", "Y")
    pieces = _FORMAT_PART.findall(text)
    letters = sorted(part[0] for part, _mark in pieces if part)
    if letters != ["D", "M", "Y"] or "".join(part + mark for part, mark in pieces) != text:
        raise UnreadableDateFormat(value=shown(date_format))
    digits = {"YYYY": "[0-9]{4}", "YY": "[0-9]{2}"}
    day_or_month = "[0-9]{2}"
    if any(mark for _part, mark in pieces):
        digits = dict.fromkeys(digits, _SHORT_OR_LONG_YEAR)
        day_or_month = "[0-9]{1,2}"
    pattern = "".join(
        f"(?P<{part[0].lower()}>{digits.get(part, day_or_month)})" if part else re.escape(mark) for part, mark in pieces
    )
    return re.compile(pattern + _CLOCK, re.IGNORECASE)


def _whole_day(value: CellValue) -> str:
    """A spreadsheet's day number without its time of day; empty for anything else."""
    if isinstance(value, (int, float, Decimal)) and _FIRST_DAY_NUMBER <= value < _LAST_DAY_NUMBER + 1:
        return str(int(value))
    return ""


def _by_format(match: re.Match[str], text: str) -> PartialDate:
    year = int(match["y"])
    if len(match["y"]) == 2:
        year += 1900 if year >= EARLIEST.year % 100 else 2000
    return _day(year, int(match["m"]), int(match["d"]), text=text)


def _from_text(text: str) -> PartialDate:
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(int(match[1]), int(match[3]), int(match[4]), text=text)
    if match := _YEAR_LAST.fullmatch(text):
        return _year_last(match, text)
    if match := _COMPACT.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]), text=text)
    if match := _MONTH.fullmatch(text):
        return _day(int(match[1]), int(match[2]), 1, text=text, precision=Precision.MONTH)
    if _YEAR.fullmatch(text):
        return _day(int(text), 1, 1, text=text, precision=Precision.YEAR)
    if match := _DAY_NUMBER.fullmatch(text):
        return _from_day_number(int(match[1]), text)
    return _from_words(text)


def _year_last(match: re.Match[str], text: str) -> PartialDate:
    """Points mean day first; otherwise only one of the two orders may give a date."""
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    if match[2] == ".":
        return _day(year, second, first, text=text)
    if first <= 12 and second <= 12 and first != second:
        raise AmbiguousDate(value=shown(text))
    day, month = (first, second) if second <= 12 else (second, first)
    return _day(year, month, day, text=text)


def _from_words(text: str) -> PartialDate:
    match = _NAMED.fullmatch(text)
    if match and (month := _MONTHS.get(match[2].lower())):
        precision = Precision.DAY if match[1] else Precision.MONTH
        return _day(int(match[3]), month, int(match[1] or 1), text=text, precision=precision)
    if _SHORT_YEAR.fullmatch(text) or _NAMED_SHORT.fullmatch(text):
        raise AmbiguousDate(value=shown(text))
    raise UnreadableDate(value=shown(text))


def _from_day_number(number: int, text: str) -> PartialDate:
    if not _FIRST_DAY_NUMBER <= number <= _LAST_DAY_NUMBER:
        raise UnreadableDate(value=shown(text))
    return _in_range(_DAY_ZERO + timedelta(days=number))


def _day(year: int, month: int, day: int, *, text: str, precision: Precision = Precision.DAY) -> PartialDate:
    if not EARLIEST.year <= year <= LATEST.year:
        raise DateOutOfRange(value=shown(text))
    try:
        value = date(year, month, day)
    except ValueError:
        raise ImpossibleDate(value=shown(text)) from None
    return PartialDate(value, precision)


def _in_range(value: date) -> PartialDate:
    if not EARLIEST <= value <= LATEST:
        raise DateOutOfRange(value=value)
    return PartialDate(value, Precision.DAY)
