"""The change feed: whoever follows it gets every event once, also those written while others were being written."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from assetreg.db.history import Event
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.schemas.device import device_input
from assetreg.services import devices, history_pages
from tests.api.conftest import MakeProgram
from tests.cast import NOON, Cast

ACTOR = system(Door.CLI, NOON)


def follow(database: Database, after: int) -> tuple[list[int], int]:
    with database.reading(EVERYTHING) as session:
        found = history_pages.following(session, after=after, limit=7, actor=ACTOR)
    return [row.id for row in found.rows], found.after


def write(database: Database, number: int, faults: list[BaseException]) -> None:
    """A dozen transactions of some devices each, slow enough to overlap others; one in five is taken back."""
    chance = random.Random(number)
    try:
        for turn in range(12):
            with database.transaction(EVERYTHING) as session:
                for step in range(chance.randint(1, 4)):
                    stated = {"kind": "laptop", "owner": "1860", "serial": f"W{number}X{turn}Y{step}"}
                    devices.register(session, device_input(stated), actor=ACTOR)
                    time.sleep(chance.random() / 200)
                if chance.random() < 0.2:
                    session.rollback()
    except BaseException as error:
        faults.append(error)


def to_the_end(database: Database, after: int) -> Iterator[int]:
    while True:
        found, following = follow(database, after)
        yield from found
        if following == after:
            return
        after = following


def test_follower_beside_writers_misses_nothing_and_repeats_nothing(database: Database, cast: Cast) -> None:
    faults: list[BaseException] = []
    threads = [threading.Thread(target=write, args=(database, number, faults)) for number in range(3)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    after = 0
    while any(thread.is_alive() for thread in threads):
        found, after = follow(database, after)
        seen += found
    for thread in threads:
        thread.join()
    seen += to_the_end(database, after)
    assert faults == []
    with database.reading(EVERYTHING) as session:
        ids = select(Event.id).where(Event.subject == "device").order_by(Event.id)
        assert seen == list(session.execute(ids).scalars())


def test_event_of_a_transaction_under_way_holds_back_those_after_it(database: Database) -> None:
    if database.is_sqlite:
        return
    with database.transaction(EVERYTHING) as session:
        known = devices.register(session, device_input({"kind": "laptop", "owner": "1861"} | TAG), actor=ACTOR).tag
    seen, after = follow(database, 0)
    assert len(seen) == 1
    with database.transaction(EVERYTHING) as slow:
        devices.register(slow, device_input({"kind": "laptop", "owner": "1860", "serial": "SLOW1"}), actor=ACTOR)
        slow.flush()
        with database.transaction(EVERYTHING) as quick:
            devices.edit(quick, devices.lock(quick, known), device_input({"hostname": "HAL-1"}), actor=ACTOR)
        assert follow(database, after)[0] == []
    assert len(follow(database, after)[0]) == 2


TAG: dict[str, Any] = {"asset_tag": "1861-77"}


def test_program_follows_its_own_owner_from_where_it_stopped(program: MakeProgram) -> None:
    everyone, laxa = program(Role.TECHNICIAN), program(Role.READER, "1860")
    for number, owner in enumerate(["1860", "1861"] * 6):
        everyone.post("/devices", {"kind": "phone", "owner": owner, "serial": f"FEED{number:02}"})
    seen: list[dict[str, Any]] = []
    page = laxa.get("/events?limit=4").json
    while page["items"]:
        seen += page["items"]
        page = laxa.get(f"/events?limit=4&after={page['after']}").json
    assert [row["owner"] for row in seen] == ["1860"] * 6
    assert [row["id"] for row in seen] == sorted({row["id"] for row in seen})
    assert {row["kind"] for row in seen} == {"registered"}
    after = page["after"]
    tag = seen[2]["tag"]
    everyone.patch(f"/devices/{tag}", {"hostname": "LAX-9"}, version="*")
    [changed] = laxa.get(f"/events?after={after}").json["items"]
    assert (changed["tag"], changed["kind"], changed["fields"], changed["door"]) == (tag, "edited", ["hostname"], "api")
