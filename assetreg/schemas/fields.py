"""The kinds of values commands are made of: one reading for forms, JSON and rows of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from marshmallow import ValidationError, fields

from assetreg.domain import cells, identifiers, money
from assetreg.domain.errors import Invalid, Refusal
from assetreg.domain.sorting import search_key
from assetreg.domain.terms import Precision, Term

T = TypeVar("T", bound=Term)

READABLE = (str, int, float, Decimal, date)
MOST = 99_999_999
LONGEST_NAME = 120
LONGEST_NOTE = 4000


class Required(Invalid):
    code = "required"
    message = "Uppgiften saknas. Fyll i den."


class UnknownTerm(Invalid):
    code = "unknown_term"
    message = "{value} är inget av de val som finns: {choices}."


class BadMac(Invalid):
    code = "bad_mac"
    message = "{value} är ingen MAC-adress. Skriv den som tolv hexadecimala tecken, till exempel 00:1A:2B:3C:4D:5E."


class UnreadableField(Invalid):
    code = "unreadable_field"
    message = "Uppgiften går inte att läsa. Skriv den på det sätt som hjälptexten visar."


class AmountOutOfRange(Invalid):
    code = "amount_out_of_range"
    message = "{value} är inte ett rimligt belopp här. Ange ett mellan {least} och {most}."


class WholeDayNeeded(Invalid):
    code = "whole_day_needed"
    message = "{value} säger inte vilken dag. Skriv hela datumet, till exempel 2023-11-30."


class ReadField(fields.Field[Any]):
    """A field whose value is read by a function of the rules, and whose faults are refusals."""

    default_error_messages = {  # noqa: RUF012
        "required": [Required()],
        "null": [Required()],
        "validator_failed": [Required()],
    }

    def read(self, value: Any) -> Any:
        raise NotImplementedError

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, READABLE):
            raise ValidationError([UnreadableField()])
        try:
            return self.read(value)
        except Refusal as refusal:
            raise ValidationError([refusal]) from refusal
        except OverflowError as error:
            raise ValidationError([UnreadableField()]) from error


class Words(ReadField):
    """Text without invisible characters, of limited length."""

    def __init__(self, *, limit: int = LONGEST_NAME, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limit = limit

    def read(self, value: Any) -> str:
        return cells.clean_text(cells.text_of(value), limit=self.limit)


class Checked(ReadField):
    """Text that a rule checks and brings to its stored form (a serial, an IMEI)."""

    def __init__(self, check: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check

    def read(self, value: Any) -> str:
        return self.check(cells.text_of(value))


class Day(ReadField):
    """A date, perhaps known by month or year only. Gives a PartialDate.

    ``date_format`` is set where a file's mapping names how its dates are written.
    """

    date_format: str | None = None

    def read(self, value: Any) -> cells.PartialDate:
        return cells.parse_date(value, date_format=self.date_format)


class WholeDay(Day):
    """A date on which something is said to have happened: a month or a year is not enough. Gives a PartialDate."""

    def read(self, value: Any) -> cells.PartialDate:
        known = super().read(value)
        if known.precision is not Precision.DAY:
            raise WholeDayNeeded(value=str(known))
        return known


class Amount(ReadField):
    """A decimal number, half up to so many decimals: kronor and öre, or kg and grams."""

    def __init__(self, *, decimals: int = 2, least: int | None = None, most: int = MOST, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decimals, self.most = decimals, most
        self.least = -most if least is None else least

    def read(self, value: Any) -> Decimal:
        amount = money.rounded(cells.parse_amount(value, decimals=self.decimals), decimals=self.decimals)
        if not self.least <= amount <= self.most:
            raise AmountOutOfRange(value=amount, least=Decimal(self.least), most=Decimal(self.most))
        return amount


class Whole(ReadField):
    """A whole number."""

    def read(self, value: Any) -> int:
        return cells.parse_integer(value)


class Truth(ReadField):
    """Yes or no."""

    def read(self, value: Any) -> bool:
        return cells.parse_boolean(value)


class Word(ReadField):
    """One of a vocabulary: the stored value, its Swedish or English label, or an alias.

    What is ``unoffered`` is read, for a sentence of its own, but not named among the choices.
    """

    def __init__(
        self,
        term: type[Term],
        *,
        aliases: Mapping[str, Term] | None = None,
        unoffered: frozenset[Term] = frozenset(),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.term = term
        self.offered = [member for member in term if member not in unoffered]
        self.known: dict[str, Term] = {}
        for member in term:
            for spelling in (member.value, member.sv, member.en):
                self.known[search_key(spelling)] = member
        for spelling, member in (aliases or {}).items():
            self.known.setdefault(search_key(spelling), member)

    def read(self, value: Any) -> Term:
        text = cells.text_of(value)
        found = self.known.get(search_key(text))
        if found is None:
            raise UnknownTerm(value=text, choices=self.offered)
        return found


def read_mac(text: str) -> str:
    """The address as pairs with colons. Raises BadMac."""
    digits = "".join(c for c in text.upper() if c not in ":-. ")
    if len(digits) != 12 or any(c not in "0123456789ABCDEF" for c in digits):
        raise BadMac(value=text)
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def serial_field(**kwargs: Any) -> Checked:
    return Checked(identifiers.check_serial, **kwargs)
