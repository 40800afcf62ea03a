"""The times after which what is kept about people is cleared: what has been chosen, and choosing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from assetreg.db.retention import RetentionTime
from assetreg.db.session import ScopedSession
from assetreg.domain import retention
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Conflict, InvalidInput, Refusal
from assetreg.domain.retention import RULES, Kept, TimeOutOfBounds
from assetreg.services import history

LONGEST_NUMBER = 6


class TimesChanged(Conflict):
    code = "times_changed"
    message = "Någon annan har ändrat tiderna sedan du öppnade sidan. Läs om den och gör om ändringen."


@dataclass(frozen=True, slots=True)
class Times:
    """Each family's time in the unit of its rule; ``version`` grows with every change."""

    amounts: Mapping[Kept, int]
    version: int

    def cutoff(self, kept: Kept, *, at: datetime) -> datetime:
        """What happened before this moment has passed its time."""
        return retention.cutoff(kept, self.amounts[kept], at=at)


def times(session: ScopedSession) -> Times:
    """What has been chosen, and the usual time of what has not."""
    chosen = list(session.execute(select(RetentionTime)).scalars())
    usual = {kept: rule.usual for kept, rule in RULES.items()}
    return Times(usual | {row.kept: row.amount for row in chosen}, sum(row.head_seq for row in chosen))


def read(stated: Mapping[Kept, str]) -> dict[Kept, int]:
    """The times as somebody wrote them. Raises InvalidInput with a refusal for each that is no whole number."""
    refused: list[Refusal] = []
    found: dict[Kept, int] = {}
    for kept, text in stated.items():
        if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER:
            found[kept] = int(text)
        else:
            rule = RULES[kept]
            refused.append(TimeOutOfBounds(field=kept.value, value=text, least=rule.least, most=rule.most))
    if refused:
        raise InvalidInput(refused)
    return found


def change(
    session: ScopedSession, wanted: Mapping[Kept, int], *, actor: Actor, version: int | None = None
) -> list[Kept]:
    """Sets the times that differ, each with an event of its own; gives which. ``version`` is the one the editor saw.

    Raises Denied, TimesChanged, or InvalidInput with a refusal for each time that is out of bounds.
    """
    actor.require(Act.ADMINISTER)
    rows = {row.kept: row for row in session.execute(select(RetentionTime).with_for_update()).scalars()}
    if version is not None and version != sum(row.head_seq for row in rows.values()):
        raise TimesChanged
    refused: list[Refusal] = []
    for kept, amount in wanted.items():
        try:
            retention.check_time(kept, amount)
        except Refusal as refusal:
            refused.append(refusal)
    if refused:
        raise InvalidInput(refused)
    return [kept for kept, amount in wanted.items() if _set(session, rows.get(kept), kept, amount, actor)]


def _set(session: ScopedSession, row: RetentionTime | None, kept: Kept, amount: int, actor: Actor) -> bool:
    before = row.amount if row else RULES[kept].usual
    if before == amount:
        return False
    if row is None:
        row = RetentionTime(kept=kept, amount=amount, changed_at=actor.at, head_seq=0, head_hash="")
        session.add(row)
        session.flush()
    row.amount, row.changed_at = amount, actor.at
    payload = {"kept": kept.value, "unit": RULES[kept].unit, "changes": {"amount": [before, amount]}}
    history.record(session, row, "retention_changed", payload, actor=actor)
    session.flush()
    return True
