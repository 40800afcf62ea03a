from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.errors import Conflict, InvalidInput
from assetreg.domain.lifecycle import (
    DUE_STAGES,
    ENDED,
    LIVE,
    LOST,
    TRANSITIONS,
    AlreadyThere,
    Ended,
    NeedsOutcome,
    NotAllowed,
    Voided,
    VoidedByUndo,
    allowed_from,
    check_move,
    found_stage,
    skipped_steps,
)
from assetreg.domain.moves import Fact, Move
from assetreg.domain.terms import Kind, Stage

ALL_FACTS = frozenset(Fact)
stages = st.sampled_from(Stage)
kinds = st.sampled_from(Kind)


def go(stage: Stage, to: Stage, *facts: Fact, kind: Kind = Kind.LAPTOP, before: Stage | None = None) -> Move:
    return check_move(stage, to, facts=frozenset(facts), kind=kind, before=before).move


def test_the_usual_life_from_order_to_dispatch() -> None:
    assert go(Stage.ORDERED, Stage.IN_STOCK, Fact.DATE) is Move.RECEIVE
    assert go(Stage.IN_STOCK, Stage.DEPLOYED, Fact.DATE, Fact.PLACE) is Move.DEPLOY
    assert go(Stage.DEPLOYED, Stage.RETURNED, Fact.DATE) is Move.RETURN
    assert go(Stage.RETURNED, Stage.WIPED, Fact.DATE, Fact.ERASURE) is Move.WIPE
    assert go(Stage.WIPED, Stage.READY_FOR_DISPOSAL, Fact.DATE, Fact.ERASURE) is Move.READY
    assert go(Stage.READY_FOR_DISPOSAL, Stage.DISPATCHED, Fact.DATE, Fact.RECEIVER) is Move.DISPATCH


def test_internal_second_life_goes_back_to_stock_only_when_erased() -> None:
    assert go(Stage.WIPED, Stage.IN_STOCK, Fact.DATE, Fact.ERASURE) is Move.RESTOCK
    with pytest.raises(InvalidInput) as caught:
        go(Stage.RETURNED, Stage.IN_STOCK, Fact.DATE)
    assert list(caught.value.by_field()) == ["erasure_method"]
    assert go(Stage.RETURNED, Stage.IN_STOCK, Fact.DATE, kind=Kind.MONITOR) is Move.RESTOCK


def test_a_loan_needs_a_borrower_and_a_day_and_names_both_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        go(Stage.IN_STOCK, Stage.ON_LOAN, Fact.DATE)
    sentences = caught.value.by_field()
    assert list(sentences) == ["user", "due_back"]
    assert sentences["user"] == ["Ange vem som lånar. Steget låna ut kräver det."]


def test_a_move_that_is_not_allowed_says_which_ones_are() -> None:
    with pytest.raises(NotAllowed) as caught:
        go(Stage.ORDERED, Stage.DEPLOYED, *Fact)
    assert caught.value.sentence() == (
        "Enhetens status är beställd, och den kan inte bli i drift direkt. "
        "Möjliga steg härifrån: ta emot, anmäl saknad, anmäl stulen."
    )


@pytest.mark.parametrize("stage", [s for s in Stage if s not in ENDED])
def test_no_move_disposes_or_voids(stage: Stage) -> None:
    with pytest.raises(NeedsOutcome, match="Registrera utfallet"):
        go(stage, Stage.DISPOSED, *Fact)
    with pytest.raises(VoidedByUndo, match="Ångra"):
        go(stage, Stage.VOIDED, *Fact)


@given(stages, kinds)
def test_an_ended_device_stays_where_it_is(to: Stage, kind: Kind) -> None:
    with pytest.raises(Voided):
        check_move(Stage.VOIDED, to, facts=ALL_FACTS, kind=kind)
    with pytest.raises(AlreadyThere if to is Stage.DISPOSED else Ended):
        check_move(Stage.DISPOSED, to, facts=ALL_FACTS, kind=kind)


@given(stages, stages, kinds, st.none() | stages)
def test_a_move_is_refused_or_is_one_of_those_offered(
    stage: Stage, to: Stage, kind: Kind, before: Stage | None
) -> None:
    offered = {t.target for t in allowed_from(stage, before=before)}
    if to in offered:
        assert check_move(stage, to, facts=ALL_FACTS, kind=kind, before=before).target is to
    else:
        with pytest.raises(Conflict):
            check_move(stage, to, facts=ALL_FACTS, kind=kind, before=before)


@given(st.sampled_from(sorted(TRANSITIONS)), kinds, st.frozensets(st.sampled_from(Fact)))
def test_exactly_the_lacking_facts_are_asked_for(ends: tuple[Stage, Stage], kind: Kind, facts: frozenset[Fact]) -> None:
    transition = TRANSITIONS[ends]
    lacking = transition.requires(kind) - facts
    before = transition.target if transition.move is Move.FOUND else None
    if not lacking:
        assert check_move(*ends, facts=facts, kind=kind, before=before) is transition
        return
    with pytest.raises(InvalidInput) as caught:
        check_move(*ends, facts=facts, kind=kind, before=before)
    assert set(caught.value.by_field()) == {fact.field for fact in lacking}


@pytest.mark.parametrize("stage", LIVE)
def test_a_device_goes_missing_from_any_live_stage_and_returns_there_when_found(stage: Stage) -> None:
    assert go(stage, Stage.MISSING, Fact.DATE, Fact.REASON) is Move.REPORT_MISSING
    assert go(stage, Stage.STOLEN, Fact.DATE, Fact.POLICE_OR_REASON) is Move.REPORT_STOLEN
    for lost in LOST:
        assert [t.target for t in allowed_from(lost, before=stage) if t.move is Move.FOUND] == [stage]
        assert go(lost, stage, Fact.DATE, before=stage) is Move.FOUND


@pytest.mark.parametrize("before", [None, Stage.MISSING, Stage.DISPOSED, Stage.VOIDED])
def test_a_found_device_of_unknown_past_is_returned_never_in_stock(before: Stage | None) -> None:
    assert found_stage(before) is Stage.RETURNED


def test_missing_may_turn_out_stolen_but_not_the_other_way() -> None:
    assert go(Stage.MISSING, Stage.STOLEN, Fact.DATE, Fact.POLICE_OR_REASON) is Move.REPORT_STOLEN
    with pytest.raises(NotAllowed):
        go(Stage.STOLEN, Stage.MISSING, *Fact)


@given(kinds)
def test_only_kinds_that_hold_data_need_an_erasure_record_to_be_ready(kind: Kind) -> None:
    required = TRANSITIONS[Stage.RETURNED, Stage.READY_FOR_DISPOSAL].requires(kind)
    assert (Fact.ERASURE in required) == kind.has_storage


def test_every_live_stage_can_be_reached_from_an_order_and_left_toward_dispatch() -> None:
    reached = {Stage.ORDERED}
    for _ in LIVE:
        reached |= {t.target for t in TRANSITIONS.values() if t.source in reached}
    assert reached == set(Stage) - set(ENDED)


def test_buttons_of_one_stage_never_say_the_same() -> None:
    for stage in Stage:
        labels = [t.move.sv for t in allowed_from(stage, before=Stage.DEPLOYED)]
        assert len(labels) == len(set(labels))


def test_due_stages_run_from_ordered_to_in_repair() -> None:
    assert [s.value for s in DUE_STAGES] == ["ordered", "in_stock", "deployed", "on_loan", "in_repair"]


@pytest.mark.parametrize(
    ("stage", "skipped"),
    [
        (Stage.DISPATCHED, ()),
        (Stage.WIPED, (Stage.READY_FOR_DISPOSAL, Stage.DISPATCHED)),
        (Stage.ON_LOAN, (Stage.RETURNED, Stage.WIPED, Stage.READY_FOR_DISPOSAL, Stage.DISPATCHED)),
        (Stage.MISSING, ()),
        (Stage.DISPOSED, ()),
    ],
)
def test_the_steps_an_outcome_skips(stage: Stage, skipped: tuple[Stage, ...]) -> None:
    assert skipped_steps(stage) == skipped
