"""Entered figures: one row for each indicator of a year, with its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from assetreg.db.history import Change
from assetreg.db.indicator import IndicatorValue
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Conflict, Invalid
from assetreg.schemas.indicator_value import COMPUTED, IndicatorValueInput
from assetreg.services import history, places

EDITED = ("direction", "value", "target", "unit", "source")


class OwnerNeeded(Invalid):
    code = "owner_needed"
    message = "Ange vilken kommun siffran gäller. En siffra för hela nämnden kan bara den skriva som ser alla."


class SeveralFigures(Conflict):
    code = "several_figures"
    message = "{indicator} har flera rader för {year}. Be administratören rätta det innan siffran ändras."


class YearNotOver(Invalid):
    code = "total_of_year_not_over"
    message = (
        "{indicator} räknas ur registret tills året är slut, så {year} kan inte få en totalsiffra än. "
        "Lämna värdet tomt; målet kan anges ändå."
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """The row, whether it is new, and the columns that differed."""

    row: IndicatorValue
    created: bool
    changed: tuple[str, ...]


def store(session: ScopedSession, command: IndicatorValueInput, *, actor: Actor, act: Change | None = None) -> Stored:
    """Adds the figure or brings it to what is stated; what is absent stays.

    The same year, goal, indicator and owner is the same figure. Raises Denied, UnknownOwner, OwnerNeeded or
    YearNotOver.
    """
    actor.require(Act.IMPORT_FIGURES)
    if command.indicator in COMPUTED and command.stated.get("value") is not None and command.year >= actor.today.year:
        raise YearNotOver(field="value", indicator=command.indicator, year=command.year)
    owner_id = places.owner(session, command.owner).id if command.owner else None
    if not session.scope.covers(owner_id, None, None):
        raise OwnerNeeded(field="owner")
    stated = {"direction": command.direction, **command.stated}
    row = find(session, command, owner_id=owner_id)
    if row is None:
        return _added(session, command, owner_id, stated, actor=actor, act=act)
    before = {name: getattr(row, name) for name, value in stated.items() if getattr(row, name) != value}
    if before:
        for name in before:
            setattr(row, name, stated[name])
        pairs = {name: [old, stated[name]] for name, old in before.items()}
        history.record(session, row, "edited", {"changes": pairs}, actor=actor, change=act)
        session.flush()
    return Stored(row, created=False, changed=tuple(before))


def find(session: ScopedSession, command: IndicatorValueInput, *, owner_id: int | None) -> IndicatorValue | None:
    """The figure's row. Raises SeveralFigures."""
    same = select(IndicatorValue).where(
        IndicatorValue.year == command.year,
        IndicatorValue.goal == command.goal,
        IndicatorValue.indicator == command.indicator,
        IndicatorValue.owner_id.is_(None) if owner_id is None else IndicatorValue.owner_id == owner_id,
    )
    rows = list(session.execute(same.with_for_update().limit(2)).scalars())
    if len(rows) > 1:
        raise SeveralFigures(field="indicator", indicator=command.indicator, year=command.year)
    return rows[0] if rows else None


def _added(
    session: ScopedSession,
    command: IndicatorValueInput,
    owner_id: int | None,
    stated: dict[str, Any],
    *,
    actor: Actor,
    act: Change | None,
) -> Stored:
    row = IndicatorValue(
        owner_id=owner_id,
        year=command.year,
        goal=command.goal,
        indicator=command.indicator,
        head_seq=0,
        head_hash="",
        **stated,
    )
    session.add(row)
    session.flush()
    facts = {"year": row.year, "goal": row.goal, "indicator": row.indicator, "owner_id": owner_id, **stated}
    pairs = {name: [None, value] for name, value in facts.items() if value is not None}
    history.record(session, row, "registered", {"changes": pairs}, actor=actor, change=act)
    session.flush()
    return Stored(row, created=True, changed=tuple(pairs))
