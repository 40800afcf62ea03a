"""Somebody who had a device long ago and is named wherever a name can stand, and others who must not be touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select

from assetreg.db.device import Device
from assetreg.db.person import Person
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, Actor
from assetreg.domain.terms import Stage
from assetreg.schemas.act import transfer_input
from assetreg.schemas.device import device_input
from assetreg.services import devices, integrity, moves, ownership, persons, places
from assetreg.services.persons import PersonInput
from tests.cast import NOON, REGISTER, SCHOOL, Cast, some_device, whole_move
from tests.services.imports.lists import Importing

GONE = ("Zacharina Qvistgren", "zacharina.qvistgren@laxa.example", "zacqvi-9137")
WORDS = ("zacharina", "qvistgren", "zacqvi-9137")
LONG_AGO = NOON - timedelta(days=3 * 366)
SINCE = NOON + timedelta(days=1)
KEPT = "kim ek"


@dataclass(frozen=True)
class Traced:
    """Who is to be forgotten, the device that was used, and the register's own actor on the day of the clearing."""

    database: Database
    cast: Cast
    person: int
    device: int
    actor: Actor

    def at(self, at: datetime) -> Actor:
        return replace(self.actor, at=at)


def leave_traces(database: Database, cast: Cast) -> Traced:
    """The person in a list, a note, reasons, a device list and a search key; Kim Ek beside in the same files."""
    importing = Importing(database, actor=replace(REGISTER, at=LONG_AGO))
    people = (
        f"namn;kommun;e-post;nummer\r\n{GONE[0]};1860;{GONE[1]};{GONE[2]}\r\nKim Ek;1860;kim.ek@laxa.example;1001\r\n"
    )
    importing.applied(people, "persons", name="personer.csv")
    listed = "serienummer;typ;kommun;användare;status;anmärkning\r\n"
    rows = f"PFZAQ1;laptop;1860;{GONE[1]};I drift;{GONE[0]} har datorn\r\nPFKEK1;laptop;1860;1001;I drift;Kims\r\n"
    importing.applied(listed + rows + f"PFZAQ2;lapdog;1860;{GONE[2]};I drift;fel\r\n", "devices", name="enheter.csv")
    actor = replace(REGISTER, at=LONG_AGO + timedelta(days=2))
    with database.transaction(EVERYTHING) as session:
        person = session.execute(select(Person).where(Person.external_id == GONE[2])).scalar_one()
        person.created_at = LONG_AGO
        device = session.execute(select(Device).where(Device.serial == "PFZAQ1")).scalar_one()
        edited = device_input({"note": f"{GONE[0]}s gamla"}, reason=f"{GONE[1]} ringde")
        devices.edit(session, device, edited, actor=actor)
        facts = {"reason": f"{GONE[0]} slutade", "user": "", "unit": SCHOOL}
        moves.move(session, device, whole_move(Stage.RETURNED, **facts), actor=actor)
        numbers = person.id, device.id
    return Traced(database, cast, *numbers, actor=replace(REGISTER, at=SINCE))


def idle_person(session: ScopedSession, name: str, *, device: bool = True, since: datetime = LONG_AGO) -> Person:
    """Another of Laxå's who has had one device, or none, and nothing since."""
    holder = places.owner(session, "1860")
    row = persons.add(session, holder.id, PersonInput(name, f"{name.replace(' ', '.').lower()}@laxa.example"))
    row.created_at = since
    if device:
        actor = replace(REGISTER, at=since)
        used = some_device(session, actor=actor, user=row.email, stage="deployed", unit=SCHOOL)
        devices.edit(session, used, device_input({"user": None}), actor=actor)
    session.flush()
    return row


def hand_to(session: ScopedSession, device: Device, owner: str) -> None:
    ownership.hand_over(session, device, transfer_input({"owner": owner}), actor=REGISTER)


def everything_said(database: Database) -> str:
    """Every row of every table as text, in lower case."""
    with database.engine.connect() as connection:
        tables = inspect(Device).mapper.class_.metadata.sorted_tables
        return str([connection.execute(table.select()).all() for table in tables]).lower()


def in_bytes(database: Database, words: tuple[str, ...]) -> list[str]:
    """Those of the words that stand in the bytes of the files of an SQLite register, in either Unicode encoding."""
    path = Path(str(database.url.database))
    files = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]
    kept = b"".join(each.read_bytes() for each in files if each.exists()).lower()
    encodings = ("utf-8", "utf-16-le", "utf-16-be")
    return [word for word in words if any(word.encode(encoding) in kept for encoding in encodings)]


def differences(database: Database) -> list[Any]:
    with database.reading(EVERYTHING) as session:
        return list(integrity.differences(session))


def checkpoint(database: Database) -> None:
    with closing(sqlite3.connect(str(database.url.database))) as bare:
        bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")
