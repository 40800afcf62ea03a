"""The yearly figures of every owner and of the total, and how they went over the years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from sqlalchemy import select

from assetreg.db.indicator import IndicatorValue
from assetreg.db.organisation import Owner
from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain import indicators
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Denied
from assetreg.domain.indicators import Figures, Readings
from assetreg.domain.money import percent
from assetreg.domain.terms import Indicator
from assetreg.services import figure_counts, places, settings
from assetreg.services.entered_figures import NOTHING_ENTERED, Entered, Key, entered
from assetreg.services.figure_question import PARTS, Span, YearQuestion, behind, holding, part_of

__all__ = [
    "PARTS",
    "IndicatorRow",
    "TrendPoint",
    "YearQuestion",
    "YearReport",
    "behind",
    "holding",
    "part_of",
    "report",
    "trend",
    "years",
]

_NO_READINGS = Readings(all=0, bought_from_2023=0, in_intune=0)


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One indicator of one owner, or of the total (``owner`` None).

    ``counted`` is what the device rows come to; it differs from ``figures`` for a totals-only year.
    """

    indicator: Indicator
    owner: str | None
    owner_name: str | None
    in_totals: bool
    figures: Figures
    counted: Figures


@dataclass(frozen=True, slots=True)
class YearReport:
    """``internal_counts``: internal reuse is part of the headline."""

    year: int
    rule_version: int
    rows: tuple[IndicatorRow, ...]
    internal_counts: bool = False

    def row(self, indicator: Indicator, owner: str | None = None) -> IndicatorRow | None:
        return next((row for row in self.rows if row.indicator is indicator and row.owner == owner), None)


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One indicator of one year; what is pending and what was bought are not told of the past."""

    year: int
    indicator: Indicator
    figures: Figures


def report(session: ScopedSession, question: YearQuestion, *, actor: Actor, owner: str | None = None) -> YearReport:
    """The year's figures, for the owners the caller sees whole; the total for a caller who sees every owner.

    Raises Denied, or UnknownOwner for an owner that is not there or not the caller's.
    """
    actor.require(Act.READ_FIGURES)
    holders = _holders(session, owner)
    internal_counts = settings.internal_reuse_counts(session)
    known = entered(session, question.span)
    counted = _counted(session, question, holders, known, internal_counts=internal_counts)
    rows: list[IndicatorRow] = []
    for indicator in Indicator:
        own = [
            _row(holder, indicator, counted[holder.id, indicator], known.get((question.year, holder.id, indicator)))
            for holder in holders
        ]
        if session.scope.everything and owner is None:
            whole = known.get((question.year, None, indicator), NOTHING_ENTERED)
            rows.append(_total_row(indicator, own, whole, internal_counts=internal_counts))
        rows += own
    return YearReport(question.year, indicators.RULE_VERSION, tuple(rows), internal_counts)


def years(session: ScopedSession) -> list[int]:
    """The years that have an outcome or an entered value, newest first."""
    counted = session.execute(select(Outcome.year).distinct()).scalars()
    entered_years = session.execute(select(IndicatorValue.year).distinct()).scalars()
    return sorted({*counted, *entered_years}, reverse=True)


def trend(
    session: ScopedSession, span: Span, *, actor: Actor, owner: str | None = None
) -> Mapping[Indicator, Sequence[TrendPoint]]:
    """Each indicator year by year, oldest first, of one owner or of the total.

    Raises Denied for the total or an owner that the caller does not see whole, or UnknownOwner.
    """
    actor.require(Act.READ_FIGURES)
    holders = _holders(session, owner)
    if not holders or (owner is None and not session.scope.everything):
        raise Denied
    internal_counts = settings.internal_reuse_counts(session)
    known, tallies = entered(session, span), figure_counts.tallies(session, span)
    found: dict[Indicator, list[TrendPoint]] = {indicator: [] for indicator in Indicator}
    for indicator, year in product(Indicator, sorted(span.years)):
        own = [
            _shown(
                indicators.figures(
                    tallies.get((year, holder.id, indicator), {}), pending=0, bought=0, internal_counts=internal_counts
                ),
                known.get((year, holder.id, indicator)),
            )
            for holder in holders
            if owner or holder.in_totals
        ]
        said = known.get((year, None, indicator))
        shown = own[0] if owner else _sum(own, said, internal_counts=internal_counts)
        found[indicator].append(TrendPoint(year, indicator, replace(shown, pending=None, bought=None)))
    return found


def _holders(session: ScopedSession, owner: str | None) -> list[Owner]:
    """The owners asked for that the session sees whole."""
    holders = [places.owner(session, owner)] if owner else places.owners(session)
    scope = session.scope
    return [holder for holder in holders if scope.everything or holder.id in scope.owners]


def _counted(
    session: ScopedSession,
    question: YearQuestion,
    holders: Iterable[Owner],
    known: Mapping[Key, Entered],
    *,
    internal_counts: bool,
) -> dict[tuple[int, Indicator], Figures]:
    """What the rows come to, for every owner and indicator."""
    tallies = figure_counts.tallies(session, question.span)
    pending, bought = figure_counts.pending(session, question), figure_counts.bought(session, question)
    readings = figure_counts.readings(session, question)
    return {
        (holder.id, indicator): indicators.figures(
            tallies.get((question.year, holder.id, indicator), {}),
            pending=pending.get((holder.id, indicator), 0),
            bought=bought.get((holder.id, indicator), 0),
            target=known.get((question.year, holder.id, indicator), NOTHING_ENTERED).target,
            readings=readings.get(holder.id, _NO_READINGS) if indicator is Indicator.I2 else None,
            internal_counts=internal_counts,
        )
        for holder in holders
        for indicator in Indicator
    }


def _row(holder: Owner, indicator: Indicator, counted: Figures, said: Entered | None) -> IndicatorRow:
    return IndicatorRow(indicator, holder.code, holder.name, holder.in_totals, _shown(counted, said), counted)


def _total_row(
    indicator: Indicator, own: Sequence[IndicatorRow], said: Entered, *, internal_counts: bool
) -> IndicatorRow:
    summed = [row for row in own if row.in_totals]
    counted = indicators.total([row.counted for row in summed], target=said.target, internal_counts=internal_counts)
    shown = _sum([row.figures for row in summed], said, internal_counts=internal_counts)
    return IndicatorRow(indicator, None, None, True, shown, counted)


def _sum(own: Sequence[Figures], said: Entered | None, *, internal_counts: bool) -> Figures:
    target = said.target if said else None
    return _shown(indicators.total(own, target=target, internal_counts=internal_counts), said)


def _shown(counted: Figures, said: Entered | None) -> Figures:
    """A year entered as a total wins over the device rows; both are kept."""
    if said is None or (said.value is None and said.target == counted.target):
        return counted
    if said.value is not None:
        return indicators.totals_only(said.value, target=said.target)
    goal = percent(counted.headline, said.target)
    return replace(counted, target=said.target, shares=replace(counted.shares, goal=goal))
