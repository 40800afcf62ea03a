"""Killed in the middle, beside people at work, and with whatever people are called."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.person import Person
from assetreg.db.retention import PruneRun
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Refusal
from assetreg.domain.terms import Stage
from assetreg.schemas.device import device_input
from assetreg.services import changes, devices, person_list, persons, places
from assetreg.services.persons import PersonInput
from assetreg.services.pruning import idle_persons, running
from tests.cast import REGISTER, SCHOOL, Cast, some_device
from tests.services.pruning.traces import (
    LONG_AGO,
    WORDS,
    Traced,
    differences,
    everything_said,
    hand_to,
    idle_person,
    in_bytes,
)

PERSONS = 25

KILLED = """
import os, signal, sys
from dataclasses import replace
from datetime import datetime
from assetreg.db.session import Database
from assetreg.services.pruning import idle_persons, old_imports, old_texts, running
from tests.cast import REGISTER

url, key, at, verb, count = sys.argv[1:]
idle_persons.BATCH = old_texts.BATCH = old_imports.BATCH = 5
module, name = {"person": (idle_persons.persons, "forget"), "texts": (running, "erase_texts"),
                "rows": (old_imports, "remove"), "batch": (running._Work, "batch")}[verb]
real, calls = getattr(module, name), 0
def dying(*arguments, **options):
    global calls
    calls += 1
    if calls == int(count):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **options)
setattr(module, name, dying)
running.run(Database(url, history_key=key.encode()), actor=replace(REGISTER, at=datetime.fromisoformat(at)))
"""


@pytest.mark.parametrize(
    ("verb", "count", "forgotten"),
    [("person", 8, 5), ("batch", 3, 10), ("texts", 2, PERSONS + 1), ("rows", 1, PERSONS + 1)],
)
def test_killed_clearing_leaves_whole_batches_and_the_next_one_does_the_rest(
    traced: Traced, history_key: bytes, verb: str, count: int, forgotten: int
) -> None:
    database = traced.database
    with database.transaction(EVERYTHING) as session:
        for number in range(PERSONS):
            idle_person(session, f"Gammal {number}", device=number % 5 == 0)
    url = database.url.render_as_string(hide_password=False)
    asked = [url, history_key.decode(), traced.actor.at.isoformat(), verb, str(count)]
    died = subprocess.run([sys.executable, "-c", KILLED, *asked], check=False, timeout=60)
    assert died.returncode == -9
    with database.reading(EVERYTHING) as session:
        gone = session.execute(select(Person).where(Person.pseudonymised_at.is_not(None))).scalars().all()
        last = running.latest(session)
    assert len(gone) == forgotten
    assert last is not None
    assert (last.state, last.ended_at, last.counts.get("persons", 0)) == ("running", None, forgotten)
    assert differences(database) == []
    running.run(database, actor=traced.actor)
    said = everything_said(database)
    assert [word for word in (*WORDS, "gammal ") if word in said] == []
    if database.is_sqlite:
        assert in_bytes(database, WORDS) == []
    assert differences(database) == []


@contextmanager
def at_work(database: Database, numbers: list[int], stop: threading.Event) -> Iterator[list[str]]:
    """Somebody who gives and takes devices to and from persons whose time is up, as fast as they can."""
    given: list[str] = []
    faults: list[BaseException] = []

    def work() -> None:
        turn = 0
        while not stop.is_set():
            number = numbers[turn % len(numbers)]
            turn += 1
            try:
                with database.transaction(EVERYTHING) as session:
                    row = session.get_one(Person, number)
                    if row.email is None:
                        continue
                    user = persons.find(session, places.owner(session, "1860"), row.email)
                    device = session.execute(select(Device).where(Device.serial == "PFWORK")).scalar_one()
                    devices.edit(session, device, device_input({"user": user.email}), actor=REGISTER)
                given.append(str(user.name))
            except Refusal:
                continue
            except BaseException as fault:
                faults.append(fault)
                return

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield given
    finally:
        stop.set()
        worker.join(timeout=30)
    assert faults == []


def test_technician_at_work_is_never_stopped_and_never_left_with_a_nameless_user(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle_persons, "BATCH", 5)
    with database.transaction(EVERYTHING) as session:
        numbers = [idle_person(session, f"Gammal {number}", device=False).id for number in range(60)]
        some_device(session, serial="PFWORK", stage="deployed", unit=SCHOOL, user="1001")
    with at_work(database, numbers[-10:], threading.Event()) as given:
        while not given:
            pass
        done = running.run(database, actor=REGISTER)
    with database.reading(EVERYTHING) as session:
        device = session.execute(select(Device).where(Device.serial == "PFWORK")).scalar_one()
        assert device.person_id is not None
        user = session.get_one(Person, device.person_id)
        assert user.name is not None
    assert done.counts["persons"] > 0
    assert differences(database) == []


def test_person_whom_somebody_is_giving_a_device_is_left_to_the_next_run(database: Database, cast: Cast) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    with database.transaction(EVERYTHING) as session:
        number = idle_person(session, "Gammal Ny", device=False).id
        some_device(session, serial="PFWORK", stage="deployed", unit=SCHOOL, user="1001")
    with database.transaction(EVERYTHING) as session:
        device = session.execute(select(Device).where(Device.serial == "PFWORK")).scalar_one()
        devices.edit(session, device, device_input({"user": "gammal.ny@laxa.example"}), actor=REGISTER)
        assert running.run(database, actor=REGISTER).counts["persons"] == 0
    assert running.run(database, actor=REGISTER).counts.get("persons", 0) == 0
    with database.reading(EVERYTHING) as session:
        assert session.get_one(Person, number).name == "Gammal Ny"


def test_two_clearings_at_once_are_one(traced: Traced) -> None:
    faults: list[BaseException] = []

    def clear() -> None:
        try:
            running.run(traced.database, actor=traced.actor)
        except BaseException as fault:
            faults.append(fault)

    both = [threading.Thread(target=clear) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(timeout=60)
    assert faults == []
    with traced.database.reading(EVERYTHING) as session:
        rows = session.execute(select(PruneRun)).scalars().all()
        assert sum(row.counts.get("persons", 0) for row in rows) == 1
    assert [word for word in WORDS if word in everything_said(traced.database)] == []
    assert differences(traced.database) == []


LETTERS = st.characters(codec="utf-8", categories=["L"])
NAMES = st.text(LETTERS, min_size=4, max_size=12).map(lambda word: f"Qx{word}")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    names=st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=3, unique=True),
    fate=st.sampled_from(["returned", "voided", "moved"]),
)
def test_no_scope_can_read_the_name_of_whoever_is_forgotten(
    database: Database, cast: Cast, names: list[tuple[str, str]], fate: str
) -> None:
    then = replace(REGISTER, at=LONG_AGO)
    with database.transaction(EVERYTHING) as session:
        holder = places.owner(session, "1860")
        ids, used = [], []
        for first, last in names:
            row = persons.add(session, holder.id, PersonInput(f"{first} {last}"))
            row.created_at = LONG_AGO
            device = some_device(session, actor=then, stage="deployed", unit=SCHOOL, note=f"{first} {last} har den")
            changes.change(session, device, {"person_id": row.id}, "edited", actor=then)
            session.flush()
            if fate == "voided":
                changes.change(session, device, {"stage": Stage.VOIDED}, "voided", actor=then)
            else:
                devices.edit(
                    session, device, device_input({"user": None}, reason=f"Åter från {first} {last}"), actor=then
                )
            if fate == "moved":
                hand_to(session, device, "1861")
            ids.append(row.id)
            used.append(device.id)
    running.run(database, actor=REGISTER)
    said = everything_said(database)
    assert [name for name in names if f"{name[0]} {name[1]}".lower() in said] == []
    for scope, actor in ((EVERYTHING, REGISTER), (cast.laxa.scope, cast.laxa.actor)):
        with database.reading(scope) as session:
            for number, (first, last) in zip(ids, names, strict=True):
                assert person_list.page(session, f"{first} {last}", actor=actor).rows == []
                shown = person_list.one(session, number, actor=actor)
                assert shown is not None
                assert shown.name == ""
    assert differences(database) == []
