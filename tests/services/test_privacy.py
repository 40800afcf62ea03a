"""No event holds what a person is called or what a person wrote, whichever act it is of."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from assetreg.db.history import Event
from assetreg.db.session import ScopedSession
from assetreg.domain.terms import OutcomeType, Stage
from assetreg.schemas.act import SwapInput, second_life_input, transfer_input
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import ReversalInput, outcome_input
from assetreg.services import devices, labels, moves, outcomes, ownership, persons, swaps
from assetreg.services.persons import PersonInput
from tests import cast as actors
from tests.cast import Cast, some_device, some_device_in, whole_move

MARK = "Qvistgren"


def columns_of_events(session: ScopedSession) -> str:
    """Everything any event says, in lower case."""
    session.flush()
    rows = select(*(getattr(Event, name) for name in ("kind", "door", "payload", "subject")))
    return str(session.execute(rows).all()).lower()


def test_no_act_writes_a_name_or_a_reason_into_an_event(session: ScopedSession, cast: Cast) -> None:
    actor = cast.technician.actor
    named = persons.add(session, cast.owners["1860"], PersonInput(f"Ada {MARK}", "ada@qvistgren.example", MARK))
    device = some_device(session, note=MARK, reason=MARK, duplicate_reason=MARK, unit=actors.SCHOOL)
    for to in (Stage.ON_LOAN, Stage.STOLEN, Stage.ON_LOAN, Stage.RETURNED, Stage.READY_FOR_DISPOSAL, Stage.DISPATCHED):
        facts = {"reason": MARK, "user": MARK, "receiver": f"Ada {MARK}", "police_reference": MARK}
        moves.move(session, device, whole_move(to, **facts), actor=actor)
    assert session.get_one(type(named), named.id).name is not None
    stated = {"partner": MARK, "report": MARK, "carrier": MARK, "receiver": MARK, "decision": MARK, "reason": MARK}
    told = outcome_input({"outcome": OutcomeType.EXTERNAL_REUSE.value, "police_reference": MARK} | stated)
    found = outcomes.register(session, device, told, actor=actor).outcome
    outcomes.reverse(session, found, ReversalInput(reason=MARK), actor=actor)
    labels.replace(session, device, actor=actor, reason=MARK)
    labels.void(session, labels.of_device(session, device)[-1], actor=actor, reason=MARK)
    ownership.hand_over(session, device, transfer_input({"owner": "1861", "reason": MARK}), actor=actor)
    used = some_device_in(session, Stage.DEPLOYED)
    swaps.swap(session, used, some_device(session), SwapInput(new="", reason=MARK), actor=actor)
    again = second_life_input({"unit": actors.OFFICE, "user": MARK, "reason": MARK, "erasure_method": "purge"})
    swaps.second_life(session, used, again, actor=actor)
    assert MARK.lower() not in columns_of_events(session)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    body=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=60),
    fields_=st.sets(st.sampled_from(["note", "reason", "duplicate_reason"]), min_size=1),
)
def test_whatever_is_written_stays_out_of_the_events(
    session: ScopedSession, cast: Cast, body: str, fields_: set[str]
) -> None:
    written: dict[str, Any] = dict.fromkeys(fields_, f"{MARK} {body}")
    device = some_device(session, actor=cast.technician.actor, **written)
    reason = {name: written.pop(name) for name in ("reason", "duplicate_reason") if name in written}
    command = device_input(written | {"hostname": "X"}, **reason)
    devices.edit(session, device, command, actor=cast.technician.actor)
    assert MARK.lower() not in columns_of_events(session)


def test_event_has_no_column_that_this_does_not_look_at() -> None:
    from assetreg.domain.history import EventFacts

    texts = {field.name for field in fields(EventFacts) if field.type in ("str", "str | None")}
    assert texts == {"subject", "kind", "door", "payload", "text_hash"}


@pytest.mark.parametrize("stage", [Stage.DISPATCHED, Stage.STOLEN], ids=str)
def test_what_was_written_is_kept_beside_the_event(session: ScopedSession, cast: Cast, stage: Stage) -> None:
    device = some_device_in(session, Stage.READY_FOR_DISPOSAL)
    moves.move(session, device, whole_move(stage), actor=cast.technician.actor)
    last = actors.events(session, device)[-1]
    assert None not in (last.text_id, last.text_hash)
