"""The yearly figures: counted in the database by grouped queries that come to what ``domain.counting`` says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from assetreg.db.device import Device
from assetreg.db.indicator import IndicatorValue
from assetreg.db.organisation import Owner
from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain import indicators
from assetreg.domain.access import Act, Actor
from assetreg.domain.counting import NEW_MOBILE_FROM
from assetreg.domain.indicators import Figures, Readings
from assetreg.domain.outcome_facts import HEADLINE
from assetreg.domain.terms import Indicator, OutcomeType, Stage
from assetreg.services import places, settings

Cell = tuple[int, Indicator]
"""Owner id and indicator."""


@dataclass(frozen=True, slots=True)
class YearQuestion:
    """A year; ``as_of`` counts outcomes up to a day, ``as_known_on`` as the register knew them at a moment."""

    year: int
    as_of: date | None = None
    as_known_on: datetime | None = None


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
    year: int
    rule_version: int
    rows: tuple[IndicatorRow, ...]

    def row(self, indicator: Indicator, owner: str | None = None) -> IndicatorRow | None:
        return next((row for row in self.rows if row.indicator is indicator and row.owner == owner), None)


def report(session: ScopedSession, question: YearQuestion, *, actor: Actor, owner: str | None = None) -> YearReport:
    """The year's figures, for the owners the caller sees whole; the total for a caller who sees every owner.

    Raises Denied, or UnknownOwner for an owner that is not there or not the caller's.
    """
    actor.require(Act.READ_FIGURES)
    holders = [places.owner(session, owner)] if owner else places.owners(session)
    scope = session.scope
    holders = [holder for holder in holders if scope.everything or holder.id in scope.owners]
    counted = _figures(session, question)
    totals = scope.everything and owner is None
    rows: list[IndicatorRow] = []
    for indicator in Indicator:
        own = [_owner_row(session, question, holder, indicator, counted) for holder in holders]
        if totals:
            rows.append(_total_row(session, question, indicator, own))
        rows += own
    return YearReport(question.year, indicators.RULE_VERSION, tuple(rows))


def years(session: ScopedSession) -> list[int]:
    """The years that have an outcome or an entered value, newest first."""
    counted = session.execute(select(Outcome.year).distinct()).scalars()
    entered = session.execute(select(IndicatorValue.year).distinct()).scalars()
    return sorted({*counted, *entered}, reverse=True)


def holding(question: YearQuestion) -> list[ColumnElement[bool]]:
    """What makes an outcome count in the question's year: dated in it, known, and not reversed."""
    found: list[ColumnElement[bool]] = [Outcome.year == question.year, Outcome.indicator.is_not(None)]
    if question.as_of is not None:
        found.append(Outcome.on <= question.as_of)
    if question.as_known_on is None:
        return [*found, Outcome.reversed_at.is_(None)]
    known = question.as_known_on
    return [*found, Outcome.registered_at <= known, or_(Outcome.reversed_at.is_(None), Outcome.reversed_at > known)]


def _figures(session: ScopedSession, question: YearQuestion) -> dict[Cell, Figures]:
    tallies = _tallies(session, question)
    pending = _pending(session, question)
    bought = _bought(session, question)
    readings = _readings(session, question)
    internal_counts = settings.internal_reuse_counts(session)
    cells = {*tallies, *pending, *bought}
    return {
        cell: indicators.figures(
            tallies.get(cell, {}),
            pending=pending.get(cell, 0),
            bought=bought.get(cell, 0),
            readings=readings.get(cell[0], _NO_READINGS) if cell[1] is Indicator.I2 else None,
            internal_counts=internal_counts,
        )
        for cell in cells
    }


_NO_READINGS = Readings(all=0, bought_from_2023=0, in_intune=0)


def _tallies(session: ScopedSession, question: YearQuestion) -> dict[Cell, dict[OutcomeType, int]]:
    """Devices by outcome; a final outcome is its device's only one, so counting rows counts devices."""
    tallies: dict[Cell, dict[OutcomeType, int]] = defaultdict(dict)
    finals = session.execute(
        select(Outcome.owner_id, Outcome.indicator, Outcome.type, func.count(Outcome.id))
        .where(Outcome.final, *holding(question))
        .group_by(Outcome.owner_id, Outcome.indicator, Outcome.type)
    )
    for owner_id, indicator, kind, count in finals:
        if indicator is not None:
            tallies[owner_id, indicator][kind] = count
    for (owner_id, indicator), count in _internal(session, question).items():
        tallies[owner_id, indicator][OutcomeType.INTERNAL_REUSE] = count
    return tallies


def _internal(session: ScopedSession, question: YearQuestion) -> dict[Cell, int]:
    """Devices reused internally and not ended the same year; of several reuses the last one's owner counts."""
    ended = aliased(Outcome)
    final_too = (
        select(ended.id)
        .where(
            ended.device_id == Outcome.device_id,
            ended.year == question.year,
            ended.indicator == Outcome.indicator,
            ended.final,
            ended.reversed_at.is_(None),
        )
        .exists()
    )
    rows = session.execute(
        select(Outcome.device_id, Outcome.owner_id, Outcome.indicator)
        .where(Outcome.type == OutcomeType.INTERNAL_REUSE, *holding(question), ~final_too)
        .order_by(Outcome.on, Outcome.owner_id)
    )
    last = {(device_id, indicator): owner_id for device_id, owner_id, indicator in rows}
    counts: dict[Cell, int] = defaultdict(int)
    for (_, indicator), owner_id in last.items():
        if indicator is not None:
            counts[owner_id, indicator] += 1
    return counts


def _pending(session: ScopedSession, question: YearQuestion) -> dict[Cell, int]:
    """Devices that were dispatched by the year's end and whose outcome has not come yet."""
    rows = session.execute(
        select(Device.owner_id, Device.indicator, func.count(Device.id))
        .where(
            Device.stage == Stage.DISPATCHED,
            Device.indicator.is_not(None),
            or_(Device.dispatched_on.is_(None), Device.dispatched_on <= date(question.year, 12, 31)),
        )
        .group_by(Device.owner_id, Device.indicator)
    )
    return {(row[0], row[1]): row[2] for row in rows if row[1] is not None}


def _bought(session: ScopedSession, question: YearQuestion) -> dict[Cell, int]:
    """Devices bought in the year, by the owner that has them now."""
    rows = session.execute(
        select(Device.owner_id, Device.indicator, func.count(Device.id))
        .where(
            Device.purchased_on >= date(question.year, 1, 1),
            Device.purchased_on <= date(question.year, 12, 31),
            Device.indicator.is_not(None),
            Device.stage != Stage.VOIDED,
        )
        .group_by(Device.owner_id, Device.indicator)
    )
    return {(row[0], row[1]): row[2] for row in rows if row[1] is not None}


def _readings(session: ScopedSession, question: YearQuestion) -> dict[int, Readings]:
    """The mobile units' headline read three ways, by owner id."""
    new = func.count(Outcome.id).filter(Outcome.purchased_on >= NEW_MOBILE_FROM)
    managed = func.count(Outcome.id).filter(Outcome.seen_in_intune)
    rows = session.execute(
        select(Outcome.owner_id, func.count(Outcome.id), new, managed)
        .where(Outcome.indicator == Indicator.I2, Outcome.type.in_(sorted(HEADLINE)), *holding(question))
        .group_by(Outcome.owner_id)
    )
    return {row[0]: Readings(all=row[1], bought_from_2023=row[2], in_intune=row[3]) for row in rows}


def _owner_row(
    session: ScopedSession, question: YearQuestion, holder: Owner, indicator: Indicator, counted: Mapping[Cell, Figures]
) -> IndicatorRow:
    entered = _entered(session, question.year).get((holder.id, indicator), (None, None))
    found = counted.get((holder.id, indicator))
    rows = _with_target(found or _nothing(indicator), entered[1])
    shown = _shown(rows, entered)
    return IndicatorRow(indicator, holder.code, holder.name, holder.in_totals, shown, rows)


def _total_row(
    session: ScopedSession, question: YearQuestion, indicator: Indicator, own: list[IndicatorRow]
) -> IndicatorRow:
    entered = _entered(session, question.year).get((None, indicator), (None, None))
    counting = [row.counted for row in own if row.in_totals]
    internal = settings.internal_reuse_counts(session)
    rows = indicators.total(counting, target=entered[1], internal_counts=internal)
    summed = indicators.total(
        [row.figures for row in own if row.in_totals], target=entered[1], internal_counts=internal
    )
    return IndicatorRow(indicator, None, None, True, _shown(summed, entered), rows)


def _shown(counted: Figures, entered: tuple[Decimal | None, Decimal | None]) -> Figures:
    """A year entered as a total wins over the device rows; both are kept."""
    value, target = entered
    return counted if value is None else indicators.totals_only(int(value), target=_whole(target))


def _with_target(counted: Figures, target: Decimal | None) -> Figures:
    return indicators.total([counted], target=_whole(target))


def _whole(number: Decimal | None) -> int | Decimal | None:
    return int(number) if number is not None and number == int(number) else number


def _nothing(indicator: Indicator) -> Figures:
    return indicators.figures({}, pending=0, bought=0, readings=_NO_READINGS if indicator is Indicator.I2 else None)


def _entered(
    session: ScopedSession, year: int
) -> dict[tuple[int | None, Indicator], tuple[Decimal | None, Decimal | None]]:
    """Value and target of I1 and I2 as they were entered, by owner id (None for the whole)."""
    known: dict[int, dict[tuple[int | None, Indicator], tuple[Decimal | None, Decimal | None]]]
    known = session.info.setdefault("entered", {})
    if year not in known:
        rows = session.execute(
            select(IndicatorValue.owner_id, IndicatorValue.indicator, IndicatorValue.value, IndicatorValue.target)
            .where(IndicatorValue.year == year, IndicatorValue.indicator.in_([str(i) for i in Indicator]))
            .order_by(IndicatorValue.id)
        )
        by_name = {indicator.value: indicator for indicator in Indicator}
        known[year] = {(row[0], by_name[row[1]]): (row[2], row[3]) for row in rows}
    return known[year]
