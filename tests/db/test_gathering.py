"""Rows that are gathered and written many at once: whole, in scope, and gone when what they belong to is taken back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from assetreg.db import bulk, numbers
from assetreg.db.guard import ScopeBreach
from assetreg.db.session import Database, ScopedSession
from assetreg.db.tables import Device, Event, FreeText, Label
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Door
from tests.db import rows
from tests.db.rows import NOON, Neighbours
from tests.db.test_guard_writes import trying

AWKWARD = ("\\N", "tab\there", "line\nand\rline", "back\\slash", "'quoted' \"twice\"", "åäö 🙂", "", None)


def gathered_text(session: ScopedSession, owner_id: int | None, body: str | None) -> int:
    number = numbers.draw_id(session, FreeText)
    row = {"id": number, "owner_id": owner_id, "department_id": None, "unit_id": None, "body": body, "salt": "ab"}
    bulk.gather(session, FreeText, row)
    return number


def event_of(device: Device, seq: int) -> dict[str, Any]:
    chain = {"subject": "device", "subject_id": device.id, "seq": seq, "prev": "", "hash": "", "format": 1}
    told: dict[str, Any] = {
        "reverses": None,
        "at": NOON,
        "kind": "noted",
        "door": Door.CLI,
        "on": NOON.date(),
        "payload": '{"a":"\\t"}',
    }
    return chain | told | rows.place_of(device)


def test_gathered_rows_are_read_back_as_they_were(shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, EVERYTHING) as session:
        ids = [gathered_text(session, sides.a.owner, body) for body in AWKWARD]
        device = session.get_one(Device, sides.a.devices[0])
        bulk.gather(session, Event, event_of(device, 90))
        found = dict(session.execute(select(FreeText.id, FreeText.body).where(FreeText.id.in_(ids))).all())
        assert [found[number] for number in ids] == list(AWKWARD)
        event = session.execute(select(Event).where(Event.seq == 90)).scalar_one()
        assert (event.at, event.on, event.door, event.payload) == (NOON, NOON.date(), Door.CLI, '{"a":"\\t"}')


def test_gathered_row_outside_the_scope_is_refused_with_those_beside_it(
    shared_database: Database, sides: Neighbours
) -> None:
    with trying(shared_database, sides.a.scope) as session:
        own = gathered_text(session, sides.a.owner, "own")
        session.flush()
        gathered_text(session, sides.a.owner, "own too")
        gathered_text(session, sides.b.owner, "another's")
        with pytest.raises(ScopeBreach):
            session.flush()
        assert session.execute(select(FreeText.id).where(FreeText.id >= own)).scalars().all() == [own]


def test_savepoint_takes_back_only_what_was_gathered_in_it(shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, EVERYTHING) as session:
        before = gathered_text(session, sides.a.owner, "before")
        nested = session.begin_nested()
        within = gathered_text(session, sides.a.owner, "within")
        nested.rollback()
        after = gathered_text(session, sides.a.owner, "after")
        found = session.execute(select(FreeText.id).where(FreeText.id.in_([before, within, after])))
        assert sorted(found.scalars()) == [before, after]


def test_transaction_that_fails_leaves_nothing_gathered(shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, EVERYTHING) as session:
        number = gathered_text(session, sides.a.owner, "lost")
    with shared_database.transaction(EVERYTHING) as session:
        session.flush()
    with shared_database.reading(EVERYTHING) as session:
        assert session.get(FreeText, number) is None


def test_labels_are_carried_to_their_device_and_no_others(shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, EVERYTHING) as session:
        moved, stays = (session.get_one(Device, sides.a.devices[place]) for place in (0, 1))
        held = session.get_one(Label, sides.a.labels[0])
        still = session.get_one(Label, sides.a.labels[1])
        was = rows.place_of(stays)
        moved.owner_id, moved.department_id, moved.unit_id = sides.b.owner, sides.b.departments[0], sides.b.units[0]
        bulk.carry_labels(session, moved)
        session.flush()
        assert (held.owner_id, held.department_id, held.unit_id) == (moved.owner_id, *_below(moved))
        assert {name: getattr(still, name) for name in was} == was


def _below(device: Device) -> tuple[int | None, int | None]:
    return device.department_id, device.unit_id


def test_act_is_flushed_at_its_end_unless_acts_are_gathered(shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, EVERYTHING) as session:
        device = session.get_one(Device, sides.a.devices[0])
        version = device.version
        with session.gathering():
            for os in ("a", "b", "c"):
                device.os = os
                session.end_act()
            assert device.version == version
        assert device.version == version + 1
        device.os = "d"
        session.end_act()
        assert device.version == version + 2


@pytest.mark.parametrize("ahead", [1, 3])
def test_drawn_numbers_are_never_those_of_rows_added_without_one(
    shared_database: Database, sides: Neighbours, ahead: int
) -> None:
    """Drawn, added without, drawn again: all in one transaction."""
    with trying(shared_database, EVERYTHING) as session:
        drawn = [gathered_text(session, sides.a.owner, "drawn") for _ in range(ahead)]
        free = [FreeText(owner_id=sides.a.owner, body="free", salt="ab") for _ in range(3)]
        session.add_all(free)
        drawn += [gathered_text(session, sides.a.owner, "drawn") for _ in range(ahead)]
        session.flush()
        drawn += numbers.draw_ids(session, FreeText, 4)
        every = drawn + [row.id for row in free]
        assert len(set(every)) == len(every)


def test_numbers_left_by_one_transaction_may_be_drawn_by_the_next(shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, EVERYTHING) as session:
        lost = gathered_text(session, sides.a.owner, "lost")
        session.rollback()
        kept = gathered_text(session, sides.a.owner, "kept")
        assert session.get_one(FreeText, kept).body == "kept" if session.is_sqlite else kept > lost
