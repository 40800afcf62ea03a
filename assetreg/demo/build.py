"""Filling an empty register with a fleet that does not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from sqlalchemy import func, select

from assetreg.db.account import Account
from assetreg.db.base import Base
from assetreg.db.device import Device
from assetreg.db.history import Event
from assetreg.db.outcome import Outcome
from assetreg.db.person import Person
from assetreg.db.session import Database, ScopedSession
from assetreg.demo import acting, cohorts, figures, fleet, lives, logins, organising, troubles
from assetreg.demo.acting import Stagecraft, moment
from assetreg.demo.logins import DemoLogin
from assetreg.demo.plan import Plan
from assetreg.domain.access import EVERYTHING, Actor, system
from assetreg.domain.errors import Conflict, Invalid
from assetreg.domain.terms import Door, Role
from assetreg.services import labels

Progress = Callable[[int, int], None]
FEWEST = 100
PART = 16_000
COUNTED: Mapping[str, type[Base]] = {"persons": Person, "outcomes": Outcome, "events": Event}
BLANK_LABELS = 24


class RegisterNotEmpty(Conflict):
    code = "register_not_empty"
    message = "Registret är inte tomt, så det kan inte fyllas med demodata. Ange en annan databas."


class TooFewDevices(Invalid):
    code = "too_few_devices"
    message = "{count} enheter är för få för en demo. Ange minst {fewest}."


@dataclass(frozen=True, slots=True)
class Summary:
    """What the register holds afterwards, and how to log in to it."""

    devices: int
    persons: int
    outcomes: int
    events: int
    logins: tuple[DemoLogin, ...]


def build(
    database: Database, *, seed: int = 1, today: date, devices: int | None = None, progress: Progress | None = None
) -> Summary:
    """Fills the register; ``devices`` is their number in all, ended ones included.

    A fleet of up to ``PART`` devices is made in one transaction. A larger one is made of such fleets, each in its
    own, so that no more than one of them is ever in memory.
    The same seed and day make the same fleet but for its secrets: label tokens, passwords and salts.
    ``progress`` gets the number of devices done and in all. Raises RegisterNotEmpty or TooFewDevices.
    """
    if devices is not None and devices < FEWEST:
        raise TooFewDevices(field="devices", count=devices, fewest=FEWEST)
    done, told = 0, progress or _silent
    total = devices or fleet.whole(today) + _troubled(seed, today)
    found: tuple[tuple[DemoLogin, ...], Mapping[Role, int]] = ((), {})
    for plan, begun in plans(seed=seed, today=today, devices=devices):
        with database.transaction(EVERYTHING) as session:
            if not done:
                found = _found(session, begun, today=today)
            organising.put_people(session, plan.people)
            acting.perform(
                Stagecraft(session, plan, found[1]), _telling(told, before=done, size=len(plan.devices), total=total)
            )
        done += len(plan.devices)
        del plan
    with database.reading(EVERYTHING) as session:
        counts = {name: _count(session, table) for name, table in COUNTED.items()}
    return Summary(devices=done, logins=found[0], **counts)


def plans(*, seed: int, today: date, devices: int | None) -> Iterator[tuple[Plan, date]]:
    """The plans of a seed's fleets, one for each transaction, and the day the register is begun.

    The first has the troubles. Persons, older numbers and serials go on from one to the next.
    """
    if devices is None or devices <= PART:
        yield planned(seed=seed, today=today, devices=devices)
        return
    drawing = fleet.Drawing(Random(f"{seed}/0"), today)
    parts = -(-devices // PART)
    for number in range(parts):
        size = devices * (number + 1) // parts - devices * number // parts
        yield _drawn(drawing, size - (_troubled(seed, today) if not number else 0), troubled=not number)
        drawing = drawing.followed(Random(f"{seed}/{number + 1}"))


def planned(*, seed: int, today: date, devices: int | None) -> tuple[Plan, date]:
    """The plan of a seed's one fleet, and the day the register is begun."""
    usual = fleet.whole(today) if devices is None else devices - _troubled(seed, today)
    return _drawn(fleet.Drawing(Random(seed), today), usual, troubled=True)


def _drawn(drawing: fleet.Drawing, usual: int, *, troubled: bool) -> tuple[Plan, date]:
    fleet.draw(drawing, cohorts.scaled(cohorts.cohorts(drawing.today), usual))
    acts = lives.acts(drawing)
    if troubled:
        acts += troubles.acts(drawing)
    return Plan(drawing.people, drawing.devices, acts), drawing.begun


def _troubled(seed: int, today: date) -> int:
    """How many devices have a trouble of their own."""
    probe = fleet.Drawing(Random(seed), today)
    troubles.acts(probe)
    return len(probe.devices)


def _found(session: ScopedSession, begun: date, *, today: date) -> tuple[tuple[DemoLogin, ...], Mapping[Role, int]]:
    """What there is before the first device: log-ins, places, figures and spare labels."""
    _refuse_used(session)
    founder = system(Door.DEMO, moment(begun, 0))
    known = logins.put(session, today=today, actor=founder)
    organising.put_places(session, today=today)
    organising.put_products(session)
    figures.put(session, today=today, actor=founder)
    _spare_labels(session, system(Door.DEMO, moment(begun, 30)))
    return known


def _telling(told: Progress, *, before: int, size: int, total: int) -> Progress:
    """Acts done of a part, told as devices of the whole."""
    return lambda done, of_part: told(before + size * done // max(of_part, 1), total)


def _refuse_used(session: ScopedSession) -> None:
    if any(_count(session, table) for table in (Device, Account, Person)):
        raise RegisterNotEmpty


def _spare_labels(session: ScopedSession, actor: Actor) -> None:
    """A batch printed in advance, one of them spoilt."""
    blank = labels.print_blank(session, BLANK_LABELS, actor=actor)
    labels.void(session, blank[0], actor=actor, reason="Felskriven vid utskrift")


def _count(session: ScopedSession, table: type[Base]) -> int:
    return session.execute(select(func.count()).select_from(table)).scalar_one()


def _silent(_: int, __: int) -> None:
    return None
