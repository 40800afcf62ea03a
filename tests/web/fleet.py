"""A small fleet for the tests of pages: some devices of each owner in several stages, with outcomes in two years."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from assetreg.db.device import Device
from assetreg.db.indicator import IndicatorValue
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, Actor, system
from assetreg.domain.terms import Direction, Door, ErasureMethod, OutcomeType, Stage
from assetreg.schemas.act import ErasureInput, MoveInput
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import OutcomeInput
from assetreg.services import devices, moves, outcomes
from tests.db import rows

CLERK = system(Door.CLI, datetime(2026, 11, 20, 11, tzinfo=UTC))
ERASED = ErasureInput(method=ErasureMethod.PURGE, on=date(2026, 1, 15), certificate="C-1")


def fill(database: Database) -> None:
    """Laxå: two in use (one overdue), one reused and one recycled in 2026, one reused 2025, one dispatched.

    Hallsberg: one in use without purchase date, one tablet reused in 2026. 2023 is known by its total.
    """
    with database.transaction(EVERYTHING) as session:
        for purchased in ("2021-05-05", "2024-05-05"):
            make(session, "1860", 1, purchased=purchased, stage="deployed")
        for device, kind, on in zip(
            make(session, "1860", 3, purchased="2020-01-01"),
            (OutcomeType.EXTERNAL_REUSE, OutcomeType.MATERIAL_RECYCLING, OutcomeType.EXTERNAL_REUSE),
            (date(2026, 3, 3), date(2026, 4, 4), date(2025, 3, 3)),
            strict=True,
        ):
            end(session, device, kind, on)
        dispatch(session, make(session, "1860", 1, purchased="2020-01-01")[0])
        make(session, "1861", 1, stage="deployed")
        end(session, make(session, "1861", 1, kind="tablet")[0], OutcomeType.EXTERNAL_REUSE, date(2026, 5, 5))
        entered = {"year": 2023, "goal": "Digitalisering", "direction": Direction.AT_LEAST, "owner_id": None}
        for indicator, value, target in (("I1", 864, 1100), ("I2", 25, 50)):
            stated: dict[str, Any] = {"indicator": indicator, "value": value, "target": target}
            session.add(rows.made(IndicatorValue, **entered, **stated))


def make(
    session: ScopedSession, owner: str, number: int, kind: str = "laptop", *, actor: Actor = CLERK, **stated: str
) -> list[Device]:
    commands = [device_input({"owner": owner, "kind": kind, "asset_tag": "", **stated}) for _ in range(number)]
    return devices.register_many(session, commands, actor=actor)


def end(session: ScopedSession, device: Device, kind: OutcomeType, on: date) -> None:
    outcomes.register(session, device, OutcomeInput(type=kind, on=on, erasure=ERASED, reason="slut"), actor=CLERK)


def dispatch(session: ScopedSession, device: Device) -> None:
    for to, more in ((Stage.READY_FOR_DISPOSAL, {"erasure": ERASED}), (Stage.DISPATCHED, {"receiver": "Partnern"})):
        step: dict[str, Any] = {"to": to, "on": date(2026, 11, 1), **more}
        moves.move(session, device, MoveInput(**step), actor=CLERK)
