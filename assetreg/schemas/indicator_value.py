"""Commands about entered figures: a value, a target and where they come from, for one indicator of one year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, validates_schema

from assetreg.domain import cells, sorting
from assetreg.domain.errors import Invalid
from assetreg.domain.money import rounded
from assetreg.domain.terms import Direction, Indicator, Term
from assetreg.schemas.fields import ReadField, Required, Word, Words
from assetreg.schemas.loading import CommandSchema, load

FIRST_YEAR, LAST_YEAR = 2000, 2100
LARGEST = Decimal(10) ** 11
COMPUTED = frozenset(indicator.value for indicator in Indicator)
YES_OR_NO = {"ja": 1, "yes": 1, "nej": 0, "no": 0}

DIRECTION_ALIASES: dict[str, Term] = {
    "minst": Direction.AT_LEAST,
    "högst": Direction.AT_MOST,
    "lika": Direction.EQUAL,
    "ja/nej": Direction.YES_NO,
    ">=": Direction.AT_LEAST,
    "<=": Direction.AT_MOST,
    "=": Direction.EQUAL,
}


class YearOutOfRange(Invalid):
    code = "year_out_of_range"
    message = "{value} är inget år från {first} till {last}. Skriv året med fyra siffror."


class FigureTooLarge(Invalid):
    code = "figure_too_large"
    message = "Talet {value} är för stort. Kontrollera att det hör till den här kolumnen."


class CountNeeded(Invalid):
    code = "count_needed"
    message = "{indicator} räknar enheter, så {value} går inte. Skriv ett heltal, 0 eller mer."


class AtLeastNeeded(Invalid):
    code = "at_least_needed"
    message = "{indicator} ska bli minst sitt mål. Skriv minst (at_least) som riktning."


@dataclass(frozen=True, slots=True)
class IndicatorValueInput:
    """What is stated of an indicator; ``stated`` names the fields that are, so that absence is not clearing."""

    year: int
    goal: str
    indicator: str
    direction: Direction
    stated: Mapping[str, Any]
    owner: str | None = None


class Year(ReadField):
    def read(self, value: Any) -> int:
        year = cells.parse_integer(value)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise YearOutOfRange(value=year, first=FIRST_YEAR, last=LAST_YEAR)
        return year


class IndicatorName(Words):
    """I1, I2 (also by their labels), or the name of another indicator as the goals write it."""

    def read(self, value: Any) -> str:
        text = super().read(value)
        key = sorting.search_key(text)
        for known in Indicator:
            if key in (known.value.casefold(), sorting.search_key(known.sv), sorting.search_key(known.en)):
                return known.value
        return text


class Figure(ReadField):
    """A number with at most three decimals; yes is 1 and no is 0."""

    def read(self, value: Any) -> Decimal:
        word = cells.text_of(value).casefold()
        if word in YES_OR_NO:
            return Decimal(YES_OR_NO[word])
        figure = cells.parse_decimal(value)
        if abs(figure) >= LARGEST:
            raise FigureTooLarge(value=figure)
        return rounded(figure, decimals=3)


class IndicatorValueFields(CommandSchema):
    """The columns of the indicator values file."""

    year = Year()
    goal = Words(limit=200)
    indicator = IndicatorName(limit=200)
    direction = Word(Direction, aliases=DIRECTION_ALIASES)
    value = Figure(allow_none=True)
    target = Figure(allow_none=True)
    unit = Words(limit=40, allow_none=True)
    owner = Words(limit=80)
    source = Words(limit=200, allow_none=True)

    @validates_schema(pass_original=True)
    def check_count(self, data: dict[str, Any], original: Mapping[str, Any], **_: Any) -> None:
        """The computed indicators are numbers of devices, and more is better."""
        indicator = data.get("indicator")
        if indicator not in COMPUTED:
            return
        faults: dict[str, list[Any]] = {
            name: [CountNeeded(indicator=indicator, value=cells.shown(original[name]))]
            for name in ("value", "target")
            if data.get(name) is not None and not _is_count(original[name], data[name])
        }
        if data.get("direction") not in (None, Direction.AT_LEAST):
            faults["direction"] = [AtLeastNeeded(indicator=indicator)]
        if faults:
            raise ValidationError(faults)


def _is_count(written: Any, figure: Decimal) -> bool:
    return cells.text_of(written).casefold() not in YES_OR_NO and figure >= 0 and figure == int(figure)


STATED = ("value", "target", "unit", "source")


def indicator_value_input(data: Mapping[str, Any]) -> IndicatorValueInput:
    """Raises InvalidInput, and Required for a figure without year, goal, indicator or direction."""
    return from_loaded(load(IndicatorValueFields(), data))


def from_loaded(values: Mapping[str, Any]) -> IndicatorValueInput:
    """The command of values that the schema has read."""
    for name in ("year", "goal", "indicator", "direction"):
        if values.get(name) is None:
            raise Required(field=name)
    return IndicatorValueInput(
        year=values["year"],
        goal=values["goal"],
        indicator=values["indicator"],
        direction=values["direction"],
        owner=values.get("owner"),
        stated={name: values[name] for name in STATED if name in values},
    )
