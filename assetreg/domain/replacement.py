"""When a device is due for replacement (utbytescykel).

Sydnärkes IT-nämnd, budgetplan 2023: computers are replaced at four years instead of three, "för inköp som
görs från och med 2023". The cycle counts from the day of purchase. A purchase known by month or year
counts from its first day, so such a device is never found due too late.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from assetreg.domain.errors import Invalid
from assetreg.domain.lifecycle import DUE_STAGES
from assetreg.domain.terms import Kind, Stage

SHORTEST_CYCLE = 1
LONGEST_CYCLE = 240
RETIRE_MONTHS = 6
"""How long before the due date a device is rather replaced than moved to another MDM, unless set otherwise."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Months from purchase, for a kind and an owner or for all (None), for what was bought from a day on."""

    purchased_from: date
    months: int
    kind: Kind | None = None
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class CycleFacts:
    """What the due date of a device depends on; ``override`` is a due date of its own."""

    kind: Kind
    owner_id: int
    purchased: date | None
    override: date | None = None


class MonthsOutOfRange(Invalid):
    code = "months_out_of_range"
    message = "{months} månader går inte. Ange ett antal mellan {shortest} och {longest}."


def check_months(months: int) -> int:
    """Raises MonthsOutOfRange for a cycle or depreciation that cannot be meant."""
    if not SHORTEST_CYCLE <= months <= LONGEST_CYCLE:
        raise MonthsOutOfRange(field="months", months=months, shortest=SHORTEST_CYCLE, longest=LONGEST_CYCLE)
    return months


def add_months(day: date, months: int) -> date:
    """The same day so many months on (or back), clamped to the month's end and to the calendar's."""
    ordinal = day.year * 12 + day.month - 1 + months
    year, month = ordinal // 12, ordinal % 12 + 1
    if year > date.max.year:
        return date.max
    if year < date.min.year:
        return date.min
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def due_on(purchased: date, months: int) -> date:
    """The day a device bought on the given day is due."""
    return add_months(purchased, months)


def policy_for(policies: Iterable[Policy], *, kind: Kind, owner_id: int, purchased: date) -> Policy | None:
    """The policy that applies: one for the owner before one for all, then one for the kind, then the latest.

    A policy for a kind holds against a later one for all kinds: whoever wrote it meant that kind.
    """
    applying = [
        policy
        for policy in policies
        if policy.purchased_from <= purchased and policy.kind in (None, kind) and policy.owner_id in (None, owner_id)
    ]
    return max(applying, key=_precedence, default=None)


def _precedence(policy: Policy) -> tuple[bool, bool, date]:
    return policy.owner_id is not None, policy.kind is not None, policy.purchased_from


def due_for(facts: CycleFacts, policies: Sequence[Policy]) -> date | None:
    """The due date, or None when there is no purchase date and no override, or no policy applies."""
    if facts.override is not None:
        return facts.override
    if facts.purchased is None:
        return None
    policy = policy_for(policies, kind=facts.kind, owner_id=facts.owner_id, purchased=facts.purchased)
    return due_on(facts.purchased, policy.months) if policy is not None else None


def retire_from(due: date | None, *, months: int = RETIRE_MONTHS) -> date | None:
    """The day from which a device is rather replaced than migrated; without a due date never."""
    return add_months(due, -months) if due is not None else None


def is_due(due: date | None, *, first: date | None, last: date | None) -> bool:
    """Whether a due date lies in the window; both ends belong to it, and None leaves an end open."""
    return due is not None and (first is None or first <= due) and (last is None or due <= last)


def awaits_replacement(stage: Stage, *, successor: int | None) -> bool:
    """Whether the device is one that due lists count: ordered to in repair, and not replaced already."""
    return stage in DUE_STAGES and successor is None
