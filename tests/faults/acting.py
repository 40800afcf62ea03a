"""What processes of their own do at one register at once; kept apart so that it is imported once and forked."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext

from sqlalchemy import func, select

from assetreg.db.device import Device
from assetreg.db.history import Event
from assetreg.db.session import Database, ScopedSession
from assetreg.db.tally import DeviceCount
from assetreg.domain.access import EVERYTHING, Actor
from assetreg.domain.errors import Refusal
from assetreg.domain.terms import Door, Role, Stage
from assetreg.schemas.act import move_input, transfer_input
from assetreg.schemas.device import device_input
from assetreg.services import devices, history, moves, ownership, places
from tests.cast import FAR_SCHOOL, SCHOOL, some_device

COUNTER, FIRST_TWIN, SECOND_TWIN, MOVED = "PFCOUNT1", "PFTWIN01", "PFTWIN02", "PFMOVED1"
HOME = {True: SCHOOL, False: FAR_SCHOOL}
SHARED = (COUNTER, FIRST_TWIN, SECOND_TWIN, MOVED)


@dataclass
class Done:
    """What one process did: its acts by kind, what it was refused, and what should never happen."""

    number: int
    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    longest_s: float = 0.0


def processes() -> ForkServerContext:
    """Processes that start quickly, for what they need is loaded once."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def prepare(session: ScopedSession) -> None:
    """The devices that everybody wants at once."""
    some_device(session, serial=COUNTER, hostname="0")
    for serial in (FIRST_TWIN, SECOND_TWIN):
        some_device(session, serial=serial, hostname="lika")
    some_device(session, serial=MOVED, stage="in_stock", owner="1860")


def find(session: ScopedSession, serial: str, *, seen: bool = False) -> Device:
    tag = session.execute(select(Device.tag).where(Device.serial == serial)).scalar_one()
    return devices.get(session, tag) if seen else devices.lock(session, tag)


def write(url: str, key: bytes, account: int, seconds: float) -> Done:
    """Acts as fast as it can, as the account, for so long."""
    database = Database(url, history_key=key)
    done, dice = Done(account), random.Random(account)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        name = dice.choice(list(ACTS))
        actor = Actor(account, Role.TECHNICIAN, Door.WEB, datetime.now(UTC))
        begun = time.monotonic()
        try:
            ACTS[name](database, actor, dice)
        except Refusal as refusal:
            done.refused[refusal.code] += 1
        except Exception as fault:
            done.faults.append(f"{name}: {type(fault).__name__}: {fault}"[:300])
        else:
            done.acts[name] += 1
        done.longest_s = max(done.longest_s, time.monotonic() - begun)
    database.close()
    return done


def register(database: Database, actor: Actor, dice: random.Random) -> None:
    with database.transaction(EVERYTHING) as session:
        some_device(session, actor=actor, serial=f"PF{actor.account}N{dice.getrandbits(48):012X}")


def count_up(database: Database, actor: Actor, dice: random.Random) -> None:
    """Reads a number and writes the next one."""
    with database.transaction(EVERYTHING) as session:
        device = find(session, COUNTER)
        devices.edit(session, device, device_input({"hostname": str(int(device.hostname or 0) + 1)}), actor=actor)


def count_up_from_a_page(database: Database, actor: Actor, dice: random.Random) -> None:
    """The same from a form that was opened before; refused where somebody was quicker."""
    with database.reading(EVERYTHING) as session:
        device = find(session, COUNTER, seen=True)
        tag, version, number = device.tag, device.version, int(device.hostname or 0)
    with database.transaction(EVERYTHING) as session:
        device = devices.lock(session, tag, version=version)
        devices.edit(session, device, device_input({"hostname": str(number + 1)}), actor=actor)


def rename_twins(database: Database, actor: Actor, dice: random.Random) -> None:
    """Two devices in one act."""
    name = f"{actor.account}-{dice.getrandbits(32)}"
    with database.transaction(EVERYTHING) as session:
        act = history.begin(session, "bulk place", actor=actor)
        for serial in (FIRST_TWIN, SECOND_TWIN):
            devices.edit(session, find(session, serial), device_input({"hostname": name}), actor=actor, act=act)


def move(database: Database, actor: Actor, dice: random.Random) -> None:
    """In use and home again, or to another owner, whichever can be done."""
    with database.transaction(EVERYTHING) as session:
        device = find(session, MOVED)
        at_home = device.owner_id == places.owner(session, "1860").id
        if device.stage is Stage.DEPLOYED:
            moves.move(session, device, move_input({"to": "in_stock", "reason": "Hem igen"}), actor=actor)
        elif dice.random() < 0.5:
            moves.move(session, device, move_input({"to": "deployed", "unit": HOME[at_home]}), actor=actor)
        else:
            told = transfer_input({"owner": "1861" if at_home else "1860", "reason": "Delas"})
            ownership.hand_over(session, device, told, actor=actor)


ACTS = {each.__name__: each for each in (register, count_up, count_up_from_a_page, rename_twins, move)}
EVENTS_OF = {"rename_twins": 2}
"""How many events an act writes that does not write one."""


def read(url: str, key: bytes, number: int, seconds: float) -> Done:
    """Looks again and again whether the register is whole at that moment."""
    database = Database(url, history_key=key)
    done = Done(number)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        begun = time.monotonic()
        try:
            with database.snapshot(EVERYTHING) as session:
                done.faults += seen_half(session)
        except Exception as fault:
            done.faults.append(f"{type(fault).__name__}: {fault}"[:300])
        done.acts["readings"] += 1
        done.longest_s = max(done.longest_s, time.monotonic() - begun)
    database.close()
    return done


def seen_half(session: ScopedSession) -> list[str]:
    """What of an act is there without the rest of it."""
    found = []
    twins = set(session.execute(select(Device.hostname).where(Device.serial.in_([FIRST_TWIN, SECOND_TWIN]))).scalars())
    if len(twins) != 1:
        found.append(f"the twins are called {twins}")
    counted = session.execute(select(func.count(Device.id))).scalar_one()
    kept = session.execute(select(func.sum(DeviceCount.n))).scalar_one()
    if counted != kept:
        found.append(f"{counted} devices are counted as {kept}")
    heads = select(Device.id, Device.head_seq, Device.head_hash, Device.version).where(Device.serial.in_(SHARED))
    for device, seq, digest, _ in session.execute(heads).all():
        of_device = select(Event.seq, Event.hash).where(Event.subject == "device", Event.subject_id == device)
        last = session.execute(of_device.order_by(Event.seq.desc()).limit(1)).one()
        if (last.seq, last.hash) != (seq, digest):
            found.append(f"device {device} says {seq} and its history {last.seq}")
    return found
