"""Commands about outcomes: registering what became of a device, and reversing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from assetreg.domain.terms import OutcomeType, Term
from assetreg.schemas.act import ErasureFields, ErasureInput, erasure_of, first_day
from assetreg.schemas.fields import LONGEST_NOTE, Amount, WholeDay, Word, Words
from assetreg.schemas.loading import CommandSchema, load

OUTCOME_ALIASES: dict[str, Term] = {
    "återbruk": OutcomeType.EXTERNAL_REUSE,
    "såld": OutcomeType.EXTERNAL_REUSE,
    "återvinning": OutcomeType.MATERIAL_RECYCLING,
    "återvunnen": OutcomeType.MATERIAL_RECYCLING,
    "stulen": OutcomeType.LOST_OR_STOLEN,
    "förlorad": OutcomeType.LOST_OR_STOLEN,
    "deponi": OutcomeType.LANDFILL,
    "retur": OutcomeType.RETURNED_REJECTED,
}


@dataclass(frozen=True, slots=True)
class OutcomeInput:
    """What became of a device on the day ``on``; money in kronor, weight in kg.

    ``import_id`` and ``report_row`` lead back to the row of the file it came from.
    """

    type: OutcomeType
    on: date | None = None
    partner: str | None = None
    report: str | None = None
    erasure: ErasureInput | None = None
    weight_kg: Decimal | None = None
    proceeds: Decimal | None = None
    decision: str | None = None
    valuation: Decimal | None = None
    waste_code: str | None = None
    carrier: str | None = None
    receiver: str | None = None
    police_reference: str | None = None
    reason: str | None = None
    version: int | None = None
    import_id: int | None = None
    report_row: int | None = None


@dataclass(frozen=True, slots=True)
class ReversalInput:
    reason: str | None
    on: date | None = None


class OutcomeFields(ErasureFields):
    """The columns of the outcomes file, but for the serial that says whose outcome it is."""

    outcome = Word(OutcomeType, aliases=OUTCOME_ALIASES, required=True)
    date = WholeDay()
    partner = Words()
    report = Words(limit=80)
    weight_kg = Amount(decimals=3, most=1_000_000)
    proceeds_sek = Amount()
    decision = Words()
    valuation_sek = Amount()
    waste_code = Words(limit=12)
    carrier = Words()
    receiver = Words()
    police_reference = Words(limit=60)
    reason = Words(limit=LONGEST_NOTE)


class ReversalFields(CommandSchema):
    reason = Words(limit=LONGEST_NOTE)
    date = WholeDay()


def outcome_input(
    data: Mapping[str, Any], *, version: int | None = None, schema: CommandSchema | None = None
) -> OutcomeInput:
    """Raises InvalidInput."""
    values = load(schema or OutcomeFields(), data)
    same = ("partner", "report", "weight_kg", "decision", "carrier", "receiver", "police_reference", "reason")
    return OutcomeInput(
        type=values["outcome"],
        on=first_day(values.get("date")),
        erasure=erasure_of(values),
        proceeds=values.get("proceeds_sek"),
        valuation=values.get("valuation_sek"),
        waste_code=values.get("waste_code"),
        version=version,
        **{name: values.get(name) for name in same},
    )


def reversal_input(data: Mapping[str, Any]) -> ReversalInput:
    """Raises InvalidInput."""
    values = load(ReversalFields(), data)
    return ReversalInput(reason=values.get("reason"), on=first_day(values.get("date")))
