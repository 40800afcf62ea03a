"""The yearly reuse figures: counting rule version 1.

Sydnärkes IT-nämnd, budgetplan 2023: "antal återvunna/återbrukade" computers and servers (I1) and mobile
units (I2). What the plan leaves open is settled here and named in the rule set's text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from assetreg.domain.money import percent
from assetreg.domain.outcome_facts import EXTERNAL_REUSE, OTHER_ENDED
from assetreg.domain.terms import OutcomeType

RULE_VERSION = 1

Tally = Mapping[OutcomeType, int]
"""Devices by outcome, for one owner, year and indicator, each device at most once."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Percentages with one decimal; None where there is nothing to divide by."""

    reuse_rate: str | None = None
    handled_rate: str | None = None
    take_back_rate: str | None = None
    goal: str | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """The headline of the mobile units, read three ways, since "nya mobila enheter" is not defined."""

    all: int
    bought_from_2023: int
    in_intune: int

    def __add__(self, other: Readings) -> Readings:
        return Readings(
            all=self.all + other.all,
            bought_from_2023=self.bought_from_2023 + other.bought_from_2023,
            in_intune=self.in_intune + other.in_intune,
        )


@dataclass(frozen=True, slots=True)
class Frozen:
    """A closed year's figure and what has happened to it since; headline now = headline + late - reversed."""

    version: int
    headline: int
    late: int
    reversed: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One indicator of one year, for one owner or the total. None: the year is known by its total only."""

    headline: int
    reuse: int | None = None
    parts_reuse: int | None = None
    recycling: int | None = None
    internal_reuse: int | None = None
    energy_recovery: int | None = None
    landfill: int | None = None
    lost_or_stolen: int | None = None
    other_ended: int | None = None
    pending: int | None = None
    bought: int | None = None
    totals_only: bool = False
    target: int | Decimal | None = None
    readings: Readings | None = None
    shares: Shares = field(default_factory=Shares)
    frozen: Frozen | None = None


def year_of(day: date) -> int:
    """The year an outcome counts in: that of the day, in Europe/Stockholm, the receiver confirmed it."""
    return day.year


def figures(
    tally: Tally,
    *,
    pending: int,
    bought: int,
    target: int | Decimal | None = None,
    readings: Readings | None = None,
    frozen: Frozen | None = None,
    internal_counts: bool = False,
) -> Figures:
    """The figures of a tally. ``internal_counts`` is the switch that takes internal reuse into the headline."""
    reuse = sum(tally.get(outcome, 0) for outcome in EXTERNAL_REUSE)
    parts = tally.get(OutcomeType.PARTS_REUSE, 0)
    recycling = tally.get(OutcomeType.MATERIAL_RECYCLING, 0)
    internal = tally.get(OutcomeType.INTERNAL_REUSE, 0)
    energy = tally.get(OutcomeType.ENERGY_RECOVERY, 0)
    landfill = tally.get(OutcomeType.LANDFILL, 0)
    lost = tally.get(OutcomeType.LOST_OR_STOLEN, 0)
    headline = reuse + parts + recycling + (internal if internal_counts else 0)
    ways = reuse + parts + recycling + energy + landfill
    return Figures(
        headline=headline,
        reuse=reuse,
        parts_reuse=parts,
        recycling=recycling,
        internal_reuse=internal,
        energy_recovery=energy,
        landfill=landfill,
        lost_or_stolen=lost,
        other_ended=sum(tally.get(outcome, 0) for outcome in OTHER_ENDED),
        pending=pending,
        bought=bought,
        target=target,
        readings=readings,
        shares=Shares(
            reuse_rate=percent(reuse, ways),
            handled_rate=percent(headline, headline + energy + landfill + lost),
            take_back_rate=percent(headline, bought),
            goal=percent(headline, target),
        ),
        frozen=frozen,
    )


def totals_only(headline: int, *, target: int | Decimal | None) -> Figures:
    """A year that is known by its total ("endast totalsiffra"): no split, no share but that of the goal."""
    goal = Shares(goal=percent(headline, target))
    return Figures(headline=headline, totals_only=True, target=target, shares=goal)


def merged(tallies: Iterable[Tally]) -> dict[OutcomeType, int]:
    """The tally of several owners together; each device has one owner at its outcome, so none counts twice."""
    sums: dict[OutcomeType, int] = {}
    for tally in tallies:
        for outcome, count in tally.items():
            sums[outcome] = sums.get(outcome, 0) + count
    return sums


def total(parts: Iterable[Figures], *, target: int | Decimal | None, internal_counts: bool = False) -> Figures:
    """The sum of the owners that are in the totals.

    The target is the total's own. One owner known by its total only makes the sum such a figure too,
    for its split is unknown. The frozen figure is there when every owner's is.
    """
    owners = list(parts)
    if any(owner.totals_only for owner in owners):
        return totals_only(sum(owner.headline for owner in owners), target=target)
    frozen = [owner.frozen for owner in owners if owner.frozen is not None]
    readings = [owner.readings for owner in owners if owner.readings is not None]
    return figures(
        merged(_tally(owner) for owner in owners),
        pending=sum(owner.pending or 0 for owner in owners),
        bought=sum(owner.bought or 0 for owner in owners),
        target=target,
        readings=sum(readings[1:], readings[0]) if readings else None,
        frozen=_frozen_total(frozen) if frozen and len(frozen) == len(owners) else None,
        internal_counts=internal_counts,
    )


def _tally(owner: Figures) -> dict[OutcomeType, int]:
    """The figures as a tally again; outcomes that are only ever shown together stand under one of them."""
    return {
        OutcomeType.EXTERNAL_REUSE: owner.reuse or 0,
        OutcomeType.PARTS_REUSE: owner.parts_reuse or 0,
        OutcomeType.MATERIAL_RECYCLING: owner.recycling or 0,
        OutcomeType.INTERNAL_REUSE: owner.internal_reuse or 0,
        OutcomeType.ENERGY_RECOVERY: owner.energy_recovery or 0,
        OutcomeType.LANDFILL: owner.landfill or 0,
        OutcomeType.LOST_OR_STOLEN: owner.lost_or_stolen or 0,
        OutcomeType.LEASE_RETURN: owner.other_ended or 0,
    }


def _frozen_total(parts: list[Frozen]) -> Frozen:
    return Frozen(
        version=max(part.version for part in parts),
        headline=sum(part.headline for part in parts),
        late=sum(part.late for part in parts),
        reversed=sum(part.reversed for part in parts),
    )
