"""What a session may write: its own rows, and nothing that was or would become another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import make_transient_to_detached

from assetreg.db.guard import ScopeBreach
from assetreg.db.session import Database, ScopedSession
from assetreg.db.tables import Base, Device, Event, FreeText, Label, Owner, Unit, Upload
from assetreg.domain.access import EVERYTHING, NOTHING, Scope
from assetreg.domain.terms import LabelState
from tests.db import rows
from tests.db.rows import Neighbours

BARE = Base.metadata.tables["device"]


class Undone(Exception):
    pass


@contextmanager
def trying(database: Database, scope: Scope) -> Iterator[ScopedSession]:
    """A transaction that leaves nothing behind, so that the neighbours stay as they are."""
    with suppress(Undone), database.transaction(scope) as session:
        yield session
        raise Undone


def at(session: ScopedSession, table: Any, key: int) -> Any:
    return session.get_one(table, key)


STATEMENTS: dict[str, Callable[[ScopedSession, Neighbours], object]] = {
    "update": lambda s, n: s.execute(update(Device).where(Device.id == n.b.devices[0]).values(os="x")),
    "update of own": lambda s, n: s.execute(update(Device).where(Device.owner_id == n.a.owner).values(os="x")),
    "update by key": lambda s, n: s.execute(update(Device), [{"id": n.b.devices[0], "os": "x"}]),
    "update of the table": lambda s, n: s.execute(BARE.update().values(os="x")),
    "delete": lambda s, n: s.execute(delete(Label).where(Label.id == n.b.labels[0])),
    "delete of the table": lambda s, n: s.execute(BARE.delete()),
    "insert": lambda s, n: s.execute(insert(Unit), [{"owner_id": n.b.owner, "name": "x"}]),
    "insert from select": lambda s, n: s.execute(insert(Label).from_select(["token"], select(Device.tag))),
    "insert returning": lambda s, n: s.scalars(insert(Label).values(token="x").returning(Label.id)),
    "legacy update": lambda s, n: s.query(Device).update({"os": "x"}),
    "legacy delete": lambda s, n: s.query(Device).delete(),
    "bulk save": lambda s, n: s.bulk_save_objects([Label(token="x")]),
    "bulk insert": lambda s, n: s.bulk_insert_mappings(inspect_mapper(Label), [{"token": "x"}]),
    "bulk update": lambda s, n: s.bulk_update_mappings(inspect_mapper(Device), [{"id": n.b.devices[0], "os": "x"}]),
}


def inspect_mapper(table: type[Base]) -> Any:
    return table.__mapper__


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("name", list(STATEMENTS))
def test_bulk_statement_is_refused_even_with_the_whole_scope(
    name: str, shared_database: Database, sides: Neighbours, *, whole: bool
) -> None:
    with trying(shared_database, EVERYTHING if whole else sides.a.scope) as session, pytest.raises(ScopeBreach):
        STATEMENTS[name](session, sides)


def add_foreign(session: ScopedSession, n: Neighbours) -> None:
    session.add(rows.made(Device, tag="NEW", owner_id=n.b.owner))


def move_away(session: ScopedSession, n: Neighbours) -> None:
    at(session, Device, n.a.devices[0]).owner_id = n.b.owner


def move_away_unread(session: ScopedSession, n: Neighbours) -> None:
    own = at(session, Label, n.a.labels[0])
    session.expire(own)
    own.owner_id = n.b.owner


def take(session: ScopedSession, n: Neighbours) -> None:
    foreign = met(session, Label, n.b.labels[0])
    foreign.owner_id = n.a.owner


def take_unread(session: ScopedSession, n: Neighbours) -> None:
    foreign = met(session, Label, n.b.labels[0])
    session.expire(foreign)
    foreign.owner_id, foreign.department_id, foreign.unit_id = n.a.owner, None, None


def touch(session: ScopedSession, n: Neighbours) -> None:
    met(session, Label, n.b.labels[0]).state = LabelState.VOID


def add_foreign_before_an_unguarded_read(session: ScopedSession, n: Neighbours) -> None:
    add_foreign(session, n)
    with session.unguarded("an autoflush inside the block is checked all the same"):
        session.scalars(select(Device.id)).all()


def remove(session: ScopedSession, n: Neighbours) -> None:
    session.delete(met(session, Label, n.b.labels[0]))


def met(session: ScopedSession, table: type[Base], key: int) -> Any:
    """A foreign row in the session, as a service could be given one that an unguarded block has read."""
    with session.unguarded("the test needs a foreign row in the session"):
        return next(row for row in session.scalars(select(table)).all() if getattr(row, "id") == key)  # noqa: B009


def forge(session: ScopedSession, n: Neighbours) -> None:
    forged = Label(id=n.b.labels[0], owner_id=n.a.owner, state=LabelState.ATTACHED)
    make_transient_to_detached(forged)
    session.add(forged)


def merge_unread(session: ScopedSession, n: Neighbours) -> None:
    forged = Label(id=n.b.labels[0], owner_id=n.a.owner)
    make_transient_to_detached(forged)
    session.merge(forged, load=False)


def remove_detached(session: ScopedSession, n: Neighbours) -> None:
    forged = Label(id=n.b.labels[0], owner_id=n.a.owner)
    make_transient_to_detached(forged)
    session.delete(forged)


def add_nobodys(session: ScopedSession, n: Neighbours) -> None:
    session.add(rows.made(FreeText))


def add_anothers_upload(session: ScopedSession, n: Neighbours) -> None:
    session.add(rows.made(Upload, account_id=7))


CHANGES = {
    change.__name__: change
    for change in (
        *(
            add_foreign,
            add_foreign_before_an_unguarded_read,
            move_away,
            move_away_unread,
            take,
            take_unread,
            touch,
            remove,
        ),
        *(forge, merge_unread, remove_detached, add_nobodys, add_anothers_upload),
    )
}


def make(name: str, session: ScopedSession, n: Neighbours) -> None:
    CHANGES[name](session, n)
    session.flush()


@pytest.mark.parametrize("name", list(CHANGES))
def test_change_outside_the_scope_is_refused(name: str, shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, sides.a.scope) as session, pytest.raises(ScopeBreach):
        make(name, session, sides)


@pytest.mark.parametrize("name", ["add_foreign", "move_away", "move_away_unread", "take", "touch", "remove"])
def test_the_same_change_within_the_scope_is_made(name: str, shared_database: Database, sides: Neighbours) -> None:
    both = Scope(owners=frozenset({sides.a.owner, sides.b.owner}))
    with trying(shared_database, both) as session:
        make(name, session, sides)


def test_row_of_ones_own_is_added_changed_and_removed(shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, sides.a.scope) as session:
        own = at(session, Owner, sides.a.owner)
        made = rows.device(session, own, tag="NEW")
        made.os = "Windows 11"
        text = rows.kept(session, rows.made(FreeText, owner_id=own.id, body="Lånad av kansliet"))
        session.flush()
        session.delete(text)
        session.flush()
        assert session.scalars(select(Device.os).where(Device.tag == "NEW")).all() == ["Windows 11"]


def test_merge_of_a_foreign_key_never_reaches_the_foreign_row(shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, sides.a.scope) as session:
        session.merge(rows.made(Label, id=sides.b.labels[0], owner_id=sides.a.owner, token="TAKEN"))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_merge_of_an_own_key_changes_the_own_row(shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, sides.a.scope) as session:
        session.merge(Label(id=sides.a.labels[0], state=LabelState.VOID))
        session.flush()
        assert session.scalar(select(Label.state).where(Label.id == sides.a.labels[0])) is LabelState.VOID


def test_unit_of_a_school_does_not_move_devices_to_the_office(shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, sides.a.school) as session:
        device = at(session, Device, sides.a.devices[0])
        device.department_id, device.unit_id = sides.a.departments[1], sides.a.units[1]
        with pytest.raises(ScopeBreach):
            session.flush()


def test_blank_label_may_be_bound_to_a_device_of_ones_own_alone(shared_database: Database, sides: Neighbours) -> None:
    for owner, allowed in ((sides.a.owner, True), (sides.b.owner, False)):
        with trying(shared_database, sides.a.scope) as session:
            label = at(session, Label, sides.blank)
            label.owner_id, label.state = owner, LabelState.ATTACHED
            if allowed:
                session.flush()
                continue
            with pytest.raises(ScopeBreach):
                session.flush()


def test_empty_scope_writes_nothing_owned(shared_database: Database, sides: Neighbours) -> None:
    with trying(shared_database, NOTHING) as session:
        session.add(rows.made(Event, owner_id=sides.a.owner))
        with pytest.raises(ScopeBreach):
            session.flush()


def change_own_then_add_foreign(database: Database, n: Neighbours) -> None:
    with database.transaction(n.a.scope) as session:
        at(session, Device, n.a.devices[0]).os = "Windows 11"
        session.flush()
        add_foreign(session, n)


def test_refused_flush_leaves_nothing_behind(database: Database) -> None:
    n = rows.neighbours(database)
    with pytest.raises(ScopeBreach):
        change_own_then_add_foreign(database, n)
    with database.reading(EVERYTHING) as session:
        assert session.scalars(select(Device.os).where(Device.os.is_not(None))).all() == []
        assert len(session.scalars(select(Device.id)).all()) == 6
