"""The policies a new register starts with. They are rows to change, and nothing reads them from here again.

Sydnärkes IT-nämnd, budgetplan 2023. The plan says four years for computers; the register takes it for
every kind. Depreciation follows where the plan has money for it: four years for client computers from
2023, three for other kinds and for what is held in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assetreg.domain.terms import Kind

ALWAYS = date(1900, 1, 1)
FROM_2023 = date(2023, 1, 1)
SHARED_OWNER = "GEM"
CLIENT_KINDS = (Kind.LAPTOP, Kind.DESKTOP, Kind.WORKSTATION, Kind.THIN_CLIENT)


@dataclass(frozen=True, slots=True)
class PolicySeed:
    """A policy before owners have ids; None means every kind or every owner."""

    purchased_from: date
    months: int
    kind: Kind | None = None
    owner_code: str | None = None


DEFAULT_CYCLE = (PolicySeed(ALWAYS, 36), PolicySeed(FROM_2023, 48))

CYCLE_BY_SWAP = (PolicySeed(ALWAYS, 36), PolicySeed(date(2020, 1, 1), 48))
"""The plan's other reading: whatever is swapped from 2023 on is four years old, whenever it was bought.

Devices bought from 2020 on would have been due from 2023 on, so they get the fourth year; none is due in 2023.
"""

DEFAULT_DEPRECIATION = (
    PolicySeed(ALWAYS, 36),
    *(PolicySeed(FROM_2023, 48, kind=kind) for kind in CLIENT_KINDS),
    PolicySeed(ALWAYS, 36, owner_code=SHARED_OWNER),
)
