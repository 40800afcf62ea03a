"""``assetreg indicators``: the yearly reuse figures."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from assetreg.cli.frame import Command, Register
from assetreg.cli.listing import DAY, YEAR, aligned, refuse_future

if TYPE_CHECKING:
    from assetreg.services.figures import IndicatorRow, YearReport

HEAD = (
    *("", "Återvunna och återbrukade", "Mål", "Uppfyllt", "Återbruk", "Komponenter", "Återvinning", "Internt"),
    *("Energi", "Bortskaffat", "Förlorade", "Övrigt", "Väntar", "Köpta", "Återbruksgrad", "Omhändertaget"),
    "Återtagna av köpta",
)
MISSING = "saknas"


@click.command("indicators", cls=Command)
@click.option("--year", type=YEAR, required=True, metavar="Y", help="Året som siffrorna gäller.")
@click.option("--owner", metavar="CODE", help="Kommunkod, för en ägares siffror.")
@click.option("--as-of", type=DAY, metavar="D", help="Räkna utfall till och med den dagen.")
@click.option("--as-known-on", type=DAY, metavar="D", help="Som registret såg ut när den dagen var slut.")
@click.pass_obj
def command(register: Register, *, year: int, owner: str | None, as_of: date | None, as_known_on: date | None) -> None:
    """Visa årets siffror för återbruk, totalt och för varje ägare."""
    from assetreg.outputs.figures_json import figures_document
    from assetreg.services import figures
    from assetreg.services.figure_question import known_on

    today = register.actor().today
    refuse_future("--as-of", as_of, today=today)
    refuse_future("--as-known-on", as_known_on, today=today)
    question = figures.YearQuestion(year, as_of=as_of, as_known_on=known_on(as_known_on) if as_known_on else None)
    with register.reading() as session:
        report = figures.report(session, question, actor=register.actor(), owner=owner)
    register.say(figures_document(report.year, report.rule_version, report.rows), shown(report))


def shown(report: YearReport) -> str:
    from assetreg.domain.terms import Indicator

    parts = [f"Återbruk {report.year}, regelversion {report.rule_version}"]
    for indicator in Indicator:
        rows = [_line(row) for row in report.rows if row.indicator is indicator]
        numbers = frozenset(range(1, len(HEAD)))
        parts.append(f"{indicator.value} {indicator.sv}\n{aligned(HEAD, rows, numbers=numbers)}")
        parts += [_beside(row) for row in report.rows if row.indicator is indicator and row.figures.totals_only]
    return "\n\n".join(parts)


def _line(row: IndicatorRow) -> list[str]:
    found, shares = row.figures, row.figures.shares
    counts = (
        *(found.reuse, found.parts_reuse, found.recycling, found.internal_reuse, found.energy_recovery),
        *(found.landfill, found.lost_or_stolen, found.other_ended, found.pending, found.bought),
    )
    return [
        row.owner_name or "Totalt",
        *(_number(found.headline), _number(found.target), _share(shares.goal)),
        *map(_number, counts),
        *(_share(shares.reuse_rate), _share(shares.handled_rate), _share(shares.take_back_rate)),
    ]


def _beside(row: IndicatorRow) -> str:
    whose = row.owner_name or "Totalt"
    return f"{whose}: endast totalsiffra. Enhetsraderna ger {_number(row.counted.headline)}."


def _number(value: object) -> str:
    from decimal import Decimal

    from assetreg.domain.money import swedish_number

    if not isinstance(value, int | Decimal):
        return MISSING
    return swedish_number(value, decimals=0 if value == int(value) else 1)


def _share(share: str | None) -> str:
    return f"{share.replace('.', ',')} %" if share is not None else MISSING
