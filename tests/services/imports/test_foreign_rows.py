"""Rows whose serial stands on a device outside the scope: refused to the reader, told to the administrators."""

from __future__ import annotations

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Door
from assetreg.services import foreign_serials
from assetreg.services.imports import running
from assetreg.services.imports.device_matching import DeviceMatches
from tests.cast import Cast, some_device
from tests.services.imports.lists import Importing, counts, listing

HEADERS = "serial,kind,owner,unit"


def told(database: Database, cast: Cast) -> dict[str, tuple[str, str | None, Door, int]]:
    with database.reading(EVERYTHING) as session:
        rows = foreign_serials.page(session, actor=cast.admin.actor).rows
    return {row.serial: (row.account, row.owner, row.door, row.times) for row in rows}


def elsewhere(database: Database, *serials: str) -> None:
    with database.transaction(EVERYTHING) as session:
        for serial in serials:
            some_device(session, owner="1861", serial=serial)


def test_refused_rows_are_told_of_once_for_a_file_that_is_previewed_and_applied(
    importing: Importing, database: Database, cast: Cast
) -> None:
    elsewhere(database, "HALLS001", "HALLS002")
    rows = (
        "HALLS002,laptop,1860,",
        "HALLS001,laptop,Laxå,",
        "halls002,laptop,1860,Centralskolan",
        "NYSS0001,laptop,1860,",
    )
    technician = importing.by(cast.laxa)
    number = technician.staged(listing(HEADERS, *rows))
    expected = {"HALLS001": ("Laxa", "Laxå", Door.IMPORT, 1), "HALLS002": ("Laxa", "Laxå", Door.IMPORT, 1)}
    assert told(database, cast) == expected
    running.apply(technician.run(), number)
    assert counts(technician.document(number)) == {"created": 1, "refused": 3}
    assert told(database, cast) == expected


def test_serial_that_is_taken_elsewhere_after_the_preview_is_told_of_when_it_is_applied(
    importing: Importing, database: Database, cast: Cast
) -> None:
    technician = importing.by(cast.laxa)
    number = technician.staged(listing(HEADERS, "SENARE01,laptop,1860,", "NYSS0001,laptop,1860,"))
    assert told(database, cast) == {}
    elsewhere(database, "SENARE01")
    running.apply(technician.run(), number)
    assert counts(technician.document(number)) == {"created": 1, "refused": 1}
    assert told(database, cast) == {"SENARE01": ("Laxa", "Laxå", Door.IMPORT, 1)}


def test_serial_registered_elsewhere_between_the_look_and_the_writing_is_told_of(
    importing: Importing, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(database, "SAMTID01")
    monkeypatch.setattr(DeviceMatches, "_load_taken", lambda *_: None)
    technician = importing.by(cast.laxa)
    number = technician.applied(listing(HEADERS, "SAMTID01,laptop,1860,", "NYSS0001,laptop,1860,"))
    assert counts(technician.document(number)) == {"created": 1, "refused": 1}
    assert told(database, cast) == {"SAMTID01": ("Laxa", "Laxå", Door.IMPORT, 1)}


def test_whoever_sees_everything_is_refused_nothing_and_nothing_is_told(
    importing: Importing, database: Database, cast: Cast
) -> None:
    elsewhere(database, "HALLS001")
    for reader in (importing, importing.by(cast.technician)):
        reader.applied(listing(HEADERS, "HALLS001,laptop,1860,"))
    assert told(database, cast) == {}
