"""Eight who take the same three devices in every order, and one file read in twice at once by two processes."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.intake import Import
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Refusal
from assetreg.domain.moves import Move
from assetreg.domain.terms import ImportState, Stage
from assetreg.schemas.act import move_input
from assetreg.schemas.device import device_input
from assetreg.services import bulk, devices
from tests.cast import FAR_SCHOOL, SCHOOL, Cast, miscounted, noise, some_device
from tests.faults import whole
from tests.faults.lists import device_list
from tests.faults.programs import PATIENCE_S, Program

WRITERS, ROUNDS = 8, 3


@pytest.fixture
def tags(database: Database, cast: Cast) -> list[str]:
    with database.transaction(EVERYTHING) as session:
        noise(session, 4)
        return [some_device(session, stage="in_stock", unit=SCHOOL).tag for _ in range(3)]


def takes_them(database: Database, cast: Cast, tags: list[str], number: int, barrier: Barrier) -> Counter[str]:
    """Moves all three home or out, or to another place, in an order of its own; how often, and what hindered it."""
    dice, done = random.Random(number), Counter[str]()
    actor = cast.technician.actor
    barrier.wait(PATIENCE_S)
    for round_ in range(ROUNDS):
        order = dice.sample(tags, len(tags))
        try:
            with database.transaction(EVERYTHING) as session:
                seen = {tag: devices.get(session, tag).version for tag in order}
                if dice.random() < 0.3:
                    bulk.place_all(session, seen, device_input({"cost_centre": f"47{number}{round_}"}), actor=actor)
                elif devices.get(session, order[0]).stage is Stage.DEPLOYED:
                    bulk.move_all(
                        session, seen, Move.STORE, move_input({"to": "in_stock", "reason": "Hem igen"}), actor=actor
                    )
                else:
                    place = {"to": "deployed", "unit": SCHOOL}
                    bulk.move_all(session, seen, Move.DEPLOY, move_input(place), actor=actor)
        except Refusal as refusal:
            done[refusal.code] += 1
        else:
            done["done"] += 1
    return done


def test_eight_writers_of_three_devices_in_opposite_orders_never_wait_for_each_other_for_ever(
    database: Database, cast: Cast, tags: list[str]
) -> None:
    """A deadlock would be an error of the database's, and counts that were added to inline would be one too."""
    barrier = Barrier(WRITERS)
    with ThreadPoolExecutor(WRITERS) as pool:
        pending = [pool.submit(takes_them, database, cast, tags, number, barrier) for number in range(WRITERS)]
        done = sum((each.result(PATIENCE_S) for each in pending), Counter[str]())
    assert set(done) <= {"done", "some_refuse"}
    assert done["done"] > 0
    with database.reading(EVERYTHING) as session:
        found = [devices.get(session, tag) for tag in tags]
        assert len({(device.stage, device.cost_centre, device.head_seq) for device in found}) == 1, "all three or none"
        assert found[0].head_seq == 1 + done["done"]
        assert miscounted(session) == {}
    assert whole.faults(database) == []


def test_eight_who_move_devices_between_the_same_sorts_are_counted_right(
    database: Database, cast: Cast, tags: list[str]
) -> None:
    """Each a device of its own, but all between the same few rows of counts, from either end."""
    barrier = Barrier(WRITERS)
    with database.transaction(EVERYTHING) as session:
        mine = [some_device(session, stage="in_stock", owner=("1860", "1861")[n % 2]).tag for n in range(WRITERS)]

    def moves_its_own(number: int) -> None:
        barrier.wait(PATIENCE_S)
        for turn in range(ROUNDS):
            with database.transaction(EVERYTHING) as session:
                device = devices.lock(session, mine[number])
                home, away = (SCHOOL, None) if number % 2 == 0 else (FAR_SCHOOL, None)
                command = device_input({"unit": home if turn % 2 == 0 else away})
                devices.edit(session, device, command, actor=cast.technician.actor)
                device = devices.lock(session, mine[number - 2 if number > 1 else number])
                devices.edit(
                    session, device, device_input({"os": f"Windows {number}{turn}"}), actor=cast.technician.actor
                )

    with ThreadPoolExecutor(WRITERS) as pool:
        for each in [pool.submit(moves_its_own, number) for number in range(WRITERS)]:
            each.result(PATIENCE_S)
    with database.reading(EVERYTHING) as session:
        assert miscounted(session) == {}
    assert whole.faults(database) == []


@pytest.mark.long
def test_same_file_read_in_by_two_processes_at_once_is_read_in_once(
    database: Database, cast: Cast, history_key: bytes, folder: Path
) -> None:
    rows = 60
    file = device_list(folder, rows)
    program = Program(database.url.render_as_string(hide_password=False), history_key, small_batches=True)
    both = [program.start("import", "devices", str(file)) for _ in range(2)]
    said = [process.communicate(timeout=PATIENCE_S)[1] for process in both]
    assert [process.returncode for process in both] == [1, 1], said
    with database.reading(EVERYTHING) as session:
        found = session.execute(select(Import)).scalars().all()
        assert {each.state for each in found} == {ImportState.DONE}
        wrong = found[0].refused
        assert 0 < wrong == found[1].refused < rows / 5
        good = rows - wrong
        assert sum(each.created for each in found) == good
        assert sum(each.unchanged for each in found) == good, "each row is new to one of them, and known to the other"
        assert len(session.execute(select(Device.id)).all()) == good
    named = {name: n for name, n in whole.places(database).items() if name.startswith(("model ", "supplier "))}
    assert set(named.values()) == {1}
    assert whole.faults(database) == []
