"""Counts kept beside the devices: right after every way a device can come, change or go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select
from sqlalchemy.exc import SADeprecationWarning

from assetreg.db import tally
from assetreg.db.session import Database, ScopedSession
from assetreg.db.tables import Device, Label, Owner, Unit
from assetreg.db.tally import SORT_COLUMNS, DeviceCount, sort_of
from assetreg.domain.access import EVERYTHING, Scope
from assetreg.domain.terms import Kind, Stage
from tests.databases import Databases
from tests.db import rows

WRITERS = 8
ROUNDS = 12


def counted(session: ScopedSession) -> Counter[Any]:
    found = session.execute(select(*(getattr(DeviceCount, name) for name in SORT_COLUMNS), DeviceCount.n)).all()
    return Counter({tuple(row[:-1]): row[-1] for row in found if row[-1]})


def recounted(session: ScopedSession) -> Counter[Any]:
    names = ("owner_id", "department_id", "unit_id", "kind", "stage", "due_on")
    found = session.execute(select(*(getattr(Device, name) for name in names))).all()
    return Counter(sort_of(dict(zip(names, row, strict=True))) for row in found)


def check(database: Database) -> Counter[Any]:
    """The counts, which have to be what counting the devices gives."""
    with database.reading(EVERYTHING) as session:
        counts = counted(session)
        assert counts == recounted(session)
        return counts


def new_owners(database: Database) -> tuple[Owner, Unit]:
    with database.transaction(EVERYTHING) as session:
        first, second = rows.owner(session, "A"), rows.owner(session, "B")
        return first, rows.unit(session, rows.department(session, second, "Skola"), "Norra skolan")


def test_every_change_in_one_transaction(database: Database) -> None:
    owner, unit = new_owners(database)
    with database.transaction(EVERYTHING) as session:
        staying, moved, transferred, removed = (rows.device(session, owner) for _ in range(4))
        moved.stage = Stage.RETURNED
        session.flush()
        moved.stage = Stage.WIPED
        transferred.owner_id, transferred.department_id, transferred.unit_id = rows.place(unit).values()
        staying.due_on, staying.os = date(2027, 6, 30), "Windows 11"
        session.flush()
        session.delete(removed)
        session.add(rows.new_device(unit, kind=Kind.PHONE))
    assert check(database) == {
        (owner.id, 0, 0, "laptop", "deployed", 2027): 1,
        (owner.id, 0, 0, "laptop", "wiped", 0): 1,
        (*rows.place(unit).values(), "laptop", "deployed", 0): 1,
        (*rows.place(unit).values(), "phone", "deployed", 0): 1,
    }


def test_every_change_in_a_transaction_of_its_own(database: Database) -> None:
    owner, unit = new_owners(database)
    with database.transaction(EVERYTHING) as session:
        ids = [rows.device(session, owner).id for _ in range(3)]
    changes: list[dict[str, Any]] = [
        {"stage": Stage.RETURNED},
        {"due_on": date(2028, 1, 1)},
        {"due_on": date(2028, 12, 31)},
        rows.place(unit),
        {"due_on": None},
    ]
    for change in changes:
        with database.transaction(EVERYTHING) as session:
            device = session.get_one(Device, ids[0])
            for name, value in change.items():
                setattr(device, name, value)
        check(database)
    with database.transaction(EVERYTHING) as session:
        session.delete(session.get_one(Device, ids[1]))
    assert sum(check(database).values()) == 2


def test_what_a_savepoint_took_back_is_not_counted(database: Database) -> None:
    owner, _ = new_owners(database)
    with database.transaction(EVERYTHING) as session:
        device = rows.device(session, owner)
        savepoint = session.begin_nested()
        rows.device(session, owner, kind=Kind.PHONE)
        device.stage = Stage.RETURNED
        session.flush()
        savepoint.rollback()
        with session.begin_nested():
            rows.device(session, owner, kind=Kind.TABLET)
        device.stage = Stage.MISSING
    assert sum(check(database).values()) == 2


def test_row_that_breaks_a_rule_inside_a_savepoint_is_not_counted(database: Database) -> None:
    owner, _ = new_owners(database)
    with database.transaction(EVERYTHING) as session:
        rows.device(session, owner, tag="A-1")
        for tag in ("A-2", "A-1", "A-3", "A-1"):
            try_one(session, rows.new_device(owner, tag=tag))
    assert sum(check(database).values()) == 3


def try_one(session: ScopedSession, device: Device) -> None:
    try:
        with session.begin_nested():
            session.add(device)
    except Exception:
        return


def test_rollback_in_the_middle_starts_from_nothing(database: Database) -> None:
    owner, _ = new_owners(database)
    with database.transaction(EVERYTHING) as session:
        rows.device(session, owner)
        session.rollback()
        rows.device(session, owner)
    assert sum(check(database).values()) == 1


def test_value_set_unread_after_an_expiry_is_counted_from_what_was_stored(database: Database) -> None:
    owner, _ = new_owners(database)
    with database.transaction(EVERYTHING) as session:
        device = rows.device(session, owner)
        session.expire(device)
        device.stage = Stage.RETURNED
    assert check(database) == {(owner.id, 0, 0, "laptop", "returned", 0): 1}


def test_partial_flush_counts_no_device_twice(database: Database) -> None:
    owner, _ = new_owners(database)
    with database.transaction(EVERYTHING) as session:
        session.add(rows.new_device(owner))
        label = rows.made(Label, token="L1")
        session.add(label)
        with pytest.warns(SADeprecationWarning):
            session.flush([label])
    assert sum(check(database).values()) == 1


def test_change_that_moves_no_count_writes_none(database: Database) -> None:
    owner, _ = new_owners(database)
    with database.transaction(EVERYTHING) as session:
        device_id = rows.device(session, owner).id
    written = written_in(database, lambda session: setattr(session.get_one(Device, device_id), "os", "iPadOS 26"))
    assert [statement for statement, _ in written if "device_count" in statement] == []


def test_counts_are_written_last_in_key_order(database: Database) -> None:
    owner, unit = new_owners(database)

    def act(session: ScopedSession) -> None:
        for at, kind in ((unit, Kind.TABLET), (owner, Kind.TABLET), (unit, Kind.LAPTOP), (owner, Kind.LAPTOP)):
            rows.device(session, at, kind=kind)

    written = written_in(database, act)
    first = next(n for n, (statement, _) in enumerate(written) if "device_count" in statement)
    assert first > 0
    assert all("INSERT INTO device_count" in statement for statement, _ in written[first:])
    keys = [
        tuple(parameters.values()) if isinstance(parameters, dict) else parameters for _, parameters in written[first:]
    ]
    assert len(keys) == 4
    assert keys == sorted(keys)


def written_in(database: Database, act: Callable[[ScopedSession], object]) -> list[tuple[str, Any]]:
    """The writing statements of one transaction, with their values."""
    written: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            written.extend((statement, each) for each in (parameters if isinstance(parameters, list) else [parameters]))

    event.listen(database.engine, "before_cursor_execute", note)
    with database.transaction(EVERYTHING) as session:
        act(session)
    event.remove(database.engine, "before_cursor_execute", note)
    return written


def test_each_scope_reads_its_own_counts(database: Database) -> None:
    owner, unit = new_owners(database)
    with database.transaction(EVERYTHING) as session:
        for at in (owner, unit, unit):
            rows.device(session, at)
    for scope, number in (
        (Scope(owners=frozenset({owner.id})), 1),
        (Scope(units=frozenset({unit.id})), 2),
        (Scope(departments=frozenset({unit.department_id})), 2),
        (Scope(), 0),
    ):
        with database.reading(scope) as session:
            assert sum(counted(session).values()) == number


def test_bulk_writers_report_what_they_changed(database: Database) -> None:
    owner, _ = new_owners(database)
    with database.transaction(EVERYTHING) as session:
        device = rows.device(session, owner)
        before = {name: getattr(device, name) for name in ("owner_id", "department_id", "unit_id", "kind", "due_on")}
        tally.note_bulk(session, [before | {"stage": Stage.DEPLOYED}], [before | {"stage": Stage.RETURNED}])
    with database.reading(EVERYTHING) as session:
        assert counted(session) == {(owner.id, 0, 0, "laptop", "returned", 0): 1}


def test_eight_writers_in_opposite_orders(database: Database) -> None:
    owner, _ = new_owners(database)
    with database.transaction(EVERYTHING) as session:
        fleets = [
            [rows.device(session, owner, kind=kind).id for kind in (Kind.LAPTOP, Kind.PHONE, Kind.TABLET)]
            for _ in range(WRITERS)
        ]
    barrier = Barrier(WRITERS)

    def write(number: int) -> None:
        ids = fleets[number] if number % 2 else fleets[number][::-1]
        barrier.wait()
        for turn in range(ROUNDS):
            with database.transaction(EVERYTHING) as session:
                for id_ in ids:
                    session.get_one(Device, id_).stage = (Stage.IN_STOCK, Stage.DEPLOYED)[turn % 2]
                    session.flush()

    with ThreadPoolExecutor(WRITERS) as pool:
        for future in [pool.submit(write, number) for number in range(WRITERS)]:
            future.result()
    assert set(check(database).values()) == {WRITERS}


@dataclass
class Fleet:
    """A register whose devices hypothesis pushes about; it grows from example to example."""

    database: Database
    places: list[Owner | Unit] = field(default_factory=list)


@pytest.fixture(scope="module")
def fleet(databases: Databases, history_key: bytes) -> Iterator[Fleet]:
    database = Database(databases.migrated(), history_key=history_key)
    yield Fleet(database, [*new_owners(database)])
    database.close()


acts = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 1), st.sampled_from(Kind)),
        st.tuples(st.just("move"), st.integers(0, 9), st.sampled_from(Stage)),
        st.tuples(
            st.just("due"), st.integers(0, 9), st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2028, 12, 31)))
        ),
        st.tuples(st.just("place"), st.integers(0, 9), st.integers(0, 1)),
        st.tuples(st.just("remove"), st.integers(0, 9), st.none()),
        st.tuples(st.sampled_from(["flush", "expire", "savepoint", "rollback to savepoint"]), st.none(), st.none()),
    ),
    max_size=25,
)


@given(acts=acts, fails=st.booleans())
def test_counts_equal_a_recount_whatever_happened(fleet: Fleet, acts: list[Any], *, fails: bool) -> None:
    try:
        with fleet.database.transaction(EVERYTHING) as session:
            for act, which, value in acts:
                perform(session, fleet, act, which, value)
            if fails:
                raise InterruptedError
    except InterruptedError:
        pass
    check(fleet.database)


def perform(session: ScopedSession, fleet: Fleet, act: str, which: Any, value: Any) -> None:
    if act == "add":
        session.add(rows.new_device(fleet.places[which], kind=value))
    elif act == "flush":
        session.flush()
    elif act == "expire":
        session.flush()
        session.expire_all()
    elif act == "savepoint":
        session.begin_nested()
    elif act == "rollback to savepoint":
        if session.in_nested_transaction():
            session.rollback()
    else:
        change(session, fleet, act, which, value)


def change(session: ScopedSession, fleet: Fleet, act: str, which: int, value: Any) -> None:
    device = session.scalars(select(Device).order_by(Device.id).offset(which).limit(1)).first()
    if device is None:
        return
    if act == "remove":
        session.delete(device)
    elif act == "move":
        device.stage = value
    elif act == "due":
        device.due_on = value
    else:
        place = {"department_id": None, "unit_id": None} | rows.place(fleet.places[value])
        for name, id_ in place.items():
            setattr(device, name, id_)
