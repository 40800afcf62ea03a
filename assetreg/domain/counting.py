"""Which outcomes count: the reference definition of counting rule version 1, one device at a time.

The register counts with one grouped query; this says what that query must come to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from assetreg.domain.indicators import Frozen, Readings, year_of
from assetreg.domain.outcome_facts import FINAL, HEADLINE
from assetreg.domain.terms import Indicator, OutcomeType

NEW_MOBILE_FROM = date(2023, 1, 1)

Group = tuple[int, int, Indicator]
"""Year, owner id and indicator."""


@dataclass(frozen=True, slots=True)
class CountedOutcome:
    """An outcome as the count sees it; ``owner`` is the id of the device's owner on the day ``on``.

    ``holds`` is false for an outcome that has been reversed. ``indicator`` is None for kinds in neither.
    ``in_intune``: last seen in Intune before the device was returned.
    """

    device: int
    owner: int
    indicator: Indicator | None
    type: OutcomeType
    on: date
    purchased: date | None = None
    in_intune: bool = False
    holds: bool = True


def counted(rows: Iterable[CountedOutcome]) -> list[CountedOutcome]:
    """The rows that count: one per device, year and indicator.

    Reversed rows, rejections and kinds in neither indicator do not count. A final outcome beats an
    internal reuse the same year; of several internal ones the last counts.
    """
    chosen: dict[tuple[int, int, Indicator], CountedOutcome] = {}
    for row in rows:
        if not row.holds or row.indicator is None or row.type is OutcomeType.RETURNED_REJECTED:
            continue
        key = (row.device, year_of(row.on), row.indicator)
        if key not in chosen or _rank(row) > _rank(chosen[key]):
            chosen[key] = row
    return list(chosen.values())


def _rank(row: CountedOutcome) -> tuple[bool, date, int, str]:
    return row.type in FINAL, row.on, row.owner, row.type


def count_devices(rows: Iterable[CountedOutcome]) -> dict[Group, dict[OutcomeType, int]]:
    """Devices by outcome, for each year, owner and indicator that has any."""
    tallies: dict[Group, dict[OutcomeType, int]] = {}
    for row in counted(rows):
        if row.indicator is None:
            continue
        tally = tallies.setdefault((year_of(row.on), row.owner, row.indicator), {})
        tally[row.type] = tally.get(row.type, 0) + 1
    return tallies


def read_mobile(rows: Iterable[CountedOutcome]) -> Readings:
    """The three readings of the mobile units among the given rows, which are one year's and one owner's."""
    mobile = [row for row in counted(rows) if row.indicator is Indicator.I2 and row.type in HEADLINE]
    return Readings(
        all=len(mobile),
        bought_from_2023=sum(row.purchased is not None and row.purchased >= NEW_MOBILE_FROM for row in mobile),
        in_intune=sum(row.in_intune for row in mobile),
    )


def against_frozen(version: int, *, frozen: Collection[tuple[int, int]], now: Collection[tuple[int, int]]) -> Frozen:
    """A frozen list against today's, both as (device, owner) of the devices in the headline.

    A device whose owner was corrected is reversed for the one and late for the other.
    """
    then, today = frozenset(frozen), frozenset(now)
    return Frozen(version=version, headline=len(then), late=len(today - then), reversed=len(then - today))
