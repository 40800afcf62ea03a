"""What was entered of the two reuse indicators: targets, and the totals of years that have no device rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from assetreg.db.history import Event
from assetreg.db.indicator import IndicatorValue
from assetreg.db.session import ScopedSession
from assetreg.domain.terms import Indicator
from assetreg.services.figure_question import Span

Key = tuple[int, int | None, Indicator]
"""Year, owner id (None for the whole) and indicator."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A value makes the year known by its total; a target alone is compared with."""

    value: int | None = None
    target: int | Decimal | None = None


NOTHING_ENTERED = Entered()


def entered(session: ScopedSession, span: Span) -> dict[Key, Entered]:
    """By year, owner and indicator; the latest row wins. ``as_known_on`` takes back what was entered since."""
    by_name = {indicator.value: indicator for indicator in Indicator}
    rows = session.execute(
        select(
            *(IndicatorValue.id, IndicatorValue.year, IndicatorValue.owner_id, IndicatorValue.indicator),
            *(IndicatorValue.value, IndicatorValue.target),
        )
        .where(
            IndicatorValue.year.in_(span.years),
            IndicatorValue.indicator.in_(sorted(by_name)),
            IndicatorValue.department_id.is_(None),
            IndicatorValue.unit_id.is_(None),
        )
        .order_by(IndicatorValue.id)
    ).all()
    since = _changes_since(session, [row.id for row in rows], span.as_known_on)
    found: dict[Key, Entered] = {}
    for row in rows:
        known = {"value": row.value, "target": row.target} | since.get(row.id, {})
        if known["value"] is not None or known["target"] is not None:
            whole = _whole(known["value"])
            value = None if whole is None else int(whole)
            found[row.year, row.owner_id, by_name[row.indicator]] = Entered(value, _whole(known["target"]))
    return found


def _changes_since(session: ScopedSession, ids: list[int], known: datetime | None) -> dict[int, dict[str, Any]]:
    """What each row said at the moment, for the columns that have been changed after it."""
    if known is None or not ids:
        return {}
    rows = session.execute(
        select(Event.subject_id, Event.payload)
        .where(Event.subject == IndicatorValue.__tablename__, Event.subject_id.in_(ids), Event.at > known)
        .order_by(Event.subject_id, Event.seq.desc())
    )
    before: dict[int, dict[str, Any]] = {}
    for subject_id, payload in rows:
        changed = json.loads(payload).get("changes", {})
        said = {column: pair[0] for column, pair in changed.items() if column in ("value", "target")}
        before.setdefault(subject_id, {}).update(said)
    return before


def _whole(number: Any) -> int | Decimal | None:
    if number is None:
        return None
    exact = Decimal(str(number))
    return int(exact) if exact == int(exact) else exact
