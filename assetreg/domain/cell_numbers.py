"""Numbers as people write them: Swedish decimals first, and never a guess."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from assetreg.domain.cell_text import EXACT_DIGITS, CellValue, shown, text_of
from assetreg.domain.errors import Invalid

_KRONOR = re.compile(r"\s*(?:kr\.?|sek|:-|,-)$", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9]+")
_GROUPED: Final = {mark: re.compile(rf"[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+") for mark in " .,"}
_ONE_COMMA = re.compile(r"[-+−–]?[1-9][0-9]{0,2},[0-9]{3}")
_TYPED_DECIMALS: Final = 9


class UnreadableNumber(Invalid):
    code = "unreadable_number"
    message = "{value} går inte att läsa som ett tal. Skriv bara siffror, till exempel 8300,50."


class AmbiguousNumber(Invalid):
    code = "ambiguous_number"
    message = (
        "Talet {value} kan läsas på två sätt: punkten kan vara decimaltecken eller tusentalsavskiljare. "
        "Skriv decimaler med komma och tusental utan punkt, till exempel 8300 eller 8,3."
    )


class AmbiguousComma(Invalid):
    code = "ambiguous_comma"
    message = (
        "Talet {value} kan läsas på två sätt: kommat kan vara decimaltecken eller tusentalsavskiljare. "
        "Skriv tusental utan tecken och högst {decimals} decimaler, till exempel 8300 eller 8,30."
    )


class TooManyDecimals(Invalid):
    code = "too_many_decimals"
    message = "{value} har fler än {decimals} decimaler. Avrunda det till det som gäller."


class NumberTooLong(Invalid):
    code = "number_too_long"
    message = "Talet {value} har fler än {limit} siffror. Kontrollera att det hör till den här kolumnen."


class NotWhole(Invalid):
    code = "not_whole"
    message = "{value} är inte ett heltal. Skriv ett tal utan decimaler."


def parse_decimal(value: CellValue) -> Decimal:
    """The number in the cell, in the cell's own unit; kronor may be marked (`8300 kr`, `8300:-`).

    A comma is the decimal mark; `8.300` alone raises AmbiguousNumber. At most 15 digits.
    """
    if isinstance(value, bool):
        raise UnreadableNumber(value=text_of(value))
    number = _typed(value) if isinstance(value, (int, float, Decimal)) else _written(text_of(value))
    if _digits(number) > EXACT_DIGITS:
        raise NumberTooLong(value=shown(value), limit=EXACT_DIGITS)
    return number + 0


def parse_amount(value: CellValue, *, decimals: int) -> Decimal:
    """As ``parse_decimal``, for what has so many decimals: written with more it is refused, never rounded in silence.

    A number that a spreadsheet has calculated may have more, which nobody wrote. Raises AmbiguousComma for `8,300`
    where three decimals cannot be meant, and TooManyDecimals.
    """
    number = parse_decimal(value)
    if not isinstance(value, str):
        return number
    if decimals < 3 and _ONE_COMMA.fullmatch(_KRONOR.sub("", text_of(value))):
        raise AmbiguousComma(value=shown(value), decimals=decimals)
    if number != round(number, decimals):
        raise TooManyDecimals(value=shown(value), decimals=decimals)
    return number


def parse_integer(value: CellValue) -> int:
    """As ``parse_decimal``; a number with decimals other than zeros raises NotWhole."""
    number = parse_decimal(value)
    if number != number.to_integral_value():
        raise NotWhole(value=shown(value))
    return int(number)


def _typed(value: float | Decimal) -> Decimal:
    if isinstance(value, float):
        value = Decimal(format(round(value, _TYPED_DECIMALS), ".15g"))
    number = Decimal(value)
    if not number.is_finite():
        raise UnreadableNumber(value=shown(value))
    return number


def _digits(number: Decimal) -> int:
    _sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return 0
    return max(len(digits) + max(exponent, 0), -exponent)


def _written(text: str) -> Decimal:
    bare = _KRONOR.sub("", text)
    sign = ""
    if bare[:1] in {"-", "−", "–"}:
        sign, bare = "-", bare[1:].lstrip()
    elif bare[:1] == "+":
        bare = bare[1:]
    return Decimal(sign + _normal(bare, text))


def _normal(bare: str, text: str) -> str:
    """The digits with a point for decimals and nothing between thousands."""
    whole, mark, decimals = _split(bare, text)
    if mark and not _PLAIN.fullmatch(decimals):
        raise UnreadableNumber(value=shown(text))
    if _PLAIN.fullmatch(whole):
        return f"{whole}.{decimals}" if mark else whole
    thousands = next((other for other in " .," if other in whole and other != mark), "")
    if not thousands or not _GROUPED[thousands].fullmatch(whole):
        raise UnreadableNumber(value=shown(text))
    digits = whole.replace(thousands, "")
    return f"{digits}.{decimals}" if mark else digits


def _split(bare: str, text: str) -> tuple[str, str, str]:
    commas, points = bare.count(","), bare.count(".")
    if commas and points:
        last = "," if bare.rindex(",") > bare.rindex(".") else "."
        return bare.rpartition(last)
    if commas == 1:
        return bare.partition(",")
    if points == 1:
        if _GROUPED["."].fullmatch(bare) and not bare.startswith("0"):
            raise AmbiguousNumber(value=shown(text))
        return bare.partition(".")
    return bare, "", ""
