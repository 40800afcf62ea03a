"""Who has read personal data: noted wherever a name is shown, written apart, and never changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from assetreg.db import reading_log as store
from assetreg.db.device import Device
from assetreg.db.reading_log import PersonalDataRead
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, Actor
from assetreg.domain.errors import Denied
from assetreg.domain.retention import ReadWhat
from assetreg.domain.terms import Door, Role
from assetreg.services import device_list, device_page, exports_devices, person_list, reading_log
from assetreg.services.device_list import DeviceFilter
from assetreg.services.pruning import running
from assetreg.services.reading_log import LogQuestion, WholeLogNeeded
from tests.cast import NOON, REGISTER, SCHOOL, Cast, some_device

KIM = "kim.ek@laxa.example"


@pytest.fixture
def device(database: Database) -> int:
    """Kim's device, and one that nobody has."""
    with database.transaction(EVERYTHING) as session:
        some_device(session)
        return some_device(session, user="1001", stage="deployed", unit=SCHOOL).id


def logged(database: Database) -> list[tuple[ReadWhat, int | None, int | None, int]]:
    reading_log.write(database)
    with database.reading(EVERYTHING) as session:
        rows = session.execute(select(PersonalDataRead).order_by(PersonalDataRead.id)).scalars()
        return [(row.what, row.account_id, row.person_id, row.count) for row in rows]


def look(database: Database, device: int, actor: Actor) -> None:
    with database.reading(EVERYTHING) as session:
        device_page.read(session, session.get_one(Device, device), actor=actor)


def test_page_is_logged_once_a_day_for_each_reader(database: Database, cast: Cast, device: int) -> None:
    technician, planner = cast.technician.actor, cast.planner.actor
    for actor in (technician, technician, planner, replace(technician, at=NOON + timedelta(days=1))):
        look(database, device, actor)
    kim = cast.persons[KIM]
    assert logged(database) == [(ReadWhat.DEVICE, who.account, kim, 1) for who in (technician, planner, technician)]


def test_list_search_and_file_are_logged_by_how_many_they_name(database: Database, cast: Cast, device: int) -> None:
    actor = cast.technician.actor
    with database.reading(EVERYTHING) as session:
        device_list.page(session, DeviceFilter(), actor=actor)
        device_list.page(session, DeviceFilter(q="kim"), actor=actor)
        device_list.page(session, DeviceFilter(q="ingenting"), actor=actor)
        list(exports_devices.devices_sheet(session, DeviceFilter(), actor=actor).rows)
        person_list.page(session, "bo asp", actor=actor)
    what = [(row[0], row[3]) for row in logged(database)]
    assert what == [(ReadWhat.LIST, 1), (ReadWhat.SEARCH, 1), (ReadWhat.EXPORT, 1), (ReadWhat.SEARCH, 2)]


def test_whoever_sees_no_name_reads_none(database: Database, cast: Cast, device: int) -> None:
    auditor = replace(cast.economist.actor, role=Role.AUDITOR)
    look(database, device, auditor)
    with database.reading(EVERYTHING) as session:
        device_list.page(session, DeviceFilter(), actor=auditor)
        list(exports_devices.devices_sheet(session, DeviceFilter(), actor=auditor).rows)
    assert logged(database) == []


def test_reader_of_a_small_scope_is_logged_too(database: Database, cast: Cast, device: int) -> None:
    with database.reading(cast.school.scope) as session:
        person_list.one(session, cast.persons[KIM], actor=cast.school.actor)
    with database.transaction(cast.school.scope) as session:
        reading_log.at_once(session, ReadWhat.EXPORT, actor=cast.school.actor, count=7)
    account = cast.school.actor.account
    assert sorted(logged(database)) == [
        (ReadWhat.EXPORT, account, None, 7),
        (ReadWhat.PERSON, account, cast.persons[KIM], 1),
    ]


def test_page_never_waits_for_a_writer(database: Database, cast: Cast, device: int) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has no lock to wait for")
    look(database, device, cast.technician.actor)
    with closing(sqlite3.connect(str(database.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        assert reading_log.write(database) == 0
        assert reading_log.waiting(database)
        other.rollback()
    assert len(logged(database)) == 1
    with database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == 30_000


def test_what_is_left_is_written_when_the_register_is_closed(
    database: Database, cast: Cast, device: int, history_key: bytes
) -> None:
    other = Database(database.url.render_as_string(hide_password=False), history_key=history_key)
    look(other, device, cast.technician.actor)
    assert logged(database) == []
    other.close()
    assert len(logged(database)) == 1


def test_log_cannot_be_changed_and_is_shortened_from_its_oldest_end_alone(database: Database, cast: Cast) -> None:
    for day in range(4):
        with database.transaction(EVERYTHING) as session:
            reading_log.at_once(session, ReadWhat.LIST, actor=replace(REGISTER, at=NOON + timedelta(days=day)))
    with database.reading(EVERYTHING) as session:
        ids = list(session.execute(select(PersonalDataRead.id).order_by(PersonalDataRead.id)).scalars())
    refused = [
        "UPDATE personal_data_read SET count = 0",
        f"DELETE FROM personal_data_read WHERE id = {ids[1]}",
        f"DELETE FROM personal_data_read WHERE id IN ({ids[0]}, {ids[2]})",
        "INSERT OR REPLACE INTO personal_data_read (id, at, door, what, count) "
        f"SELECT id, at, door, what, 0 FROM personal_data_read WHERE id = {ids[0]}"
        if database.is_sqlite
        else "TRUNCATE personal_data_read",
    ]
    for statement in refused:
        with database.engine.connect() as connection, pytest.raises(DBAPIError, match="log of readings"):
            connection.execute(text(statement))
    with database.engine.begin() as connection:
        connection.execute(text(f"DELETE FROM personal_data_read WHERE id <= {ids[1]}"))
        connection.commit()
    assert len(logged(database)) == 2


def test_log_is_cleared_by_its_own_time(database: Database, cast: Cast) -> None:
    for days in (800, 750, 700, 1):
        with database.transaction(EVERYTHING) as session:
            reading_log.at_once(session, ReadWhat.LIST, actor=replace(REGISTER, at=NOON - timedelta(days=days)))
    assert running.run(database, actor=REGISTER).counts["read_log"] == 2
    assert len(logged(database)) == 2


def test_log_is_read_by_administrator_and_auditor_of_everything(database: Database, cast: Cast, device: int) -> None:
    for day in (1, 2, 3):
        look(database, device, replace(cast.technician.actor, at=NOON + timedelta(days=day)))
    reading_log.write(database)
    auditor = Actor(cast.economist.actor.account, Role.AUDITOR, Door.WEB, NOON)
    with database.reading(EVERYTHING) as session:
        found = reading_log.page(session, LogQuestion(), actor=cast.admin.actor).rows
        assert [(row.account, row.person, row.at.day) for row in found] == [
            ("Technician", "Kim Ek", day) for day in (23, 22, 21)
        ]
        assert {row.person for row in reading_log.page(session, LogQuestion(), actor=auditor).rows} == {None}
        days = LogQuestion(first=(NOON + timedelta(days=2)).date(), last=(NOON + timedelta(days=2)).date())
        assert [row.at.day for row in reading_log.page(session, days, actor=auditor).rows] == [22]
        nobody = LogQuestion(account=cast.planner.actor.account)
        assert reading_log.page(session, nobody, actor=auditor).rows == []
        with pytest.raises(Denied):
            reading_log.page(session, LogQuestion(), actor=cast.technician.actor)
    with database.reading(cast.laxa.scope) as session, pytest.raises(WholeLogNeeded):
        reading_log.page(session, LogQuestion(), actor=auditor)


def test_notes_that_nobody_takes_do_not_grow_for_ever(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_WAITING", 5)
    with database.reading(EVERYTHING) as session:
        for count in range(1, 9):
            reading_log.note(session, ReadWhat.LIST, actor=cast.admin.actor, count=count)
    assert [row[3] for row in logged(database)] == [4, 5, 6, 7, 8]
