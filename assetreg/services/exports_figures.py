"""The yearly figures as a table: a row for each indicator of the total and of every owner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.outputs.sheet import Column, Sheet, Value
from assetreg.services import figures
from assetreg.services.figures import IndicatorRow, YearQuestion, YearReport

COLUMNS = (
    *(Column("year", "år", "year"), Column("id", "indikator"), Column("name", "benämning")),
    *(Column("owner", "kommunkod"), Column("owner_name", "kommun"), Column("in_totals", "ingår i totalen")),
    *(Column("headline", "återvunna och återbrukade", "integer"), Column("target", "mål", "decimal")),
    *(Column("goal", "måluppfyllelse %", "decimal"), Column("reuse", "återbruk", "integer")),
    *(Column("parts_reuse", "komponentåterbruk", "integer"), Column("recycling", "materialåtervinning", "integer")),
    *(
        Column("internal_reuse", "internt återbruk", "integer"),
        Column("energy_recovery", "energiåtervinning", "integer"),
    ),
    *(Column("landfill", "bortskaffande", "integer"), Column("lost_or_stolen", "förlorade eller stulna", "integer")),
    *(
        Column("other_ended", "leasingretur och garantibyte", "integer"),
        Column("pending", "väntar på utfall", "integer"),
    ),
    *(Column("bought", "köpta under året", "integer"), Column("reuse_rate", "återbruksgrad %", "decimal")),
    *(
        Column("handled_rate", "omhändertagna %", "decimal"),
        Column("take_back_rate", "återtagna av köpta %", "decimal"),
    ),
    *(Column("all_mobile", "alla mobila enheter", "integer"), Column("new_mobile", "varav köpta från 2023", "integer")),
    *(Column("in_intune", "varav senast i Intune", "integer"), Column("totals_only", "endast totalsiffra")),
)


def figures_sheet(
    session: ScopedSession, questions: Sequence[YearQuestion], *, actor: Actor, owner: str | None = None
) -> Sheet:
    """The figures of each year. Raises Denied or UnknownOwner."""
    actor.require(Act.EXPORT)
    reports = [figures.report(session, question, actor=actor, owner=owner) for question in questions]
    return Sheet("Årets siffror", COLUMNS, _rows(reports))


def _rows(reports: Sequence[YearReport]) -> Iterator[Sequence[Value]]:
    for report in reports:
        for row in report.rows:
            yield _row(report.year, row)


def _row(year: int, row: IndicatorRow) -> Sequence[Value]:
    found, shares, readings = row.figures, row.figures.shares, row.figures.readings
    return [
        *(year, row.indicator.value, row.indicator.sv, row.owner, row.owner_name or "Alla"),
        *("ja" if row.in_totals else "nej", found.headline, found.target, _share(shares.goal)),
        *(found.reuse, found.parts_reuse, found.recycling, found.internal_reuse, found.energy_recovery),
        *(found.landfill, found.lost_or_stolen, found.other_ended, found.pending, found.bought),
        *(_share(shares.reuse_rate), _share(shares.handled_rate), _share(shares.take_back_rate)),
        *((readings.all, readings.bought_from_2023, readings.in_intune) if readings else (None, None, None)),
        "ja" if found.totals_only else "nej",
    ]


def _share(share: str | None) -> Decimal | None:
    return None if share is None else Decimal(share)
