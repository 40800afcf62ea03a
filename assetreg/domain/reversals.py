"""What an outcome does to the device, and what its reversal does."""

from __future__ import annotations

from datetime import date

from assetreg.domain.dates import happened_refusal
from assetreg.domain.errors import Conflict, Invalid, InvalidInput
from assetreg.domain.lifecycle import HELD_BY_USER
from assetreg.domain.outcomes import FINAL, ExistingOutcome
from assetreg.domain.terms import OutcomeType, Stage


class AlreadyReversed(Conflict):
    code = "already_reversed"
    message = (
        "Utfallet {type} {on} makulerades redan {reversed_on}. Registrera ett nytt utfall om makuleringen var fel."
    )


class ReversalBeforeOutcome(Invalid):
    code = "reversal_before_outcome"
    message = "Makuleringen {on} kan inte vara före utfallet {outcome}. Ange dagen då felet rättades."


class ReversalLacksReason(Invalid):
    code = "reversal_lacks_reason"
    message = "Skriv varför utfallet makuleras. Orsaken står kvar i historiken."


def stage_after(outcome: OutcomeType, stage: Stage) -> Stage:
    """The stage an outcome puts the device in.

    A final outcome ends it. A rejected device is ready to be sent again, never in stock where it looks
    fit to hand out. Internal reuse takes a returned device back into stock and leaves others where they are.
    """
    if outcome in FINAL:
        return Stage.DISPOSED
    if outcome is OutcomeType.RETURNED_REJECTED:
        return Stage.READY_FOR_DISPOSAL
    return stage if stage in (Stage.ORDERED, Stage.IN_STOCK, *HELD_BY_USER) else Stage.IN_STOCK


def stage_restored(before: Stage | None) -> Stage:
    """Where a reversal puts the device: back to the stage before the outcome.

    Unknown (an old register never said) is ``ready_for_disposal``, for it had been meant to leave.
    """
    return before if before is not None and before is not Stage.VOIDED else Stage.READY_FOR_DISPOSAL


def check_reversal(outcome: ExistingOutcome, *, on: date, reason: str | None, today: date) -> None:
    """Raises AlreadyReversed, or InvalidInput for the day or a missing reason.

    A reversal cannot itself be reversed: a new outcome is registered instead, so that each stands on
    its own date.
    """
    if outcome.reversed_on is not None:
        raise AlreadyReversed(type=outcome.type, on=outcome.on, reversed_on=outcome.reversed_on)
    refusals = [happened_refusal(on, today=today, field="date")]
    if on < outcome.on:
        refusals.append(ReversalBeforeOutcome(field="date", on=on, outcome=outcome.on))
    if not (reason and reason.strip()):
        refusals.append(ReversalLacksReason(field="reason"))
    found = [refusal for refusal in refusals if refusal is not None]
    if found:
        raise InvalidInput([*found])


def report_key(partner: str, report: str, serial: str) -> tuple[str, str, str]:
    """What makes a line of a partner's report the same line when the report comes again."""
    return partner.strip().casefold(), report.strip().casefold(), serial
