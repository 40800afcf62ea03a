"""An act costs as many queries in a full register as in an empty one, and a bulk act far fewer than one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from sqlalchemy import event

from assetreg.db.device import Device
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import OutcomeType, Stage
from assetreg.schemas.act import SwapInput, TransferInput, second_life_input
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import ReversalInput, outcome_input
from assetreg.services import devices, identity, labels, moves, outcomes, ownership, swaps
from tests import cast as actors
from tests.cast import REGISTER, events, noise, some_device, some_device_in, stated, whole_move

Act = Callable[[ScopedSession, str], object]
ENDED = outcome_input({"outcome": OutcomeType.EXTERNAL_REUSE.value, "erasure_method": "purge"})
AGAIN = second_life_input({"unit": actors.OFFICE, "erasure_method": "purge"})


def held(act: Callable[[ScopedSession, Device], object]) -> Act:
    return lambda session, tag: act(session, devices.lock(session, tag))


ACTS: dict[str, Act] = {
    "register": lambda session, _: some_device(session, unit=actors.SCHOOL, model="X", supplier="Y", note="Z"),
    "edit": held(lambda s, d: devices.edit(s, d, device_input({"hostname": "A", "note": "B"}), actor=REGISTER)),
    "move": held(lambda s, d: moves.move(s, d, whole_move(Stage.RETURNED), actor=REGISTER)),
    "transfer": held(lambda s, d: ownership.hand_over(s, d, TransferInput(owner="1861"), actor=REGISTER)),
    "outcome": held(lambda s, d: outcomes.register(s, d, ENDED, actor=REGISTER)),
    "swap": held(lambda s, d: swaps.swap(s, d, some_device(s), SwapInput(new=""), actor=REGISTER)),
    "second life": held(lambda s, d: swaps.second_life(s, d, AGAIN, actor=REGISTER)),
    "label": held(lambda s, d: labels.replace(s, d, actor=REGISTER, reason="Sliten")),
    "find": identity.find,
    "history": held(events),
}


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def cost(database: Database, act: Act) -> int:
    with database.transaction(EVERYTHING) as session:
        tag = some_device_in(session, Stage.DEPLOYED).tag
    with counted(database) as statements, database.transaction(EVERYTHING) as session:
        act(session, tag)
    return len(statements)


@pytest.mark.parametrize("name", ACTS)
def test_act_costs_the_same_among_many(database: Database, name: str) -> None:
    cost(database, ACTS[name])
    alone = cost(database, ACTS[name])
    with database.transaction(EVERYTHING) as session:
        noise(session, 50)
    assert cost(database, ACTS[name]) == alone
    assert alone <= 60


def test_reversal_costs_the_same_among_many(database: Database) -> None:
    def ended() -> int:
        with database.transaction(EVERYTHING) as session:
            return outcomes.register(session, some_device(session), ENDED, actor=REGISTER).outcome.id

    def price(number: int) -> int:
        with counted(database) as statements, database.transaction(EVERYTHING) as session:
            found = outcomes.get(session, number)
            outcomes.reverse(session, found, ReversalInput(reason="Fel"), actor=REGISTER)
        return len(statements)

    alone = price(ended())
    with database.transaction(EVERYTHING) as session:
        noise(session, 50)
    assert price(ended()) == alone


def test_many_devices_cost_little_more_than_one(database: Database) -> None:
    """Nothing is looked up for each; SQLite gives the ids of events and labels one at a time."""
    numbers = count(1)

    def price(many: int) -> int:
        commands = [stated(asset_tag=f"Q{next(numbers)}", unit=actors.SCHOOL, model="X") for _ in range(many)]
        with counted(database) as statements, database.transaction(EVERYTHING) as session:
            devices.register_many(session, commands, actor=REGISTER)
        return len(statements)

    price(2)
    assert price(40) - price(2) <= 2 * 38
