"""The facts behind those numbers of the yearly figures that no outcome stands for."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, or_, select

from assetreg.db.catalogue import IndicatorKind
from assetreg.db.figure_fact import FigureFact, settle
from assetreg.db.session import ScopedSession
from assetreg.domain.figure_facts import FactOf
from assetreg.domain.terms import Indicator, Kind
from assetreg.services.figure_question import YearQuestion
from assetreg.services.remembered import remembered


def pending(session: ScopedSession, question: YearQuestion) -> list[ColumnElement[bool]]:
    """Dispatched by the year's end, or by the day asked for, and on that day still without an outcome.

    Without a day it is today that is asked about: what has been confirmed since the year's end waits no more.
    """
    away = [FigureFact.fact == FactOf.DISPATCHED, FigureFact.since_on <= last_day(question)]
    if question.as_of is None:
        away.append(FigureFact.until_on.is_(None))
    else:
        away.append(FigureFact.from_on <= question.as_of)
        away.append(or_(FigureFact.until_on.is_(None), FigureFact.until_on > question.as_of))
    return [*away, *_known(session, question)]


def bought(session: ScopedSession, question: YearQuestion) -> list[ColumnElement[bool]]:
    """Bought in the year, or in it by the day asked for, by whoever owned the device that day."""
    return [
        FigureFact.fact == FactOf.BOUGHT,
        FigureFact.year == question.year,
        FigureFact.since_on <= last_day(question),
        *_known(session, question),
    ]


def kinds_of(session: ScopedSession, indicator: Indicator) -> list[Kind]:
    """The kinds that count in an indicator."""
    return sorted(kind for kind, own in indicator_of(session).items() if own is indicator)


def indicator_of(session: ScopedSession) -> dict[Kind, Indicator | None]:
    """The indicator of each kind by the newest version of the mapping."""
    known: dict[Kind, Indicator | None] = remembered(session, "indicator of kinds")
    if not known:
        rows = select(IndicatorKind.kind, IndicatorKind.indicator).order_by(IndicatorKind.version)
        known.update({row.kind: row.indicator for row in session.execute(rows)})
    return known


def last_day(question: YearQuestion) -> date:
    end = date(question.year, 12, 31)
    return min(question.as_of, end) if question.as_of else end


def _known(session: ScopedSession, question: YearQuestion) -> list[ColumnElement[bool]]:
    """What the register held to be so at the moment asked for, or holds now."""
    settle(session)
    known = question.as_known_on
    if known is None:
        return [FigureFact.known_until.is_(None)]
    return [FigureFact.known_from <= known, or_(FigureFact.known_until.is_(None), FigureFact.known_until > known)]
