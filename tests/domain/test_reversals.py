from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.errors import InvalidInput
from assetreg.domain.outcomes import FINAL, ExistingOutcome
from assetreg.domain.reversals import AlreadyReversed, check_reversal, report_key, stage_after, stage_restored
from assetreg.domain.terms import OutcomeType, Stage

TODAY = date(2026, 11, 21)
OUTCOME = ExistingOutcome(OutcomeType.EXTERNAL_REUSE, date(2024, 3, 2), "R9")


def test_an_outcome_is_reversed_from_its_own_day_until_today() -> None:
    for on in (OUTCOME.on, TODAY):
        check_reversal(OUTCOME, on=on, reason="Fel serienummer", today=TODAY)


def test_a_reversal_is_not_reversed() -> None:
    gone = ExistingOutcome(OUTCOME.type, OUTCOME.on, "R9", reversed_on=date(2024, 4, 1))
    with pytest.raises(AlreadyReversed, match="makulerades redan 2024-04-01"):
        check_reversal(gone, on=TODAY, reason="Fel", today=TODAY)


@pytest.mark.parametrize(
    ("on", "reason", "fields"),
    [
        (OUTCOME.on - timedelta(days=1), "Fel", ["date"]),
        (TODAY + timedelta(days=1), "Fel", ["date"]),
        (TODAY, "  ", ["reason"]),
        (date(1, 1, 1), None, ["date", "reason"]),
    ],
)
def test_a_reversal_needs_a_possible_day_and_a_reason(on: date, reason: str | None, fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_reversal(OUTCOME, on=on, reason=reason, today=TODAY)
    assert list(caught.value.by_field()) == fields


@given(st.sampled_from(OutcomeType), st.sampled_from(Stage))
def test_only_final_outcomes_end_a_device(outcome: OutcomeType, stage: Stage) -> None:
    if outcome in FINAL:
        assert stage_after(outcome, stage) is Stage.DISPOSED
    elif outcome is OutcomeType.RETURNED_REJECTED:
        assert stage_after(outcome, stage) is Stage.READY_FOR_DISPOSAL


@pytest.mark.parametrize(
    ("stage", "after"),
    [
        (Stage.DEPLOYED, Stage.DEPLOYED),
        (Stage.ON_LOAN, Stage.ON_LOAN),
        (Stage.RETURNED, Stage.IN_STOCK),
        (Stage.WIPED, Stage.IN_STOCK),
        (Stage.MISSING, Stage.IN_STOCK),
    ],
)
def test_internal_reuse_takes_what_came_back_into_stock_and_leaves_the_rest(stage: Stage, after: Stage) -> None:
    assert stage_after(OutcomeType.INTERNAL_REUSE, stage) is after


def test_a_reversal_restores_the_stage_before_and_never_makes_a_device_look_issuable() -> None:
    assert stage_restored(Stage.STOLEN) is Stage.STOLEN
    assert stage_restored(None) is Stage.READY_FOR_DISPOSAL


def test_a_report_line_is_the_same_however_the_names_are_written() -> None:
    assert (
        report_key(" Inrego ", "r9", "PF2") == report_key("inrego", "R9 ", "PF2") != report_key("inrego", "R9", "PF3")
    )
