"""What a session may read: the right rows or a refusal, never another owner's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlalchemy import (
    func,
    select,
)
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import (
    Session,
    aliased,
    defer,
    joinedload,
    load_only,
    selectinload,
)

from assetreg.db.guard import ScopeBreach
from assetreg.db.session import Database, ScopedSession
from assetreg.db.tables import Base, Device, Event, Label, Outcome, Owner, Person, Unit
from assetreg.domain.access import EVERYTHING, NOTHING, Scope
from tests.db.rows import Neighbours, Side
from tests.db.statements import (
    BARE,
    DEVICE_IDS,
    FOREIGN_FACTS,
    OTHER_ANSWERS,
    REFUSED,
    Forward,
    joined_to,
    latest_of_each_owner,
)


def answer(session: ScopedSession, statement: Any) -> list[Any]:
    """The rows in order, a row of one column as that column."""
    found = session.execute(statement).all()
    return sorted((row[0] if len(row) == 1 else tuple(row) for row in found), key=repr)


def by_name(probes: Iterable[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", list(probes))


@by_name(DEVICE_IDS)
def test_select_gives_own_devices_whoever_asked_before(name: str, shared_database: Database, sides: Neighbours) -> None:
    for own in (sides.b, sides.a):
        with shared_database.reading(own.scope) as session:
            assert {*answer(session, DEVICE_IDS[name]())} == {*own.devices}


@by_name(OTHER_ANSWERS)
def test_select_speaks_of_own_devices(name: str, shared_database: Database, sides: Neighbours) -> None:
    statement, expected = OTHER_ANSWERS[name]
    for own in (sides.b, sides.a):
        with shared_database.reading(own.scope) as session:
            assert answer(session, statement()) == expected(own)


@by_name(FOREIGN_FACTS)
def test_foreign_fact_is_not_answered(name: str, shared_database: Database, sides: Neighbours) -> None:
    with shared_database.reading(EVERYTHING) as session:
        assert answer(session, FOREIGN_FACTS[name]()) == [True]
    with shared_database.reading(sides.a.scope) as session:
        assert answer(session, FOREIGN_FACTS[name]()) == [False]


@pytest.mark.parametrize("whole", [False, True])
@by_name(REFUSED)
def test_statement_that_cannot_be_scoped_is_refused_even_with_the_whole_scope(
    name: str, shared_database: Database, sides: Neighbours, *, whole: bool
) -> None:
    with shared_database.reading(EVERYTHING if whole else sides.a.scope) as session, pytest.raises(ScopeBreach):
        session.execute(REFUSED[name]())


def test_outer_join_leaves_the_foreign_side_empty(shared_database: Database, sides: Neighbours) -> None:
    with shared_database.reading(sides.a.scope) as session:
        assert answer(session, joined_to(aliased(Device))) == []
        found = session.execute(joined_to(aliased(Device), outer=True)).all()
        assert {tuple(row) for row in found} == {(id_, None) for id_ in sides.a.devices}


def test_lateral_gives_own_rows(shared_database: Database, sides: Neighbours) -> None:
    if shared_database.is_sqlite:
        pytest.skip("SQLite has no lateral joins")
    with shared_database.reading(sides.b.scope) as session:
        assert answer(session, latest_of_each_owner()) == [*sides.b.devices[:2]]


def test_each_child_is_narrowed_by_itself(shared_database: Database, sides: Neighbours) -> None:
    with shared_database.reading(sides.b.scope) as session:
        assert {*answer(session, select(Event.id))} == {*sides.b.events}
        assert {*answer(session, select(Outcome.id))} == {*sides.b.outcomes}
        assert {*answer(session, select(Person.id))} == {*sides.b.persons}
        assert {*answer(session, select(Label.id))} == {*sides.b.labels, sides.blank}


def scopes(own: Side) -> list[tuple[Scope, set[int]]]:
    first, second, third = own.devices
    return [
        (own.scope, {first, second, third}),
        (own.office, {second}),
        (own.school, {first}),
        (Scope(departments=own.office.departments, units=own.school.units), {first, second}),
        (Scope.whole(account=1), set()),
        (NOTHING, set()),
    ]


def test_scope_of_an_owner_a_department_or_a_unit(shared_database: Database, sides: Neighbours) -> None:
    for scope, seen in scopes(sides.a):
        with shared_database.reading(scope) as session:
            devices = {*answer(session, select(Device.id))}
            persons = {*answer(session, select(Person.id))}
        if scope.everything:
            assert devices == {*sides.a.devices, *sides.b.devices}
            assert persons == {*sides.a.persons, *sides.b.persons}
        else:
            assert devices == seen
            assert persons == {sides.a.persons[sides.a.devices.index(id_)] for id_ in seen}


def test_empty_scope_sees_no_owned_row_at_all(shared_database: Database, sides: Neighbours) -> None:
    with shared_database.reading(NOTHING) as session:
        for mapper in Base.registry.mappers:
            if mapper.class_ in (Device, Event, Label, Outcome, Person, Unit):
                assert session.scalars(select(mapper.class_)).all() == []
        assert session.scalar(select(func.count(Owner.id))) == 7


def test_objects_are_narrowed_too(shared_database: Database, sides: Neighbours) -> None:
    own = sides.a.devices
    with shared_database.reading(sides.a.scope) as session:
        assert {d.id for d in session.scalars(select(Device).options(load_only(Device.tag), defer(Device.os)))} == {
            *own
        }
        assert {d.id for d in session.scalars(select(Device).execution_options(yield_per=1))} == {*own}
        assert {d.id for d in session.scalars(select(Device).from_statement(select(Device)))} == {*own}
        assert [len(part) for part in session.scalars(select(Device.id)).partitions(2)] == [2, 1]


def test_legacy_query_is_narrowed_too(shared_database: Database, sides: Neighbours) -> None:
    with shared_database.reading(sides.a.scope) as session:
        foreign = session.query(Device).filter(Device.id == sides.b.devices[0])
        assert session.query(Device).count() == 3
        assert foreign.all() == []
        assert session.query(foreign.exists()).scalar() is False
        with pytest.raises(ScopeBreach):
            session.query(BARE).all()


def test_get_finds_own_rows_alone(shared_database: Database, sides: Neighbours) -> None:
    with shared_database.reading(sides.a.scope) as session:
        assert session.get_one(Device, sides.a.devices[0]).tag == "A-0"
        assert session.get(Device, sides.b.devices[0]) is None
        assert session.get(Device, sides.b.devices[0], populate_existing=True, with_for_update=True) is None


def test_get_of_a_row_that_an_unguarded_block_has_met(shared_database: Database, sides: Neighbours) -> None:
    with shared_database.reading(sides.a.scope) as session:
        with session.unguarded("the test needs a foreign row in the identity map"):
            met = session.scalars(select(Device)).all()
        assert len(met) == 6
        assert session.get(Device, sides.b.devices[0]) is None
        assert session.get(Device, sides.a.devices[0]) is not None


def test_row_of_another_session_is_not_let_in(shared_database: Database, sides: Neighbours) -> None:
    with shared_database.reading(sides.b.scope) as session:
        foreign = session.get_one(Device, sides.b.devices[0])
        session.expunge(foreign)
    with shared_database.reading(sides.a.scope) as session:
        with pytest.raises(ScopeBreach):
            session.add(foreign)
        with pytest.raises(ScopeBreach):
            session.merge(foreign, load=False)
        assert session.get(Device, foreign.id) is None


def test_refresh_of_a_row_that_has_left_the_scope(shared_database: Database, sides: Neighbours) -> None:
    with shared_database.reading(sides.a.scope) as session:
        with session.unguarded("the test needs a foreign row in the identity map"):
            foreign = session.scalars(select(Device).where(Device.tag == "B-0")).one()
        own = session.get_one(Device, sides.a.devices[1])
        session.refresh(own)
        assert own.tag == "A-1"
        session.expire(foreign)
        with pytest.raises(InvalidRequestError):
            session.refresh(foreign)
        with pytest.raises(InvalidRequestError):
            _ = foreign.tag


@pytest.mark.parametrize("loading", ["lazy", "joined", "selectin"])
def test_foreign_predecessor_is_not_loaded(loading: str, shared_database: Database, sides: Neighbours) -> None:
    options: dict[str, list[Any]] = {
        "lazy": [],
        "joined": [joinedload(Forward.replaces)],
        "selectin": [selectinload(Forward.replaces)],
    }
    statement = select(Forward).where(Forward.id == sides.a.devices[0]).options(*options[loading])
    with shared_database.reading(EVERYTHING) as session:
        if loading != "selectin":
            assert session.scalars(statement).one().replaces.tag == "B-0"
    with shared_database.reading(sides.a.scope) as session:
        try:
            assert session.scalars(statement).one().replaces is None
        except ScopeBreach:
            assert loading == "selectin"


WAYS_OUT: dict[str, Callable[[Any], object]] = {
    "connection": lambda session: session.connection(),
    "engine": lambda session: session.get_bind().connect(),
    "bind": lambda session: session.bind.connect(),
    "connection of the transaction": lambda session: session.begin().connection(None),
    "unguarded without a reason": lambda session: session.unguarded("").__enter__(),
    "another scope": lambda session: setattr(session, "scope", EVERYTHING),
}


@by_name(WAYS_OUT)
def test_session_lends_no_way_round_the_guard(name: str, shared_database: Database, sides: Neighbours) -> None:
    with shared_database.reading(sides.a.scope) as session, pytest.raises((ScopeBreach, AttributeError)):
        WAYS_OUT[name](session)


@pytest.mark.parametrize(
    "ask", [Session.connection, lambda session: session.execute(select(Device.id))], ids=["connection", "select"]
)
def test_session_that_nobody_scoped_reads_nothing(ask: Callable[[Session], Any], shared_database: Database) -> None:
    with Session(shared_database.engine) as session:
        with pytest.raises(ScopeBreach):
            ask(session)
        with pytest.raises(InvalidRequestError, match="closed"):
            session.execute(select(Device.id))


def test_guard_is_back_after_an_unguarded_block(shared_database: Database, sides: Neighbours) -> None:
    with shared_database.reading(sides.a.scope) as session:
        with session.unguarded("outer"):
            with session.unguarded("inner") as connection:
                assert connection.execute(select(func.count(BARE.c.id))).scalar() == 6
            assert len(answer(session, select(Device.id))) == 6
        assert {*answer(session, select(Device.id))} == {*sides.a.devices}
        with pytest.raises(ScopeBreach):
            session.execute(select(BARE))
