"""Outcomes through the service: what they require, what they do to the device, and how they are taken back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from assetreg.db.device import Device
from assetreg.db.outcome import Outcome
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Denied, InvalidInput, Missing
from assetreg.domain.lifecycle import LIVE, LOST, Ended, Voided
from assetreg.domain.outcomes import (
    FINAL,
    NEEDS_DECISION,
    NEEDS_ERASURE,
    AlreadyEnded,
    FirstUseNotOver,
    Notice,
    NotSent,
)
from assetreg.domain.reversals import AlreadyReversed
from assetreg.domain.terms import Indicator, OutcomeType, Stage
from assetreg.schemas.outcome import ReversalInput, outcome_input
from assetreg.services import devices, history, moves, outcomes, ownership
from assetreg.services.outcomes import Registered
from tests import cast as actors
from tests.cast import (
    TODAY,
    Cast,
    Player,
    chain_faults,
    events,
    noise,
    payloads,
    some_device,
    some_device_in,
    whole_move,
)

WHOLE = {
    "erasure_method": "purge",
    "decision": "KS 2026:7",
    "valuation_sek": "500",
    "police_reference": "K-1",
}


def register(session: ScopedSession, device: Device, type: OutcomeType, player: Player, **facts: Any) -> Registered:  # noqa: A002
    command = outcome_input({"outcome": type.value} | WHOLE | facts)
    return outcomes.register(session, device, command, actor=player.actor)


def reverse(session: ScopedSession, outcome: Outcome, player: Player, **facts: Any) -> Outcome:
    return outcomes.reverse(session, outcome, ReversalInput(**({"reason": "Fel enhet"} | facts)), actor=player.actor)


def refused_fields(session: ScopedSession, device: Device, player: Player, **facts: Any) -> set[str]:
    with pytest.raises(InvalidInput) as refused:
        outcomes.register(session, device, outcome_input(facts), actor=player.actor)
    return set(refused.value.by_field())


@pytest.mark.parametrize("type_", sorted(FINAL), ids=str)
def test_final_outcome_ends_the_device(session: ScopedSession, cast: Cast, type_: OutcomeType) -> None:
    noise(session, 2)
    device = some_device_in(session, Stage.DEPLOYED)
    found = register(session, device, type_, cast.technician, date="2026-11-02", report="R9").outcome
    assert (found.final, found.on, found.year, found.indicator) == (True, date(2026, 11, 2), 2026, Indicator.I1)
    assert (found.owner_id, found.unit_id) == (device.owner_id, device.unit_id)
    assert (device.stage, device.outcome_id, device.person_id) == (Stage.DISPOSED, found.id, None)
    assert events(session, device)[-1].seq == found.event_seq
    assert outcomes.standing(session, device) == found
    assert chain_faults(session, device) == []


@pytest.mark.parametrize("type_", sorted(set(OutcomeType) - FINAL), ids=str)
def test_outcome_that_is_not_final_leaves_the_device_alive(
    session: ScopedSession, cast: Cast, type_: OutcomeType
) -> None:
    stage = Stage.WIPED if type_ is OutcomeType.INTERNAL_REUSE else Stage.DISPATCHED
    device = some_device_in(session, stage)
    found = register(session, device, type_, cast.technician).outcome
    assert (found.final, device.outcome_id) == (False, None)
    assert device.stage is not Stage.DISPOSED


def test_second_final_outcome_is_refused_with_the_first_named(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    register(session, device, OutcomeType.EXTERNAL_REUSE, cast.technician, date="2026-03-02", report="R9")
    with pytest.raises(AlreadyEnded) as refused:
        register(session, device, OutcomeType.MATERIAL_RECYCLING, cast.technician)
    assert refused.value.sentence() == (
        "Enheten är redan avslutad: externt återbruk 2026-03-02 (rapport R9). "
        "Makulera det utfallet först om det var fel."
    )
    assert session.execute(select(func.count(Outcome.id))).scalar_one() == 1


def test_new_outcome_may_follow_a_reversed_one(session: ScopedSession, cast: Cast) -> None:
    device = some_device_in(session, Stage.READY_FOR_DISPOSAL)
    first = register(session, device, OutcomeType.EXTERNAL_REUSE, cast.technician).outcome
    reverse(session, first, cast.technician)
    second = register(session, device, OutcomeType.MATERIAL_RECYCLING, cast.technician).outcome
    assert device.outcome_id == second.id
    assert chain_faults(session, device) == []


def test_rejected_device_is_ready_to_be_sent_again(session: ScopedSession, cast: Cast) -> None:
    device = some_device_in(session, Stage.DISPATCHED)
    register(session, device, OutcomeType.RETURNED_REJECTED, cast.technician)
    assert device.stage is Stage.READY_FOR_DISPOSAL
    assert device.erasure_id is not None


@pytest.mark.parametrize("stage", [Stage.DEPLOYED, Stage.ON_LOAN, Stage.IN_REPAIR], ids=str)
@pytest.mark.parametrize("type_", sorted(set(OutcomeType) - FINAL), ids=str)
def test_device_in_use_is_neither_rejected_nor_given_a_new_life(
    session: ScopedSession, cast: Cast, type_: OutcomeType, stage: Stage
) -> None:
    device = some_device_in(session, stage)
    before = (device.stage, device.person_id, device.version)
    with pytest.raises((NotSent, FirstUseNotOver)):
        register(session, device, type_, cast.technician)
    assert (device.stage, device.person_id, device.version) == before


def test_rejection_taken_back_sends_the_device_off_again(session: ScopedSession, cast: Cast) -> None:
    device = some_device_in(session, Stage.DISPATCHED)
    rejected = register(session, device, OutcomeType.RETURNED_REJECTED, cast.technician).outcome
    reverse(session, rejected, cast.technician)
    assert device.stage is Stage.DISPATCHED


def test_rejection_taken_back_leaves_a_device_that_has_gone_on_since(session: ScopedSession, cast: Cast) -> None:
    device = some_device_in(session, Stage.DISPATCHED)
    rejected = register(session, device, OutcomeType.RETURNED_REJECTED, cast.technician).outcome
    moves.move(session, device, whole_move(Stage.IN_STOCK), actor=cast.technician.actor)
    reverse(session, rejected, cast.technician)
    assert device.stage is Stage.IN_STOCK


@pytest.mark.parametrize("lost", LOST, ids=str)
@pytest.mark.parametrize("stage", LIVE, ids=str)
def test_being_found_takes_back_that_it_was_lost(session: ScopedSession, cast: Cast, stage: Stage, lost: Stage) -> None:
    device = some_device_in(session, stage)
    moves.move(session, device, whole_move(lost), actor=cast.technician.actor)
    gone = register(session, device, OutcomeType.LOST_OR_STOLEN, cast.technician).outcome
    assert (gone.stage_before, gone.lost_from, device.stage_before) == (lost, stage, None)
    reverse(session, gone, cast.technician, reason="Hittad i ett skåp")
    assert (device.stage, device.stage_before, device.outcome_id) == (lost, stage, None)
    moves.move(session, device, whole_move(stage), actor=cast.technician.actor)
    assert device.stage is stage


@pytest.mark.parametrize("stage", [*LIVE, *LOST], ids=str)
def test_reversal_puts_the_device_back_where_it_was(session: ScopedSession, cast: Cast, stage: Stage) -> None:
    device = some_device_in(session, stage)
    found = register(session, device, OutcomeType.EXTERNAL_REUSE, cast.technician, date="2026-11-02").outcome
    reverse(session, found, cast.technician, on=date(2026, 11, 5))
    assert (device.stage, device.outcome_id) == (stage, None)
    assert (found.reversed_on, found.reversed_at) == (date(2026, 11, 5), cast.technician.actor.at)
    last = events(session, device)[-1]
    assert (last.kind, last.reverses, last.on) == ("outcome_reversed", found.event_seq, date(2026, 11, 5))
    assert history.read_text(session, last.text_id) == "Fel enhet"
    assert chain_faults(session, device) == []


def test_reversal_of_a_reversal_is_refused(session: ScopedSession, cast: Cast) -> None:
    found = register(session, some_device(session), OutcomeType.EXTERNAL_REUSE, cast.technician).outcome
    reverse(session, found, cast.technician)
    with pytest.raises(AlreadyReversed) as refused:
        reverse(session, found, cast.technician)
    assert "Registrera ett nytt utfall" in refused.value.sentence()


def test_reversal_needs_a_reason_and_a_day_after_the_outcome(session: ScopedSession, cast: Cast) -> None:
    found = register(session, some_device(session), OutcomeType.EXTERNAL_REUSE, cast.technician).outcome
    for facts, field in (
        ({"reason": " "}, "reason"),
        ({"on": TODAY + timedelta(days=1)}, "date"),
        ({"on": TODAY - timedelta(days=1)}, "date"),
    ):
        with pytest.raises(InvalidInput) as refused:
            reverse(session, found, cast.technician, **facts)
        assert set(refused.value.by_field()) == {field}
    assert found.reversed_on is None


def test_device_that_is_in_use_again_is_not_taken_for_erased(session: ScopedSession, cast: Cast) -> None:
    device = some_device_in(session, Stage.DEPLOYED)
    found = register(session, device, OutcomeType.EXTERNAL_REUSE, cast.technician).outcome
    assert device.erasure_id == found.erasure_id is not None
    reverse(session, found, cast.technician)
    assert device.erasure_id is None


@pytest.mark.parametrize("type_", sorted(NEEDS_DECISION), ids=str)
def test_gift_and_buyout_need_a_decision_and_a_valuation(
    session: ScopedSession, cast: Cast, type_: OutcomeType
) -> None:
    device = some_device(session)
    lacking = refused_fields(session, device, cast.technician, outcome=type_.value, erasure_method="purge")
    assert lacking == {"decision", "valuation_sek"}
    stated = register(session, device, type_, cast.technician, valuation_sek="0").outcome
    assert (stated.decision, stated.valuation) == ("KS 2026:7", Decimal(0))


def test_hazardous_waste_needs_weight_carrier_and_receiver(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    waste = {"outcome": "material_recycling", "erasure_method": "destroy", "waste_code": "160213*"}
    assert refused_fields(session, device, cast.technician, **waste) == {"weight_kg", "carrier", "receiver"}
    told = {"weight_kg": "2,4", "carrier": "Åkeriet", "receiver": "Återvinnaren"}
    row = register(session, device, OutcomeType.MATERIAL_RECYCLING, cast.technician, **(waste | told)).outcome
    session.flush()
    session.expire_all()
    assert (row.waste_code, row.weight_kg) == ("16 02 13*", Decimal("2.4"))


def test_what_is_wrong_is_told_all_at_once(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, purchased="2024-01-01")
    wrong = {"outcome": "gift", "date": "2023-12-31", "waste_code": "1", "weight_kg": "-1"}
    fields = {"date", "decision", "valuation_sek", "waste_code", "weight_kg"}
    assert refused_fields(session, device, cast.technician, **wrong) == fields
    assert refused_fields(session, device, cast.technician, outcome="lost_or_stolen") == {"police_reference"}


def test_outcome_is_not_in_the_future(session: ScopedSession, cast: Cast) -> None:
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    device = some_device(session, kind="monitor")
    assert refused_fields(session, device, cast.technician, outcome="landfill", date=tomorrow) == {"date"}


@pytest.mark.parametrize("type_", sorted(NEEDS_ERASURE - NEEDS_DECISION), ids=str)
def test_device_that_holds_data_leaves_with_an_erasure(session: ScopedSession, cast: Cast, type_: OutcomeType) -> None:
    device = some_device(session)
    assert refused_fields(session, device, cast.technician, outcome=type_.value) == {"erasure_method"}
    erased = some_device_in(session, Stage.WIPED)
    row = register(session, erased, type_, cast.technician, erasure_method="").outcome
    assert (row.erasure_id, row.erasure_pending) == (erased.erasure_id, False)


def test_certificate_of_the_partner_is_waited_for(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    found = register(session, device, OutcomeType.EXTERNAL_REUSE, cast.technician, erasure_method="by_partner")
    assert found.outcome.erasure_pending
    assert Notice.CERTIFICATE_TO_FOLLOW in found.notices
    certified = register(
        session,
        some_device(session),
        OutcomeType.EXTERNAL_REUSE,
        cast.technician,
        erasure_method="by_partner",
        erasure_certificate="C-1",
    )
    assert not certified.outcome.erasure_pending
    assert Notice.CERTIFICATE_TO_FOLLOW not in certified.notices


def test_promise_of_the_partner_is_no_erasure_when_its_outcome_is_taken_back(
    session: ScopedSession, cast: Cast
) -> None:
    device = some_device_in(session, Stage.RETURNED)
    promised = register(session, device, OutcomeType.EXTERNAL_REUSE, cast.technician, erasure_method="by_partner")
    reverse(session, promised.outcome, cast.technician)
    again = register(session, device, OutcomeType.MATERIAL_RECYCLING, cast.technician, erasure_method="")
    assert again.outcome.erasure_pending
    assert Notice.CERTIFICATE_TO_FOLLOW in again.notices


def test_history_from_before_the_register_may_lack_an_erasure(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, purchased="2019-01-01")
    found = register(session, device, OutcomeType.EXTERNAL_REUSE, cast.technician, erasure_method="", date="2024-05-05")
    assert Notice.ERASURE_MISSING in found.notices
    assert found.outcome.erasure_pending


def test_act_says_what_it_did_beside_ending_the_device(session: ScopedSession, cast: Cast) -> None:
    device = some_device_in(session, Stage.DEPLOYED, purchased="")
    found = register(session, device, OutcomeType.EXTERNAL_REUSE, cast.technician)
    assert set(found.notices) == {Notice.PURCHASE_DATE_MISSING, Notice.USER_UNASSIGNED, Notice.STEPS_SKIPPED}
    assert payloads(session, device)[-1]["skipped"] == ["returned", "wiped", "ready_for_disposal", "dispatched"]
    assert events(session, device)[-1].person_id == cast.persons["kim.ek@laxa.example"]


def test_device_of_a_list_that_ended_without_an_outcome_gets_one(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, actor=actors.IMPORT, stage="Skrotad")
    assert (device.stage, device.outcome_id) == (Stage.DISPOSED, None)
    found = register(session, device, OutcomeType.MATERIAL_RECYCLING, cast.technician)
    assert device.outcome_id == found.outcome.id
    assert "skipped" not in payloads(session, device)[-1]


def test_voided_device_gets_no_outcome(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    device.stage = Stage.VOIDED
    with pytest.raises(Voided):
        register(session, device, OutcomeType.EXTERNAL_REUSE, cast.technician)


def test_roles_that_may_not(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    with pytest.raises(Denied):
        register(session, device, OutcomeType.EXTERNAL_REUSE, cast.planner)
    found = register(session, device, OutcomeType.EXTERNAL_REUSE, cast.economist).outcome
    with pytest.raises(Denied):
        reverse(session, found, cast.reader)


def transferred(session: ScopedSession, cast: Cast) -> Device:
    """A device that was Laxå's until 2026-06-30 and then Hallsberg's."""
    from assetreg.schemas.act import TransferInput

    device = some_device(session, unit=actors.SCHOOL)
    given = TransferInput(owner="1861", on=date(2026, 7, 1))
    ownership.hand_over(session, device, given, actor=cast.technician.actor)
    return device


@pytest.mark.parametrize(
    ("day", "code"), [("2026-06-30", "1860"), ("2026-07-01", "1861"), ("2026-09-01", "1861"), ("2026-02-01", "1860")]
)
def test_outcome_belongs_to_the_owner_of_its_day(session: ScopedSession, cast: Cast, day: str, code: str) -> None:
    noise(session, 2)
    found = register(session, transferred(session, cast), OutcomeType.EXTERNAL_REUSE, cast.technician, date=day)
    assert found.outcome.owner_id == cast.owners[code]
    assert found.outcome.unit_id == (cast.units[actors.SCHOOL] if code == "1860" else None)


def test_outcome_on_a_day_that_was_another_owners_takes_an_administrator(database: Database, cast: Cast) -> None:
    hallsberg = frozenset({cast.owners["1861"]})
    scope = type(cast.laxa.scope)(owners=hallsberg, touched=hallsberg, account=cast.laxa.actor.account)
    with database.transaction(EVERYTHING) as session:
        tag = transferred(session, cast).tag
    with database.transaction(scope) as session, pytest.raises(outcomes.OwnedElsewhereThen) as refused:
        register(session, devices.lock(session, tag), OutcomeType.EXTERNAL_REUSE, cast.laxa, date="2026-06-30")
    assert "Laxå" not in refused.value.sentence()
    with database.transaction(EVERYTHING) as session:
        found = register(
            session, devices.lock(session, tag), OutcomeType.EXTERNAL_REUSE, cast.admin, date="2026-06-30"
        ).outcome
    with database.transaction(scope) as session, pytest.raises(Ended):
        register(session, devices.lock(session, tag), OutcomeType.LANDFILL, cast.laxa)
    with database.transaction(scope) as session, pytest.raises(Missing):
        outcomes.get(session, found.id)
    with database.transaction(cast.laxa.scope) as session, pytest.raises(outcomes.DeviceElsewhereNow):
        reverse(session, outcomes.get(session, found.id), cast.laxa)
    with database.transaction(EVERYTHING) as session:
        reverse(session, outcomes.get(session, found.id), cast.admin)
        assert devices.get(session, tag).stage is Stage.IN_STOCK


def test_foreign_outcome_is_missing(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        found = register(session, some_device(session), OutcomeType.EXTERNAL_REUSE, cast.technician).outcome
    with database.reading(cast.outsider.scope) as session, pytest.raises(Missing):
        outcomes.get(session, found.id)
