"""The counts behind the yearly figures, each one grouped query over all owners.

They come to what ``domain.counting`` says of the same rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, select

from assetreg.db.figure_fact import FigureFact
from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain.counting import NEW_MOBILE_FROM
from assetreg.domain.indicators import Readings
from assetreg.domain.outcome_facts import HEADLINE
from assetreg.domain.terms import Indicator, OutcomeType
from assetreg.services import figure_devices
from assetreg.services.figure_question import Cell, Span, YearQuestion, holding, holding_in, outranked

OwnerCell = tuple[int, Indicator]


def tallies(session: ScopedSession, span: Span) -> dict[Cell, dict[OutcomeType, int]]:
    """Devices by outcome. A device has one final outcome at most, so counting rows counts devices."""
    found: dict[Cell, dict[OutcomeType, int]] = defaultdict(dict)
    counting = Outcome.final | (Outcome.type == OutcomeType.INTERNAL_REUSE)
    rows = session.execute(
        select(Outcome.year, Outcome.owner_id, Outcome.indicator, Outcome.type, func.count(Outcome.id))
        .where(counting, Outcome.id.not_in(outranked(session, span)), *holding_in(Outcome, span))
        .group_by(Outcome.year, Outcome.owner_id, Outcome.indicator, Outcome.type)
    )
    for year, owner_id, indicator, kind, count in rows:
        if indicator is not None:
            found[year, owner_id, indicator][kind] = count
    return found


def pending(session: ScopedSession, question: YearQuestion) -> dict[OwnerCell, int]:
    """Devices dispatched by the year's end, or by the day asked for, that waited for an outcome then."""
    return _of_facts(session, figure_devices.pending(session, question))


def bought(session: ScopedSession, question: YearQuestion) -> dict[OwnerCell, int]:
    """Devices bought in the year, by the owner of that day."""
    return _of_facts(session, figure_devices.bought(session, question))


def _of_facts(session: ScopedSession, conditions: Iterable[ColumnElement[bool]]) -> dict[OwnerCell, int]:
    rows = session.execute(
        select(FigureFact.owner_id, FigureFact.kind, func.count(FigureFact.id))
        .where(*conditions)
        .group_by(FigureFact.owner_id, FigureFact.kind)
    )
    counts: dict[OwnerCell, int] = defaultdict(int)
    indicator_of = figure_devices.indicator_of(session)
    for owner_id, kind, count in rows:
        indicator = indicator_of.get(kind)
        if indicator is not None:
            counts[owner_id, indicator] += count
    return counts


def readings(session: ScopedSession, question: YearQuestion) -> dict[int, Readings]:
    """The mobile units' headline outcomes read three ways, by owner id; internal reuse is in none of them."""
    new = func.count(Outcome.id).filter(Outcome.purchased_on >= NEW_MOBILE_FROM)
    managed = func.count(Outcome.id).filter(Outcome.seen_in_intune)
    rows = session.execute(
        select(Outcome.owner_id, func.count(Outcome.id), new, managed)
        .where(Outcome.indicator == Indicator.I2, Outcome.type.in_(sorted(HEADLINE)), *holding(question))
        .group_by(Outcome.owner_id)
    )
    return {row[0]: Readings(all=row[1], bought_from_2023=row[2], in_intune=row[3]) for row in rows}
