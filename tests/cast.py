"""The people of the tests, what they may see, and the devices they meet.

Five owners come with a new register. Laxå (1860) and Hallsberg (1861) have places and persons here. Whoever is in
charge of everything is the ``technician``; ``laxa`` is a technician of Laxå alone, ``school`` of one school there,
``reader`` reads Lekeberg, and the ``outsider`` is a technician of Askersund, who has nothing to do with any of it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select

from assetreg.db.account import Account
from assetreg.db.device import Device
from assetreg.db.history import Event
from assetreg.db.organisation import Owner, Unit
from assetreg.db.session import Database, ScopedSession
from assetreg.db.tally import SORT_COLUMNS, DeviceCount, Sort, sort_of
from assetreg.domain.access import EVERYTHING, Actor, Scope, system
from assetreg.domain.chain import Fault, StoredEvent, verify_chain
from assetreg.domain.history import EventFacts
from assetreg.domain.lifecycle import TRANSITIONS, allowed_from
from assetreg.domain.moves import Move
from assetreg.domain.terms import Door, Kind, Role, Stage
from assetreg.schemas.act import MoveInput, move_input
from assetreg.schemas.device import DeviceInput, device_input
from assetreg.services import devices, moves, persons, places
from assetreg.services.persons import PersonInput

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
TODAY = date(2026, 11, 20)
_numbers = count(1)


@dataclass(frozen=True)
class Player:
    """Someone with an account: what the account sees, and who acts when it does something."""

    scope: Scope
    actor: Actor

    def through(self, door: Door) -> Actor:
        return replace(self.actor, door=door)

    def later(self, at: datetime) -> Actor:
        return replace(self.actor, at=at)


@dataclass(frozen=True)
class Cast:
    """Everyone, and the ids of the owners by code and of the persons by name."""

    technician: Player
    admin: Player
    planner: Player
    economist: Player
    laxa: Player
    school: Player
    reader: Player
    outsider: Player
    owners: dict[str, int]
    persons: dict[str, int]
    units: dict[str, int]


REGISTER = system(Door.CLI, NOON)
IMPORT = system(Door.IMPORT, NOON)
LAPTOP = Kind.LAPTOP
SCHOOL = "Centralskolan"
SECOND_SCHOOL = "Saltängsskolan"
OFFICE = "Kommunhuset"
FAR_SCHOOL = "Transtensskolan"
PERSONS = (
    ("1860", SCHOOL, "Kim Ek", "kim.ek@laxa.example", "1001"),
    ("1860", OFFICE, "Lo Al", "lo.al@laxa.example", "1002"),
    ("1860", SCHOOL, "Bo Asp", "bo.asp@laxa.example", None),
    ("1860", OFFICE, "Bo Asp", "bo.asp2@laxa.example", None),
    ("1861", FAR_SCHOOL, "Mika Ask", "mika.ask@hallsberg.example", "1001"),
)


def assemble(database: Database) -> Cast:
    """Adds the accounts, places and persons to a new register."""
    with database.transaction(EVERYTHING) as session:
        owners = {row.code: row.id for row in session.execute(select(Owner.code, Owner.id))}
        _add_places(session)
        known = _add_persons(session)
        units = {row.name: row.id for row in session.execute(select(Unit.name, Unit.id))}

        def player(name: str, role: Role, **scope: Any) -> Player:
            account = Account(
                name=name,
                display_name=name.capitalize(),
                role=role,
                whole=not scope,
                language="sv",
                theme="system",
                created_at=NOON,
            )
            session.add(account)
            session.flush()
            seen = Scope(account=account.id, **scope) if scope else Scope.whole(account.id)
            return Player(seen, Actor(account.id, role, Door.WEB, NOON))

        def at(code: str) -> dict[str, frozenset[int]]:
            return {"owners": frozenset({owners[code]}), "touched": frozenset({owners[code]})}

        below = {"units": frozenset({units[SCHOOL]}), "touched": frozenset({owners["1860"]})}
        return Cast(
            technician=player("technician", Role.TECHNICIAN),
            admin=player("admin", Role.ADMIN),
            planner=player("planner", Role.PLANNER),
            economist=player("economist", Role.SUSTAINABILITY),
            laxa=player("laxa", Role.TECHNICIAN, **at("1860")),
            school=player("school", Role.TECHNICIAN, **below),
            reader=player("reader", Role.READER, **at("1814")),
            outsider=player("outsider", Role.TECHNICIAN, **at("1882")),
            owners=owners,
            persons=known,
            units=units,
        )


def _add_places(session: ScopedSession) -> None:
    laxa, hallsberg = places.owner(session, "1860"), places.owner(session, "1861")
    places.ensure(session, laxa, department="Barn och utbildning", unit=SCHOOL, room="B12", group="7A")
    places.ensure(session, laxa, department="Barn och utbildning", unit=SECOND_SCHOOL, room="B12", group="7A")
    places.ensure(session, laxa, department="Kommunledning", unit=OFFICE, room="101")
    places.ensure(session, hallsberg, department="Barn och utbildning", unit=FAR_SCHOOL, room="B12", group="7A")


def _add_persons(session: ScopedSession) -> dict[str, int]:
    known = {}
    for code, unit, name, email, key in PERSONS:
        holder = places.owner(session, code)
        place = places.find(session, holder, unit=unit)
        told = PersonInput(name, email, key, department_id=place.department_id, unit_id=place.unit_id)
        known[email] = persons.add(session, holder.id, told).id
    return known


def stated(**values: Any) -> DeviceInput:
    """What somebody states of a laptop of Laxå, bought 2023-03-01, with a serial no other has."""
    number = next(_numbers)
    usual = {"kind": "laptop", "owner": "1860", "serial": f"XSN{number:06}", "purchased": "2023-03-01"}
    command = {key: values.pop(key) for key in ("reason", "duplicate_reason", "version") if key in values}
    return device_input({name: value for name, value in (usual | values).items() if value != ""}, **command)


def some_device(session: ScopedSession, *, actor: Actor = REGISTER, **values: Any) -> Device:
    return devices.register(session, stated(**values), actor=actor)


def noise(session: ScopedSession, number: int) -> None:
    """Devices of two owners that nothing in the test is about."""
    commands = [stated(owner="1861" if each % 2 else "1860") for each in range(number)]
    devices.register_many(session, commands, actor=REGISTER)


EVERY_FACT = {
    "reason": "Därför att",
    "unit": SCHOOL,
    "user": "1001",
    "due_back": "2027-01-31",
    "receiver": "Partnern",
    "erasure_method": "purge",
    "erasure_certificate": "C-1",
    "police_reference": "K-1",
}


def whole_move(to: Stage, **facts: Any) -> MoveInput:
    """A move that states all that any move can require; ``""`` leaves a fact out."""
    return move_input({"to": to.value} | EVERY_FACT | facts)


LONG_AGO = "2026-03-02"
NOT_ERASED = {"erasure_method": "", "erasure_certificate": ""}


def some_device_in(session: ScopedSession, stage: Stage, *, actor: Actor = REGISTER, **values: Any) -> Device:
    """A device that has been moved to the stage long ago, every move by the table."""
    device = some_device(session, actor=actor, stage="ordered", **values)
    for to in way_to(stage):
        erased = TRANSITIONS[device.stage, to].erasure
        facts = {} if erased else NOT_ERASED
        moves.move(session, device, whole_move(to, date=LONG_AGO, **facts), actor=actor)
    return device


def way_to(stage: Stage) -> list[Stage]:
    """The fewest moves from ordered to the stage."""
    ways: dict[Stage, list[Stage]] = {Stage.ORDERED: []}
    waiting = [Stage.ORDERED]
    while waiting:
        source = waiting.pop(0)
        for step in (step for step in TRANSITIONS.values() if step.source is source and step.move is not Move.FOUND):
            if step.target in ways:
                continue
            ways[step.target] = [*ways[source], step.target]
            waiting.append(step.target)
    return ways[stage]


def targets(device: Device) -> set[Stage]:
    return {step.target for step in allowed_from(device.stage, before=device.stage_before)}


def values_of(device: Device, *names: str) -> list[Any]:
    return [getattr(device, name) for name in names]


def events(session: ScopedSession, device: Device) -> list[Event]:
    rows = select(Event).where(Event.subject == "device", Event.subject_id == device.id).order_by(Event.seq)
    return list(session.execute(rows).scalars())


def payloads(session: ScopedSession, device: Device) -> list[dict[str, Any]]:
    return [json.loads(event.payload) for event in events(session, device)]


def changed(session: ScopedSession, device: Device) -> dict[str, list[Any]]:
    """What the device's last event says of the columns: before and after."""
    found: dict[str, list[Any]] = payloads(session, device)[-1]["changes"]
    return found


def chain_faults(session: ScopedSession, device: Device) -> list[Fault]:
    """What is wrong with the device's history as the database holds it."""
    session.flush()
    session.expire_all()
    return verify_chain(
        _stored(events(session, device)),
        session.info["history_key"],
        head_seq=device.head_seq,
        head_hash=device.head_hash,
    )


def _stored(rows: list[Event]) -> Iterator[StoredEvent]:
    for row in rows:
        facts = EventFacts(**{name: getattr(row, name) for name in EventFacts.__dataclass_fields__})
        yield StoredEvent(facts, row.prev, row.hash)


def devices_with(session: ScopedSession, device: Device, *, reason: str | None = None, **values: Any) -> None:
    """The device edited, by the register itself."""
    devices.edit(session, device, device_input(values, reason=reason), actor=REGISTER)


def words_in(database: Database, words: tuple[str, ...]) -> list[str]:
    """Those of the words, in lower case, that stand in any row of any table, or in an SQLite file's bytes."""
    with database.engine.connect() as connection:
        rows = [
            connection.execute(table.select()).all() for table in inspect(Device).mapper.class_.metadata.sorted_tables
        ]
        found = [word for word in words if word in str(rows).lower()]
    if not database.is_sqlite:
        return found
    path = Path(str(database.url.database))
    with closing(sqlite3.connect(path)) as bare:
        bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    files = [each for each in (path, path.with_name(path.name + "-wal")) if each.exists()]
    kept = b"".join(each.read_bytes() for each in files).decode("utf-8", errors="replace").lower()
    return sorted({*found, *(word for word in words if word in kept)})


def miscounted(session: ScopedSession) -> dict[Sort, int]:
    """How far the kept counts of devices are from a recount, by sort; nothing where they agree."""
    kept = session.execute(select(*(getattr(DeviceCount, name) for name in (*SORT_COLUMNS, "n"))))
    differing = Counter[Sort]()
    for owner, department, unit, kind, stage, year, number in kept:
        differing[owner, department, unit, str(kind), str(stage), year] += number
    watched = (*SORT_COLUMNS[:5], "due_on")
    for device in session.execute(select(Device)).scalars():
        differing[sort_of({name: getattr(device, name) for name in watched})] -= 1
    return {sort: number for sort, number in differing.items() if number}
