"""A small fleet made through the services: two owners with places and people, and devices in many stages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assetreg.db.device import Device
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, Actor, system
from assetreg.domain.terms import Door
from assetreg.schemas.act import move_input
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import outcome_input, reversal_input
from assetreg.services import devices, moves, outcomes, persons, places
from assetreg.services.persons import PersonInput

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
ACTOR: Actor = system(Door.CLI, NOON)
ERASED = {"erasure_method": "purge", "erasure_date": "2026-02-02"}


@dataclass(frozen=True)
class Fleet:
    """Tags by what the device is for: ``used`` is deployed to Anna Ek, ``stock`` is a laptop nobody has had yet."""

    used: str
    stock: str
    ready: str
    ended: str
    foreign: str
    phone: str


def place(session: ScopedSession, owner: str, unit: str, *people: str, room: str | None = None) -> None:
    holder = places.owner(session, owner)
    places.ensure(session, holder, department="Bildning", unit=unit, room=room)
    found = places.find(session, holder, unit=unit)
    for name in people:
        email = f"{name.split()[0].lower()}@{owner}.example"
        person = PersonInput(name=name, email=email, department_id=found.department_id, unit_id=found.unit_id)
        persons.add(session, holder.id, person)


def device(session: ScopedSession, serial: str | None = None, **stated: Any) -> Device:
    usual = {"kind": "laptop", "owner": "1860", "manufacturer": "Lenovo", "model": "ThinkPad L14 Gen 4"}
    dated = {"purchased": "2024-03-01", "delivered": "2024-03-05", "price_sek": "8300,50"}
    values = usual | dated | ({"serial": serial} if serial else {}) | stated
    return devices.register(session, device_input(values), actor=ACTOR)


def step(session: ScopedSession, row: Device, to: str, **stated: Any) -> None:
    moves.move(session, row, move_input({"to": to, **stated}), actor=ACTOR)


def end(session: ScopedSession, row: Device, outcome: str, on: str, **stated: Any) -> int:
    command = outcome_input({"outcome": outcome, "date": on, **stated})
    return outcomes.register(session, row, command, actor=ACTOR).outcome.id


def reverse(session: ScopedSession, outcome_id: int, on: str) -> None:
    command = reversal_input({"date": on, "reason": "fel serienummer i rapporten"})
    outcomes.reverse(session, outcomes.get(session, outcome_id), command, actor=ACTOR)


def fleet(database: Database) -> Fleet:
    with database.transaction(EVERYTHING) as session:
        place(session, "1860", "Centralskolan", "Anna Ek", "Bo Alm", room="B214")
        place(session, "1860", "Ramundeboda skola")
        place(session, "1861", "Alléskolan", "Cecilia Berg")
        used = device(session, "PF3USED1", unit="Centralskolan", room="B214", os="Windows 10", os_version="22H2")
        step(session, used, "deployed", date="2024-03-10", user="Anna Ek", unit="Centralskolan", room="B214")
        stock = device(session, "PF3STOCK", unit="Centralskolan", purchased="2026-01-02", delivered="2026-01-05")
        ready = device(session, "PF3READY", unit="Centralskolan")
        step(session, ready, "ready_for_disposal", date="2026-02-02", **ERASED)
        ended = device(session, "PF3ENDED")
        step(session, ended, "ready_for_disposal", date="2026-02-02", **ERASED)
        end(session, ended, "external_reuse", "2026-03-02", partner="Inrego", report="R9")
        foreign = device(session, "PF3OTHER", owner="1861", unit="Alléskolan")
        step(session, foreign, "deployed", date="2024-03-10", user="Cecilia Berg", unit="Alléskolan")
        phone = device(session, "PHONE001", kind="phone", manufacturer="Apple", model="iPhone 13", purchased="2021")
        rows = (used, stock, ready, ended, foreign, phone)
        return Fleet(*(row.tag for row in rows))
