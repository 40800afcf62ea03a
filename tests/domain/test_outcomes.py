from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.errors import InvalidInput
from assetreg.domain.lifecycle import LIVE, LOST, Voided
from assetreg.domain.outcomes import (
    EXTERNAL_REUSE,
    FINAL,
    HEADLINE,
    NEEDS_ERASURE,
    AlreadyEnded,
    DeviceAtOutcome,
    ExistingOutcome,
    FirstUseNotOver,
    Notice,
    NotSent,
    OutcomeFacts,
    check_outcome,
    normal_waste_code,
)
from assetreg.domain.terms import Kind, OutcomeType, Stage
from assetreg.domain.waste import WasteCodeWrong

TODAY = date(2026, 11, 21)
T = OutcomeType
LAPTOP = DeviceAtOutcome(Kind.LAPTOP, Stage.DISPATCHED, date(2020, 3, 1))
REUSE = OutcomeFacts(T.EXTERNAL_REUSE, date(2024, 3, 2), partner="Partnern", report="R9", has_erasure=True)
types = st.sampled_from(OutcomeType)


def complete(outcome: OutcomeType) -> OutcomeFacts:
    return OutcomeFacts(
        outcome, date(2024, 3, 2), decision="ITN § 14", valuation=Decimal(500), reason="Borttappad", has_erasure=True
    )


def in_turn(outcome: OutcomeType) -> DeviceAtOutcome:
    """A laptop that the outcome may come to."""
    return replace(LAPTOP, stage=Stage.WIPED) if outcome is T.INTERNAL_REUSE else LAPTOP


def check(
    facts: OutcomeFacts, device: DeviceAtOutcome = LAPTOP, existing: ExistingOutcome | None = None
) -> list[Notice]:
    return check_outcome(facts, device=device, existing=existing, today=TODAY)


def refused(facts: OutcomeFacts, device: DeviceAtOutcome = LAPTOP) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as caught:
        check(facts, device)
    return caught.value.by_field()


@given(types)
def test_every_type_is_accepted_without_notice_when_complete_and_in_its_turn(outcome: OutcomeType) -> None:
    assert check(complete(outcome), in_turn(outcome)) == []


@pytest.mark.parametrize("stage", [*LIVE, *LOST], ids=str)
def test_receiver_rejects_only_what_is_not_in_use(stage: Stage) -> None:
    device = replace(LAPTOP, stage=stage)
    if stage in {Stage.IN_STOCK, Stage.RETURNED, Stage.WIPED, Stage.READY_FOR_DISPOSAL, Stage.DISPATCHED}:
        assert check(complete(T.RETURNED_REJECTED), device) is not None
    else:
        with pytest.raises(NotSent):
            check(complete(T.RETURNED_REJECTED), device)


@pytest.mark.parametrize("stage", [*LIVE, *LOST], ids=str)
def test_new_life_begins_when_the_first_is_over_unless_a_list_tells_of_the_past(stage: Stage) -> None:
    device, told = replace(LAPTOP, stage=stage), complete(T.INTERNAL_REUSE)
    check(replace(told, from_file=True), device)
    if stage in {Stage.IN_STOCK, Stage.RETURNED, Stage.WIPED, Stage.READY_FOR_DISPOSAL}:
        check(told, device)
    else:
        with pytest.raises(FirstUseNotOver):
            check(told, device)


def test_every_type_belongs_where_the_rule_set_puts_it() -> None:
    assert set(OutcomeType) - FINAL == {T.INTERNAL_REUSE, T.RETURNED_REJECTED}
    assert {T.EXTERNAL_REUSE, T.GIFT, T.BUYOUT} == EXTERNAL_REUSE
    assert {T.PARTS_REUSE, T.MATERIAL_RECYCLING} == HEADLINE - EXTERNAL_REUSE
    assert {T.LOST_OR_STOLEN} == FINAL - NEEDS_ERASURE


@given(types)
def test_a_second_outcome_is_refused_while_a_final_one_holds(outcome: OutcomeType) -> None:
    with pytest.raises(AlreadyEnded) as caught:
        check(complete(outcome), existing=ExistingOutcome(T.EXTERNAL_REUSE, date(2024, 3, 2), "R9"))
    assert caught.value.sentence() == (
        "Enheten är redan avslutad: externt återbruk 2024-03-02 (rapport R9). "
        "Makulera det utfallet först om det var fel."
    )


def test_the_refusal_leaves_out_a_report_that_is_not_known() -> None:
    with pytest.raises(AlreadyEnded, match=r"gåva 2023-01-01\. Makulera"):
        check(REUSE, existing=ExistingOutcome(T.GIFT, date(2023, 1, 1)))


@pytest.mark.parametrize(
    "existing",
    [
        ExistingOutcome(T.EXTERNAL_REUSE, date(2024, 1, 2), "R8", reversed_on=date(2024, 2, 1)),
        ExistingOutcome(T.INTERNAL_REUSE, date(2022, 1, 2)),
        ExistingOutcome(T.RETURNED_REJECTED, date(2024, 1, 2)),
    ],
)
def test_a_reversed_or_not_final_outcome_does_not_stand_in_the_way(existing: ExistingOutcome) -> None:
    assert check(REUSE, existing=existing) == []


def test_a_voided_device_gets_no_outcome() -> None:
    with pytest.raises(Voided):
        check(REUSE, replace(LAPTOP, stage=Stage.VOIDED))


def test_an_ended_device_whose_outcome_is_missing_gets_one() -> None:
    assert check(REUSE, replace(LAPTOP, stage=Stage.DISPOSED)) == []


@pytest.mark.parametrize(
    ("on", "ok"),
    [(date(2020, 3, 1), True), (date(2020, 2, 29), False), (TODAY, True), (date(2026, 11, 22), False)],
)
def test_the_day_lies_from_the_purchase_to_today(on: date, ok: bool) -> None:  # noqa: FBT001
    facts = replace(REUSE, on=on)
    if ok:
        assert check(facts) == []
    else:
        assert list(refused(facts)) == ["date"]


def test_an_unknown_purchase_date_is_flagged() -> None:
    assert check(REUSE, replace(LAPTOP, purchased=None)) == [Notice.PURCHASE_DATE_MISSING]


@given(types, st.sampled_from(Kind))
def test_what_leaves_us_and_may_hold_data_needs_an_erasure_record(outcome: OutcomeType, kind: Kind) -> None:
    facts = replace(complete(outcome), has_erasure=False)
    device = replace(in_turn(outcome), kind=kind)
    if outcome in NEEDS_ERASURE and kind.has_storage:
        assert list(refused(facts, device)) == ["erasure_method"]
        assert Notice.ERASURE_MISSING in check(replace(facts, from_history=True), device)
        assert check(replace(facts, erasure_by_partner=True), device) == [Notice.CERTIFICATE_TO_FOLLOW]
    else:
        assert check(facts, device) == []


@pytest.mark.parametrize("outcome", [T.GIFT, T.BUYOUT])
def test_gift_and_buyout_need_a_decision_and_a_valuation(outcome: OutcomeType) -> None:
    bare = replace(complete(outcome), decision="  ", valuation=None)
    assert set(refused(bare)) == {"decision", "valuation_sek"}
    assert check(replace(bare, decision="ITN § 14", valuation=Decimal(0))) == []
    assert list(refused(replace(complete(outcome), valuation=Decimal(-1)))) == ["valuation_sek"]


def test_lost_needs_a_police_reference_or_a_reason_and_no_erasure() -> None:
    bare = OutcomeFacts(T.LOST_OR_STOLEN, date(2024, 3, 2))
    assert list(refused(bare)) == ["police_reference"]
    assert check(replace(bare, police_reference="5000-K1234-24"), replace(LAPTOP, stage=Stage.STOLEN)) == []
    assert check(replace(bare, reason="Kvarglömd på tåget"), replace(LAPTOP, stage=Stage.MISSING)) == []


def test_hazardous_waste_is_recorded_with_weight_carrier_and_receiver() -> None:
    waste = replace(complete(T.MATERIAL_RECYCLING), waste_code="160213*")
    assert set(refused(waste)) == {"weight_kg", "carrier", "receiver"}
    assert set(refused(replace(waste, weight_kg=Decimal(0), carrier="Åkeriet"))) == {"weight_kg", "receiver"}
    assert check(replace(waste, weight_kg=Decimal("2.4"), carrier="Åkeriet", receiver="Stena")) == []
    assert check(replace(waste, waste_code="16 02 14")) == []


@pytest.mark.parametrize("code", ["1602", "16 02 13 *x", "elskrot", "16021"])
def test_a_waste_code_of_another_shape_is_refused(code: str) -> None:
    assert "waste_code" in refused(replace(complete(T.LANDFILL), waste_code=code))
    with pytest.raises(WasteCodeWrong):
        normal_waste_code(code)


def test_a_waste_code_is_stored_in_pairs() -> None:
    assert [normal_waste_code(c) for c in ("160213*", " 16 02 13 *", "200136")] == [
        "16 02 13*",
        "16 02 13*",
        "20 01 36",
    ]


def test_a_named_user_is_unassigned_and_the_act_says_so() -> None:
    assert check(REUSE, replace(LAPTOP, has_user=True)) == [Notice.USER_UNASSIGNED]
    assert check(complete(T.RETURNED_REJECTED), replace(LAPTOP, has_user=True)) == []


def test_skipped_steps_and_a_found_device_are_told() -> None:
    assert check(REUSE, replace(LAPTOP, stage=Stage.DEPLOYED)) == [Notice.STEPS_SKIPPED]
    assert check(REUSE, replace(LAPTOP, stage=Stage.MISSING)) == [Notice.WAS_LOST]


def test_everything_wrong_is_said_at_once() -> None:
    facts = OutcomeFacts(T.GIFT, date(2019, 1, 1), waste_code="x")
    assert set(refused(facts)) == {"date", "decision", "valuation_sek", "waste_code", "erasure_method"}
