"""How many devices of each sort, by the year they were bought or the year they left.

Years are counted back from the present one. A whole fleet has 4 000 computers, 2 500 mobile units, 120
servers and 3 000 monitors that have not ended, and beside them those that left in the last five years.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assetreg.domain.terms import Kind
from assetreg.domain.terms import OutcomeType as Ended

TOTALS_ONLY_YEAR = 2023
"""A year whose figures are known as totals; only some of its outcomes are in the register device by device."""
UNDATED = -1


@dataclass(frozen=True, slots=True)
class Cohort:
    """So many devices bought ``bought`` years ago, or that left ``left`` years ago; one of them is None."""

    kind: Kind
    count: int
    bought: int | None = None
    left: int | None = None


LIVE = {
    Kind.LAPTOP: {0: 850, 1: 890, 2: 820, 3: 660, 4: 180, 5: 40, UNDATED: 30},
    Kind.DESKTOP: {0: 60, 1: 70, 2: 70, 3: 70, 4: 20, 5: 10},
    Kind.WORKSTATION: {0: 10, 1: 12, 2: 12, 3: 6},
    Kind.THIN_CLIENT: {0: 40, 1: 50, 2: 50, 3: 40, 4: 10},
    Kind.TABLET: {0: 470, 1: 480, 2: 430, 3: 290, 4: 80},
    Kind.PHONE: {0: 210, 1: 220, 2: 190, 3: 100, 4: 30},
    Kind.SERVER: {0: 16, 1: 14, 2: 14, 3: 16, 4: 12, 5: 14, 6: 10, 7: 8, 8: 3, 9: 2, 11: 3},
    Kind.STORAGE: {1: 3, 3: 3, 5: 2},
    Kind.MONITOR: {0: 420, 1: 440, 2: 430, 3: 430, 4: 420, 5: 430, 6: 430},
    Kind.NETWORK: {1: 12, 3: 14, 5: 14},
    Kind.PRINTER: {2: 14, 4: 16},
    Kind.OTHER: {2: 10},
}
ENDED = {
    Kind.LAPTOP: {0: 810, 1: 910, 2: 1020, 3: 900, 4: 960},
    Kind.DESKTOP: {0: 60, 1: 70, 2: 80, 3: 80, 4: 90},
    Kind.THIN_CLIENT: {0: 20, 1: 20, 2: 30, 3: 20, 4: 20},
    Kind.SERVER: {0: 10, 1: 12, 2: 12, 3: 12, 4: 10},
    Kind.TABLET: {0: 190, 1: 240, 2: 130, 3: 60, 4: 40},
    Kind.PHONE: {0: 110, 1: 120, 2: 60, 3: 20, 4: 25},
    Kind.MONITOR: {0: 60, 1: 60, 2: 60, 3: 60, 4: 60},
}
SHARE_IN_TOTALS_ONLY_YEAR = 0.55

ENDS = {
    Kind.TABLET: {Ended.EXTERNAL_REUSE: 76, Ended.MATERIAL_RECYCLING: 20, Ended.LOST_OR_STOLEN: 4},
    Kind.PHONE: {Ended.EXTERNAL_REUSE: 66, Ended.MATERIAL_RECYCLING: 26, Ended.LOST_OR_STOLEN: 8},
    Kind.SERVER: {Ended.MATERIAL_RECYCLING: 60, Ended.EXTERNAL_REUSE: 30, Ended.PARTS_REUSE: 10},
    Kind.MONITOR: {Ended.MATERIAL_RECYCLING: 70, Ended.EXTERNAL_REUSE: 24, Ended.ENERGY_RECOVERY: 6},
}
"""What becomes of those that leave, as weights; ``USUAL_ENDS`` for every other kind."""
USUAL_ENDS = {
    Ended.EXTERNAL_REUSE: 775,
    Ended.MATERIAL_RECYCLING: 135,
    Ended.PARTS_REUSE: 25,
    Ended.BUYOUT: 15,
    Ended.GIFT: 10,
    Ended.ENERGY_RECOVERY: 20,
    Ended.LOST_OR_STOLEN: 15,
    Ended.LANDFILL: 2,
    Ended.WARRANTY_SWAP: 3,
}


def cohorts(today: date) -> list[Cohort]:
    """The whole fleet's composition."""
    live = [Cohort(kind, n, bought=years) for kind, by_year in LIVE.items() for years, n in by_year.items()]
    return live + [
        Cohort(kind, _left(n, today.year - years), left=years)
        for kind, by_year in ENDED.items()
        for years, n in by_year.items()
    ]


def _left(count: int, year: int) -> int:
    return round(count * SHARE_IN_TOTALS_ONLY_YEAR) if year == TOTALS_ONLY_YEAR else count


def scaled(composition: list[Cohort], total: int) -> list[Cohort]:
    """The same composition with ``total`` devices in all, by largest remainder."""
    whole = sum(cohort.count for cohort in composition)
    exact = [cohort.count * total for cohort in composition]
    counts = [n // whole for n in exact]
    largest = sorted(range(len(exact)), key=lambda index: (-(exact[index] % whole), index))
    for index in largest[: total - sum(counts)]:
        counts[index] += 1
    return [
        Cohort(cohort.kind, count, cohort.bought, cohort.left)
        for cohort, count in zip(composition, counts, strict=True)
    ]
