"""What the first pages say of the fleet, read from the kept counts and never by counting devices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from assetreg.db.organisation import Owner
from assetreg.db.session import ScopedSession
from assetreg.db.tally import DeviceCount
from assetreg.domain.lifecycle import DUE_STAGES
from assetreg.domain.terms import Kind, Stage

MANAGED = (Kind.LAPTOP, Kind.DESKTOP, Kind.WORKSTATION, Kind.TABLET, Kind.PHONE)
"""The kinds that belong in a system for managed devices."""


@dataclass(frozen=True, slots=True)
class OwnerCount:
    code: str
    name: str
    n: int


@dataclass(frozen=True, slots=True)
class WaveYear:
    """The devices due in a year, by owner; those due before it too where ``earlier``."""

    year: int
    owners: tuple[OwnerCount, ...]
    earlier: bool = False

    @property
    def total(self) -> int:
        return sum(owner.n for owner in self.owners)


@dataclass(frozen=True, slots=True)
class Sort:
    """How many devices there are of one owner, kind, stage and due year (0: none)."""

    code: str
    name: str
    kind: Kind
    stage: Stage
    due_year: int
    n: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """The devices of a scope by sort; every number of a first page is a sum over these."""

    sorts: tuple[Sort, ...]

    def count(self, stages: Collection[Stage], *, kinds: Collection[Kind] = tuple(Kind)) -> int:
        return sum(sort.n for sort in self.sorts if sort.stage in stages and sort.kind in kinds)

    def by_stage(self) -> Counter[Stage]:
        found: Counter[Stage] = Counter()
        for sort in self.sorts:
            found[sort.stage] += sort.n
        return found

    def by_owner(self, stages: Collection[Stage], *, kinds: Collection[Kind] = tuple(Kind)) -> tuple[OwnerCount, ...]:
        """In the owners' order; an owner without any is left out."""
        return _by_owner([sort for sort in self.sorts if sort.stage in stages and sort.kind in kinds])

    def wave(self, first: int, years: int) -> tuple[WaveYear, ...]:
        """The devices that wait to be replaced, by the year they are due; before them what the years past have left."""
        waiting = [sort for sort in self.sorts if sort.stage in DUE_STAGES]
        left = _by_owner([sort for sort in waiting if 0 < sort.due_year < first])
        coming = (
            WaveYear(year, _by_owner([sort for sort in waiting if sort.due_year == year]))
            for year in range(first, first + years)
        )
        return (WaveYear(first - 1, left, earlier=True), *coming)


def fleet(session: ScopedSession) -> Fleet:
    """The kept counts of the session's scope, in one query."""
    columns = (DeviceCount.owner_id, DeviceCount.kind, DeviceCount.stage, DeviceCount.due_year)
    rows = session.execute(
        select(Owner.code, Owner.name, *columns[1:], func.sum(DeviceCount.n))
        .select_from(DeviceCount)
        .join(Owner, Owner.id == DeviceCount.owner_id)
        .where(DeviceCount.n != 0)
        .group_by(Owner.code, Owner.name, Owner.position, *columns)
        .order_by(Owner.position, DeviceCount.owner_id)
    )
    return Fleet(tuple(Sort(row[0], row[1], row[2], row[3], row[4], int(row[5])) for row in rows))


def _by_owner(sorts: Sequence[Sort]) -> tuple[OwnerCount, ...]:
    sums: dict[tuple[str, str], int] = {}
    for sort in sorts:
        sums[sort.code, sort.name] = sums.get((sort.code, sort.name), 0) + sort.n
    return tuple(OwnerCount(code, name, n) for (code, name), n in sums.items() if n)
