"""What is asked of the yearly figures, and which outcomes count under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import aliased

from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain.access import STOCKHOLM
from assetreg.domain.outcome_facts import EXTERNAL_REUSE, HEADLINE, OTHER_ENDED
from assetreg.domain.terms import Indicator, OutcomeType
from assetreg.services import settings

PARTS: Mapping[str, frozenset[OutcomeType]] = {
    "headline": HEADLINE,
    "reuse": EXTERNAL_REUSE,
    "parts_reuse": frozenset({OutcomeType.PARTS_REUSE}),
    "recycling": frozenset({OutcomeType.MATERIAL_RECYCLING}),
    "internal_reuse": frozenset({OutcomeType.INTERNAL_REUSE}),
    "energy_recovery": frozenset({OutcomeType.ENERGY_RECOVERY}),
    "landfill": frozenset({OutcomeType.LANDFILL}),
    "lost_or_stolen": frozenset({OutcomeType.LOST_OR_STOLEN}),
    "other_ended": OTHER_ENDED,
}
"""The figures that have outcome rows behind them, by the name they carry in JSON and in addresses."""


@dataclass(frozen=True, slots=True)
class Span:
    """Some years, as they are told by outcomes up to a day and as the register knew them at a moment."""

    years: tuple[int, ...]
    as_of: date | None = None
    as_known_on: datetime | None = None


@dataclass(frozen=True, slots=True)
class YearQuestion:
    """A year; ``as_of`` counts outcomes up to a day, ``as_known_on`` as the register knew them at a moment."""

    year: int
    as_of: date | None = None
    as_known_on: datetime | None = None

    @property
    def span(self) -> Span:
        return Span((self.year,), self.as_of, self.as_known_on)


def known_on(day: date) -> datetime:
    """The last moment of a day in Sweden: what the register knew when that day was over."""
    return datetime.combine(day, time.max, tzinfo=STOCKHOLM).astimezone(UTC)


def holding(question: YearQuestion) -> list[ColumnElement[bool]]:
    """What makes an outcome count in the question's year: dated in it, known, and not reversed."""
    return holding_in(Outcome, question.span)


def holding_in(entity: Any, span: Span) -> list[ColumnElement[bool]]:
    """The same for several years, on ``Outcome`` or an alias of it."""
    found: list[ColumnElement[bool]] = [entity.year.in_(span.years), entity.indicator.is_not(None)]
    if span.as_of is not None:
        found.append(entity.on <= span.as_of)
    if span.as_known_on is None:
        return [*found, entity.reversed_at.is_(None)]
    known = span.as_known_on
    return [*found, entity.registered_at <= known, or_(entity.reversed_at.is_(None), entity.reversed_at > known)]


def outranked(session: ScopedSession, span: Span) -> list[int]:
    """The internal reuses that do not count, by id: the device ended the same year, or was reused again later in it."""
    other = aliased(Outcome)
    later = tuple_(other.on, other.owner_id, other.id) > tuple_(Outcome.on, Outcome.owner_id, Outcome.id)
    better = (
        select(other.id)
        .where(
            other.device_id == Outcome.device_id,
            other.year == Outcome.year,
            other.indicator == Outcome.indicator,
            other.final | ((other.type == OutcomeType.INTERNAL_REUSE) & later),
            *holding_in(other, span),
        )
        .exists()
    )
    with session.unguarded("what ranks higher may be another owner's; what is told is only that this does not count"):
        rows = session.execute(
            select(Outcome.id).where(Outcome.type == OutcomeType.INTERNAL_REUSE, *holding_in(Outcome, span), better)
        )
        return list(rows.scalars())


def behind(session: ScopedSession, question: YearQuestion, part: str) -> list[ColumnElement[bool]]:
    """What the outcome rows behind one of the ``PARTS`` have in common, so that they are as many as the figure.

    Raises KeyError for another part.
    """
    types = PARTS[part]
    if part == "headline" and settings.internal_reuse_counts(session):
        types |= PARTS["internal_reuse"]
    found = [Outcome.type.in_(sorted(types)), *holding(question)]
    if OutcomeType.INTERNAL_REUSE in types:
        found.append(Outcome.id.not_in(outranked(session, question.span)))
    return found


def part_of(outcome: OutcomeType) -> str | None:
    """The narrowest part an outcome stands in; None for one that is in no figure."""
    return next((part for part, types in PARTS.items() if part != "headline" and outcome in types), None)


Cell = tuple[int, int, Indicator]
"""Year, owner id and indicator."""
