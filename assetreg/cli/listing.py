"""What commands print for people: columns that line up, and the options that lists share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from assetreg.cli.usage import Misread, Misuse
from assetreg.domain.cells import parse_date
from assetreg.domain.errors import Refusal
from assetreg.domain.terms import Precision

GAP = "  "


class Day(click.ParamType[date]):
    """A day, written in any way that lists are read in."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            found = parse_date(value)
        except Refusal as refusal:
            self.fail(refusal.sentence(), param, context)
        if found.precision is not Precision.DAY:
            self.fail(f"{value} är ingen dag. Skriv den som ÅÅÅÅ-MM-DD.", param, context)
        return found.value


DAY = Day()
YEAR = click.IntRange(1980, 2100)


class Backwards(Misuse):
    code = "period_backwards"
    message = "Perioden börjar {first} men slutar {last}. Låt --from vara samma dag som --to eller tidigare."


class NotYet(Misuse):
    code = "day_not_yet"
    message = "{name} {day} har inte varit än. Ange i dag eller en tidigare dag."


def refuse_backwards(first: date | None, last: date) -> None:
    """Raises Misread for a period that ends before it begins."""
    if first is not None and first > last:
        raise Misread(Backwards(field="--from", first=first, last=last))


def refuse_future(name: str, day: date | None, *, today: date) -> None:
    """Raises Misread for a day that the option ``name`` cannot speak of yet."""
    if day is not None and day > today:
        raise Misread(NotYet(field=name, name=name, day=day))


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: frozenset[int] = frozenset()) -> str:
    """Rows under their headings; the columns whose positions are in ``numbers`` are set to the right."""
    lines = [head, *rows]
    widths = [max(len(line[position]) for line in lines) for position in range(len(head))]
    return "\n".join(
        GAP.join(
            cell.rjust(widths[position]) if position in numbers else cell.ljust(widths[position])
            for position, cell in enumerate(line)
        ).rstrip()
        for line in lines
    )
