"""The counts behind the yearly figures, each one grouped query over all owners.

They come to what ``domain.counting`` says of the same rows.
"""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import func, select

from assetreg.db.device import Device
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
    """Devices dispatched by the year's end, or by the day asked for, whose outcome has not come until now."""
    rows = session.execute(
        select(Device.owner_id, Device.indicator, func.count(Device.id))
        .where(*figure_devices.pending(question))
        .group_by(Device.owner_id, Device.indicator)
    )
    return {(row[0], row[1]): row[2] for row in rows if row[1] is not None}


def bought(session: ScopedSession, question: YearQuestion) -> dict[OwnerCell, int]:
    """Devices bought in the year, by the owner that has them now."""
    rows = session.execute(
        select(Device.owner_id, Device.indicator, func.count(Device.id))
        .where(*figure_devices.bought(question))
        .group_by(Device.owner_id, Device.indicator)
    )
    return {(row[0], row[1]): row[2] for row in rows if row[1] is not None}


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
