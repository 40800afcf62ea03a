"""A serial refused because it stands outside the scope: noted for the administrators, told to nobody else."""

from __future__ import annotations

import logging
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from assetreg.db.account import AccountPlace
from assetreg.db.foreign_serial import ForeignSerial
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, Scope
from assetreg.domain.errors import Denied, Invalid, InvalidInput, Missing
from assetreg.domain.terms import Door, Stage
from assetreg.schemas.device import DeviceInput, device_input
from assetreg.services import devices, foreign_serials, paging
from assetreg.services.foreign_serials import ForeignLine, Holder, RefusedAgain
from assetreg.services.identity import SerialElsewhere, SerialTaken
from assetreg.services.paging import BadCursor
from tests.cast import NOON, Cast, Player, noise, some_device, stated

SERIAL = "5CG1234ABC"


def held_elsewhere(database: Database, serial: str = SERIAL) -> str:
    """The tag of a device of Hallsberg with the serial, with others beside it."""
    with database.transaction(EVERYTHING) as session:
        noise(session, 2)
        return some_device(session, owner="1861", serial=serial).tag


def refused(database: Database, player: Player, command: DeviceInput, *, minutes: int = 0) -> SerialElsewhere:
    """Refused as a door does it: the note comes when the transaction is over."""
    actor = player.later(NOON + timedelta(minutes=minutes))
    with pytest.raises(SerialElsewhere) as found, database.transaction(player.scope) as session:
        devices.register(session, command, actor=actor)
    foreign_serials.note(database, found.value, actor=actor)
    return found.value


def lines(database: Database, cast: Cast) -> list[ForeignLine]:
    with database.reading(cast.admin.scope) as session:
        return list(foreign_serials.page(session, actor=cast.admin.actor).rows)


def test_refused_serial_reaches_the_administrator_with_who_asked_and_who_has_it(database: Database, cast: Cast) -> None:
    tag = held_elsewhere(database)
    refused(database, cast.laxa, stated(serial="5cg 1234abc"))
    refused(database, cast.laxa, stated(serial=SERIAL), minutes=5)
    [line] = lines(database, cast)
    assert (line.serial, line.account, line.owner, line.door) == (SERIAL, "Laxa", "Laxå", Door.WEB)
    assert (line.first_at, line.last_at, line.times) == (NOON, NOON + timedelta(minutes=5), 2)
    assert line.holders == (Holder(tag, "Hallsberg"),)


def test_each_account_has_its_own_line_and_the_latest_comes_first(database: Database, cast: Cast) -> None:
    held_elsewhere(database)
    refused(database, cast.laxa, stated(serial=SERIAL))
    refused(database, cast.outsider, stated(serial=SERIAL, owner="Askersund"), minutes=1)
    assert [(line.account, line.owner) for line in lines(database, cast)] == [
        ("Outsider", "Askersund"),
        ("Laxa", "Laxå"),
    ]


def test_edit_is_noted_for_the_only_owner_that_the_account_sees(database: Database, cast: Cast) -> None:
    held_elsewhere(database)
    with database.transaction(EVERYTHING) as session:
        own = some_device(session, owner="1860").tag
        session.add(AccountPlace(account_id=cast.laxa.actor.account, owner_id=cast.owners["1860"]))
    command = device_input({"serial": SERIAL})
    with pytest.raises(SerialElsewhere) as found, database.transaction(cast.laxa.scope) as session:
        devices.edit(session, devices.lock(session, own), command, actor=cast.laxa.actor)
    foreign_serials.note(database, InvalidInput([Invalid(), found.value]), actor=cast.laxa.actor)
    assert [(line.serial, line.owner) for line in lines(database, cast)] == [(SERIAL, "Laxå")]


def test_serial_that_one_sees_oneself_is_nothing_to_note(database: Database, cast: Cast) -> None:
    held_elsewhere(database)
    with pytest.raises(SerialTaken) as found, database.transaction(EVERYTHING) as session:
        devices.register(session, stated(serial=SERIAL), actor=cast.technician.actor)
    for refusal in (found.value, Missing(), InvalidInput([found.value])):
        foreign_serials.note(database, refusal, actor=cast.technician.actor)
    assert lines(database, cast) == []


@pytest.mark.parametrize("who", ["laxa", "outsider", "reader"])
def test_only_whoever_administers_everything_reads_or_closes_a_line(database: Database, cast: Cast, who: str) -> None:
    held_elsewhere(database)
    refused(database, cast.laxa, stated(serial=SERIAL))
    player: Player = getattr(cast, who)
    [line] = lines(database, cast)
    with database.transaction(player.scope) as session:
        assert session.execute(select(ForeignSerial)).all() == []
        for verb in (
            lambda actor: foreign_serials.page(session, actor=actor),
            lambda actor: foreign_serials.count(session, actor=actor, most=9),
            lambda actor: foreign_serials.close(session, line.id, times=1, actor=actor),
        ):
            with pytest.raises(Denied):
                verb(player.actor)
            with pytest.raises(Missing):
                verb(cast.admin.actor)
    with database.reading(EVERYTHING) as session, pytest.raises(Denied):
        foreign_serials.page(session, actor=cast.technician.actor)
    assert lines(database, cast) == [line]


def test_closed_line_leaves_the_list_and_a_new_refusal_is_a_new_line(database: Database, cast: Cast) -> None:
    held_elsewhere(database)
    refused(database, cast.laxa, stated(serial=SERIAL))
    [line] = lines(database, cast)
    for _ in range(2):
        with database.transaction(Scope.whole(cast.admin.actor.account)) as session:
            assert foreign_serials.close(session, line.id, times=1, actor=cast.admin.actor) == SERIAL
    assert lines(database, cast) == []
    refused(database, cast.laxa, stated(serial=SERIAL), minutes=9)
    [again] = lines(database, cast)
    assert again.id != line.id
    assert (again.times, again.first_at) == (1, NOON + timedelta(minutes=9))
    with database.reading(EVERYTHING) as session:
        row = session.get_one(ForeignSerial, line.id)
        assert (row.handled_at, row.handled_by_id) == (NOON, cast.admin.actor.account)
        assert foreign_serials.count(session, actor=cast.admin.actor, most=9) == 1


def test_line_refused_again_since_it_was_looked_at_is_not_closed(database: Database, cast: Cast) -> None:
    held_elsewhere(database)
    refused(database, cast.laxa, stated(serial=SERIAL))
    [seen] = lines(database, cast)
    refused(database, cast.laxa, stated(serial=SERIAL), minutes=1)
    with database.transaction(EVERYTHING) as session:
        with pytest.raises(RefusedAgain, match=SERIAL):
            foreign_serials.close(session, seen.id, times=seen.times, actor=cast.admin.actor)
        with pytest.raises(Missing):
            foreign_serials.close(session, seen.id + 1, times=1, actor=cast.admin.actor)
    assert [line.times for line in lines(database, cast)] == [2]


def test_serial_that_no_device_has_any_longer_still_stands_on_the_list(database: Database, cast: Cast) -> None:
    tag = held_elsewhere(database)
    refused(database, cast.laxa, stated(serial=SERIAL))
    with database.transaction(EVERYTHING) as session:
        devices.lock(session, tag).stage = Stage.VOIDED
    assert [line.holders for line in lines(database, cast)] == [()]


def test_pages_hold_every_line_once_and_a_bad_cursor_is_refused(database: Database, cast: Cast) -> None:
    wanted = [f"5CG{number:04}XY" for number in range(5)]
    for number, serial in enumerate(wanted):
        held_elsewhere(database, serial)
        refused(database, cast.laxa, stated(serial=serial), minutes=number // 2)
    seen: list[str] = []
    cursor = None
    with database.reading(EVERYTHING) as session:
        for _ in range(3):
            page = foreign_serials.page(session, actor=cast.admin.actor, cursor=cursor, limit=2)
            seen += [line.serial for line in page.rows]
            cursor = page.next
        assert (cursor, sorted(seen)) == (None, wanted)
        for bad in ("x", paging.encode(None, 1), paging.encode(NOON, 2**70)):
            with pytest.raises(BadCursor):
                foreign_serials.page(session, actor=cast.admin.actor, cursor=bad)


def test_two_refusals_at_once_are_both_counted(database: Database, cast: Cast) -> None:
    held_elsewhere(database)
    refusal = SerialElsewhere(serial=SERIAL, owner="1860")
    together = Barrier(4)

    def note() -> None:
        together.wait(10)
        foreign_serials.note(database, refusal, actor=cast.laxa.actor)

    threads = [Thread(target=note) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [line.times for line in lines(database, cast)] == [4]


def test_note_that_cannot_be_written_is_logged_and_the_refusal_stands(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    held_elsewhere(database)
    monkeypatch.setattr(foreign_serials, "count_refusals", locked)
    with caplog.at_level(logging.ERROR):
        refused(database, cast.laxa, stated(serial=SERIAL))
    assert "could not be noted" in caplog.text
    with database.reading(EVERYTHING) as session:
        assert session.scalar(select(func.count()).select_from(ForeignSerial)) == 0
