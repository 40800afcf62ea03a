"""Filling an empty register with a fleet that does not exist."""

from __future__ import annotations

from collections.abc import Callable
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
from assetreg.domain.terms import Door
from assetreg.services import labels

Progress = Callable[[int, int], None]
FEWEST = 100
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
    """Fills the register in one transaction; ``devices`` is their number in all, ended ones included.

    The same seed and day make the same fleet but for its secrets: label tokens, passwords and salts.
    ``progress`` gets the number of acts done and in all. Raises RegisterNotEmpty or TooFewDevices.
    """
    if devices is not None and devices < FEWEST:
        raise TooFewDevices(field="devices", count=devices, fewest=FEWEST)
    with database.transaction(EVERYTHING) as session:
        _refuse_used(session)
        plan, begun = planned(seed=seed, today=today, devices=devices)
        founder = system(Door.DEMO, moment(begun, 0))
        known = logins.put(session, today=today, actor=founder)
        people = organising.put_people(session, plan.people, organising.put_places(session, today=today))
        figures.put(session, today=today, actor=founder)
        acting.perform(Stagecraft(session, plan, known[1]), progress or _silent)
        _spare_labels(session, system(Door.DEMO, moment(begun, 30)))
        return Summary(
            devices=len(plan.devices),
            persons=len(people),
            outcomes=_count(session, Outcome),
            events=_count(session, Event),
            logins=known[0],
        )


def planned(*, seed: int, today: date, devices: int | None) -> tuple[Plan, date]:
    """The plan of a seed, and the day the register is begun."""
    rng = Random(seed)
    probe = fleet.Drawing(Random(seed), today)
    troubles.acts(probe)
    usual_ones = fleet.whole(today) if devices is None else devices - len(probe.devices)
    drawing = fleet.draw(cohorts.scaled(cohorts.cohorts(today), usual_ones), rng, today)
    usual = lives.acts(drawing)
    troubled = troubles.acts(drawing)
    return Plan(drawing.people, drawing.devices, usual + troubled), drawing.begun


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
