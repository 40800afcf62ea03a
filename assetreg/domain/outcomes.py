"""How a device ends: when an outcome may be registered, and what the act says.

Rule set version 1. Erasure: NIST SP 800-88 Rev. 2. Gift and buyout are decisions of the kommun.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from assetreg.domain.dates import happened_refusal
from assetreg.domain.errors import Conflict, Invalid, InvalidInput, Refusal
from assetreg.domain.lifecycle import ENDED, LOST, Voided, skipped_steps
from assetreg.domain.outcome_facts import (
    EXTERNAL_REUSE,
    FINAL,
    HEADLINE,
    NEEDS_DECISION,
    NEEDS_ERASURE,
    OTHER_ENDED,
    WASTE,
    DeviceAtOutcome,
    ExistingOutcome,
    Notice,
    OutcomeFacts,
)
from assetreg.domain.sentences import Phrase
from assetreg.domain.terms import OutcomeType, Stage
from assetreg.domain.waste import given, is_hazardous, normal_waste_code, waste_refusals

__all__ = [
    "EXTERNAL_REUSE",
    "FINAL",
    "HEADLINE",
    "NEEDS_DECISION",
    "NEEDS_ERASURE",
    "OTHER_ENDED",
    "WASTE",
    "DeviceAtOutcome",
    "ExistingOutcome",
    "Notice",
    "OutcomeFacts",
    "check_outcome",
    "fitting",
    "is_hazardous",
    "normal_waste_code",
]


class AlreadyEnded(Conflict):
    code = "already_ended"
    message = "Enheten är redan avslutad: {type} {on}{source}. Makulera det utfallet först om det var fel."


class NotSent(Conflict):
    code = "not_sent"
    message = "Enhetens status är {stage}, så mottagaren kan inte ha underkänt den. Registrera att den skickats först."


class FirstUseNotOver(Conflict):
    code = "first_use_not_over"
    message = (
        "Enhetens status är {stage}, så den kan inte få internt återbruk. Ta emot den och radera den först, och välj "
        "sedan Nytt liv på enhetens sida."
    )


class BeforePurchase(Invalid):
    code = "before_purchase"
    message = "Utfallet {on} är före inköpsdatumet {purchased}. Rätta det datum som är fel."


class OutcomeLacks(Invalid):
    code = "outcome_lacks"
    message = "Utfallet {type} kräver {what}. Fyll i uppgiften och försök igen."


class ErasureLacking(Invalid):
    code = "erasure_lacking"
    message = (
        "Enheten kan innehålla data. Ange hur och när den raderades eller förstördes, eller att partnern raderar "
        "den enligt avtal."
    )


class NegativeAmount(Invalid):
    code = "negative_amount"
    message = "{amount} är mindre än noll. Ange beloppet eller vikten utan minustecken."


def fitting(stage: Stage) -> tuple[OutcomeType, ...]:
    """The outcomes to offer for a device of the stage; none for one that has ended.

    Internal reuse is not among them: it is what the act of a second life registers.
    """
    if stage in ENDED:
        return ()
    if stage is Stage.ORDERED:
        return tuple(outcome for outcome in OutcomeType if outcome in _NEVER_ARRIVED)
    offered = FINAL | {OutcomeType.RETURNED_REJECTED} if stage is Stage.DISPATCHED else FINAL
    return tuple(outcome for outcome in OutcomeType if outcome in offered)


_NEVER_ARRIVED = frozenset({OutcomeType.LOST_OR_STOLEN, *OTHER_ENDED})
_SHELVED = frozenset({Stage.IN_STOCK, Stage.RETURNED, Stage.WIPED, Stage.READY_FOR_DISPOSAL})
_SENT_PERHAPS = frozenset({*_SHELVED, Stage.DISPATCHED})


def _refuse_stage(facts: OutcomeFacts, stage: Stage) -> None:
    """A final outcome ends a device wherever it stands; the others only make sense from some stages.

    A receiver rejects what was sent, even where the sending was never recorded, but not what somebody uses. Internal
    reuse is a new start, so the first use must be over, unless a list tells of the past.
    """
    if facts.type is OutcomeType.RETURNED_REJECTED and stage not in _SENT_PERHAPS:
        raise NotSent(field="outcome", stage=stage)
    if facts.type is OutcomeType.INTERNAL_REUSE and not facts.from_file and stage not in _SHELVED:
        raise FirstUseNotOver(field="outcome", stage=stage)


def check_outcome(
    facts: OutcomeFacts, *, device: DeviceAtOutcome, existing: ExistingOutcome | None, today: date
) -> list[Notice]:
    """What the act should say when the outcome may be registered.

    ``existing`` is the device's final outcome that holds, if any; outcomes that are not final and those
    reversed do not stand in the way. Raises AlreadyEnded, Voided, NotSent or FirstUseNotOver, or
    InvalidInput with all that is wrong with the input.
    """
    if device.stage is Stage.VOIDED:
        raise Voided
    if existing is not None and existing.reversed_on is None and existing.type in FINAL:
        source = f" (rapport {existing.report})" if existing.report else ""
        raise AlreadyEnded(type=existing.type, on=existing.on, source=source)
    _refuse_stage(facts, device.stage)
    refusals = [*_date_refusals(facts, device, today), *_content_refusals(facts), *_erasure_refusals(facts, device)]
    if refusals:
        raise InvalidInput(refusals)
    return list(_notices(facts, device))


def _date_refusals(facts: OutcomeFacts, device: DeviceAtOutcome, today: date) -> Iterator[Refusal]:
    refusal = happened_refusal(facts.on, today=today, field="date")
    if refusal is not None:
        yield refusal
    if device.purchased is not None and facts.on < device.purchased:
        yield BeforePurchase(field="date", on=facts.on, purchased=device.purchased)


def _content_refusals(facts: OutcomeFacts) -> Iterator[Refusal]:
    lost = facts.type is OutcomeType.LOST_OR_STOLEN
    if lost and not given(facts.police_reference) and not given(facts.reason):
        what = Phrase("polisens diarienummer eller en orsak")
        yield OutcomeLacks(field="police_reference", type=facts.type, what=what)
    if facts.type in NEEDS_DECISION and not given(facts.decision):
        yield OutcomeLacks(field="decision", type=facts.type, what=Phrase("en beslutsreferens"))
    if facts.type in NEEDS_DECISION and facts.valuation is None:
        yield OutcomeLacks(field="valuation_sek", type=facts.type, what=Phrase("en värdering i kronor"))
    for field, amount in (("valuation_sek", facts.valuation), ("weight_kg", facts.weight_kg)):
        if amount is not None and amount < 0:
            yield NegativeAmount(field=field, amount=amount)
    yield from waste_refusals(facts)


def _erasure_refusals(facts: OutcomeFacts, device: DeviceAtOutcome) -> Iterator[Refusal]:
    if _erasure_open(facts, device) and not facts.from_history:
        yield ErasureLacking(field="erasure_method")


def _erasure_open(facts: OutcomeFacts, device: DeviceAtOutcome) -> bool:
    told = facts.has_erasure or facts.erasure_by_partner
    return facts.type in NEEDS_ERASURE and device.kind.has_storage and not told


def _notices(facts: OutcomeFacts, device: DeviceAtOutcome) -> Iterator[Notice]:
    if device.purchased is None:
        yield Notice.PURCHASE_DATE_MISSING
    if _erasure_open(facts, device):
        yield Notice.ERASURE_MISSING
    elif facts.type in NEEDS_ERASURE and facts.erasure_by_partner and not facts.has_erasure:
        yield Notice.CERTIFICATE_TO_FOLLOW
    if facts.type not in FINAL:
        return
    if device.has_user:
        yield Notice.USER_UNASSIGNED
    if facts.type is OutcomeType.LOST_OR_STOLEN:
        return
    if skipped_steps(device.stage):
        yield Notice.STEPS_SKIPPED
    if device.stage in LOST:
        yield Notice.WAS_LOST
