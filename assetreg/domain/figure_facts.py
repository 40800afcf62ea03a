"""What the yearly figures ask of a device's history beside its outcomes: when it was bought, when it was away.

Every fact has two times: the days it is about, and the moments between which the register held it to be so. Both
follow from the events alone, so they can be asked for any day, as they were known at any moment, and recomputed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from assetreg.domain.access import STOCKHOLM
from assetreg.domain.lifecycle import LOST
from assetreg.domain.terms import Kind, Stage, Term

WATCHED = ("stage", "owner_id", "kind", "purchased_on")
"""The columns of a device that its facts follow from."""
_TRANSFERRED = "transferred"
_KINDS = {kind.value: kind for kind in Kind}


class FactOf(Term):
    BOUGHT = "bought", "Köpt", "Bought"
    DISPATCHED = "dispatched", "Avsänd", "Dispatched"


@dataclass(frozen=True, slots=True)
class Step:
    """What one event says of the watched columns: their new values as the payload holds them."""

    seq: int
    at: datetime
    on: date
    kind: str
    reverses: int | None
    now: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """A device of a kind bought on the day ``since``, or away from that day until its outcome or another end.

    ``owner_id`` had it from ``start`` (included) to ``until`` (not included); a purchase has one owner, of its day.
    """

    of: FactOf
    owner_id: int
    kind: Kind
    since: date
    start: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Belief:
    """A fact and the moments between which the register held it to be so; it holds still without a last one."""

    fact: Fact
    since: datetime
    until: datetime | None = None


def matters(payload: str, reverses: int | None) -> bool:
    """Whether an event can change a fact; told without reading its JSON."""
    return reverses is not None or any(f'"{name}":' in payload for name in WATCHED)


def step_of(seq: int, *, at: datetime, on: date | None, kind: str, reverses: int | None, payload: str) -> Step:
    """The step of an event; one that states no day happened on the day it was written, in Sweden."""
    changes = json.loads(payload).get("changes", {})
    now = {name: changes[name][1] for name in WATCHED if name in changes}
    return Step(seq, at, on or at.astimezone(STOCKHOLM).date(), kind, reverses, now)


def beliefs(steps: Sequence[Step]) -> list[Belief]:
    """Every fact the register has ever held of a device, given all its steps in their order."""
    held: dict[Fact, datetime] = {}
    found: list[Belief] = []
    for index, step in enumerate(steps):
        if index + 1 < len(steps) and steps[index + 1].at <= step.at:
            continue
        known = facts(steps[: index + 1])
        gone = [fact for fact in held if fact not in known]
        found += [Belief(fact, held.pop(fact), step.at) for fact in gone]
        for fact in known:
            held.setdefault(fact, step.at)
    return [*found, *(Belief(fact, since) for fact, since in held.items())]


def facts(steps: Iterable[Step]) -> list[Fact]:
    """What is known of a device after the steps; what was taken back never happened."""
    life = _Life()
    for step in standing(list(steps)):
        life.follow(step)
    return life.facts()


def standing(steps: Sequence[Step]) -> list[Step]:
    """The steps without what a later one took back, column by column; the taking back says nothing more itself."""
    taken: dict[int, set[str]] = {}
    for step in steps:
        if step.reverses is not None and step.now.get("stage") != Stage.VOIDED:
            taken.setdefault(step.reverses, set()).update(step.now)
            taken.setdefault(step.seq, set()).update(step.now)
    return [
        replace(step, now={name: value for name, value in step.now.items() if name not in taken[step.seq]})
        if step.seq in taken
        else step
        for step in steps
    ]


class _Life:
    """The stages and the owners of a device from day to day; what is recorded later overrules from its own day on."""

    def __init__(self) -> None:
        self.kind: str | None = None
        self.purchased: str | None = None
        self.stages: list[tuple[date, str]] = []
        self.owners: list[tuple[date, int]] = []

    def follow(self, step: Step) -> None:
        now = step.now
        self.kind, self.purchased = now.get("kind", self.kind), now.get("purchased_on", self.purchased)
        if "owner_id" in now:
            first = step.on if step.kind == _TRANSFERRED else date.min
            self.owners = [*(each for each in self.owners if each[0] < first), (first, now["owner_id"])]
        if "stage" in now:
            kept = [] if now["stage"] == Stage.VOIDED else [each for each in self.stages if each[0] < step.on]
            self.stages = [*kept, (step.on, now["stage"])]

    def facts(self) -> list[Fact]:
        if not self.stages or self.stages[-1][1] == Stage.VOIDED or not self.owners or self.kind is None:
            return []
        kind = _KINDS[self.kind]
        found = [self._away(kind, *spell) for spell in self._spells()]
        return [*self._bought(kind), *(fact for each in found for fact in each)]

    def _bought(self, kind: Kind) -> list[Fact]:
        if self.purchased is None:
            return []
        day = date.fromisoformat(self.purchased)
        owner = [owner for first, owner in self.owners if first <= day][-1:] or [self.owners[0][1]]
        return [Fact(FactOf.BOUGHT, owner[0], kind, day, day)]

    def _spells(self) -> list[tuple[date, date, date | None]]:
        """When it was away: since which day, from and to; one lost on the way and found is away as before."""
        spells: list[tuple[date, date, date | None]] = []
        since: date | None = None
        ends = [*(first for first, _ in self.stages[1:]), None]
        for (first, stage), end in zip(self.stages, ends, strict=True):
            if stage == Stage.DISPATCHED:
                since = since or first
                spells.append((since, first, end))
            elif stage not in LOST:
                since = None
        return spells

    def _away(self, kind: Kind, since: date, start: date, until: date | None) -> list[Fact]:
        found = []
        ends = [*(first for first, _ in self.owners[1:]), None]
        for (first, owner), end in zip(self.owners, ends, strict=True):
            begins = max(first, start)
            stops = min((day for day in (until, end) if day is not None), default=None)
            if stops is None or begins < stops:
                found.append(Fact(FactOf.DISPATCHED, owner, kind, since, begins, stops))
        return found
