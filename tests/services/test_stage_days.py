"""On which day an act can have happened: not before the device was ours, nor before its last step."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from assetreg.db.device import Device
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.domain.dates import TooEarly
from assetreg.domain.terms import OutcomeType, Stage
from assetreg.schemas.outcome import OutcomeInput, ReversalInput
from assetreg.services import devices, moves, outcomes, stage_days
from tests.cast import NOT_ERASED, REGISTER, Cast, noise, some_device, whole_move


def returned(session: ScopedSession, device: Device, day: str) -> None:
    moves.move(session, device, whole_move(Stage.RETURNED, date=day, **NOT_ERASED), actor=REGISTER)


BOUGHT = {"purchased": "2026-06-30"}
USED = {**BOUGHT, "in_service": "2026-05-01"}
DELIVERED = {**BOUGHT, "delivered": "2026-06-20", "in_service": "2026-06-25"}


@pytest.mark.parametrize(
    ("known", "day", "what"),
    [
        (BOUGHT, "2026-06-15", "köptes"),
        (USED, "2026-06-15", None),
        (USED, "2026-04-30", "togs i bruk"),
        ({**BOUGHT, "in_service": "2026-07-02"}, "2026-07-01", None),
        (DELIVERED, "2026-06-19", "levererades"),
        (DELIVERED, "2026-06-21", None),
        ({"purchased": "2026"}, "2026-01-01", None),
        ({"purchased": ""}, "2019-01-01", None),
    ],
)
def test_act_is_refused_before_the_device_was_ours(
    database: Database, cast: Cast, known: dict[str, Any], day: str, what: str | None
) -> None:
    """An invoice often comes when the device has been in use for weeks: what was done meanwhile can be told."""
    with database.transaction(EVERYTHING) as session:
        noise(session, 2)
        tag = some_device(session, stage="deployed", **known).tag
    with database.transaction(EVERYTHING) as session:
        device = devices.lock(session, tag)
        if what is None:
            returned(session, device, day)
            assert device.returned_on == date.fromisoformat(day)
            return
        with pytest.raises(TooEarly, match=what):
            returned(session, device, day)
        assert device.stage is Stage.DEPLOYED


def test_act_is_refused_before_the_last_step_that_stands(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session, stage="deployed", kind="monitor", purchased="2025-01-01")
    returned(session, device, "2026-03-02")
    with pytest.raises(TooEarly, match="nuvarande status"):
        stage_days.refuse_earlier(session, device, date(2026, 3, 1))
    stage_days.refuse_earlier(session, device, date(2026, 3, 2))
    ended = OutcomeInput(type=OutcomeType.MATERIAL_RECYCLING, on=date(2026, 5, 1))
    outcome = outcomes.register(session, device, ended, actor=REGISTER).outcome
    with pytest.raises(TooEarly):
        stage_days.refuse_earlier(session, device, date(2026, 4, 1))
    outcomes.reverse(session, outcome, ReversalInput(reason="Fel enhet"), actor=REGISTER)
    stage_days.refuse_earlier(session, device, date(2026, 4, 1))
    assert [each.stage for each in stage_days.read(session, device)] == [Stage.DEPLOYED, Stage.RETURNED]
