"""What an outcome says, and which outcomes mean what.

Rule set version 1 of the yearly reuse figures (Sydnärkes IT-nämnd, budgetplan 2023, the indicators
"återvunna/återbrukade").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assetreg.domain.terms import Kind, OutcomeType, Stage, Term

EXTERNAL_REUSE = frozenset({OutcomeType.EXTERNAL_REUSE, OutcomeType.GIFT, OutcomeType.BUYOUT})
"""What the word återbruk counts."""

HEADLINE = EXTERNAL_REUSE | {OutcomeType.PARTS_REUSE, OutcomeType.MATERIAL_RECYCLING}
WASTE = frozenset({OutcomeType.MATERIAL_RECYCLING, OutcomeType.ENERGY_RECOVERY, OutcomeType.LANDFILL})
OTHER_ENDED = frozenset({OutcomeType.LEASE_RETURN, OutcomeType.WARRANTY_SWAP})
FINAL = HEADLINE | WASTE | OTHER_ENDED | {OutcomeType.LOST_OR_STOLEN}
"""The outcomes that end a device; internal reuse and a rejection do not."""

NEEDS_DECISION = frozenset({OutcomeType.GIFT, OutcomeType.BUYOUT})
NEEDS_ERASURE = FINAL - {OutcomeType.LOST_OR_STOLEN}


class Notice(Term):
    """What the act says when it goes ahead all the same."""

    PURCHASE_DATE_MISSING = (
        "purchase_date_missing",
        "Inköpsdatum saknas, så det går inte att kontrollera att utfallet kom efter köpet.",
        "The purchase date is missing, so the outcome could not be checked against it.",
    )
    ERASURE_MISSING = "erasure_missing", "Raderingsuppgift saknas.", "There is no record of erasure."
    CERTIFICATE_TO_FOLLOW = (
        "certificate_to_follow",
        "Partnern raderar enligt avtal. Raderingsintyget ska följa.",
        "The partner erases under contract. The certificate is to follow.",
    )
    USER_UNASSIGNED = (
        "user_unassigned",
        "Användaren kopplas bort från enheten samma dag.",
        "The user is unassigned from the device on the same day.",
    )
    STEPS_SKIPPED = (
        "steps_skipped",
        "Enheten hade inte gått igenom alla steg. Historiken säger vilka.",
        "The device had not gone through every step. Its history says which.",
    )
    WAS_LOST = (
        "was_lost",
        "Enheten var anmäld som saknad eller stulen och räknas nu som återfunnen.",
        "The device was reported missing or stolen and now counts as found.",
    )


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """An outcome as stated. ``on`` is the day the receiver confirmed it; money in kronor, weight in kg.

    ``erasure_by_partner`` is an erasure under contract whose certificate is to follow. ``from_history``
    marks what happened before the register was begun, ``from_file`` what a list says, which may have skipped steps.
    """

    type: OutcomeType
    on: date
    partner: str | None = None
    report: str | None = None
    decision: str | None = None
    valuation: Decimal | None = None
    waste_code: str | None = None
    weight_kg: Decimal | None = None
    carrier: str | None = None
    receiver: str | None = None
    police_reference: str | None = None
    reason: str | None = None
    has_erasure: bool = False
    erasure_by_partner: bool = False
    from_history: bool = False
    from_file: bool = False


@dataclass(frozen=True, slots=True)
class DeviceAtOutcome:
    """The device as it stands; ``purchased`` is the first day its purchase date can be."""

    kind: Kind
    stage: Stage
    purchased: date | None
    has_user: bool = False


@dataclass(frozen=True, slots=True)
class ExistingOutcome:
    """An outcome in the register; ``reversed_on`` is None while it holds."""

    type: OutcomeType
    on: date
    report: str | None = None
    reversed_on: date | None = None
